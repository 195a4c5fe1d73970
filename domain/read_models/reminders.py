"""Which reminders there are, since when, what they are found by, and what time still has to do about them.

How one stands is folded when it is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from domain import calendar, chase
from domain.chase import Chase
from domain.timeline import RecordedEvent, micros
from events.catalogue.reminder import (
    ReminderAcknowledged,
    ReminderEscalated,
    ReminderEvent,
    ReminderRaised,
    ReminderReturned,
    ReminderSnoozed,
    ReminderSuperseded,
)

NAME: Final = "reminders"
VERSION: Final = 3
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
    chase: Chase | None
    """What time still has to do about it; None for one that was acknowledged, or named in a later one."""


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event."""
    event: ReminderEvent = happened.event
    match event:
        case ReminderRaised():
            return row or _begun(happened, event, event.raised_on, event.kind, event.subject_type, event.subject_id)
        case ReminderSuperseded():
            return row or _begun(happened, event, event.superseded_on, *calendar.parts_of(event.obligation))
        case ReminderAcknowledged() | ReminderSnoozed() | ReminderReturned() | ReminderEscalated():
            return row and replace(row, chase=chase.evolve(row.chase, happened))


def columns(row: Row) -> Mapping[str, Any]:
    """What rows are found by.

    `returns_at`: when its snooze is over, if it did not return yet. `waits_from`: the instant that the steps of its
    escalation count from. Both are instants in UTC.
    """
    pending = row.chase
    return {
        "first_position": row.first_position,
        "known_from": row.known_from,
        "day_from": row.day_from,
        "obligation": row.obligation,
        "kind": row.kind,
        "subject": row.subject,
        "returns_at": _instant(pending.returns_at) if pending and pending.returns_at else None,
        "waits_from": _instant(pending.waits_from) if pending else None,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


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
        chase.evolve(None, happened),
    )
