"""Comparing read models with a replay of the log, beside them and without holding anybody up."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.projections import tables
from events.projections.folding import Folding
from events.projections.pumping import pump, writing
from events.projections.targets import Target
from events.read_model import CorrectionOf, ReadModel
from events.store.database import Database
from events.store.leases import Lease
from events.store.schema import checkpoints
from events.store.sql import SqlStore

SHOWN: Final = 20
"""So many differing rows of each model are named."""

REPLAY_BATCH: Final = 10_000
CHECKING: Final = "projections verify"
_TRY_AGAIN_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that a replay makes otherwise than the live table has it."""

    model: str
    key: str


async def verify(
    store: SqlStore, models: Sequence[ReadModel[Any]], correction_of: CorrectionOf, live: Lease
) -> Sequence[Difference]:
    """Replay into tables beside the live ones up to where those are, compare in SQL, throw them away.

    `live` is a lease on what the runner has: it stands still only while the replay covers the last few events.
    """
    database = store.database
    checking = Lease(database, CHECKING)
    await _taken(database, checking)
    try:
        await tables.drop(database, models, "check")
        foldings = [Folding(database, store.codec, correction_of, [Target(model, "check")]) for model in models]
        together = Folding(database, store.codec, correction_of, [one.targets[0] for one in foldings])
        async with writing(database) as connection:
            await checking.hold(connection)
            for model in models:
                await tables.create(connection, model, "check")
            await together.load(connection)
        await pump(together, checking, batch=REPLAY_BATCH, until=min((await _positions(database, models)).values()))
        return await _compared(database, foldings, checking, live)
    finally:
        await tables.drop(database, models, "check")
        async with database.write() as connection:
            await checking.release(connection)


async def _compared(
    database: Database, foldings: Sequence[Folding], checking: Lease, live: Lease
) -> Sequence[Difference]:
    models = [one.targets[0].model for one in foldings]
    while True:
        await _taken(database, live)
        try:
            positions = await _positions(database, models)
            for one in foldings:
                await pump(one, checking, until=positions[one.targets[0].model.name])
            async with database.read() as connection:
                if not database.sqlite:
                    await connection.execution_options(isolation_level="REPEATABLE READ")
                if await _positions_in(connection, models) == positions:  # else the lease had expired
                    await _released(database, live)  # what is compared is what this transaction saw first
                    return [one for model in models for one in await _differences(connection, model)]
        finally:
            await _released(database, live)


async def _differences(connection: AsyncConnection, model: ReadModel[Any]) -> Sequence[Difference]:
    live, check = model.table(), model.table("check")
    columns = [column.name for column in live.columns if column.name != "key"]
    differs = sa.or_(check.c.key.is_(None), *(live.c[name].is_distinct_from(check.c[name]) for name in columns))
    keys = [
        sa.select(live.c.key).select_from(live.outerjoin(check, live.c.key == check.c.key)).where(differs),
        sa.select(check.c.key)
        .select_from(check.outerjoin(live, live.c.key == check.c.key))
        .where(live.c.key.is_(None)),
    ]
    if model.entries:
        here, there = sa.select(model.entry_table()), sa.select(model.entry_table("check"))
        both_ways = (sa.except_(here, there), sa.except_(there, here))
        keys += [sa.select(entries.subquery().c.key) for entries in both_ways]
    found = await connection.scalars(sa.union(*keys).order_by(sa.text("1")).limit(SHOWN))
    return [Difference(model.name, key) for key in found]


async def _positions(database: Database, models: Sequence[ReadModel[Any]]) -> dict[str, int]:
    async with database.read() as connection:
        return await _positions_in(connection, models)


async def _positions_in(connection: AsyncConnection, models: Sequence[ReadModel[Any]]) -> dict[str, int]:
    known = {(row.name, row.version): row.position for row in await connection.execute(sa.select(checkpoints))}
    return {model.name: known.get((model.name, model.version), 0) for model in models}


async def _taken(database: Database, lease: Lease) -> None:
    while True:
        async with database.write() as connection:
            if await lease.take(connection):
                return
        await asyncio.sleep(_TRY_AGAIN_SECONDS)


async def _released(database: Database, lease: Lease) -> None:
    async with database.write() as connection:
        await lease.release(connection)
