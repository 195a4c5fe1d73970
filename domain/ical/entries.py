"""Consultation moments and deadlines as entries of a calendar (RFC 5545).

An entry depends on what is recorded and on nothing else: read twice it is the same, to the byte.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from domain import consultation as consultations
from domain.calendar import Obligation
from domain.consultation import Consultation
from domain.timeline import RecordedEvent, Revive, as_known, as_of, fold
from domain.values import PartialDate, parse_instant

_DOMAIN: Final = "errera"
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When and where: whoever has the entry is told anew if this changes, and only then.

    `starts` is an instant, or the first of whole days; `until` the day after the last of these.
    """

    starts: datetime | date
    until: date | None = None
    place: str | None = None
    cancelled: bool = False

    @classmethod
    def whole(cls, first: date, last: date, *, place: str | None = None, cancelled: bool = False) -> "Schedule":
        """Of whole days, both included."""
        return cls(starts=first, until=last + _DAY, place=place, cancelled=cancelled)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry; `sequence` counts how often its schedule changed (RFC 5545, section 3.8.7.4)."""

    uid: str
    schedule: Schedule
    summary: str
    description: str
    created_at: datetime
    changed_at: datetime
    sequence: int = 0
    tentative: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A consultation moment, with what a calendar needs of its past."""

    state: Consultation
    schedule: Schedule
    sequence: int
    created_at: datetime
    changed_at: datetime

    @property
    def uid(self) -> str:
        """The same whatever becomes of it, in each calendar and invitation."""
        return f"consultation.{self.state.consultation_id}@{_DOMAIN}"

    @property
    def to_be_fixed(self) -> bool:
        """Whether its day is still to be chosen."""
        return consultations.status(self.state) is consultations.Status.TO_BE_FIXED


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The same obligation of several things of a cohort, such as the end of all its agreements on one day."""

    kind: str
    cohort_id: str
    due: date
    certain: bool
    year: int | None
    about: tuple[str, ...]
    created_at: datetime
    changed_at: datetime

    @property
    def uid(self) -> str:
        """Of the day too: one that is due on another day is another entry, beside what is still due on this one."""
        return f"{self.kind}.{self.cohort_id}.{self.due:%Y%m%d}{'' if self.certain else '.x'}@{_DOMAIN}"

    @property
    def schedule(self) -> Schedule:
        """The day it is due."""
        return Schedule.whole(self.due, self.due)


def moment(recorded: Sequence[RecordedEvent], revive: Revive, zone: tzinfo) -> Moment | None:
    """All that is known of a moment, whatever the day it takes effect: calendars are about what comes.

    Its past is what subscribers were shown, so a correction changes its schedule when it is recorded, not before.
    """
    state, shown = None, list[Schedule]()
    for count in range(1, len(recorded) + 1):
        state = fold(None, consultations.evolve, as_of(as_known(recorded[:count], revive)))
        if state is not None and (found := schedule(state, zone)) not in shown[-1:]:
            shown.append(found)
    if state is None:
        return None
    return Moment(
        state=state,
        schedule=shown[-1],
        sequence=len(shown) - 1,
        created_at=recorded[0].recorded_at,
        changed_at=recorded[-1].recorded_at,
    )


def schedule(state: Consultation, zone: tzinfo) -> Schedule:
    """When it is or was: the day on which it took place, where that is not the day that was planned."""
    place, cancelled = state.place, state.cancellation is not None
    day = state.held.held_on if state.held else None
    if state.starts_at:
        starts = parse_instant(state.starts_at).replace(microsecond=0)
        if day in {None, starts.astimezone(zone).date().isoformat()}:
            return Schedule(starts=starts, place=place, cancelled=cancelled)
    days = PartialDate.parse(day or state.planned_on or "")
    return Schedule.whole(days.first_day, days.last_day, place=place, cancelled=cancelled)


def deadlines(found: Iterable[tuple[Obligation, str, str, datetime, datetime]]) -> Sequence[Deadline]:
    """Those of one kind, cohort and day together.

    Each comes with its cohort's id, the name of what it is about, and when that was first and last recorded on.
    """
    together: dict[tuple[object, ...], list[tuple[Obligation, str, str, datetime, datetime]]] = {}
    for one in found:
        obligation, cohort_id = one[0], one[1]
        key = (obligation.kind, cohort_id, obligation.last_day, obligation.certain, obligation.year)
        together.setdefault(key, []).append(one)
    return [
        Deadline(
            kind=first[0].kind,
            cohort_id=first[1],
            due=first[0].last_day,
            certain=first[0].certain,
            year=first[0].year,
            about=tuple(sorted((name for _, _, name, _, _ in group), key=str.casefold)),
            created_at=min(created_at for _, _, _, created_at, _ in group),
            changed_at=max(changed_at for _, _, _, _, changed_at in group),
        )
        for group in together.values()
        for first in group[:1]
    ]
