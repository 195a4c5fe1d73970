"""Which reminders there are, since when, and what they are found by. How one stands is folded when it is read."""

from dataclasses import dataclass
from typing import Final

from domain import calendar
from domain.timeline import RecordedEvent, micros
from events.catalogue.reminder import (
    ReminderAcknowledged,
    ReminderEvent,
    ReminderRaised,
    ReminderSnoozed,
    ReminderSuperseded,
)

NAME: Final = "reminders"
VERSION: Final = 2
CATEGORIES: Final = frozenset({"reminder"})


@dataclass(frozen=True, slots=True)
class Row:
    """One occurrence that was raised, or named in a later one.

    `known_from`: microseconds since 1970. `subject`: the stream of what it is about.
    """

    reminder_id: str
    obligation: str
    first_position: int
    known_from: int
    day_from: str
    kind: str
    subject: str


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event: what it is found by, it was from the first on."""
    event: ReminderEvent = happened.event
    match event:
        case ReminderRaised():
            return row or _begun(happened, event, event.raised_on, event.kind, event.subject_type, event.subject_id)
        case ReminderSuperseded():
            return row or _begun(happened, event, event.superseded_on, *calendar.parts_of(event.obligation))
        case ReminderAcknowledged() | ReminderSnoozed():
            return row


def _begun(
    happened: RecordedEvent,
    event: ReminderRaised | ReminderSuperseded,
    day: str,
    kind: str,
    subject_type: str,
    subject_id: str,
) -> Row:
    return Row(
        event.reminder_id,
        event.obligation,
        happened.position,
        micros(happened.recorded_at),
        day,
        kind,
        f"{subject_type}-{subject_id}",
    )
