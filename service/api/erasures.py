"""Reading what is asked about persons: wishes and requests to erase them, and legal holds."""

from typing import Annotated, Literal, TypeVar

from fastapi import APIRouter, Depends, Path, Response

from service import views
from service.accessing import own_persons
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Pages, reached
from service.auth.policy import Action, any_part
from service.erasures import Erasures
from service.problems import Problem

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)], tags=["persons"])

V = TypeVar("V", bound=views.Resource)
State = Literal["wished", "takenUp", "requested", "declined", "pending", "complete"]


async def _erasures(house: House, caller: Asking) -> Erasures:
    return Erasures(house, await own_persons(house, any_part(caller, Action.ERASE_PERSONS)))


Asked = Annotated[Erasures, Depends(_erasures)]


@router.get("/v1/erasureRequests", operation_id="listErasureRequests", response_model_exclude_none=True)
async def list_requests(
    asked: Asked, pages: Pages, state: State | None = None
) -> views.Collection[views.ErasureRequestView]:
    """Wishes and requests to erase persons, the latest first, and how far they are."""
    return await pages.of(await asked.requests(stage=state))


@router.get("/v1/erasureRequests/{requestId}", operation_id="getErasureRequest", response_model_exclude_none=True)
async def get_request(
    response: Response, asked: Asked, request_id: Annotated[str, Path(alias="requestId")]
) -> views.ErasureRequestView:
    """One of them."""
    return await _one(response, asked, request_id, views.ErasureRequestView, "erasureRequest")


@router.get("/v1/legalHolds", operation_id="listLegalHolds", response_model_exclude_none=True)
async def list_holds(asked: Asked, pages: Pages) -> views.Collection[views.LegalHoldView]:
    """What keeps persons from being erased, or did; the latest first."""
    return await pages.of(await asked.holds())


@router.get("/v1/legalHolds/{holdId}", operation_id="getLegalHold", response_model_exclude_none=True)
async def get_hold(
    response: Response, asked: Asked, hold_id: Annotated[str, Path(alias="holdId")]
) -> views.LegalHoldView:
    """One of them."""
    return await _one(response, asked, hold_id, views.LegalHoldView, "legalHold")


async def _one(response: Response, asked: Erasures, object_id: str, view: type[V], kind: str) -> V:
    found = await asked.one(object_id)
    if found is None or not isinstance(found[0], view):
        raise Problem.not_found(f"{kind}.unknown")
    response.headers["ETag"] = f'"{found[1]}"'
    return found[0]
