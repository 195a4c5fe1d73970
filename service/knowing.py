"""What changed in what the register knows, between two instants: which objects, which fields, because of what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from domain.streams import category, identity
from domain.values import last_day
from events.catalogue.correction import EventCorrected
from events.envelope import Recorded, to_micros
from events.store.schema import events
from service import views
from service.correcting import changes_in
from service.finding import CATEGORIES, Category
from service.histories import corrected_by, item, mentions
from service.house import Errera
from service.queries import Queries
from service.texts import Language

_LOOKED_AT: Final = 50
"""So many objects are compared at a time, until a page is full."""

_OF: Final[Mapping[str, Category]] = {**{one: one for one in CATEGORIES}, "membership": "cohort"}
"""The categories of streams, and what they are about."""

_JOINED: Final = frozenset({"href", "position", "partnerName"})
"""Fields that say nothing of the object itself."""

Subject = tuple[Category, str]


@dataclass(frozen=True, slots=True)
class Learned:
    """A page of differences; `next` is the position to go on from."""

    items: Sequence[views.KnowledgeChange]
    next: int | None


class Knowing:
    """Two instants of knowledge compared, for one reader; `asked` are its reads of each category that it may see."""

    def __init__(self, house: Errera, asked: Mapping[Category, Queries], first: datetime, second: datetime) -> None:
        self._house = house
        self._first, self._second = first, second
        self._asked = {one: (_at(queries, first), _at(queries, second)) for one, queries in asked.items()}

    async def page(self, language: Language, after: int | None, size: int) -> Learned:
        """The objects that differ, in the order in which the register learned something new of them."""
        begin, end = await known_by(self._house, self._first), await known_by(self._house, self._second)
        position, found = max(begin, after or 0), list[views.KnowledgeChange]()
        while len(found) < size:
            some = await self._touched(begin, position, end)
            if not some:
                return Learned(found, None)
            changes = await self.of([subject for _, subject in some], language)
            for place, subject in some:
                position = place
                found += [changes[subject]] if subject in changes else []
                if len(found) == size:
                    break
        return Learned(found, position if await self._touched(begin, position, end) else None)

    async def of(self, subjects: Sequence[Subject], language: Language) -> Mapping[Subject, views.KnowledgeChange]:
        """Those of these objects that differ."""
        found: dict[Subject, views.KnowledgeChange] = {}
        for kind, (before, after) in self._asked.items():
            ids = [one for category_of, one in subjects if category_of == kind]
            old, new = _by_id(kind, await before.some(kind, ids)), _by_id(kind, await after.some(kind, ids))
            differing = [one for one in ids if old.get(one) != new.get(one)]
            learned = await self._events(after, kind, differing)
            changes = await changes_in(self._house, (each for some in learned.values() for each in some))
            names = await after.names({*differing, *mentions(each for some in learned.values() for each in some)})
            for one in differing:
                told = learned[one]
                corrected = corrected_by(told)
                found[kind, one] = views.KnowledgeChange(
                    subject=views.SubjectView(type=kind, id=one),
                    href=f"/v1/{kind}s/{one}",
                    name=names.get(one),
                    change="changed" if one in old and one in new else "added" if one in new else "removed",
                    fields=_fields(old.get(one, {}), new.get(one, {})),
                    events=[
                        item(each, names, language, corrected.get(each.position), changes.get(each.position, ()))
                        for each in told
                    ],
                )
        return found

    async def _events(self, asked: Queries, kind: Category, ids: Iterable[str]) -> Mapping[str, list[Recorded[Any]]]:
        """What was recorded of them in between, as far as it is for the reader and had taken effect by the day."""
        streams = {one: [f"{kind}-{one}", *([f"membership-{one}"] if kind == "cohort" else [])] for one in ids}
        recorded = await self._house.store.read_streams([each for some in streams.values() for each in some])
        day = asked.reading.day.isoformat() if asked.reading.asked else None
        found: dict[str, list[Recorded[Any]]] = {}
        for one, own in streams.items():
            every = sorted((each for stream in own for each in recorded[stream]), key=lambda each: each.position)
            owner = next((str(each.event.partner_id) for each in every if hasattr(each.event, "partner_id")), None)
            found[one] = [
                each
                for each in every
                if self._first < each.recorded_at <= self._second
                and asked.may_tell(f"{kind}-{one}", each.event, owner)
                and (day is None or _effective(each, day))
            ]
        return found

    async def _touched(self, begin: int, after: int, end: int) -> Sequence[tuple[int, Subject]]:
        """Objects of which something was recorded in between, each at the first of it, from a position on."""
        earlier = events.alias("earlier")
        before_it = sa.exists().where(
            earlier.c.stream == events.c.stream,
            earlier.c.version == events.c.version - 1,
            earlier.c.position > begin,
        )
        mine = [name for name, kind in _OF.items() if kind in self._asked]
        asked = (
            sa.select(events.c.position, events.c.stream)
            .where(events.c.position > after, events.c.position <= end, ~before_it)
            .where(sa.or_(*(_is_of(name) for name in mine)))
            .order_by(events.c.position)
            .limit(_LOOKED_AT)
        )
        async with self._house.store.database.read() as connection:
            rows = [(row.position, row.stream) for row in await connection.execute(asked)] if mine else []
            found = []
            for position, stream in rows:
                twin = _TWINS.get(category(stream))
                told_before = twin is not None and await connection.scalar(
                    sa.select(events.c.position)
                    .where(events.c.stream == f"{twin}-{identity(stream)}")
                    .where(events.c.position > begin, events.c.position < position)
                    .limit(1)
                )
                if told_before:
                    continue
                found.append((position, (_OF[category(stream)], identity(stream))))
            if rows and not found:
                return await self._touched(begin, rows[-1][0], end)
            return found


_TWINS: Final[Mapping[str, str]] = {"cohort": "membership", "membership": "cohort"}
"""Two streams that are about one object."""


async def known_by(house: Errera, instant: datetime) -> int:
    """The last position that was recorded by an instant; 0 before the first."""
    low, high = 0, (await house.store.head()).size
    while low < high:
        middle = (low + high + 1) // 2
        [(_, recorded_at, _)] = await house.store.read_bodies(middle - 1, 1)
        low, high = (middle, high) if recorded_at <= to_micros(instant) else (low, middle - 1)
    return low


def _at(queries: Queries, known_at: datetime) -> Queries:
    return queries.under(replace(queries.reading, known_at=known_at))


def _is_of(name: str) -> sa.ColumnElement[bool]:
    return sa.func.substr(events.c.stream, 1, len(name) + 1) == f"{name}-"


def _by_id(kind: Category, found: Iterable[Any]) -> Mapping[str, Mapping[str, Any]]:
    made = {}
    for one in found:
        plain = one.view.model_dump(mode="json", by_alias=True, exclude_none=True)
        made[str(plain[f"{kind}Id"])] = {name: value for name, value in plain.items() if name not in _JOINED}
    return made


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[views.FieldChange]:
    """Each field that differs; of a list only what went and what came."""
    found = []
    for name in dict.fromkeys([*new, *old]):
        before, after = old.get(name), new.get(name)
        if before == after or not (before or after):
            continue
        if isinstance(before, list) and isinstance(after, list):
            went, came = [one for one in before if one not in after], [one for one in after if one not in before]
            before, after = (went, came) if went or came else (before, after)
        found.append(views.FieldChange(field=name, old=before, new=after))
    return found


def _effective(one: Recorded[Any], day: str) -> bool:
    """A correction may take a date away, so it always counts."""
    correction = isinstance(one.event, EventCorrected)
    return correction or one.effective_on is None or last_day(one.effective_on).isoformat() <= day
