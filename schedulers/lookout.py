"""Where to look at a tick: what comes due follows from what came due before, so nobody has to look at everything.

After a tick that did its work, nothing is due that was not said. Later, something can be due only because an instant
passed, and then the agenda finds it by date; or because something was recorded, and then the log tells. A process
remembers how far it has looked; the first time, and now and then, it looks at everything.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

import sqlalchemy as sa
import structlog

from domain import calendar
from domain.policy import USUAL_OFFSETS
from domain.read_models import policies, reminders
from domain.read_models.agenda import COUNTED_KINDS, Row, counted
from domain.streams import AGENCY_CALENDAR, category, identity
from domain.timeline import correction_of
from domain.windows import Window, year_end
from domain.working_days import WorkingDays, working_days
from events.catalogue.cohort import CohortOpened
from events.catalogue.policy import AgencyCalendarSet, ReminderPolicySet
from events.projections.runner import Projector
from events.read_model import ReadModel
from events.store.sql import SqlStore
from schedulers.pending import pending_about, pending_in, pending_still

_log = structlog.get_logger(__name__)

A_DAY: Final = timedelta(days=1)
BATCH: Final = 1000
FAR: Final = 20 * BATCH
"""A read model that is further behind, in events, is being made: its log is not read over its shoulder."""

_SUBJECTS: Final = frozenset({"agreement", "consultation", "cohort"})
_WITH_IT: Final = {"evaluation": ("kpiFigures",)}
"""Kind -> what else is due on the same date, and found with it."""
_REMINDER: Final = "reminder"
_AT_ONCE: Final = 50
"""How many ranges one statement asks for."""

Offsets = Mapping[str, frozenset[str]]
"""Kind of obligation -> the offsets that any cohort may use."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How far was looked.

    `ahead` and `opened` are subjects, and cohorts whose terms were told, with the position of their last event that
    the read models may not show yet; `again` those that something failed on.
    """

    instant: datetime
    position: int
    shown: int
    """How far the read models were."""
    reviewed: datetime
    offsets: Offsets
    shifted: bool = False
    """Whether anybody's reminders are shifted to working days."""
    steps: frozenset[str] = frozenset()
    """How long after anybody's reminders are escalated."""
    ahead: Mapping[str, int] = field(default_factory=dict)
    opened: Mapping[str, int] = field(default_factory=dict)
    again: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Shown:
    """How far the read models are, and the subjects that they do not show as they are."""

    position: int
    parked: frozenset[str]


@dataclass(frozen=True, slots=True)
class Look:
    """The streams to look at now, of subjects and of reminders that were raised; and what will have been seen then
    (None: not enough to go on from).
    """

    streams: Sequence[str]
    reminders: Sequence[str]
    then: Seen | None


class Lookout:
    """Remembers how far was looked. `members` are read models of subjects, with the column `cohort_id`."""

    def __init__(
        self,
        store: SqlStore,
        projector: Projector,
        agenda: ReadModel[Row],
        reminders: ReadModel[reminders.Row],
        policies: ReadModel[policies.Row],
        members: Sequence[ReadModel[Any]],
        zone: tzinfo,
        review: timedelta,
    ) -> None:
        self._store = store
        self._projector = projector
        self._agenda = agenda
        self._reminders = reminders
        self._policies = policies
        self._members = members
        self._zone = zone
        self._review = review
        self._seen: Seen | None = None

    async def look(self, now: datetime) -> Look:
        """Where something may be due that was not said yet."""
        shown = await self._shown()
        seen = self._seen
        streams: Sequence[str] = ()
        raised: Sequence[str] = ()
        if seen is None or shown.position < seen.shown or now - seen.reviewed >= self._review:
            streams, raised = await self.open_on(now), await self._pending_on(now)
            if (await self._store.head()).size - shown.position > FAR:
                return Look(streams, raised, None)
            seen = Seen(now, shown.position, shown.position, now, *await self._said())
        try:
            news = await self._since(seen, now, shown)
        except Exception:  # noqa: BLE001 - an event that cannot be read must not hold the reminders up
            _log.exception("scheduler.lookout.failed")
            return Look(await self.open_on(now), await self._pending_on(now), None)
        return Look(sorted({*streams, *news.streams}), sorted({*raised, *news.reminders}), news.then)

    def keep(self, then: Seen | None, again: Iterable[str]) -> None:
        """All that was looked at, and done what there was to do; but these have to be looked at again."""
        self._seen = then and replace(then, again=frozenset(again))

    async def open_on(self, at: datetime) -> Sequence[str]:
        """All subjects that something may be due on at an instant, and still to be said."""
        day, agenda = self._day(at), self._agenda.table()
        return await self._keys(
            [
                sa.select(agenda.c.key).where(
                    agenda.c.due_from <= (day + calendar.LONGEST_OFFSET).isoformat(),
                    agenda.c.due_until >= day.isoformat(),
                )
            ]
        )

    async def _pending_on(self, at: datetime) -> Sequence[str]:
        """All reminders that time may have something to do about, of subjects that something may be open on."""
        return await self._keys([pending_still(self._reminders.table(), self._agenda.table(), self._day(at))])

    async def _since(self, seen: Seen, now: datetime, shown: _Shown) -> Look:
        touched, opened = dict(seen.ahead), dict(seen.opened)
        offsets, shifted, everywhere = Told(seen.offsets), seen.shifted, False
        steps = set(seen.steps)
        position = seen.position
        while recorded := await self._store.read_log(position, BATCH):
            position = recorded[-1].position
            for one in recorded:
                stream, fact = one.stream, one.event
                if isinstance(fact, ReminderPolicySet):
                    offsets.add(fact.offsets)
                    shifted = shifted or fact.shift not in {None, "none"}
                    steps.update(step.after for step in fact.escalation or ())
                    if fact.subject_id is None:
                        everywhere = True
                        continue
                    stream = f"{fact.scope}-{fact.subject_id}"
                    if fact.scope == "cohort":
                        opened[stream] = one.position
                elif isinstance(fact, AgencyCalendarSet):
                    everywhere = True
                if category(stream) not in _SUBJECTS and category(stream) != _REMINDER:
                    continue
                touched[stream] = one.position
                corrected = correction_of(fact, self._store.codec.revive)
                fact = corrected[1] if corrected else fact
                if isinstance(fact, CohortOpened):
                    opened[stream] = one.position
                    offsets.add(fact.terms.reminder_offsets)
        looked = {*touched, *seen.again, *shown.parked}
        looked.update(await self._of_cohorts([identity(stream) for stream in opened]))
        raised, window = self._reminders.table(), Window(seen.instant, now, self._zone, None)
        subjects = sorted(stream for stream in looked if category(stream) in _SUBJECTS)
        queries = [*pending_about(raised, subjects), *pending_in(raised, window, steps)]
        if everywhere:
            looked.update([*await self.open_on(now), *await self._pending_on(now)])
        window = Window(seen.instant, now, self._zone, await self._working_days() if shifted else None)
        queries += in_window(self._agenda.table(), window, offsets, self._day(now))
        looked.update(await self._keys(queries))
        then = Seen(
            instant=now,
            position=position,
            shown=shown.position,
            reviewed=seen.reviewed,
            offsets=offsets.all(),
            shifted=shifted,
            steps=frozenset(steps),
            ahead={stream: last for stream, last in touched.items() if last > shown.position},
            opened={stream: last for stream, last in opened.items() if last > shown.position},
        )
        reminders = sorted(stream for stream in looked if category(stream) == _REMINDER)
        return Look(sorted(looked.difference(reminders)), reminders, then)

    async def _working_days(self) -> WorkingDays:
        recorded = await self._store.read_stream(AGENCY_CALENDAR)
        return working_days(recorded[-1].event if recorded else None)

    async def _shown(self) -> _Shown:
        """How far the read models are. Asked first: they may show more when they are read, never less."""
        names = {self._policies.name, self._agenda.name, self._reminders.name, *(one.name for one in self._members)}
        mine = [one for one in await self._projector.progress() if one.name in names]
        parked = {one.stream for model in mine for one in model.parked}
        return _Shown(
            min((one.position for one in mine), default=0),
            frozenset(stream for stream in parked if category(stream) in {*_SUBJECTS, _REMINDER}),
        )

    async def _said(self) -> tuple[Offsets, bool, frozenset[str]]:
        """The offsets that anybody uses, whether anybody's reminders are shifted, and how long after they climb."""
        agenda, said, offsets, shifted = self._agenda.table(), self._policies.table(), Told(USUAL_OFFSETS), False
        steps: set[str] = set()
        async with self._store.database.read() as connection:
            cohorts = sa.select(agenda.c.row).where(agenda.c.key.like("cohort-%"))
            for (row,) in await connection.execute(cohorts):
                cohort = self._agenda.decode(row).cohort
                offsets.add(cohort.terms.reminder_offsets if cohort else None)
            for (row,) in await connection.execute(sa.select(said.c.row)):
                if policy := self._policies.decode(row).policy:
                    offsets.add(policy.offsets)
                    shifted = shifted or policy.shift not in {None, "none"}
                    steps.update(step.after for step in policy.escalation or ())
        return offsets.all(), shifted, frozenset(steps)

    async def _of_cohorts(self, cohort_ids: Sequence[str]) -> Sequence[str]:
        """Agreements and consultation moments of cohorts whose terms may be other ones now."""
        return await self._keys(
            [
                sa.select(table.c.key).where(table.c.cohort_id.in_(cohort_ids[start : start + _AT_ONCE]))
                for start in range(0, len(cohort_ids), _AT_ONCE)
                for table in [model.table() for model in self._members]
            ]
        )

    async def _keys(self, queries: Sequence[sa.Select[tuple[str]]]) -> Sequence[str]:
        found: dict[str, None] = {}
        async with self._store.database.read() as connection:
            for start in range(0, len(queries), _AT_ONCE):
                some = queries[start : start + _AT_ONCE]
                statement = sa.union_all(*some) if len(some) > 1 else some[0]
                found.update(dict.fromkeys(await connection.scalars(statement)))
        return sorted(found)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


class Told:
    """The offsets by kind, as cohorts tell them."""

    def __init__(self, known: Mapping[str, Iterable[str]]) -> None:
        self._by_kind: dict[str, set[str]] = defaultdict(set)
        self.add(known)

    def add(self, told: Mapping[str, Iterable[str]] | None) -> None:
        for kind, offsets in (told or {}).items():
            self._by_kind[kind].update(offsets)

    def of(self, *kinds: str) -> Sequence[str]:
        return sorted({offset for kind in kinds for offset in self._by_kind[kind]})

    def all(self) -> Offsets:
        return {kind: frozenset(offsets) for kind, offsets in self._by_kind.items()}


def in_window(agenda: sa.Table, window: Window, offsets: Told, today: date) -> Sequence[sa.Select[tuple[str]]]:
    """The subjects with an obligation whose reminder's instant lies in a window: queries of one range each."""
    queries: list[sa.Select[tuple[str]]] = []
    for offset in offsets.of("consultation"):
        for instants in window.instants(offset):
            first, last = (one.isoformat(timespec="microseconds") for one in instants)
            queries.append(sa.select(agenda.c.key).where(agenda.c.starts_at.between(first, last)))
    for kinds in COUNTED_KINDS:
        for offset in offsets.of(*kinds, *_WITH_IT.get(kinds[-1], ())):
            if days := window.days(offset):
                first, last = (counted(kinds, day) for day in days)
                queries.append(sa.select(agenda.c.key).where(agenda.c.counts_from.between(first, last)))
    for offset in offsets.of("evaluation", *_WITH_IT["evaluation"]):
        if (days := window.days(offset)) and (last_day := year_end(*days)):
            still = agenda.c.due_until >= today.isoformat()
            queries.append(sa.select(agenda.c.key).where(agenda.c.first_evaluation <= last_day.isoformat(), still))
    return queries
