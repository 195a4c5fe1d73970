"""How far read models are: their lag, what is parked, and how a rebuild goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from events.envelope import from_micros
from events.projections.parking import parked_in
from events.projections.targets import Parked, named
from events.read_model import ReadModel
from events.store.database import Database
from events.store.leases import Lease
from events.store.schema import checkpoints, events, head, leases, rebuilds

REBUILDING: str = "projections rebuild"
"""The lease of whoever rebuilds."""

State: TypeAlias = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """The last rebuild of a read model. Rate and time left are of one that runs."""

    state: State
    position: int
    size: int
    started_at: datetime
    ended_at: datetime | None
    reason: str | None
    events_per_second: float | None
    seconds_left: float | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a read model is."""

    name: str
    version: int
    position: int
    behind: int
    lag_seconds: float
    """The age of the oldest event that it has not seen; 0 when there is none."""
    parked: Sequence[Parked]
    rebuilding: Rebuilding | None
    checked: int | None
    """How far a replay for comparison is, while there is one."""
    kept: int | None
    """How far the tables are that were kept for going back."""


async def progress_of(database: Database, models: Sequence[ReadModel[Any]]) -> Sequence[Progress]:
    """All of them, by name."""
    async with database.read() as connection:
        size = await connection.scalar(sa.select(head.c.size)) or 0
        positions: Mapping[tuple[str, int], int] = {
            (row.name, row.version): row.position for row in await connection.execute(sa.select(checkpoints))
        }
        parked = await parked_in(connection)
        runs = {row.model: row for row in await connection.execute(sa.select(rebuilds))}
        now = int(await connection.scalar(sa.select(database.now_micros())) or 0)
        runs_now = await connection.scalar(
            sa.select(sa.true()).where(leases.c.name == REBUILDING, leases.c.expires_at > database.true_micros())
        )
        first_unseen = {position + 1 for position in positions.values() if position < size}
        unseen = sa.select(events.c.position, events.c.recorded_at).where(events.c.position.in_(first_unseen))
        recorded = {row.position: row.recorded_at for row in await connection.execute(unseen)}
    found = []
    for model in sorted(models, key=lambda model: model.name):
        position = positions.get((model.name, model.version), 0)
        oldest = recorded.get(position + 1)
        run = runs.get(model.name)
        building = positions.get((named(model.name, "new"), model.version))
        found.append(
            Progress(
                name=model.name,
                version=model.version,
                position=position,
                behind=max(size - position, 0),
                lag_seconds=0.0 if oldest is None else max(now - oldest, 0) / 1e6,
                parked=list(parked.get((model.name, model.version), {}).values()),
                rebuilding=None if run is None else _rebuilding(run, building, size, now, alive=bool(runs_now)),
                checked=positions.get((named(model.name, "check"), model.version)),
                kept=positions.get((named(model.name, "old"), model.version)),
            )
        )
    return found


def _rebuilding(run: sa.Row[Any], building: int | None, size: int, now: int, *, alive: bool) -> Rebuilding:
    state: State = "interrupted" if run.state == "running" and not alive else run.state
    position = size if building is None else building
    seconds = max((run.ended_at or now) - run.started_at, 1) / 1e6
    rate = position / seconds if state == "running" and position else None
    return Rebuilding(
        state=state,
        position=position,
        size=size,
        started_at=from_micros(run.started_at),
        ended_at=None if run.ended_at is None else from_micros(run.ended_at),
        reason=run.reason,
        events_per_second=rate,
        seconds_left=None if rate is None else max(size - position, 0) / rate,
    )


def lease_on(database: Database) -> Lease:
    """The lease of whoever rebuilds, to be taken."""
    return Lease(database, REBUILDING)
