"""Reading what is asked about persons: wishes and requests to erase them, and legal holds."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Response

from service import views
from service.accessing import own_persons
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Pages, reached
from service.auth.policy import Action, any_part
from service.erasures import Erasures
from service.problems import Problem
from service.queries import Found

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)], tags=["persons"])

State = Literal["wished", "takenUp", "requested", "declined", "pending", "complete"]


async def _erasures(house: House, caller: Asking) -> Erasures:
    return Erasures(house, await own_persons(house, any_part(caller, Action.ERASE_PERSONS)))


Asked = Annotated[Erasures, Depends(_erasures)]


@router.get("/v1/erasureRequests", operation_id="listErasureRequests", response_model_exclude_none=True)
async def list_requests(
    asked: Asked, pages: Pages, state: State | None = None
) -> views.Collection[views.ErasureRequestView]:
    """Wishes and requests to erase persons, the latest first, and how far they are."""
    found = [one for one in await asked.requests() if state is None or one.state == state]
    return await pages.of([Found(one, 1) for one in found])


@router.get("/v1/erasureRequests/{requestId}", operation_id="getErasureRequest", response_model_exclude_none=True)
async def get_request(
    response: Response, asked: Asked, request_id: Annotated[str, Path(alias="requestId")]
) -> views.ErasureRequestView:
    """One of them."""
    found = await asked.one(request_id)
    if found is None or not isinstance(found[0], views.ErasureRequestView):
        raise Problem.not_found("erasureRequest.unknown")
    response.headers["ETag"] = f'"{found[1]}"'
    return found[0]


@router.get("/v1/legalHolds", operation_id="listLegalHolds", response_model_exclude_none=True)
async def list_holds(asked: Asked, pages: Pages) -> views.Collection[views.LegalHoldView]:
    """What keeps persons from being erased, or did; the latest first."""
    return await pages.of([Found(one, 1) for one in await asked.holds()])


@router.get("/v1/legalHolds/{holdId}", operation_id="getLegalHold", response_model_exclude_none=True)
async def get_hold(
    response: Response, asked: Asked, hold_id: Annotated[str, Path(alias="holdId")]
) -> views.LegalHoldView:
    """One of them."""
    found = await asked.one(hold_id)
    if found is None or not isinstance(found[0], views.LegalHoldView):
        raise Problem.not_found("legalHold.unknown")
    response.headers["ETag"] = f'"{found[1]}"'
    return found[0]
