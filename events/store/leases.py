"""Leases with fencing tokens: one owner at a time, and one who overslept writes nothing."""

import uuid
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.store.database import Database
from events.store.schema import leases

SECONDS: Final = 10
"""How long after its owner's last sign of life a lease is free for others."""

LONGEST: Final = 60
"""No lease lasts longer, so one that seems to was taken before the clock was set back, and not renewed since."""

IDLE = "30s"
"""How long a process may stall in a transaction under a lease before PostgreSQL ends it: others wait for its locks."""

_MICROS: Final = 1_000_000


class LeaseLostError(Exception):
    """The lease expired, and perhaps somebody else has it: what was prepared under it must not be written."""


class Lease:
    """A lease as one owner sees it, by the database's clock, which no offset moves.

    Every method works within the caller's writing transaction and locks the lease's row until that ends. So a check and
    the writes after it are one: nobody takes the lease in between.
    """

    def __init__(self, database: Database, name: str) -> None:
        self._database = database
        self.name = name
        self.owner = str(uuid.uuid4())
        self._token = -1
        self.continuous = False
        """Whether nobody else has had the lease since this owner had it last: what it remembers still holds."""

    async def take(self, connection: AsyncConnection, seconds: int = SECONDS) -> bool:
        """Take it if it is free, expired or this owner's already. Returns whether it was.

        For at most LONGEST seconds; for 0 seconds it is taken for this transaction only, which the row's lock guards.
        """
        expires, now = leases.c.expires_at, self._database.true_micros()
        free = (expires <= now) | (expires > now + LONGEST * _MICROS)
        token = await connection.scalar(
            self._database.insert_into(leases)
            .values(name=self.name, owner=self.owner, token=1, expires_at=self._until(seconds))
            .on_conflict_do_update(
                index_elements=[leases.c.name],
                set_={"owner": self.owner, "token": _next_token(self.owner), "expires_at": self._until(seconds)},
                where=(leases.c.owner == self.owner) | free,
            )
            .returning(leases.c.token, *self._not_for_ever())
        )
        if token is None:
            return False
        self.continuous = token == self._token
        self._token = token
        return True

    async def hold(self, connection: AsyncConnection) -> None:
        """Renew it, before writing. Raises LeaseLostError where it is no longer this owner's."""
        kept = await connection.scalar(
            leases.update()
            .where(self._mine(), leases.c.expires_at > self._database.true_micros())
            .values(expires_at=self._until(SECONDS))
            .returning(leases.c.token, *self._not_for_ever())
        )
        if kept is None:
            self._token = -1
            raise LeaseLostError(self.name)

    async def release(self, connection: AsyncConnection) -> None:
        """Let others have it at once."""
        await connection.execute(leases.update().where(self._mine()).values(expires_at=0))

    def _mine(self) -> sa.ColumnElement[bool]:
        return sa.and_(leases.c.name == self.name, leases.c.owner == self.owner, leases.c.token == self._token)

    def _not_for_ever(self) -> Sequence[sa.ColumnElement[str]]:
        """In the statement that locks the lease's row, which costs no other."""
        if self._database.sqlite:
            return ()
        return (sa.func.set_config("idle_in_transaction_session_timeout", IDLE, sa.true()),)

    def _until(self, seconds: int) -> sa.ColumnElement[int]:
        return self._database.true_micros() + seconds * _MICROS


def _next_token(owner: str) -> sa.ColumnElement[int]:
    return leases.c.token + sa.case((leases.c.owner == owner, 0), else_=1)


async def free_the_dead(connection: AsyncConnection) -> None:
    """Free all leases of a SQLite store: only one process writes, and it has just begun."""
    await connection.execute(leases.update().values(expires_at=0))
