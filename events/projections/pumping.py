"""Long stretches of the log: the next batch is folded while the last one is being written, under a lease."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.projections import bulk
from events.projections.bulk import Entry
from events.projections.folding import Folding, UnwritableError, write
from events.projections.targets import Change
from events.store.database import Database
from events.store.leases import Lease

BATCH: Final = 5_000


def writing(database: Database) -> AbstractAsyncContextManager[AsyncConnection]:
    """A transaction whose loss would lose nothing: rows and checkpoint go together, and the log makes them again."""
    return database.write(durable=False)


async def instant(connection: AsyncConnection, database: Database) -> int:
    """The database's clock."""
    return int(await connection.scalar(sa.select(database.now_micros())) or 0)


async def pump(
    folding: Folding,
    lease: Lease,
    *,
    batch: int | None = None,
    until: int | None = None,
    told: Callable[[int], None] | None = None,
) -> None:
    """Bring the targets to the log's end, or up to a position. Raises LeaseLostError; then nothing was written."""
    task: asyncio.Task[None] | None = None
    try:
        while True:
            entries = await _entries(folding, batch or BATCH, until)
            if not entries:
                break
            try:
                changes = await _changes(folding, entries, careful=False)
            except UnwritableError:
                if task is not None:
                    await task
                async with folding.database.read() as connection:
                    await folding.load(connection)
                changes = await _changes(folding, entries, careful=True)
            if task is not None:
                await task
            task = asyncio.create_task(write_batch(folding, lease, changes))
            if told is not None:
                told(folding.position)
        if task is not None:
            await task
    except BaseException:
        folding.forget()
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        raise


async def _entries(folding: Folding, batch: int, until: int | None) -> Sequence[Entry]:
    async with folding.database.read() as connection:
        return await bulk.log_after(connection, folding.position, batch, until)


async def _changes(folding: Folding, entries: Sequence[Entry], *, careful: bool) -> Sequence[Change]:
    async with folding.database.read() as connection:
        return await folding.batch(connection, entries, careful=careful)


async def write_batch(folding: Folding, lease: Lease, changes: Sequence[Change]) -> None:
    async with writing(folding.database) as connection:
        await lease.hold(connection)
        await write(connection, folding.database, changes)
