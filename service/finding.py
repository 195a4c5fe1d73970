"""Which objects a collection holds on a day, as known at an instant: by index, whatever the size of the register."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import sqlalchemy as sa

from domain.read_models import reminders
from domain.read_models.timelines import STILL
from domain.streams import identity
from events.envelope import to_micros
from service import read_models
from service.house import Errera
from service.reading import Reading

Category = Literal["partner", "cohort", "agreement", "consultation"]
CATEGORIES: Final[Sequence[Category]] = ("partner", "cohort", "agreement", "consultation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Objects of a category, and what they must be."""

    category: Category
    ids: Collection[str] | None = None
    cohort_ids: Collection[str] | None = None
    partner_ids: Collection[str] | None = None
    statuses: Collection[str] | None = None
    year_from: int | None = None
    """Not over before this year; with `year_until`, not begun after that one."""
    year_until: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a collection."""

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Ids:
    """Those of a page, in the order in which the register learned of them, and how many there are in all."""

    page: Sequence[str]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedReminders:
    """Reminders, and what they must be; `partner_ids`: of agreements of these."""

    reminder_id: str | None = None
    kind: str | None = None
    partner_ids: Collection[str] | None = None
    subjects: Collection[str] | None = None
    obligations: Collection[str] | None = None


@dataclass(frozen=True, slots=True)
class Reminders:
    """Those of a page, in the order in which they were raised, and how many there are in all."""

    page: Sequence[reminders.Row]
    total: int


async def find(house: Errera, reading: Reading, wanted: Wanted, page: Page | None = None) -> Ids:
    """What there is under a reading: all of it, or a page of it."""
    table = read_models.TIMELINES.entry_table()
    conditions = _conditions(table.c, reading, wanted)
    asked = sa.select(table.c.key).where(*conditions).order_by(table.c.first_position)
    found, total = await _stretch(house, asked, sa.select(sa.func.count()).select_from(table).where(*conditions), page)
    return Ids([identity(key) for key in found], total)


async def count(house: Errera, reading: Reading, wanted: Wanted) -> Mapping[tuple[str, str], int]:
    """How many there are by cohort and status, without looking at any of them."""
    table = read_models.TIMELINES.entry_table()
    by = (table.c.cohort_id, table.c.status)
    asked = sa.select(*by, sa.func.count()).where(*_conditions(table.c, reading, wanted)).group_by(*by)
    async with house.store.database.read() as connection:
        return {(cohort_id, status): many for cohort_id, status, many in await connection.execute(asked)}


async def find_reminders(
    house: Errera, reading: Reading, wanted: WantedReminders, page: Page | None = None
) -> Reminders:
    """Which reminders had been raised, or named in a later one: all of them, or a page of them."""
    table = read_models.REMINDERS.table()
    conditions = _of_reminders(table.c, reading, wanted)
    asked = sa.select(table.c.row).where(*conditions).order_by(table.c.first_position, table.c.key)
    found, total = await _stretch(house, asked, sa.select(sa.func.count()).select_from(table).where(*conditions), page)
    return Reminders([read_models.REMINDERS.decode(row) for row in found], total)


async def _stretch(
    house: Errera, asked: sa.Select[Any], counted: sa.Select[int], page: Page | None
) -> tuple[Sequence[Any], int]:
    """What is found, or that page of it, and how much there is."""
    async with house.store.database.read() as connection:
        if page is None:
            found = (await connection.scalars(asked)).all()
            return found, len(found)
        found = (await connection.scalars(asked.offset(page.start).limit(page.size))).all()
        if page.start == 0 and len(found) < page.size:
            return found, len(found)
        return found, await connection.scalar(counted) or 0


async def told_at(house: Errera, subjects: Collection[str]) -> Sequence[int]:
    """The positions of the events in other streams that belong to the history of these."""
    table = read_models.HISTORY.table()
    asked = sa.select(table.c.row).where(table.c.subject.in_(subjects))
    async with house.store.database.read() as connection:
        return sorted({read_models.HISTORY.decode(row).position for row in await connection.scalars(asked)})


def _of_reminders(row: Any, reading: Reading, wanted: WantedReminders) -> Sequence[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if reading.asked:
        conditions.append(row.day_from <= reading.day.isoformat())
    if reading.known_at is not None:
        conditions.append(row.known_from <= to_micros(reading.known_at))
    if wanted.reminder_id is not None:
        conditions.append(row.key == f"reminder-{wanted.reminder_id}")
    if wanted.kind is not None:
        conditions.append(row.kind == wanted.kind)
    if wanted.partner_ids is not None:
        entry = read_models.TIMELINES.entry_table().c
        theirs = Wanted(category="agreement", partner_ids=wanted.partner_ids)
        conditions.append(row.subject.in_(sa.select(entry.key).where(*_conditions(entry, _foreseen(reading), theirs))))
    if wanted.subjects is not None:
        conditions.append(row.subject.in_(wanted.subjects))
    if wanted.obligations is not None:
        conditions.append(row.obligation.in_(wanted.obligations))
    return conditions


def _foreseen(reading: Reading) -> Reading:
    """What takes effect after the day too."""
    return replace(reading, asked=False)


def _conditions(entry: Any, reading: Reading, wanted: Wanted) -> Sequence[sa.ColumnElement[bool]]:
    day = reading.day.isoformat()
    conditions = [entry.category == wanted.category, entry.day_from <= day, entry.day_until >= day]
    if reading.asked:
        conditions.append(entry.found)
    if reading.known_at is None:
        conditions.append(entry.known_until == STILL)
    else:
        at = to_micros(reading.known_at)
        # As sums, so that no index is entered by them: the page is found by walking in its order.
        conditions += [entry.known_from + 0 <= at, entry.known_until + 0 > at]
    if wanted.ids is not None:
        conditions.append(entry.key.in_([f"{wanted.category}-{one}" for one in wanted.ids]))
    if wanted.cohort_ids is not None:
        conditions.append(entry.cohort_id.in_(wanted.cohort_ids))
    if wanted.partner_ids is not None:
        conditions.append(entry.partner_id.in_(wanted.partner_ids))
    if wanted.statuses is not None:
        conditions.append(entry.status.in_(wanted.statuses))
    if wanted.year_from is not None:
        conditions.append(entry.year_until >= wanted.year_from)
    if wanted.year_until is not None:
        conditions.append(entry.year_from <= wanted.year_until)
    return conditions
