"""Reminders, by obligation."""

from dataclasses import dataclass, replace
from typing import Final

from domain.reminder import Reminder, evolve
from domain.timeline import RecordedEvent
from events.catalogue.reminder import ReminderEvent

NAME: Final = "reminders"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"reminder"})


@dataclass(frozen=True, slots=True)
class Row:
    """One occurrence that was raised, or named in a later one."""

    reminder_id: str
    obligation: str
    first_position: int
    raised_at: str
    state: Reminder
    version: int = 0


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event. Which event it is does not matter here: the reminder's own fold looks."""
    event: ReminderEvent = happened.event
    before = row or Row(
        event.reminder_id,
        event.obligation,
        happened.position,
        happened.recorded_at.isoformat().replace("+00:00", "Z"),
        Reminder(),
    )
    return replace(before, state=evolve(before.state, event), version=before.version + 1)
