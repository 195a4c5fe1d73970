"""Making read models anew beside their live tables, which serve and follow meanwhile; then they change places.

Building is projecting: the same fold over the same log, and nothing else happens because of it.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from events.projections import bulk, tables
from events.projections.folding import Folding, write
from events.projections.progress import lease_on
from events.projections.pumping import BATCH, instant, pump, writing
from events.projections.targets import Target, named
from events.read_model import CorrectionOf, ReadModel, Slot
from events.store.leases import Lease
from events.store.schema import checkpoints, rebuilds
from events.store.sql import SqlStore

REBUILD_BATCH: Final = 10_000

_TRY_AGAIN_SECONDS: Final = 0.05
_LOCK_NOT_AVAILABLE: Final = "55P03"


class RebuildingError(Exception):
    """Somebody rebuilds already."""


class NothingKeptError(Exception):
    """No tables of that model were kept for going back."""

    def __init__(self, model: str) -> None:
        super().__init__(model)
        self.model = model


class Rebuild:
    """One rebuild of some models, from the first event on. `live` is a lease on what the runner has."""

    def __init__(
        self, store: SqlStore, models: Sequence[ReadModel[Any]], correction_of: CorrectionOf, live: Lease
    ) -> None:
        self._database = store.database
        self._models = models
        self._lease = lease_on(store.database)
        self._places = Places(store, correction_of, live, self._lease)
        self._folding = self._places.folding(models, "new")

    async def begin(self) -> None:
        """Take the lease and note that it runs. Raises RebuildingError."""
        async with self._database.write() as connection:
            if not await self._lease.take(connection):
                raise RebuildingError
            now = await instant(connection, self._database)
            insert = self._database.insert_into(rebuilds)
            for model in self._models:
                begun = {
                    "version": model.version,
                    "state": "running",
                    "started_at": now,
                    "ended_at": None,
                    "reason": None,
                }
                await connection.execute(
                    insert.values(model=model.name, **begun).on_conflict_do_update(
                        index_elements=[rebuilds.c.model], set_=begun
                    )
                )

    async def finish(self) -> int:
        """Build, and put in place. Returns up to where."""
        try:
            position = await self._build()
        except asyncio.CancelledError:
            await self._ended("interrupted", None)
            raise
        except Exception as error:
            await self._ended("failed", f"{type(error).__name__}: {error}"[:500])
            raise
        await self._ended("done", None)
        return position

    async def _build(self) -> int:
        await tables.drop(self._database, self._models, "old")
        await tables.drop(self._database, self._models, "new")
        async with writing(self._database) as connection:
            await self._lease.hold(connection)
            for model in self._models:
                await tables.create(connection, model, "new")
            await self._folding.load(connection)
        await pump(self._folding, self._lease, batch=REBUILD_BATCH)
        for model in self._models:
            async with self._database.write() as connection:
                await self._lease.hold(connection)
                await tables.make_ready(connection, model, "new")
        await pump(self._folding, self._lease)
        return min([await self._places.switch(model, "new") for model in self._models], default=0)

    async def _ended(self, state: str, reason: str | None) -> None:
        async with self._database.write() as connection:
            now = await instant(connection, self._database)
            await connection.execute(
                rebuilds.update()
                .where(rebuilds.c.model.in_([model.name for model in self._models]), rebuilds.c.state == "running")
                .values(state=state, ended_at=now, reason=reason)
            )
            await self._lease.release(connection)


class Places:
    """Puts tables in the live ones' place."""

    def __init__(self, store: SqlStore, correction_of: CorrectionOf, live: Lease, rebuilding: Lease) -> None:
        self._database = store.database
        self._codec = store.codec
        self._correction_of = correction_of
        self._live = live
        self._rebuilding = rebuilding

    def folding(self, models: Sequence[ReadModel[Any]], slot: Slot) -> Folding:
        """A fold over tables that are not live."""
        return Folding(self._database, self._codec, self._correction_of, [Target(model, slot) for model in models])

    async def switch(self, model: ReadModel[Any], slot: Slot) -> int:
        """In one transaction: what came last, and the change of places. Returns up to where the model is now.

        Models change one by one: with one table to wait for, readers of several cannot make this wait in a circle.
        """
        folding = self.folding([model], slot)
        while True:
            try:
                async with writing(self._database) as connection:
                    if await self._live.take(connection, 0):
                        await self._rebuilding.hold(connection)
                        if not self._database.sqlite:  # readers that come after us wait for us: not for long
                            await connection.execute(sa.text("SELECT set_config('lock_timeout', '500ms', true)"))
                        await self.catch_up(connection, folding)
                        await tables.switch(connection, model, slot)
                        return folding.position
            except sa.exc.DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
                    raise
            await asyncio.sleep(_TRY_AGAIN_SECONDS)

    async def catch_up(self, connection: Any, folding: Folding) -> None:
        """The last events, while nobody moves the live tables."""
        await folding.load(connection)
        while entries := await bulk.log_after(connection, folding.position, BATCH):
            changes = await folding.batch(connection, entries, careful=True)
            await write(connection, self._database, changes)


async def revert(
    store: SqlStore,
    models: Sequence[ReadModel[Any]],
    correction_of: CorrectionOf,
    live: Lease,
    rebuilding: Lease,
) -> Sequence[str]:
    """Go back to the kept tables, brought up to date. Raises RebuildingError, NothingKeptError."""
    database = store.database
    async with database.write() as connection:
        kept = {
            (row.name, row.version)
            for row in await connection.execute(sa.select(checkpoints.c.name, checkpoints.c.version))
        }
        missing = [model.name for model in models if (named(model.name, "old"), model.version) not in kept]
        if missing:
            raise NothingKeptError(missing[0])
        if not await rebuilding.take(connection):
            raise RebuildingError
    places = Places(store, correction_of, live, rebuilding)
    try:
        folding = places.folding(models, "old")
        async with database.read() as connection:
            await folding.load(connection)
        await pump(folding, rebuilding)
        for model in models:
            await places.switch(model, "old")
    finally:
        async with database.write() as connection:
            await rebuilding.release(connection)
    return [model.name for model in models]
