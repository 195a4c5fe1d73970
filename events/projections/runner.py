"""Keeps read models up to date with the log: rows and checkpoint move in one transaction, under a lease."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from events.projections import bulk, rebuild, superseded, verify
from events.projections.folding import Folding, UnwritableError, targets_of, write
from events.projections.parking import delete_parked
from events.projections.progress import Progress, lease_on, progress_of
from events.projections.pumping import pump, writing
from events.projections.rebuild import Rebuild
from events.projections.verify import Difference
from events.read_model import CorrectionOf, ReadModel, metadata
from events.store.leases import Lease, LeaseLostError, free_the_dead
from events.store.port import StoreError
from events.store.schema import checkpoints
from events.store.sql import SqlStore

_log = structlog.get_logger(__name__)

BATCH: Final = 500
"""Up to so many new events are projected in the transaction that takes the lease."""

LEASE: Final = "projections"
_BUSY_SECONDS: Final = 0.05
_CROWD: Final = 8
"""Where so many events came at once, more are on their way: after a short pause, they share a commit."""
_PAUSE_SECONDS: Final = 0.005


@dataclass(frozen=True, slots=True)
class _Taken:
    """The lease was taken; it is kept where there is more."""

    more: bool


class Projector:
    """Runs read models over a store. Several processes may run it on one PostgreSQL: a lease says who writes."""

    def __init__(
        self,
        store: SqlStore,
        models: Sequence[ReadModel[Any]],
        correction_of: CorrectionOf,
        *,
        poll_seconds: float = 0.5,
    ) -> None:
        self._store = store
        self._database = store.database
        self.models = models
        self._correction_of = correction_of
        self._poll_seconds = poll_seconds
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._one_at_a_time = asyncio.Lock()
        self._position = 0
        self._lease = Lease(store.database, LEASE)
        self._folding = Folding(store.database, store.codec, correction_of, targets_of(models))
        self._again = True
        self._rebuilding: asyncio.Task[int] | None = None
        for model in models:
            model.tables()

    async def open(self) -> None:
        """Create missing tables. What was parked gets another try: this may be a release that knows better."""
        async with self._database.write() as connection:
            if self._database.sqlite:
                await free_the_dead(connection)
            else:
                await connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('errera projector'))"))
            await connection.run_sync(metadata.create_all)
            for model in self.models:
                await connection.execute(
                    self._database.insert_once(checkpoints).values(name=model.name, version=model.version, position=0)
                )
        self._again = True

    async def run(self) -> None:
        """Follow the log until cancelled, and throw away what earlier releases left."""
        sweeping = asyncio.create_task(superseded.sweep(self._database, self.models))
        sweeping.add_done_callback(_swept)
        try:
            await self._follow()
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)

    async def _follow(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began, before, projected = loop.time(), self._position, False
            try:
                projected = await self.run_once()
            except LeaseLostError:
                _log.warning("projector.leaseLost")
            except (OSError, sa.exc.SQLAlchemyError, StoreError):
                _log.exception("projector.failed")
                await asyncio.sleep(self._poll_seconds)
            took = loop.time() - began
            if self._store.size <= self._position:
                await self._store.grown(self._position, self._poll_seconds)
            elif not projected:
                await asyncio.sleep(_BUSY_SECONDS)  # somebody else has the lease
            if self._position - before >= _CROWD:
                await asyncio.sleep(min(took, _PAUSE_SECONDS))

    async def run_once(self) -> bool:
        """Project what is new, if the lease is free. Returns whether anything was projected."""
        async with self._one_at_a_time:
            if not self._again and not await self._more():
                return False
            try:
                before, taken = self._position, await self._first_batch()
                if taken is not None and taken.more:
                    await pump(self._folding, self._lease)
                    async with writing(self._database) as connection:
                        await self._lease.release(connection)
            except BaseException:
                self._folding.forget()
                raise
            if taken is None:
                await self._note_position()
                return False
            self._reached(self._folding.position)
            return self._position > before

    async def _first_batch(self) -> "_Taken | None":
        """None where there is nothing to do, or somebody else does it."""
        async with writing(self._database) as connection:
            if not self._again and not self._lease.continuous and await self._done_by_others(connection):
                return None
            if not await self._lease.take(connection, 0):
                return None
            if not (self._lease.continuous and self._folding.loaded):
                await self._folding.load(connection)
            if self._again:
                await self._retry(connection)
            entries = await bulk.log_after(connection, self._folding.position, BATCH)
            if entries:
                try:
                    changes = await self._folding.batch(connection, entries)
                except UnwritableError:
                    await self._folding.load(connection)
                    changes = await self._folding.batch(connection, entries, careful=True)
                await write(connection, self._database, changes)
            more = len(entries) == BATCH
            if more:
                await self._lease.take(connection)
        self._again = False
        return _Taken(more=more)

    async def _more(self) -> bool:
        return self._store.size > self._position or (await self._store.head()).size > self._position

    async def _done_by_others(self, connection: AsyncConnection) -> bool:
        """Asked first, so that whoever only looks does not take the lease from who has its rows in memory."""
        if self._database.sqlite:
            return False
        position = await connection.scalar(sa.select(sa.func.min(checkpoints.c.position)).where(self._live()))
        return position is not None and position >= self._store.size

    def _live(self) -> sa.ColumnElement[bool]:
        marks = [(model.name, model.version) for model in self.models]
        return sa.tuple_(checkpoints.c.name, checkpoints.c.version).in_(marks)

    async def wait_for(self, position: int, seconds: float) -> bool:
        """Wait until every model has reached a position; False if that takes longer."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._position < position:
            left = deadline - loop.time()
            if left <= 0:
                return False
            waiter = loop.create_future()
            self._waiting[waiter] = position
            timer = loop.call_later(min(left, self._poll_seconds), _wake, waiter)
            try:
                await waiter
            finally:
                timer.cancel()
                del self._waiting[waiter]
            if self._position < position:  # another process may have moved it
                await self._note_position()
        return True

    async def progress(self) -> Sequence[Progress]:
        """How far each read model is."""
        return await progress_of(self._database, self.models)

    async def retry(self, model: str | None = None, stream: str | None = None) -> tuple[int, int]:
        """Try parked streams again: all, those of a model, or one. Returns how many, and how many stay parked."""
        while True:
            async with self._one_at_a_time, writing(self._database) as connection:
                self._folding.forget()
                if await self._lease.take(connection, 0):
                    await self._folding.load(connection)
                    done = await self._retry(connection, model, stream)
                    self._folding.forget()
                    return done
            await asyncio.sleep(_BUSY_SECONDS)

    async def _retry(
        self, connection: AsyncConnection, model: str | None = None, stream: str | None = None
    ) -> tuple[int, int]:
        tried = left = 0
        for target in self._folding.targets:
            if model is not None and target.model.name != model:
                continue
            for one in [one for one in target.parked if stream in (None, one)]:
                tried += 1
                if await self._folding.retry(connection, target, one):
                    await delete_parked(connection, target, one)
                else:
                    left += 1
        if tried:
            changes = self._folding.take(0)
            await write(connection, self._database, changes)
        return tried, left

    async def rebuild(self, only: Sequence[str] = ()) -> int:
        """Make read models anew beside the live tables, which serve meanwhile. Returns up to where.

        Raises RebuildingError where a rebuild runs already.
        """
        run = await self._begun(only)
        return await run.finish()

    async def start_rebuild(self, only: Sequence[str] = ()) -> None:
        """The same, in the background; `progress` shows how it goes. Raises RebuildingError."""
        run = await self._begun(only)
        self._rebuilding = asyncio.create_task(run.finish())
        self._rebuilding.add_done_callback(_noticed)

    async def _begun(self, only: Sequence[str]) -> Rebuild:
        run = Rebuild(self._store, self._chosen(only), self._correction_of, Lease(self._database, LEASE))
        await run.begin()
        return run

    async def revert(self, only: Sequence[str] = ()) -> Sequence[str]:
        """Go back to the tables from before the last rebuild, brought up to date. Returns of which models."""
        return await rebuild.revert(
            self._store,
            self._chosen(only),
            self._correction_of,
            Lease(self._database, LEASE),
            lease_on(self._database),
        )

    async def verify(self) -> Sequence[Difference]:
        """Compare the live tables with a replay of the log. Names the first rows that differ, of each model."""
        return await verify.verify(self._store, self.models, self._correction_of, Lease(self._database, LEASE))

    async def close(self) -> None:
        """Interrupt a rebuild; it can be run again."""
        if self._rebuilding is not None and not self._rebuilding.done():
            self._rebuilding.cancel()
            await asyncio.gather(self._rebuilding, return_exceptions=True)

    def _chosen(self, only: Sequence[str]) -> Sequence[ReadModel[Any]]:
        return [model for model in self.models if not only or model.name in only]

    async def _note_position(self) -> None:
        async with self._database.read() as connection:
            position = await connection.scalar(sa.select(sa.func.min(checkpoints.c.position)).where(self._live()))
        self._reached(position or 0)

    def _reached(self, position: int) -> None:
        self._position = position
        for waiter, wanted in self._waiting.items():
            if position >= wanted:
                _wake(waiter)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _swept(task: asyncio.Task[Sequence[str]]) -> None:
    """What could not be thrown away now goes at a next start."""
    if task.cancelled():
        return
    if (error := task.exception()) is not None:
        _log.error("projections.sweepFailed", exc_info=error)
    elif gone := task.result():
        _log.info("projections.swept", tables=gone)


def _noticed(task: asyncio.Task[int]) -> None:
    """Its failure stands in `rebuilds`, and in the log of the process."""
    if not task.cancelled() and (error := task.exception()) is not None:
        _log.error("projections.rebuildFailed", exc_info=error)
