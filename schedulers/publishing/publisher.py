"""Bringing each new checkpoint to a destination: one process at a time, again where it failed, off everyone's path."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from events.log.checkpoint import Signature
from events.log.sealed import Sealed, SealedLog
from events.store.database import Database
from events.store.leases import Lease, LeaseLostError
from events.store.schema import log_cosignatures, log_publications
from schedulers.publishing.destinations import SECONDS, Delivered, DeliveryError, Destination, MismatchError

_log = structlog.get_logger(__name__)

_LOOKS: Final = 1.0
"""Seconds between two looks whether there is something to bring."""
_LONGEST_PAUSE: Final = 300.0
_LEASED: Final = int(4 * SECONDS)
_MICROS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a destination is."""

    size: int = -1
    """Of the last checkpoint that arrived; -1 before any, as the first is of an empty log."""
    failures: int = 0
    """In a row."""
    next_at: int = 0
    """Not before this instant, in microseconds."""
    reason: str | None = None
    """Why the last try failed."""


class Publisher:
    """One destination and its standing, which all processes share."""

    def __init__(
        self,
        database: Database,
        log: SealedLog,
        destination: Destination,
        seconds: float,
        mismatch: Callable[[Destination, MismatchError], None],
        allowed: Callable[[], bool] = lambda: True,
    ) -> None:
        self.destination = destination
        self.unheard = False
        """It is to be asked also where it has the newest checkpoint: since the start it has not answered yet."""
        self._database = database
        self._log = log
        self._seconds = seconds
        self._mismatch = mismatch
        self._allowed = allowed
        self._lease = Lease(database, f"publishing {destination.name}"[:200])

    async def run(self) -> None:
        """For as long as the service runs."""
        while True:
            try:
                await self.publish()
            except Exception:  # noqa: BLE001 - the next try may do better; health tells
                _log.exception("publishing.failed", destination=self.destination.shown)
            await asyncio.sleep(_LOOKS * random.uniform(0.75, 1.25))  # noqa: S311 - spreads work, hides no secret

    async def publish(self, *, again: bool = False) -> bool:
        """Bring the newest checkpoint, if it is time and another process does not. Returns whether it arrived.

        With `again` also one that arrived before, and at once.
        """
        newest = await self._log.newest()
        if newest is None or not self._allowed():
            return False
        standing = await self._take(newest.checkpoint.size, again=again)
        if standing is None:
            return False
        try:
            delivered = await self.destination.send(newest, standing.size)
        except DeliveryError as error:
            await self._failed(standing, str(error))
            return False
        except MismatchError as error:
            self._mismatch(self.destination, error)
            await self._failed(standing, f"mismatch: {error}")
            return False
        await self._arrived(newest, delivered)
        return True

    async def standing(self) -> Standing:
        """As recorded."""
        async with self._database.read() as connection:
            return await self._standing(connection)

    async def _standing(self, connection: AsyncConnection) -> Standing:
        query = sa.select(log_publications).where(log_publications.c.destination == self.destination.name)
        row = (await connection.execute(query)).first()
        return Standing() if row is None else Standing(row.size, row.failures, row.next_at, row.reason)

    async def _take(self, size: int, *, again: bool) -> Standing | None:
        """Its standing, under the lease; None where it is not time or another process has the lease or brought it."""
        async with self._database.read() as connection:
            if await self._due(connection, size, again=again) is None:
                return None
        async with self._database.write(durable=False) as connection:
            if not await self._lease.take(connection, _LEASED):
                return None
            standing = await self._due(connection, size, again=again)
            if standing is None:
                await self._lease.release(connection)
            return standing

    async def _due(self, connection: AsyncConnection, size: int, *, again: bool) -> Standing | None:
        """Its standing where a checkpoint of this size is to be brought now, by the database's clock."""
        standing = await self._standing(connection)
        now = await connection.scalar(sa.select(self._database.true_micros())) or 0
        longest = round(max(_LONGEST_PAUSE, self._seconds) * _MICROS)
        over = standing.next_at <= now or standing.next_at > now + longest  # as where the clock was set back
        wanted = standing.size < size or self.unheard
        return standing if again or (wanted and over) else None

    async def _failed(self, standing: Standing, reason: str) -> None:
        failures = standing.failures + 1
        pause = min(_LONGEST_PAUSE, 2.0 ** min(failures, 10)) * random.uniform(0.5, 1)  # noqa: S311 - spreads tries
        if failures == 1 or reason != standing.reason:
            _log.warning("publishing.not_arrived", destination=self.destination.shown, reason=reason)
        await self._record(Standing(standing.size, failures, round(pause * _MICROS), reason), ())

    async def _arrived(self, newest: Sealed, delivered: Delivered) -> None:
        pause = self._seconds * random.uniform(0.8, 1.0)  # noqa: S311 - spreads work
        self.unheard = False
        await self._record(Standing(newest.checkpoint.size, 0, round(pause * _MICROS)), delivered.lines)

    async def _record(self, standing: Standing, lines: Sequence[Signature]) -> None:
        """Its standing, of which `next_at` is counted from now; nothing where another process has taken over."""
        values: dict[str, Any] = {
            "size": standing.size,
            "failures": standing.failures,
            "next_at": self._database.true_micros() + standing.next_at,
            "reason": standing.reason,
        }
        name = self.destination.name
        with contextlib.suppress(LeaseLostError):
            async with self._database.write(durable=bool(lines)) as connection:
                await self._lease.hold(connection)
                table = log_publications
                await connection.execute(self._database.insert_once(table).values(destination=name, **values))
                await connection.execute(table.update().where(table.c.destination == name).values(**values))
                for one in lines:
                    await connection.execute(
                        self._database.insert_once(log_cosignatures).values(
                            size=standing.size, name=f"{one.name} {one.key_id.hex()}", line=one.line
                        )
                    )
                await self._lease.release(connection)


@asynccontextmanager
async def publishing(publishers: Sequence[Publisher]) -> AsyncIterator[None]:
    """Meanwhile checkpoints go out; each destination has a task of its own, so that none waits for another."""
    tasks = [asyncio.create_task(one.run()) for one in publishers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
