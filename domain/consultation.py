"""Consultation moments: planned in a month or on a day, moved, held, cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from domain.cohort import Cohort, check_not_in_future
from domain.refusals import Refused
from domain.values import PartialDate, parse_instant
from events.catalogue.consultation import (
    ConsultationCancelled,
    ConsultationFact,
    ConsultationHeld,
    ConsultationMoved,
    ConsultationPlanned,
    MomentEvent,
    MomentReleased,
    MomentReserved,
)
from events.catalogue.values import CohortId, ConsultationId


class Status(StrEnum):
    """What a consultation moment can be."""

    TO_BE_FIXED = "toBeFixed"
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Consultation:
    """A consultation moment, as some of its events make it."""

    consultation_id: ConsultationId
    cohort_id: CohortId
    planned: ConsultationPlanned
    planned_on: str | None
    starts_at: str | None
    place: str | None
    revision: int = 1
    """How many schedules it has had."""
    moves: tuple[ConsultationMoved, ...] = ()
    held: ConsultationHeld | None = None
    cancellation: ConsultationCancelled | None = None


def evolve(state: Consultation | None, event: ConsultationFact) -> Consultation | None:
    """The moment after one more event."""
    match event:
        case ConsultationPlanned():
            return Consultation(
                event.consultation_id, event.cohort_id, event, event.planned_on, event.starts_at, event.place
            )
        case ConsultationMoved():
            return state and replace(
                state,
                planned_on=event.planned_on,
                starts_at=event.starts_at,
                place=event.place or state.place,
                revision=state.revision + 1,
                moves=(*state.moves, event),
            )
        case ConsultationHeld():
            return state and replace(state, held=event)
        case ConsultationCancelled():
            return state and replace(state, cancellation=event)


def status(state: Consultation) -> Status:
    """What it is; a moment known to the month only is still to be fixed."""
    if state.cancellation:
        return Status.CANCELLED
    if state.held:
        return Status.HELD
    if state.starts_at or PartialDate.parse(state.planned_on or "").is_day:
        return Status.PLANNED
    return Status.TO_BE_FIXED


def check_when(year: int, planned_on: str | None, starts_at: str | None) -> None:
    """A month or a day, or an instant; in the year it counts for."""
    if planned_on is None and starts_at is None:
        raise Refused("consultation.whenNeeded")
    if planned_on is not None and starts_at is not None:
        raise Refused("consultation.whenTwice")
    if planned_on is not None:
        when = PartialDate.parse(planned_on)
        if when.month is None:
            raise Refused("consultation.whenNeeded", plannedOn=planned_on)
        planned_year = when.year
    else:
        planned_year = parse_instant(starts_at or "").year
    if planned_year != year:
        raise Refused("consultation.dateOutsideYear", year=year)


def reserved_moments(events: Sequence[MomentEvent]) -> dict[int, ConsultationId]:
    """The ordinals of a cohort's year that are taken."""
    taken: dict[int, ConsultationId] = {}
    for event in events:
        match event:
            case MomentReserved():
                taken[event.ordinal] = event.consultation_id
            case MomentReleased():
                taken.pop(event.ordinal, None)
    return taken


def next_ordinal(taken: dict[int, ConsultationId]) -> int:
    """The first one that is free."""
    return next(number for number in range(1, len(taken) + 2) if number not in taken)


def plan(
    cohort: Cohort, taken: dict[int, ConsultationId], usual: int, event: ConsultationPlanned
) -> Sequence[ConsultationFact | MomentReserved]:
    """A moment on the programme: one for each cohort, year and ordinal.

    More of them than the cohort's terms foresee (`usual`, where these do not say) need a reason.
    """
    check_when(event.year, event.planned_on, event.starts_at)
    years = cohort.period.years
    if event.year not in years:
        raise Refused("consultation.yearOutsideTerm", year=event.year, first=years[0], last=years[-1])
    if event.ordinal in taken:
        raise Refused(
            "consultation.ordinalTaken",
            year=event.year,
            ordinal=event.ordinal,
            consultationId=taken[event.ordinal],
        )
    foreseen = len(cohort.terms.consultation_months) or usual
    if len(taken) >= foreseen and event.reason is None:
        raise Refused("consultation.reasonNeeded", year=event.year, foreseen=foreseen)
    reserved = MomentReserved(
        cohort_id=event.cohort_id,
        year=event.year,
        ordinal=event.ordinal,
        consultation_id=event.consultation_id,
    )
    return [event, reserved]


def move(consultation: Consultation, event: ConsultationMoved) -> Sequence[ConsultationFact]:
    """Another time; fixing the day of a month is a move too."""
    check_when(consultation.planned.year, event.planned_on, event.starts_at)
    _check_open(consultation)
    same_time = (event.planned_on, event.starts_at) == (consultation.planned_on, consultation.starts_at)
    if same_time and event.place in (None, consultation.place):
        return []
    return [event]


def hold(consultation: Consultation, event: ConsultationHeld, today: date) -> Sequence[ConsultationFact]:
    """It took place, today or before."""
    if consultation.held and consultation.held.held_on == event.held_on:
        return []
    _check_open(consultation)
    check_not_in_future(event.held_on, today)
    return [event]


def cancel(consultation: Consultation, event: ConsultationCancelled) -> Sequence[ConsultationFact | MomentReleased]:
    """It will not take place; its ordinal is free again."""
    if consultation.cancellation:
        return []
    _check_open(consultation)
    released = MomentReleased(
        cohort_id=consultation.cohort_id,
        year=consultation.planned.year,
        ordinal=consultation.planned.ordinal,
        consultation_id=consultation.consultation_id,
    )
    return [event, released]


def _check_open(consultation: Consultation) -> None:
    if consultation.held:
        raise Refused("consultation.alreadyHeld", heldOn=consultation.held.held_on)
    if consultation.cancellation:
        raise Refused("consultation.cancelled", cancelledOn=consultation.cancellation.cancelled_on)
