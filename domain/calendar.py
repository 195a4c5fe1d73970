"""What must happen by when, and when to say so: obligations, offsets, and wall time on the agency's clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from domain import consultation as consultations
from domain.agreement import Agreement
from domain.cohort import Cohort
from domain.consultation import Consultation
from domain.policy import Policy
from domain.values import Offset, PartialDate, parse_day, parse_instant
from domain.wall_clock import at_wall_time
from domain.working_days import LONGEST_CLOSED
from events.catalogue.reminder import Timing
from events.catalogue.values import KpiId

SUBJECTS: Final = {
    "consultation": "consultation",
    "fixDay": "consultation",
    "evaluation": "agreement",
    "kpiFigures": "agreement",
    "agreementEnd": "agreement",
    "cohortEnd": "cohort",
}
"""Kind -> what an obligation of it is found on."""

LONGEST_OFFSET: Final = timedelta(days=2 * 366 + LONGEST_CLOSED)
"""No offset reaches further, shifted to a working day: so far ahead the agenda is searched for what may be due."""

AFTERWARDS: Final = timedelta(days=366)
"""How long what was not done in time can still be done: a moment after its day, an evaluation after the term.

An end that has passed needs no reminder at all.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    """Something that must happen by a date."""

    kind: str
    subject_type: str
    subject_id: str
    due_on: str
    """As it is told: a day, or a month while the day is still to be fixed."""
    counts_from: date
    """The day that offsets count back from."""
    last_day: date
    """After this day it is too late."""
    certain: bool = True
    wall_time: time = time()
    revision: int = 1
    year: int | None = None
    slot: str
    """The role that is reminded: `accountManager`, `programmeManager` or `partnerContact`."""
    matters_until: date
    """After this day there is nothing left to do about it: it is history."""

    @property
    def key(self) -> str:
        """Which obligation, whatever its date."""
        year = f".{self.year}" if self.year else ""
        return f"{self.kind}.{self.subject_id}{year}"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One reminder for one obligation, schedule revision, offset, recipient slot and channel."""

    obligation: Obligation
    offset: str
    raise_at: datetime
    channel: str = "mail"

    @property
    def key(self) -> str:
        """Deterministic: every process that finds it due finds the same key."""
        o = self.obligation
        return f"{o.key}.{o.due_on}.r{o.revision}.{self.offset}.{o.slot}.{self.channel}"


def obligations(
    agreement: Agreement | None,
    consultation: Consultation | None,
    cohort: Cohort | None,
    day: date,
    zone: tzinfo,
) -> Sequence[Obligation]:
    """What is open on a subject on a day: an agreement, a consultation moment, or else a cohort."""
    if agreement:
        return of_agreement(agreement, day)
    if consultation:
        return of_consultation(consultation, zone)
    return of_cohort(cohort) if cohort else []


def of_cohort(cohort: Cohort) -> Sequence[Obligation]:
    """A cohort that nothing follows yet ends."""
    if cohort.renewal:
        return []
    return [_end("cohortEnd", "cohort", cohort.cohort_id, cohort.period.runs_until, "programmeManager", 1)]


def of_agreement(agreement: Agreement, day: date) -> Sequence[Obligation]:
    """An agreement that is not renewed ends, and is evaluated each year where its terms say so, on the year's figures.

    One that is to be terminated ends on that day, and is evaluated until then.
    """
    if agreement.termination and day >= parse_day(agreement.termination.effective_on):
        return []
    revision = 1 + sum(1 for amendment in agreement.amendments if amendment.runs_until)
    found: list[Obligation] = []
    for year, due in evaluations(agreement):
        found.append(_yearly("evaluation", agreement, year, due, "accountManager"))
        if figures_missing(agreement, year):
            found.append(_yearly("kpiFigures", agreement, year, due, "partnerContact"))
    if not (agreement.renewal or agreement.termination):
        until = agreement.period.runs_until
        found.append(_end("agreementEnd", "agreement", agreement.agreement_id, until, "accountManager", revision))
    return found


def evaluations(agreement: Agreement) -> Sequence[tuple[int, date]]:
    """Those that are still to be held: year and due date, which is the year's last day, or the term's."""
    if agreement.evaluation != "yearly":
        return []
    ended = parse_day(agreement.termination.effective_on) if agreement.termination else date.max
    return [
        (year, due)
        for year in agreement.period.years
        if year not in agreement.evaluations
        for due in [min(date(year, 12, 31), agreement.period.last_possible_day)]
        if due < ended
    ]


def figures_missing(agreement: Agreement, year: int) -> Sequence[KpiId]:
    """The KPIs agreed by that year of which the record has no figure of it."""
    measured = {one.kpi_id for one in agreement.measurements if PartialDate.parse(one.measured_on).year == year}
    return [
        kpi_id
        for kpi_id, agreed in agreement.kpis.items()
        if kpi_id not in measured and not (agreed.effective_on and PartialDate.parse(agreed.effective_on).year > year)
    ]


def _yearly(kind: str, agreement: Agreement, year: int, due: date, slot: str) -> Obligation:
    return Obligation(
        kind=kind,
        subject_type="agreement",
        subject_id=agreement.agreement_id,
        due_on=due.isoformat(),
        counts_from=due,
        last_day=due,
        year=year,
        slot=slot,
        matters_until=agreement.period.last_possible_day + AFTERWARDS,
    )


def _end(kind: str, subject: str, subject_id: str, until: PartialDate, slot: str, revision: int) -> Obligation:
    return Obligation(
        kind=kind,
        subject_type=subject,
        subject_id=subject_id,
        due_on=until.last_day.isoformat(),
        counts_from=until.last_day,
        last_day=until.last_day,
        certain=until.is_day,
        revision=revision,
        slot=slot,
        matters_until=until.last_day,
    )


def of_consultation(consultation: Consultation, zone: tzinfo) -> Sequence[Obligation]:
    """A moment that is planned is coming; one known to the month only needs a day."""
    match consultations.status(consultation):
        case consultations.Status.TO_BE_FIXED:
            month = PartialDate.parse(consultation.planned_on or "")
            return [_moment(consultation, "fixDay", str(month), (month.first_day, month.last_day), time())]
        case consultations.Status.PLANNED if consultation.starts_at:
            local = parse_instant(consultation.starts_at).astimezone(zone)
            day, at = local.date(), local.time()
            return [_moment(consultation, "consultation", day.isoformat(), (day, day), at)]
        case consultations.Status.PLANNED:
            day = PartialDate.parse(consultation.planned_on or "").first_day
            return [_moment(consultation, "consultation", day.isoformat(), (day, day), time())]
        case consultations.Status.HELD | consultations.Status.CANCELLED:
            return []


def _moment(consultation: Consultation, kind: str, due_on: str, days: tuple[date, date], at: time) -> Obligation:
    return Obligation(
        kind=kind,
        subject_type="consultation",
        subject_id=consultation.consultation_id,
        due_on=due_on,
        counts_from=days[0],
        last_day=days[1],
        wall_time=at,
        revision=consultation.revision,
        slot="programmeManager",
        matters_until=days[1] + AFTERWARDS,
    )


def parts_of(key: str) -> tuple[str, str, str]:
    """Of the key of an obligation, or of its reminder: the kind, and the type (empty: no such kind) and id of its
    subject.
    """
    kind, _, rest = key.partition(".")
    return kind, SUBJECTS.get(kind, ""), rest.partition(".")[0]


def occurrences(obligation: Obligation, policy: Policy, zone: tzinfo) -> Sequence[Occurrence]:
    """All of an obligation's occurrences, earliest first."""
    found = []
    for offset in dict.fromkeys(policy.offsets_of(obligation.kind)):
        day = Offset.parse(offset).before(obligation.counts_from)
        shifted = policy.days.shifted(day, policy.shift)
        found.append(Occurrence(obligation, offset, at_wall_time(shifted, obligation.wall_time, zone)))
    return sorted(found, key=lambda occurrence: (occurrence.raise_at, occurrence.offset))


def unshifted(kind: str, due_on: str, offset: str) -> date:
    """The day an offset means, before any shift to a working day."""
    due = PartialDate.parse(due_on)
    return Offset.parse(offset).before(due.first_day if kind == "fixDay" else due.last_day)


def matters(obligation: Obligation, at: datetime, zone: tzinfo) -> bool:
    """Whether there is still something to do about it."""
    return at.astimezone(zone).date() <= obligation.matters_until


def due(found: Sequence[Occurrence], at: datetime) -> Sequence[Occurrence]:
    """Those whose instant has come."""
    return [occurrence for occurrence in found if occurrence.raise_at <= at]


def over_at(obligation: Obligation, zone: tzinfo) -> datetime:
    """From this instant on it is too late: the hour of a meeting, else the end of its last day."""
    if obligation.wall_time == time():
        return at_wall_time(obligation.last_day + timedelta(days=1), time(), zone)
    return at_wall_time(obligation.last_day, obligation.wall_time, zone)


def timing(obligation: Obligation, at: datetime, zone: tzinfo) -> Timing:
    """`upcoming` until it is too late; then `missed` for a meeting, `overdue` for what can still be done."""
    if at < over_at(obligation, zone):
        return "upcoming"
    return "missed" if obligation.kind == "consultation" else "overdue"
