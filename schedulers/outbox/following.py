"""The outbox follows the log: the rows of an event and how far the log was followed are one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.streams import category
from domain.values import parse_instant
from events.catalogue.reminder import ReminderEscalated, ReminderRaised, ReminderReturned
from events.envelope import Recorded, from_micros, to_micros
from events.projections import bulk
from events.store.sql import SqlStore
from schedulers.outbox.tables import outbox, outbox_progress

_NAME: Final = "mail"
_CATEGORIES: Final = frozenset({"reminder"})
_BATCH: Final = 500
ESCALATED: Final = ".escalated."
"""In the key of a row that tells another role because nobody acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Something to tell. `key` is its own: however often it is found, there is one row.

    `role` None: whoever was to be told when the reminder was raised. `due_at` None: when it was recorded.
    """

    key: str
    reminder_id: str
    obligation: str
    role: str | None
    due_at: int | None = None


def wanted(recorded: Recorded[Any]) -> Wanted | None:
    """What an event wants told by mail."""
    event, position = recorded.event, recorded.position
    match event:
        case ReminderRaised(channel="mail"):
            return Wanted(
                key=event.reminder_id,
                reminder_id=event.reminder_id,
                obligation=event.obligation,
                role=event.recipient,
                due_at=to_micros(parse_instant(event.raise_at)),
            )
        case ReminderReturned():
            key = f"{event.reminder_id}.returned.{position}"
            return Wanted(key=key, reminder_id=event.reminder_id, obligation=event.obligation, role=None)
        case ReminderEscalated():
            key = f"{event.reminder_id}{ESCALATED}{event.step}"
            return Wanted(key=key, reminder_id=event.reminder_id, obligation=event.obligation, role=event.to)
        case _:
            return None


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
            rows: list[dict[str, Any]] = []
            for at, stream, recorded_at, body in entries:
                if category(stream) in _CATEGORIES:
                    recorded = self._store.codec.decode(at, from_micros(recorded_at), body)
                    if (one := wanted(recorded)) is not None:
                        rows += await self._row(connection, one, recorded, rows)
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

    async def _row(
        self, connection: AsyncConnection, one: Wanted, recorded: Recorded[Any], before: Sequence[dict[str, Any]]
    ) -> Sequence[dict[str, Any]]:
        """Its row; none where it tells again what does not go by mail. `before`: those made in this transaction."""
        role = one.role
        if role is None:
            known = {row["id"]: row["role"] for row in before}
            first = sa.select(outbox.c.role).where(outbox.c.id == one.reminder_id)
            role = known.get(one.reminder_id) or await connection.scalar(first)
        if role is None:
            return []
        raised_at = to_micros(recorded.recorded_at)
        due_at = raised_at if one.due_at is None else one.due_at
        return [
            {
                "id": one.key,
                "position": recorded.position,
                "reminder_id": one.reminder_id,
                "obligation": one.obligation,
                "role": role,
                "due_at": due_at,
                "raised_at": raised_at,
                "state": "waiting",
                "failures": 0,
                "next_at": min(due_at, raised_at),
            }
        ]
