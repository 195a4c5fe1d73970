"""Reading how long records are kept, and what is to become of those whose term is over."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response

from service import views
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Pages, reached
from service.problems import Problem
from service.retaining import Retaining, retaining_for

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)], tags=["retention"])

State = Literal["proposed", "deferred", "approved"]


async def _retaining(house: House, caller: Asking) -> Retaining:
    return retaining_for(house, caller)


Asked = Annotated[Retaining, Depends(_retaining)]


@router.get("/v1/retentionRules", operation_id="listRetentionRules", response_model_exclude_none=True)
async def list_rules(asked: Asked, pages: Pages) -> views.Collection[views.RetentionRuleView]:
    """How long each kind of record is kept, and what becomes of it then."""
    return await pages.of(await asked.rules())


@router.get("/v1/dispositions", operation_id="listDispositions", response_model_exclude_none=True)
async def list_dispositions(
    asked: Asked, pages: Pages, state: State | None = None
) -> views.Collection[views.DispositionView]:
    """Records whose term is over: to be decided, kept longer, or gone."""
    return await pages.of(await asked.dispositions(state))


@router.get("/v1/dispositions/{dispositionId}", operation_id="getDisposition", response_model_exclude_none=True)
async def get_disposition(
    response: Response, asked: Asked, disposition_id: Annotated[str, Path(alias="dispositionId")]
) -> views.DispositionView:
    """One of them."""
    found = await asked.disposition(disposition_id)
    if found is None:
        raise Problem.not_found("disposition.unknown")
    response.headers["ETag"] = f'"{found[1]}"'
    return found[0]
