"""What was said last of reminders, of working days, and of who the programme managers are."""

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from domain.timeline import RecordedEvent
from events.catalogue.policy import (
    AgencyCalendarEvent,
    AgencyCalendarSet,
    PolicyEvent,
    ProgrammeEvent,
    ProgrammeManagersNamed,
    ReminderPolicySet,
)

NAME: Final = "policies"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"reminderPolicy", "agencyCalendar", "programme"})

Said: TypeAlias = PolicyEvent | AgencyCalendarEvent | ProgrammeEvent


@dataclass(frozen=True, slots=True)
class Row:
    """One of the three; `version` is its stream's."""

    version: int = 0
    policy: ReminderPolicySet | None = None
    calendar: AgencyCalendarSet | None = None
    managers: ProgrammeManagersNamed | None = None


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The last one counts."""
    event: Said = happened.event
    before = row or Row()
    following = replace(before, version=before.version + 1)
    match event:
        case ReminderPolicySet():
            return replace(following, policy=event)
        case AgencyCalendarSet():
            return replace(following, calendar=event)
        case ProgrammeManagersNamed():
            return replace(following, managers=event)
