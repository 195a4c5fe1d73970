"""What time still does about a reminder that was raised: a snooze ends, and where nobody acknowledges it, others are
told, step by step.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from domain.timeline import RecordedEvent
from domain.values import Offset, parse_instant
from domain.wall_clock import at_wall_time
from events.catalogue.policy import EscalationStep
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
class Chase:
    """One that nobody acknowledged."""

    waits_from: datetime
    """From when nobody has: when it was raised, and later by as long as it was snoozed."""
    returns_at: datetime | None = None
    """When its snooze is over; None once that is on record."""
    told: tuple[str, ...] = ()
    """The roles of the steps that were taken."""

    def returns(self, at: datetime) -> bool:
        """Whether its snooze is over, and that is not on record."""
        return self.returns_at is not None and self.returns_at <= at

    def steps(self, escalation: Iterable[EscalationStep], at: datetime, zone: tzinfo) -> Sequence[EscalationStep]:
        """Those of a policy whose time has come and that were not taken. None while it is snoozed."""
        if self.returns_at is not None and self.returns_at > at:
            return []
        return [step for step in escalation if step.to not in self.told and self.due_at(step.after, zone) <= at]

    def due_at(self, after: str, zone: tzinfo) -> datetime:
        """When a step is due that comes so long after: days and months of the wall clock, at the same hour."""
        local = self.waits_from.astimezone(zone)
        return at_wall_time(Offset.parse(counted_back(after)).before(local.date()), local.time(), zone)


def counted_back(after: str) -> str:
    """How long after, as an offset: `-P3D`."""
    return f"-{after}"


def evolve(state: Chase | None, happened: RecordedEvent) -> Chase | None:
    """What is left to do after one more event. None: nothing."""
    event: ReminderEvent = happened.event
    match event:
        case ReminderRaised():
            return Chase(happened.recorded_at)
        case ReminderSuperseded() | ReminderAcknowledged():
            return None
        case ReminderSnoozed():
            return state and _snoozed(state, happened.recorded_at, parse_instant(event.until))
        case ReminderReturned():
            return state and replace(state, returns_at=None)
        case ReminderEscalated():
            return state and replace(state, told=(*state.told, event.role))


def chased(recorded: Iterable[RecordedEvent]) -> Chase | None:
    """What is left to do about a reminder."""
    state: Chase | None = None
    for one in recorded:
        state = evolve(state, one)
    return state


def _snoozed(state: Chase, at: datetime, until: datetime) -> Chase:
    """The time of a snooze does not count; one that is snoozed again is so until another instant."""
    paused_until = max(at, state.returns_at) if state.returns_at else at
    return replace(state, waits_from=state.waits_from + (until - paused_until), returns_at=until)
