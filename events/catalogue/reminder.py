"""What happens to a reminder: one occurrence of one obligation."""

from typing import ClassVar, Literal, TypeAlias

from events.catalogue.values import Event, Instant, IsoDate, ReminderId

Timing: TypeAlias = Literal["upcoming", "overdue", "missed"]
"""Before an obligation's date; after it, where it can still be done; after a meeting that nobody noted as held."""


class ReminderRaised(Event, frozen=True, kw_only=True):
    """An obligation came within one of its offsets. `recipient` is a role; the person is found when it is sent."""

    effective_field: ClassVar[str | None] = "raised_on"

    reminder_id: ReminderId
    obligation: str
    """The obligation's key, such as `agreementEnd.<agreementId>`."""
    kind: str
    subject_type: str
    subject_id: str
    due_on: IsoDate
    certain: bool = True
    """Whether the date is known to the day; else `due_on` is the last day possible."""
    offset: str
    timing: Timing
    recipient: str
    channel: str
    revision: int
    raise_at: Instant
    """Shifted where the policy shifts to working days; the day before that follows from `due_on` and `offset`."""
    raised_on: IsoDate
    supersedes: tuple[str, ...] = ()
    """Earlier offsets of the obligation that this one names too."""


class ReminderSuperseded(Event, frozen=True, kw_only=True):
    """A missed occurrence was named in a later one instead of being raised by itself."""

    effective_field: ClassVar[str | None] = "superseded_on"

    reminder_id: ReminderId
    obligation: str
    offset: str
    by: ReminderId
    superseded_on: IsoDate


class ReminderAcknowledged(Event, frozen=True, kw_only=True):
    """Its recipient saw it and wants no more of it."""

    effective_field: ClassVar[str | None] = "acknowledged_on"

    reminder_id: ReminderId
    obligation: str
    acknowledged_on: IsoDate


class ReminderSnoozed(Event, frozen=True, kw_only=True):
    """Its recipient wants it again at an instant, never past the legal date."""

    effective_field: ClassVar[str | None] = "snoozed_on"

    reminder_id: ReminderId
    obligation: str
    until: Instant
    snoozed_on: IsoDate


class ReminderReturned(Event, frozen=True, kw_only=True):
    """A snoozed reminder is back: its recipient is told again."""

    effective_field: ClassVar[str | None] = "returned_on"

    reminder_id: ReminderId
    obligation: str
    returned_on: IsoDate


class ReminderEscalated(Event, frozen=True, kw_only=True):
    """Nobody acknowledged it, so another role is told too: `role` is the step's, `to` who is told in its place."""

    effective_field: ClassVar[str | None] = "escalated_on"

    reminder_id: ReminderId
    obligation: str
    step: int
    """Which of its escalations this is, from 1."""
    role: str
    to: str
    """The step's role, or the programme managers where nobody fills it."""
    escalated_on: IsoDate


ReminderEvent: TypeAlias = (
    ReminderRaised | ReminderSuperseded | ReminderAcknowledged | ReminderSnoozed | ReminderReturned | ReminderEscalated
)
