"""The lives of reminders after they were raised, by plain reasoning: whether what time did about them was right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from events.catalogue.policy import ReminderPolicySet
from events.catalogue.reminder import (
    ReminderAcknowledged,
    ReminderEscalated,
    ReminderRaised,
    ReminderReturned,
    ReminderSnoozed,
)
from events.envelope import Recorded

CHAINS: Final[tuple[tuple[dict[str, str], ...], ...]] = (
    (),
    ({"after": "P0D", "to": "deputy"}, {"after": "P3D", "to": "programmeManager"}),
    ({"after": "P2D", "to": "programmeManager"}, {"after": "P1M", "to": "deputy"}),
)
LENGTHS: Final = {"P0D": timedelta(0), "P2D": timedelta(days=2), "P3D": timedelta(days=3), "P1M": timedelta(days=31)}
AN_HOUR: Final = timedelta(hours=1)
"""The clocks may have changed in between."""


@dataclass
class Life:
    """What became of one reminder that was raised."""

    raised: ReminderRaised
    position: int
    since: datetime
    heeded: bool = False
    until: datetime | None = None
    back: bool = True
    roles: list[str] = field(default_factory=list)
    acted: list[int] = field(default_factory=list)
    waited: timedelta = timedelta()
    """How long nobody heeded it, the snoozes left out."""

    @property
    def schedule(self) -> tuple[str, str, int]:
        return (self.raised.obligation, self.raised.due_on, self.raised.revision)

    def go_on(self, now: datetime) -> None:
        awake = max(self.until, self.since) if self.until else self.since
        self.waited += max(now - awake, timedelta())
        self.since = now

    def happen(self, one: Recorded[Any]) -> None:
        self.go_on(one.recorded_at)
        assert not self.heeded, f"not left alone: {self.raised.reminder_id}"
        match one.event:
            case ReminderSnoozed():
                self.until, self.back = datetime.fromisoformat(one.event.until), False
            case ReminderAcknowledged():
                self.heeded = True
            case ReminderReturned():
                assert not self.back, f"returned twice: {self.raised.reminder_id}"
                assert self.awake(one.recorded_at), f"returned early: {self.raised.reminder_id}"
                self.back = True
                self.acted.append(one.position)
            case ReminderEscalated(role=role):
                assert self.awake(one.recorded_at), f"climbed in its sleep: {self.raised.reminder_id}"
                assert role not in self.roles, f"climbed twice: {self.raised.reminder_id}"
                self.roles.append(role)
                self.acted.append(one.position)
            case other:
                raise AssertionError(f"{other} after it was raised")

    def awake(self, at: datetime) -> bool:
        return self.until is None or self.until <= at


def lives(recorded: Sequence[Recorded[Any]]) -> Mapping[str, Life]:
    """By reminder. Each snooze ended once, no step was taken twice or in its sleep, none of what was replaced."""
    found: dict[str, Life] = {}
    for one in recorded:
        if isinstance(one.event, ReminderRaised):
            found[one.event.reminder_id] = Life(one.event, one.position, one.recorded_at)
        elif one.stream.startswith("reminder-") and one.event.reminder_id in found:
            found[one.event.reminder_id].happen(one)
    last: dict[tuple[str, str, int], Life] = {}
    for life in found.values():
        before = last.get(life.schedule)
        last[life.schedule] = life
        after = [position for position in before.acted if position > life.position] if before else []
        assert after == [], f"spoken of after a later one: {before}"
    return found


def check_nothing_left(life: Life, chain: Mapping[str, str], now: datetime, *, in_time: bool) -> None:
    """Of one that stands: it is back where its snooze is over in time, and each step that is due was taken."""
    if life.heeded or not life.awake(now):
        return
    assert life.back or not in_time, f"did not return: {life.raised.reminder_id}"
    life.go_on(now)
    for after, role in chain.items():
        if life.waited > LENGTHS[after] + AN_HOUR:
            assert role in life.roles, f"did not climb: {life.raised.reminder_id} to the {role}"


def chain_of(recorded: Sequence[Recorded[Any]]) -> Mapping[str, str]:
    """How the programme escalates: how long after, to whom."""
    said = [one.event.escalation for one in recorded if isinstance(one.event, ReminderPolicySet)]
    return {step.after: step.to for step in (said[-1] or () if said else ())}
