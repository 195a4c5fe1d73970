"""Which objects exist on a day, as known at an instant, and what they are found by.

Two axes: each entry holds over days (see `domain.spans`) and over instants of knowing. What an object is, is folded
from its stream when it is read; this says only which streams a page needs, so that its cost does not grow with the
register.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from domain import streams
from domain.spans import Span, spans
from domain.timeline import Fact, RecordedEvent, Revive, correction_of, micros
from events.catalogue import agreement as a
from events.catalogue import cohort as c
from events.catalogue import consultation as m
from events.catalogue import partner as p
from events.catalogue.correction import EventCorrected

NAME: Final = "timelines"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"partner", "cohort", "agreement", "consultation"})

STILL: Final = 2**62
"""Until when it is known, of what nothing has corrected or changed."""

ENTRIES: Final[Mapping[str, type]] = {
    "category": str,
    "first_position": int,
    "known_from": int,
    "known_until": int,
    "day_from": str,
    "day_until": str,
    "found": bool,
    "status": str,
    "cohort_id": str,
    "partner_id": str,
    "year_from": int,
    "year_until": int,
}
"""`known_from` counts, `known_until` does not: microseconds since 1970. `found`: whether `asOf` finds it too."""

ENTRY_INDEXES: Final[Sequence[Sequence[str]]] = (
    ("category", "known_until", "first_position", "day_from", "day_until", "found", "known_from", "status"),
    ("category", "first_position", "known_until", "known_from", "day_from", "day_until", "found", "status"),
    ("cohort_id", "first_position"),
    ("partner_id", "first_position"),
)

Timed: TypeAlias = p.PartnerEvent | c.CohortEvent | a.AgreementEvent | m.ConsultationEvent

Plain = Callable[[Any], tuple[str, int, Mapping[str, Any]]]
"""An event -> its type, schema version and plain data."""


@dataclass(frozen=True, slots=True)
class Standing:
    """An event as it stands: its last correction, where there is one, in its place."""

    position: int
    type: str
    schema_version: int
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A span, and over which instants it was what the register knew."""

    known_from: int
    known_until: int
    span: Span


@dataclass(frozen=True, slots=True)
class Row:
    """An object's events that date it, and its entries."""

    stream: str
    standing: tuple[Standing, ...]
    entries: tuple[Entry, ...]


def keys(happened: RecordedEvent) -> Sequence[str]:
    """The object whose days an event may change."""
    return [happened.stream] if dates(happened.event) else []


def dates(event: Timed) -> bool:
    """Whether an event may change from when, until when or as what its object is."""
    match event:
        case (
            a.KpiMeasured()  # by far the most frequent
            | a.EvaluationHeld()
            | a.KpiAgreed()
            | a.AgreementNotRenewed()
            | p.PartnerRenamed()
            | p.PartnerAliasAdded()
            | p.ExecutingUnitAdded()
            | p.AccountManagerAssigned()
            | p.PartnerSucceeded()
            | c.CohortRenewed()
            | c.CohortEvaluated()
            | c.ImprovementPointReported()
        ):
            return False
        case (
            a.AgreementSigned()
            | a.AgreementTermsFollowed()
            | a.AgreementAmended()
            | a.AgreementTerminated()
            | a.AgreementRenewed()
            | p.PartnerAdded()
            | c.CohortOpened()
            | m.ConsultationPlanned()
            | m.ConsultationMoved()
            | m.ConsultationHeld()
            | m.ConsultationCancelled()
            | EventCorrected()
        ):
            return True


def projection(revive: Revive, plain: Plain) -> Callable[[Row | None, RecordedEvent], Row | None]:
    """The fold of one more event into an object's row."""

    def project(row: Row | None, happened: RecordedEvent) -> Row | None:
        if not keys(happened):
            return row
        before = row.standing if row else ()
        standing = _standing(before, happened, revive, plain)
        if standing == before:
            return row
        facts = [Fact(one.position, revive(one.type, one.schema_version, one.data)) for one in standing]
        now = micros(happened.recorded_at)
        made = spans(streams.category(happened.stream), facts)
        return Row(happened.stream, standing, tuple(_learned(row.entries if row else (), made, now)))

    return project


def entries(row: Row) -> Sequence[tuple[Any, ...]]:
    """Its entries, in the order of the columns."""
    category, first_position = streams.category(row.stream), row.standing[0].position
    return [
        (
            category,
            first_position,
            entry.known_from,
            entry.known_until,
            entry.span.day_from,
            entry.span.day_until,
            entry.span.exists,
            entry.span.status,
            entry.span.cohort_id,
            entry.span.partner_id,
            entry.span.year_from,
            entry.span.year_until,
        )
        for entry in row.entries
    ]


def _standing(
    before: tuple[Standing, ...], happened: RecordedEvent, revive: Revive, plain: Plain
) -> tuple[Standing, ...]:
    correction = correction_of(happened.event, revive)
    if correction is None:
        return (*before, Standing(happened.position, *plain(happened.event)))
    position, event = correction
    return tuple(Standing(position, *plain(event)) if one.position == position else one for one in before)


def _learned(before: Sequence[Entry], made: Sequence[Span], now: int) -> Sequence[Entry]:
    """What was known stays known until now; what is still so goes on, and the rest begins."""
    still = [entry.span for entry in before if entry.known_until == STILL]
    kept = [
        entry if entry.known_until != STILL or entry.span in made else Entry(entry.known_from, now, entry.span)
        for entry in before
    ]
    return [
        *(entry for entry in kept if entry.known_from < entry.known_until),
        *(Entry(now, STILL, span) for span in made if span not in still),
    ]
