"""Tables of read models as earlier releases had them: kept while one of those may still run, thrown away after that."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from events.projections import tables
from events.projections.tables import Mark
from events.read_model import ReadModel
from events.store.database import Database
from events.store.schema import checkpoints, events

KEPT: Final = timedelta(days=1)
"""A table of another version that missed an event so long ago is followed by nobody any more."""


async def sweep(database: Database, models: Sequence[ReadModel[Any]]) -> Sequence[str]:
    """Throw away tables of versions, and of models, that this release has not. Returns which.

    A process of the release before may still run beside this one, and one can go back to that release: its tables stay
    until they have missed an event for `KEPT`. A release that finds its own gone makes them anew from the log.
    """
    ours = {(model.name, model.version) for model in models}
    unseen = sa.select(checkpoints.c.name, checkpoints.c.version).join(
        events, events.c.position == checkpoints.c.position + 1
    )
    long_ago = events.c.recorded_at < database.now_micros() - int(KEPT.total_seconds()) * 1_000_000
    async with database.read() as connection:
        behind = [(row.name, row.version) for row in await connection.execute(unseen.where(long_ago))]
    going = {mark: _table(mark) for mark in behind if (mark[0].partition(":")[0], mark[1]) not in ours}
    await tables.throw_away(database, going)
    return sorted(going.values())


def _table(mark: Mark) -> str:
    name, version = mark
    model, _, slot = name.partition(":")
    return f"{model}_v{version}" + (f"_{slot}" if slot else "")
