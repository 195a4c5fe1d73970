"""The outbox follows the log: the rows of an event and how far the log was followed are one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.streams import category
from domain.values import parse_instant
from events.catalogue.reminder import ReminderRaised
from events.envelope import Recorded, from_micros, to_micros
from events.projections import bulk
from events.store.sql import SqlStore
from schedulers.outbox.tables import outbox, outbox_progress

_NAME: Final = "mail"
_CATEGORIES: Final = frozenset({"reminder"})
_BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Something to tell. `key` is its own: however often it is found, there is one row."""

    key: str
    reminder_id: str
    obligation: str
    role: str
    due_at: int


def wanted(event: Any) -> Sequence[Wanted]:
    """What an event wants told by mail."""
    match event:
        case ReminderRaised(channel="mail"):
            return [
                Wanted(
                    key=event.reminder_id,
                    reminder_id=event.reminder_id,
                    obligation=event.obligation,
                    role=event.recipient,
                    due_at=to_micros(parse_instant(event.raise_at)),
                )
            ]
        case _:
            return []


class Following:
    """Brings the outbox up to the log. Several processes may: the row that says how far it is makes them take turns."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._database = store.database
        self._position = -1

    async def follow(self) -> int:
        """Make the rows of what is new. Returns how many."""
        made = 0
        while max(self._store.size, (await self._store.head()).size) > self._position:
            made += await self._batch()
        return made

    async def _batch(self) -> int:
        async with self._database.write(durable=False) as connection:
            position = await self._locked(connection)
            entries = await bulk.log_after(connection, position, _BATCH)
            rows = [
                row
                for at, stream, recorded_at, body in entries
                if category(stream) in _CATEGORIES
                for row in _rows(self._store.codec.decode(at, from_micros(recorded_at), body))
            ]
            made = 0
            if rows:
                insert = self._database.insert_once(outbox).values(rows).returning(outbox.c.id)
                made = len((await connection.execute(insert)).all())
            position = entries[-1][0] if entries else position
            await connection.execute(outbox_progress.update().values(position=position))
        self._position = position
        return made

    async def _locked(self, connection: AsyncConnection) -> int:
        place = sa.select(outbox_progress.c.position).where(outbox_progress.c.name == _NAME).with_for_update()
        position: int | None = await connection.scalar(place)
        if position is None:
            await connection.execute(self._database.insert_once(outbox_progress).values(name=_NAME, position=0))
            position = await connection.scalar(place) or 0
        return position


def _rows(recorded: Recorded[Any]) -> Sequence[dict[str, Any]]:
    raised_at = to_micros(recorded.recorded_at)
    return [
        {
            "id": one.key,
            "position": recorded.position,
            "reminder_id": one.reminder_id,
            "obligation": one.obligation,
            "role": one.role,
            "due_at": one.due_at,
            "raised_at": raised_at,
            "state": "waiting",
            "failures": 0,
            "next_at": min(one.due_at, raised_at),
        }
        for one in wanted(recorded.event)
    ]
