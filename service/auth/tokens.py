"""Bearer tokens. Only a token's hash is kept: whoever reads the table can use none of them."""

import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal, get_args
from uuid import uuid4

import sqlalchemy as sa

from events.envelope import from_micros, to_micros
from events.store.database import Database
from events.store.migrating import Part, bring_up_to_date
from service.problems import Problem

Role = Literal["administrator", "programmeManager", "accountManager", "partner", "auditor", "client"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

SCOPES: Final = (
    "partners:read",
    "partners:write",
    "agreements:read",
    "agreements:write",
    "consultations:read",
    "consultations:write",
    "evaluations:read",
    "evaluations:write",
    "persons:read",
    "persons:write",
    "reminders:read",
    "reminders:write",
    "claims:read",
    "claims:write",
    "log:read",
    "import",
    "export",
)
"""What a client system's token can be allowed."""

PREFIX: Final = "errera_"
_SHAPE: Final = re.compile(r"errera_[A-Za-z0-9_-]{43}")
_SHOWN: Final = len(PREFIX) + 4
_SECONDS_KNOWN: Final = 2.0
"""How long a token is taken for what it was when it was looked up: a revocation by another process works after that."""

_metadata = sa.MetaData()

tokens = sa.Table(
    "tokens",
    _metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("prefix", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("partner_id", sa.Text),
    sa.Column("person_id", sa.Text),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger),
    sa.Column("revoked_at", sa.BigInteger),
    sa.Column("made_with", sa.Text),
    sa.Column("calendar", sa.Text),
    sa.Column("calendar_of", sa.Text),
    sa.Column("language", sa.Text),
)
"""Instants in microseconds since 1970; scopes with a space between them. The last four are of tokens that open one
calendar each (`service/auth/calendars.py`) and nothing else; the rest of such a row says with whose rights.
"""

LIVE: Final = tokens.c.revoked_at.is_(None)

PART: Final = Part(
    name="tokens",
    tables=_metadata,
    revision="0002",
    migrations=Path(__file__).parent / "migrations",
    known_by=tokens.name,
)


class TokenExpiredError(Exception):
    """The token was good once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. `role` is one of ROLES, or `operator`: whoever may open the service's own socket."""

    token_id: str
    role: Role | Literal["operator"]
    partner_id: str | None = None
    person_id: str | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def actor(self) -> str:
        """What events say of who did it."""
        if self.role == "operator":
            return "system:local"
        return f"person:{self.person_id}" if self.person_id else f"token:{self.token_id}"


OPERATOR: Final = Caller(token_id="local", role="operator")  # noqa: S106 - a name, no token


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRecord:
    """A token as a list shows it."""

    token_id: str
    prefix: str
    role: Role
    created_at: datetime
    partner_id: str | None = None
    person_id: str | None = None
    scopes: frozenset[str] = field(default_factory=frozenset)
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    opens: "Opened | None" = None

    @property
    def caller(self) -> Caller:
        """Who asks with it."""
        return Caller(
            token_id=self.token_id,
            role=self.role,
            partner_id=self.partner_id,
            person_id=self.person_id,
            scopes=self.scopes,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The calendar that a token opens, instead of everything that its owner may; `made_with` is its owner's token."""

    scope: str
    of: str | None
    language: str
    made_with: str


class Tokens:
    """The tokens of a store."""

    def __init__(self, database: Database, seconds: Callable[[], float] = time.monotonic) -> None:
        self.database = database
        self._seconds = seconds
        self._known: dict[bytes, tuple[float, TokenRecord]] = {}

    async def open(self) -> None:
        """Create or upgrade the table. Raises as `bring_up_to_date`."""
        async with self.database.write(lasting=True) as connection:
            await connection.run_sync(bring_up_to_date, PART)

    async def create(
        self,
        role: str,
        *,
        partner_id: str | None = None,
        person_id: str | None = None,
        scopes: Iterable[str] = (),
        expires_at: datetime | None = None,
    ) -> tuple[str, TokenRecord]:
        """A new token, told this once, and its record. Raises ValueError, in words for whoever asked."""
        wanted = frozenset(scopes)
        checked = _check(role, partner_id, wanted)
        token = PREFIX + secrets.token_urlsafe(32)
        now = await self.database.now()
        if expires_at is not None and expires_at <= now:
            raise ValueError(f"a token cannot expire at {expires_at.isoformat()}: that is past")
        row = {
            "id": uuid4().hex,
            "hash": hashed(token),
            "prefix": token[:_SHOWN],
            "role": checked,
            "partner_id": partner_id,
            "person_id": person_id,
            "scopes": " ".join(sorted(wanted)),
            "created_at": to_micros(now),
            "expires_at": None if expires_at is None else to_micros(expires_at),
        }
        async with self.database.write() as connection:
            await connection.execute(tokens.insert().values(row))
        return token, record_of(row)

    async def find(self, token: str) -> Caller | None:
        """Whose token it is; None if it is unknown or revoked. Raises TokenExpiredError."""
        if _SHAPE.fullmatch(token) is None:
            return None
        record = await self.live(token)
        return None if record is None or record.opens else record.caller

    async def live(self, token: str) -> TokenRecord | None:
        """What is on record of it, while it opens anything. Raises TokenExpiredError."""
        record = await self._live(hashed(token))
        if record is not None and record.expires_at is not None and record.expires_at <= await self.database.now():
            raise TokenExpiredError
        return record

    async def _live(self, key: bytes) -> TokenRecord | None:
        known = self._known
        now = self._seconds()
        if (found := known.get(key)) is not None:
            if now - found[0] < _SECONDS_KNOWN:
                return found[1]
            known[key] = now, found[1]  # meanwhile others need not look it up as well
        query = sa.select(tokens).where(tokens.c.hash == key, tokens.c.revoked_at.is_(None))
        try:
            async with self.database.read() as connection:
                row = (await connection.execute(query)).mappings().one_or_none()
        except BaseException:
            known.pop(key, None)
            raise
        if row is None:
            known.pop(key, None)
            return None
        record = record_of(row)
        known[key] = now, record
        return record

    async def revoke(self, token_id: str) -> bool:
        """From now on it opens nothing, nor do the calendars made with it. False if there is no such live token; the
        last administrator stays.
        """
        now = to_micros(await self.database.now())
        administrators = sa.select(tokens.c.id).where(_administrators(now)).with_for_update()
        async with self.database.write() as connection:
            if list(await connection.scalars(administrators)) == [token_id]:
                raise Problem.conflict("access.lastAdministrator")
            revoked = await connection.execute(
                tokens.update()
                .where(sa.or_(tokens.c.id == token_id, tokens.c.made_with == token_id), LIVE)
                .values(revoked_at=now)
            )
        self.forget()
        return revoked.rowcount > 0

    def forget(self) -> None:
        """Look every token up again."""
        self._known = {}  # a new one: whoever is looking a token up right now remembers it in the old

    async def revoke_of(self, person_id: str) -> None:
        """From now on nothing opens for this person, whatever it was, nor does a calendar about it."""
        now = to_micros(await self.database.now())
        about = sa.and_(tokens.c.calendar == "person", tokens.c.calendar_of == person_id)
        async with self.database.write() as connection:
            await connection.execute(
                tokens.update().where(sa.or_(tokens.c.person_id == person_id, about), LIVE).values(revoked_at=now)
            )
        self.forget()

    async def only_administrator(self, person_id: str) -> bool:
        """Whether nobody but this person is an administrator."""
        query = sa.select(tokens.c.person_id).where(_administrators(to_micros(await self.database.now())))
        async with self.database.read() as connection:
            return set(await connection.scalars(query)) == {person_id}

    async def list(self) -> Sequence[TokenRecord]:
        """Every token ever made, the oldest first; those of calendars apart."""
        query = sa.select(tokens).where(tokens.c.calendar.is_(None)).order_by(tokens.c.created_at, tokens.c.id)
        async with self.database.read() as connection:
            return [record_of(row) for row in (await connection.execute(query)).mappings()]


def _administrators(now: int) -> sa.ColumnElement[bool]:
    unexpired = sa.or_(tokens.c.expires_at.is_(None), tokens.c.expires_at > now)
    return sa.and_(LIVE, unexpired, tokens.c.role == "administrator")


def _check(role: str, partner_id: str | None, scopes: frozenset[str]) -> Role:
    checked = next((known for known in ROLES if known == role), None)
    if checked is None:
        raise ValueError(f"there is no role {role!r}: choose {', '.join(ROLES)}")
    if checked == "partner" and not partner_id:
        raise ValueError("a partner's token needs the id of the partner")
    if unknown := sorted(scopes.difference(SCOPES)):
        raise ValueError(f"there is no scope {unknown[0]!r}: choose from {', '.join(SCOPES)}")
    if scopes and checked != "client":
        raise ValueError("scopes belong to the role client; the other roles say themselves what they may do")
    return checked


def hashed(token: str) -> bytes:
    """A token has 256 random bits, so a plain hash is enough: there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()


def record_of(row: Any) -> TokenRecord:
    """A row as it was kept."""

    def instant(name: str) -> datetime | None:
        return None if row.get(name) is None else from_micros(row[name])

    opens = None
    if row.get("calendar") is not None:
        opens = Opened(
            scope=row["calendar"], of=row["calendar_of"], language=row["language"], made_with=row["made_with"]
        )

    return TokenRecord(
        token_id=row["id"],
        prefix=row["prefix"],
        role=row["role"],
        created_at=from_micros(row["created_at"]),
        partner_id=row["partner_id"],
        person_id=row["person_id"],
        scopes=frozenset(row["scopes"].split()),
        expires_at=instant("expires_at"),
        revoked_at=instant("revoked_at"),
        opens=opens,
    )
