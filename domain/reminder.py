"""Reminders that were raised: acknowledging and snoozing them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from domain.refusals import Refused
from domain.values import last_day, parse_instant
from events.catalogue.reminder import (
    ReminderAcknowledged,
    ReminderEscalated,
    ReminderEvent,
    ReminderRaised,
    ReminderReturned,
    ReminderSnoozed,
    ReminderSuperseded,
)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder, as some of its events make it. One that was superseded before it was raised has no `raised`."""

    raised: ReminderRaised | None = None
    superseded: ReminderSuperseded | None = None
    acknowledged: ReminderAcknowledged | None = None
    snoozed: ReminderSnoozed | None = None
    returned: ReminderReturned | None = None
    """Of its last snooze."""
    escalated: tuple[ReminderEscalated, ...] = ()


def evolve(state: Reminder, event: ReminderEvent) -> Reminder:
    """The reminder after one more event."""
    match event:
        case ReminderRaised():
            return replace(state, raised=event)
        case ReminderSuperseded():
            return replace(state, superseded=event)
        case ReminderAcknowledged():
            return replace(state, acknowledged=event)
        case ReminderSnoozed():
            return replace(state, snoozed=event, returned=None)
        case ReminderReturned():
            return replace(state, returned=event)
        case ReminderEscalated():
            return replace(state, escalated=(*state.escalated, event))


def acknowledge(reminder: Reminder, event: ReminderAcknowledged) -> Sequence[ReminderEvent]:
    """Its recipient saw it; no more of it."""
    if reminder.acknowledged:
        return []
    _check_open(reminder)
    return [event]


def snooze(reminder: Reminder, event: ReminderSnoozed, now: datetime, zone: tzinfo) -> Sequence[ReminderEvent]:
    """Its recipient wants it again later, in time for the legal date."""
    raised = _check_open(reminder)
    if reminder.snoozed and reminder.snoozed.until == event.until:
        return []
    until = parse_instant(event.until)
    if until <= now:
        raise Refused("reminder.snoozeInPast", until=event.until)
    if until.astimezone(zone).date() > last_day(raised.due_on):
        raise Refused("reminder.snoozePastDue", until=event.until, dueOn=raised.due_on)
    return [event]


def _check_open(reminder: Reminder) -> ReminderRaised:
    if reminder.raised is None:
        raise Refused("reminder.unknown")
    if reminder.acknowledged or reminder.superseded:
        raise Refused("reminder.notOpen")
    return reminder.raised
