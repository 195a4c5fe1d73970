"""Looking through the log: by stream, category, and what came of what; and all that is on record about one event."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from domain.read_models.chains import caused_by, going_back_to
from domain.streams import category
from events.catalogue.correction import EventCorrected
from events.envelope import Recorded
from events.log.entry import entry
from events.log.merkle import leaf_hash
from service import read_models
from service.house import Errera

_LOOKED_THROUGH: Final = 5_000
"""So many events one request looks through for those of a category; where to go on from is told."""

_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which events; all of it must hold."""

    stream: str | None = None
    category: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None

    def takes(self, one: Recorded[Any]) -> bool:
        """Whether an event is one of them."""
        return (
            self.stream in (None, one.stream)
            and self.category in (None, category(one.stream))
            and self.correlation_id in (None, one.correlation_id)
            and self.causation_id in (None, one.causation_id)
        )


@dataclass(frozen=True, slots=True)
class Latest:
    """Events, the last first; `before` is where to go on from, None at the log's beginning."""

    events: Sequence[Recorded[Any]]
    before: int | None


@dataclass(frozen=True, slots=True)
class Around:
    """One event, and those that have to do with it, by position."""

    event: Recorded[Any]
    entry: bytes
    together: Sequence[int]
    cause: int | None
    caused: Sequence[int]
    corrects: int | None
    corrected_by: Sequence[int]

    @property
    def hash(self) -> bytes:
        """The entry's leaf hash in the transparency log."""
        return leaf_hash(self.entry)


class Browsing:
    """The log of a house, for those who may read all of it."""

    def __init__(self, house: Errera) -> None:
        self._house = house
        self._store = house.store

    async def after(self, position: int, limit: int, wanted: Filter) -> Sequence[Recorded[Any]]:
        """Events from a position on, in order."""
        few = await self._few(wanted)
        if few is not None:
            return [one for one in few if one.position > position and wanted.takes(one)][:limit]
        if wanted.category is not None:
            return await self._store.read_category(wanted.category, position, limit)
        return await self._store.read_log(position, limit)

    async def before(self, position: int | None, limit: int, wanted: Filter) -> Latest:
        """Events before a position (None: to the end), the last first."""
        until = (await self._store.head()).size + 1 if position is None else position
        few = await self._few(wanted)
        if few is not None:
            found = [one for one in few[::-1] if one.position < until and wanted.takes(one)]
            return Latest(found[:limit], found[limit - 1].position if len(found) > limit else None)
        return await self._backwards(until, limit, wanted.takes)

    async def around(self, position: int) -> Around | None:
        """One event with its surroundings."""
        rows = await self._store.read_bodies(position - 1, 1) if position > 0 else []
        if not rows or rows[0][0] != position:
            return None
        [one] = await self._store.read_at([position])
        chain = await self._chain(one.correlation_id)
        return Around(
            one,
            entry(*rows[0]),
            together=[each.position for each in await self._of_command(one.command_id) if each.position != position],
            cause=next((each.position for each in chain if each.event_id == one.causation_id), None),
            caused=await self._linked(caused_by(one.event_id)),
            corrects=one.event.position if isinstance(one.event, EventCorrected) else None,
            corrected_by=[
                each.position
                for each in await self._store.read_stream(one.stream)
                if isinstance(each.event, EventCorrected) and each.event.position == position
            ],
        )

    async def _few(self, wanted: Filter) -> Sequence[Recorded[Any]] | None:
        """Where a filter leaves few: a superset of them, in order."""
        if wanted.causation_id is not None:
            return await self._store.read_at(await self._linked(caused_by(wanted.causation_id)))
        if wanted.correlation_id is not None:
            return await self._chain(wanted.correlation_id)
        if wanted.stream is not None:
            return await self._store.read_stream(wanted.stream)
        return None

    async def _backwards(self, until: int, limit: int, takes: Callable[[Recorded[Any]], bool]) -> Latest:
        found: list[Recorded[Any]] = []
        stop = max(0, until - 1 - _LOOKED_THROUGH)
        while until > 1 and until - 1 > stop and len(found) <= limit:
            start = max(stop, until - 1 - _AT_ONCE)
            some = await self._store.read_log(start, until - 1 - start)
            found += [one for one in some[::-1] if takes(one)]
            until = start + 1
        if len(found) > limit:
            return Latest(found[:limit], found[limit - 1].position)
        return Latest(found, until if until > 1 else None)

    async def _chain(self, correlation_id: str) -> Sequence[Recorded[Any]]:
        """What a command recorded, and what came of it."""
        own = await self._of_command(correlation_id)
        more = await self._store.read_at(await self._linked(going_back_to(correlation_id)))
        return sorted([*own, *more], key=lambda one: one.position)

    async def _of_command(self, command_id: str) -> Sequence[Recorded[Any]]:
        done = await self._store.command(command_id)
        if done is None or done.first_position is None or done.last_position is None:
            return []
        return await self._store.read_log(done.first_position - 1, done.last_position - done.first_position + 1)

    async def _linked(self, link: str) -> Sequence[int]:
        table = read_models.CHAINS.table()
        asked = sa.select(table.c.row).where(table.c.link == link).order_by(table.c.key)
        async with self._house.store.database.read() as connection:
            return [read_models.CHAINS.decode(row).position for row in await connection.scalars(asked)]
