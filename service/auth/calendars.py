"""Tokens that stand in the address of a calendar. Calendar programs send no headers, so the address is the secret.

Such a token opens one calendar, with the rights of whoever made it, and no longer than the token that it was made with.
They lie beside the others, hashed as these are; no such token passes for another.
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, get_args
from uuid import uuid4

import sqlalchemy as sa

from events.envelope import to_micros
from service.auth.tokens import (
    LIVE,
    Caller,
    Role,
    TokenExpiredError,
    TokenRecord,
    Tokens,
    hashed,
    record_of,
    tokens,
)
from service.problems import Problem
from service.texts import LANGUAGES, Language

Scope = Literal["programme", "cohort", "partner", "person"]

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

PREFIX: Final = "calendar_"
_SHAPE: Final = re.compile(r"calendar_[A-Za-z0-9_-]{43}")
_SHOWN: Final = len(PREFIX) + 4
_OPERATOR_READS_AS: Final[Role] = "programmeManager"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRecord:
    """As a list shows it. `of` is the id of its cohort, partner or person; `reader` has its maker's rights."""

    calendar_id: str
    prefix: str
    scope: Scope
    of: str | None
    language: Language
    reader: Caller
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class Calendars:
    """The calendars of a store that people have the address of."""

    def __init__(self, beside: Tokens) -> None:
        self._tokens = beside

    async def create(
        self, caller: Caller, scope: Scope, of: str | None, language: Language
    ) -> tuple[str, CalendarRecord]:
        """A new token, told this once, and its record. Raises the 401 where the caller's own was revoked meanwhile."""
        token = PREFIX + secrets.token_urlsafe(32)
        database = self._tokens.database
        now = await database.now()
        row = {
            "id": uuid4().hex,
            "hash": hashed(token),
            "prefix": token[:_SHOWN],
            "role": _OPERATOR_READS_AS if caller.role == "operator" else caller.role,
            "partner_id": caller.partner_id,
            "person_id": caller.person_id,
            "scopes": " ".join(sorted(caller.scopes)),
            "created_at": to_micros(now),
            "made_with": caller.token_id,
            "calendar": scope,
            "calendar_of": of,
            "language": language,
        }
        own = sa.select(tokens.c.expires_at).where(tokens.c.id == caller.token_id, LIVE).with_for_update()
        async with database.write() as connection:
            if caller.role != "operator":
                found = (await connection.execute(own)).one_or_none()
                if found is None:
                    raise Problem.unauthorized("invalidAccessToken")
                row["expires_at"] = found.expires_at
            await connection.execute(tokens.insert().values(row))
        return token, _record(record_of(row))

    async def find(self, token: str) -> CalendarRecord | None:
        """What it opens and with whose rights; None if it is unknown, revoked or expired."""
        if _SHAPE.fullmatch(token) is None:
            return None
        try:
            record = await self._tokens.live(token)
        except TokenExpiredError:
            return None
        return None if record is None else _record(record)

    async def revoke(self, calendar_id: str, whose: Caller | None) -> bool:
        """From now on nobody reads it. False if there is no such live calendar of the caller's (None: of anyone's)."""
        now = to_micros(await self._tokens.database.now())
        async with self._tokens.database.write() as connection:
            revoked = await connection.execute(
                tokens.update().where(tokens.c.id == calendar_id, LIVE, *_of(whose)).values(revoked_at=now)
            )
        self._tokens.forget()
        return revoked.rowcount > 0

    async def list(self, whose: Caller | None) -> Sequence[CalendarRecord]:
        """All that the caller ever made (None: that anyone did), the oldest first."""
        query = sa.select(tokens).where(*_of(whose)).order_by(tokens.c.created_at, tokens.c.id)
        async with self._tokens.database.read() as connection:
            return [_record(record_of(row)) for row in (await connection.execute(query)).mappings()]


def _of(whose: Caller | None) -> Sequence[sa.ColumnElement[bool]]:
    """A person's own whatever the token it was made with."""
    conditions: list[sa.ColumnElement[bool]] = [tokens.c.calendar.is_not(None)]
    if whose is not None:
        own = tokens.c.made_with == whose.token_id
        conditions.append(sa.or_(own, tokens.c.person_id == whose.person_id) if whose.person_id else own)
    return conditions


def _record(token: TokenRecord) -> CalendarRecord:
    if token.opens is None:
        raise ValueError("a token that opens no calendar")
    return CalendarRecord(
        calendar_id=token.token_id,
        prefix=token.prefix,
        scope=next(scope for scope in SCOPES if scope == token.opens.scope),
        of=token.opens.of,
        language=next(language for language in LANGUAGES if language == token.opens.language),
        reader=token.caller,
        created_at=token.created_at,
        expires_at=token.expires_at,
        revoked_at=token.revoked_at,
    )
