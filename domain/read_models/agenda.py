"""What may be due: every subject with obligations, findable by date.

A row says where to look, not what is due: that is decided on the streams themselves when a reminder is raised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, timedelta
from typing import Final, TypeAlias

from domain import agreement, calendar, cohort, consultation, streams
from domain.agreement import Agreement
from domain.cohort import Cohort
from domain.consultation import Consultation
from domain.timeline import RecordedEvent
from domain.values import PartialDate, parse_day, parse_instant
from events.catalogue.agreement import (
    AgreementAmended,
    AgreementCommenced,
    AgreementExpired,
    AgreementFact,
    AgreementNotRenewed,
    AgreementRenewed,
    AgreementSigned,
    AgreementTerminated,
    AgreementTermsFollowed,
    EvaluationHeld,
    KpiAgreed,
    KpiMeasured,
    MilestoneEvent,
)
from events.catalogue.cohort import (
    CohortEvaluated,
    CohortFact,
    CohortOpened,
    CohortRenewed,
    ImprovementPointReported,
)
from events.catalogue.consultation import (
    ConsultationCancelled,
    ConsultationFact,
    ConsultationHeld,
    ConsultationMoved,
    ConsultationPlanned,
)

NAME: Final = "agenda"
VERSION: Final = 2
CATEGORIES: Final = frozenset({"agreement", "milestone", "cohort", "consultation"})

COUNTED_KINDS: Final = (
    ("agreementEnd",),
    ("agreementEnd", "evaluation"),
    ("evaluation",),
    ("cohortEnd",),
    ("fixDay",),
    ("consultation",),
)
"""The kinds of obligation that can count from one date of a subject, as `counts_from` has them.

The KPI figures of a year count from where its evaluation does.
"""

_BESIDE: Final = timedelta(days=1)
"""How far the day of an instant, as it was told, may lie from its day on the agency's clock."""
_NOTHING: Final[Mapping[str, str | None]] = {
    "due_from": date.max.isoformat(),
    "due_until": None,
    "next_milestone": None,
    "counts_from": None,
    "starts_at": None,
    "first_evaluation": None,
}

Agendum: TypeAlias = AgreementFact | MilestoneEvent | CohortFact | ConsultationFact


@dataclass(frozen=True, slots=True)
class Row:
    """A subject as it stands, and which milestones of it are on record."""

    stream: str
    agreement: Agreement | None = None
    cohort: Cohort | None = None
    consultation: Consultation | None = None
    commenced: bool = False
    expired: bool = False


def key(stream: str) -> str:
    """A milestone belongs to its agreement's row."""
    return f"agreement-{streams.identity(stream)}" if streams.category(stream) == "milestone" else stream


def sources(row_key: str) -> Sequence[str]:
    """The streams that a row is made of."""
    if streams.category(row_key) == "agreement":
        return [row_key, f"milestone-{streams.identity(row_key)}"]
    return [row_key]


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event."""
    event: Agendum = happened.event
    match event:
        case KpiMeasured():
            return row  # by far the most frequent, and nothing falls due because of it
        case AgreementSigned():
            return Row(streams.of_agreement(event.agreement_id), agreement=agreement.evolve(None, event))
        case (
            AgreementTermsFollowed()
            | AgreementAmended()
            | AgreementTerminated()
            | AgreementRenewed()
            | AgreementNotRenewed()
            | EvaluationHeld()
            | KpiAgreed()
        ):
            return row and replace(row, agreement=agreement.evolve(row.agreement, event))
        case AgreementCommenced():
            return row and replace(row, commenced=True)
        case AgreementExpired():
            return row and replace(row, expired=True)
        case CohortOpened():
            return Row(streams.of_cohort(event.cohort_id), cohort=cohort.evolve(None, event))
        case CohortRenewed() | CohortEvaluated() | ImprovementPointReported():
            return row and replace(row, cohort=cohort.evolve(row.cohort, event))
        case ConsultationPlanned():
            stream = streams.of_consultation(event.consultation_id)
            return Row(stream, consultation=consultation.evolve(None, event))
        case ConsultationMoved() | ConsultationHeld() | ConsultationCancelled():
            return row and replace(row, consultation=consultation.evolve(row.consultation, event))


def columns(row: Row) -> Mapping[str, str | None]:
    """What rows are found by.

    `due_from` and `due_until`: days no narrower than those between which something can be due or still matters.
    `next_milestone`: the day from which one is to be recorded. The others are what the reminders of open obligations
    count back from: `counts_from` a date (see `counted`), `starts_at` an instant, and `first_evaluation` the first of
    several dates, of which the others are years' ends and the date in `counts_from`.
    """
    if row.agreement:
        return _of_agreement(row, row.agreement)
    if row.cohort:
        end = row.cohort.period.last_possible_day
        if row.cohort.renewal:
            return {**_NOTHING, "due_from": end.isoformat()}
        return _dated(("cohortEnd",), end, until=end)
    if row.consultation:
        return _of_consultation(row.consultation)
    return _NOTHING


def counted(kinds: Sequence[str], day: date) -> str:
    """How `counts_from` says which kinds of obligation count from a day; sorts by day within the same kinds."""
    return f"{'+'.join(kinds)} {day.isoformat()}"


def _of_agreement(row: Row, state: Agreement) -> Mapping[str, str | None]:
    end, evaluations = state.period.last_possible_day, calendar.evaluations(state)
    ends = not (state.renewal or state.termination)
    kinds = ("agreementEnd",) * ends + ("evaluation",) * bool(evaluations)
    until = end + calendar.AFTERWARDS if evaluations else end
    if state.termination:
        until = min(until, parse_day(state.termination.effective_on))
    return {
        **(_dated(kinds, end, until=until) if kinds else _NOTHING),
        "due_from": _first_due(state).isoformat(),
        "next_milestone": _iso(_next_milestone(row, state)),
        "first_evaluation": _iso(evaluations[0][1]) if evaluations else None,
    }


def _of_consultation(state: Consultation) -> Mapping[str, str | None]:
    day, last_day = _when(state)
    until = last_day + calendar.AFTERWARDS
    match consultation.status(state):
        case consultation.Status.TO_BE_FIXED:
            return _dated(("fixDay",), day, until=until)
        case consultation.Status.PLANNED if state.starts_at is None:
            return _dated(("consultation",), day, until=until)
        case consultation.Status.PLANNED:
            starts_at = parse_instant(state.starts_at or "").astimezone(UTC).isoformat(timespec="microseconds")
            beside = until + _BESIDE
            return {**_NOTHING, "due_from": day.isoformat(), "due_until": beside.isoformat(), "starts_at": starts_at}
        case consultation.Status.HELD | consultation.Status.CANCELLED:
            return {**_NOTHING, "due_from": day.isoformat()}


def _dated(kinds: Sequence[str], day: date, *, until: date) -> Mapping[str, str | None]:
    return {
        **_NOTHING,
        "due_from": day.isoformat(),
        "due_until": until.isoformat(),
        "counts_from": counted(kinds, day),
    }


def _first_due(state: Agreement) -> date:
    end = state.period.last_possible_day
    return end if state.evaluation is None else min(end, date(state.period.years[0], 12, 31))


def _next_milestone(row: Row, state: Agreement) -> date | None:
    if not row.commenced and not agreement.ended_before_start(state):
        return agreement.begins_on(state)
    if not row.expired and state.termination is None:
        return state.period.last_possible_day + timedelta(days=1)
    return None


def _when(state: Consultation) -> tuple[date, date]:
    """The first and the last day it can be; that of an instant as it was told, which may be the day beside it."""
    if state.starts_at:
        day = date.fromisoformat(state.starts_at[:10])
        return day, day
    planned = PartialDate.parse(state.planned_on or "")
    return planned.first_day, planned.last_day


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
