"""Streams that a read model leaves out because an event of theirs cannot be projected: shown, and tried again."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.envelope import from_micros
from events.projections.targets import Parked, Target
from events.store.database import Database
from events.store.schema import parked as table


async def parked_in(connection: AsyncConnection) -> Mapping[tuple[str, int], Mapping[str, Parked]]:
    """By target and version, by stream."""
    found: dict[tuple[str, int], dict[str, Parked]] = {}
    for row in await connection.execute(sa.select(table).order_by(table.c.position)):
        parked = Parked(row.stream, row.position, row.reason, from_micros(row.parked_at))
        found.setdefault((row.model, row.version), {})[row.stream] = parked
    return found


async def write_parked(
    connection: AsyncConnection, database: Database, target: Target, parked: Sequence[Parked]
) -> None:
    """Note them, also where they were parked before for another reason."""
    rows: list[dict[str, Any]] = [
        {
            "model": target.name,
            "version": target.model.version,
            "stream": one.stream,
            "position": one.position,
            "reason": one.reason,
        }
        for one in parked
    ]
    insert = database.insert_into(table).values(parked_at=database.now_micros())
    renewed = {name: insert.excluded[name] for name in ("position", "reason", "parked_at")}
    await connection.execute(
        insert.on_conflict_do_update(index_elements=[table.c.model, table.c.version, table.c.stream], set_=renewed),
        rows,
    )


async def delete_parked(connection: AsyncConnection, target: Target, stream: str) -> None:
    """It is left out no more."""
    await connection.execute(
        table.delete().where(
            table.c.model == target.name, table.c.version == target.model.version, table.c.stream == stream
        )
    )
