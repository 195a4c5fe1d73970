"""Consultation moments by cohort and year."""

from dataclasses import dataclass
from typing import Final

from domain.timeline import RecordedEvent
from events.catalogue.consultation import (
    ConsultationCancelled,
    ConsultationFact,
    ConsultationHeld,
    ConsultationMoved,
    ConsultationPlanned,
)

NAME: Final = "consultations"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"consultation"})


@dataclass(frozen=True, slots=True)
class Row:
    """Where a moment belongs."""

    consultation_id: str
    first_position: int
    cohort_id: str
    year: int
    ordinal: int


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event."""
    event: ConsultationFact = happened.event
    match event:
        case ConsultationPlanned():
            return Row(event.consultation_id, happened.position, event.cohort_id, event.year, event.ordinal)
        case ConsultationMoved() | ConsultationHeld() | ConsultationCancelled():
            return row
