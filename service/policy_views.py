"""How reminders come, as readers see it."""

from service.views import Resource, View


class QuietHoursView(View):
    """Nothing is sent between these wall times."""

    begins: str
    ends: str
    working_days_only: bool


class EscalationStepView(View):
    """So long after it was raised this role is told too."""

    after: str
    to: str


class ReminderPolicyView(Resource):
    """What a programme, a cohort or an agreement says of its reminders; what is absent is as the wider scope has it."""

    policy_id: str
    scope: str
    subject_id: str | None = None
    offsets: dict[str, list[str]] | None = None
    shift: str | None = None
    quiet_hours: QuietHoursView | None = None
    escalation: list[EscalationStepView] | None = None
    set_on: str


class ClosedDaysView(View):
    """Days on which the agency is closed: `--07-11` each year, `2027-05-07` once."""

    name: str
    first: str
    last: str | None = None


class ClosedDayView(View):
    """One day that is no working day, and why."""

    day: str
    name: str


class AgencyCalendarView(Resource):
    """Which days are no working days, beside Saturdays and Sundays; without `setOn` nobody has said."""

    country: str | None = None
    closed: list[ClosedDaysView]
    set_on: str | None = None
    days: list[ClosedDayView] | None = None


class ProgrammeManagersView(Resource):
    """Who is reminded as programme manager."""

    person_ids: list[str]
    named_on: str | None = None
