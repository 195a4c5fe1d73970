"""What happens to a consultation moment."""

from typing import ClassVar, TypeAlias

from events.catalogue.correction import EventCorrected
from events.catalogue.values import CohortId, ConsultationId, Event, Instant, IsoDate, TextRef


class ConsultationPlanned(Event, frozen=True, kw_only=True):
    """A moment stands on the programme: in a month (a day still to be fixed), on a day, or at an instant."""

    cohort_id: CohortId
    consultation_id: ConsultationId
    year: int
    ordinal: int
    planned_on: IsoDate | None = None
    starts_at: Instant | None = None
    place: str | None = None
    title: TextRef | None = None
    reason: TextRef | None = None


class ConsultationMoved(Event, frozen=True, kw_only=True):
    """The moment is at another time; a month that became a day is a move too."""

    effective_field: ClassVar[str | None] = "moved_on"

    consultation_id: ConsultationId
    moved_on: IsoDate
    planned_on: IsoDate | None = None
    starts_at: Instant | None = None
    place: str | None = None
    reason: TextRef | None = None


class ConsultationHeld(Event, frozen=True, kw_only=True):
    """The moment took place."""

    effective_field: ClassVar[str | None] = "held_on"

    consultation_id: ConsultationId
    held_on: IsoDate


class ConsultationCancelled(Event, frozen=True, kw_only=True):
    """The moment will not take place."""

    effective_field: ClassVar[str | None] = "cancelled_on"

    consultation_id: ConsultationId
    cancelled_on: IsoDate
    reason: TextRef


class MomentReserved(Event, frozen=True, kw_only=True):
    """This ordinal of the cohort's year is this moment's: no other may carry it."""

    cohort_id: CohortId
    year: int
    ordinal: int
    consultation_id: ConsultationId


class MomentReleased(Event, frozen=True, kw_only=True):
    """The moment was cancelled; its ordinal is free again."""

    cohort_id: CohortId
    year: int
    ordinal: int
    consultation_id: ConsultationId


ConsultationFact: TypeAlias = ConsultationPlanned | ConsultationMoved | ConsultationHeld | ConsultationCancelled
ConsultationEvent: TypeAlias = ConsultationFact | EventCorrected
MomentEvent: TypeAlias = MomentReserved | MomentReleased
