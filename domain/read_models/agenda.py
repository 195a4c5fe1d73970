"""What may be due: every subject with obligations, findable by date.

A row says where to look, not what is due: that is decided on the streams themselves when a reminder is raised.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, TypeAlias

from domain import agreement, cohort, consultation, streams
from domain.agreement import Agreement
from domain.cohort import Cohort
from domain.consultation import Consultation
from domain.timeline import RecordedEvent
from domain.values import PartialDate, parse_day
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

_UNTIL_SETTLED: Final = {"due_until": date.max.isoformat(), "next_milestone": None}

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


def columns(row: Row) -> Mapping[str, str | bool | None]:
    """What rows are found by: whether something is open, from which day and until which day, the next milestone's day.

    The days are no narrower than what can be due in between.
    """
    if row.agreement:
        return {
            "open": not _settled(row.agreement),
            "due_from": _first_due(row.agreement).isoformat(),
            "due_until": _last_due(row.agreement).isoformat(),
            "next_milestone": _iso(_next_milestone(row, row.agreement)),
        }
    if row.cohort:
        end = row.cohort.period.last_possible_day.isoformat()
        return {"open": row.cohort.renewal is None, "due_from": end, "due_until": end, "next_milestone": None}
    if row.consultation:
        is_open = not (row.consultation.held or row.consultation.cancellation)
        return {"open": is_open, "due_from": _when(row.consultation).isoformat(), **_UNTIL_SETTLED}
    return {"open": False, "due_from": date.max.isoformat(), **_UNTIL_SETTLED}


def _settled(state: Agreement) -> bool:
    evaluated = state.evaluation is None or all(year in state.evaluations for year in state.period.years)
    return state.renewal is not None and evaluated


def _first_due(state: Agreement) -> date:
    end = state.period.last_possible_day
    return end if state.evaluation is None else min(end, date(state.period.years[0], 12, 31))


def _last_due(state: Agreement) -> date:
    if state.termination:
        return parse_day(state.termination.effective_on)
    return state.period.last_possible_day if state.evaluation is None else date.max


def _next_milestone(row: Row, state: Agreement) -> date | None:
    if not row.commenced and not agreement.ended_before_start(state):
        return agreement.begins_on(state)
    if not row.expired and state.termination is None:
        return state.period.last_possible_day + timedelta(days=1)
    return None


def _when(state: Consultation) -> date:
    if state.starts_at:
        return date.fromisoformat(state.starts_at[:10])
    return PartialDate.parse(state.planned_on or "").first_day


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
