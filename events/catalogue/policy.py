"""How the agency wants to be reminded: offsets, working days, quiet hours, escalation. Data, not code."""

from typing import ClassVar, Literal, TypeAlias

from events.catalogue.values import Event, IsoDate, PersonId, Value

Shift: TypeAlias = Literal["none", "back", "forward"]
"""Where a reminder goes whose day is no working day: nowhere, to the one before, or to the one after."""
Scope: TypeAlias = Literal["programme", "cohort", "agreement"]


class QuietHours(Value, frozen=True, kw_only=True):
    """Nothing is sent between these wall times, `20:00` and `07:00`, nor, if so said, on days that are not worked."""

    begins: str
    ends: str
    working_days_only: bool = False


class EscalationStep(Value, frozen=True, kw_only=True):
    """So long after it was raised, if nobody acknowledged it, this role is told too."""

    after: str
    """A duration, `P3D`."""
    to: str


class ReminderPolicySet(Event, frozen=True, kw_only=True):
    """What a programme, a cohort or an agreement says of its reminders from now on, instead of what it said before.

    What is absent is as the wider scope has it: an agreement's as its cohort's, a cohort's as the programme's.
    """

    effective_field: ClassVar[str | None] = "set_on"

    scope: Scope
    subject_id: str | None = None
    offsets: dict[str, tuple[str, ...]] | None = None
    """Kind of obligation -> offsets; none at all where the kind is not to be reminded of."""
    shift: Shift | None = None
    quiet_hours: QuietHours | None = None
    escalation: tuple[EscalationStep, ...] | None = None
    set_on: IsoDate


class ClosedDays(Value, frozen=True, kw_only=True):
    """Days on which the agency is closed: `--07-11` each year, or `2027-05-07` once; `last` where it is a span."""

    name: str
    first: str
    last: str | None = None


class AgencyCalendarSet(Event, frozen=True, kw_only=True):
    """Which days are no working days, beside Saturdays and Sundays: a country's holidays and the agency's own."""

    effective_field: ClassVar[str | None] = "set_on"

    country: str | None = None
    """ISO 3166-1, `BE`: its public holidays. None: no country's."""
    closed: tuple[ClosedDays, ...] = ()
    set_on: IsoDate


class ProgrammeManagersNamed(Event, frozen=True, kw_only=True):
    """Who is reminded as programme manager, from now on."""

    effective_field: ClassVar[str | None] = "named_on"

    person_ids: tuple[PersonId, ...]
    named_on: IsoDate


PolicyEvent: TypeAlias = ReminderPolicySet
AgencyCalendarEvent: TypeAlias = AgencyCalendarSet
ProgrammeEvent: TypeAlias = ProgrammeManagersNamed
