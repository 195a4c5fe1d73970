"""The vault's own calls: who was shown what of it, and a new key for it."""

from typing import Annotated, Literal, cast

from fastapi import APIRouter, Query, Request

from events.vault.keys import VaultKeyError
from events.vault.rotating import rotate
from service import views
from service.accessing import access_file, access_records
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import LARGEST_PAGE, PAGE, House
from service.auth.policy import Action, judge
from service.problems import Problem

router = APIRouter(route_class=StrictRoute, tags=["vault"])


class RotationView(views.View):
    """What came of it."""

    rewrapped: int
    key_source: str


@router.get("/v1/accessRecords", operation_id="listAccessRecords", response_model_exclude_none=True)
async def list_access_records(
    request: Request,
    house: House,
    caller: Asking,
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=LARGEST_PAGE)] = PAGE,
    before: Annotated[str | None, Query(max_length=200, description="Records older than this one.")] = None,
    about: Annotated[str | None, Query(max_length=200, description="The id of a person or a text.")] = None,
    file: Annotated[
        Literal["csv"] | None, Query(alias="format", description="All of it in a file: comma-separated values.")
    ] = None,
) -> views.Collection[views.AccessRecordView]:
    """Who was shown personal data or prose, when, through which door and why; the latest first."""
    if file:  # FastAPI hands a response on as it is
        records = await access_file(house, caller, about=about)
        return cast("views.Collection[views.AccessRecordView]", records)
    found, total = await access_records(house, caller, limit=page_size + 1, before=before, about=about)
    following = None
    if len(found) > page_size:
        found = found[:page_size]
        url = request.url.include_query_params(before=found[-1].record_id)
        following = f"{url.path}?{url.query}"
    return views.Collection(items=list(found), total=total, page_size=page_size, next=following)


@router.post("/v1/vault/rotations", operation_id="rotateVaultKey")
async def rotate_key(house: House, caller: Asking) -> RotationView:
    """A new key-encryption key for the vault, or going on with one; until it is done both keys open it."""
    judge(caller, Action.MANAGE_ACCESS)
    try:
        done = await rotate(house.vault)
    except VaultKeyError as error:
        raise Problem.conflict(f"vault.{error.code}", **error.facts) from None
    return RotationView(rewrapped=done, key_source=house.vault.ring.source.place)
