"""Tokens: making, listing and revoking them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import Field

from domain.refusals import Refused
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House
from service.auth.policy import Action, judge
from service.auth.tokens import Role, TokenRecord
from service.erasures import Erasures
from service.fields import Body, Id, InstantText
from service.problems import Issue, Problem
from service.views import Collection, View

router = APIRouter(route_class=StrictRoute, tags=["tokens"])


class CreateToken(Body):
    """Who the token is for, and what a client system may do with it."""

    role: Role
    partner_id: Id | None = None
    person_id: Id | None = None
    scopes: list[str] = []
    expires_at: InstantText | None = None


class TokenView(View):
    """A token; itself only in the answer to its making."""

    token_id: str
    token: str | None = Field(default=None, description="Told once.")
    prefix: str
    role: str
    partner_id: str | None = None
    person_id: str | None = None
    scopes: list[str] = []
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@router.post("/v1/tokens", operation_id="createToken", status_code=201, response_model_exclude_none=True)
async def create_token(house: House, caller: Asking, body: CreateToken, response: Response) -> TokenView:
    """A new token, told this once."""
    judge(caller, Action.MANAGE_ACCESS)
    await _check_not_erased(house, body.person_id)
    expires_at = datetime.fromisoformat(body.expires_at) if body.expires_at else None
    try:
        token, record = await house.tokens.create(
            body.role,
            partner_id=body.partner_id,
            person_id=body.person_id,
            scopes=body.scopes,
            expires_at=expires_at,
        )
    except ValueError as error:
        raise Problem.bad_request([Issue(code="token.invalid", facts={"reason": str(error)})]) from None
    try:
        await _check_not_erased(house, body.person_id)
    except Refused:  # meanwhile, and whoever erased may have looked for tokens before this one was there
        await house.tokens.revoke_of(body.person_id or "")
        raise
    response.headers["Cache-Control"] = "no-store"
    return _view(record, token)


@router.get("/v1/tokens", operation_id="listTokens", response_model_exclude_none=True)
async def list_tokens(house: House, caller: Asking) -> Collection[TokenView]:
    """Every token, by its prefix."""
    judge(caller, Action.MANAGE_ACCESS, part="see")
    found = [_view(record) for record in await house.tokens.list()]
    return Collection(items=found, total=len(found), page_size=max(len(found), 1))


@router.post("/v1/tokens/{tokenId}/revocations", operation_id="revokeToken", status_code=204)
async def revoke_token(house: House, caller: Asking, token_id: Annotated[str, Path(alias="tokenId")]) -> None:
    """From now on it opens nothing."""
    judge(caller, Action.MANAGE_ACCESS)
    if not await house.tokens.revoke(token_id):
        raise Problem.not_found("token.unknown")


async def _check_not_erased(house: House, person_id: str | None) -> None:
    if person_id and (erased_on := await Erasures(house).erased_on(person_id)):
        raise Refused("person.erased", erasedOn=erased_on)


def _view(record: TokenRecord, token: str | None = None) -> TokenView:
    return TokenView(
        token_id=record.token_id,
        token=token,
        prefix=record.prefix,
        role=record.role,
        partner_id=record.partner_id,
        person_id=record.person_id,
        scopes=sorted(record.scopes),
        created_at=record.created_at,
        expires_at=record.expires_at,
        revoked_at=record.revoked_at,
    )
