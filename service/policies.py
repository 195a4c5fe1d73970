"""How reminders come, for readers."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from domain.labels import Language
from domain.read_models.policies import Row
from domain.streams import AGENCY_CALENDAR, PROGRAMME
from domain.working_days import working_days
from events.catalogue.policy import AgencyCalendarSet, ProgrammeManagersNamed, ReminderPolicySet
from service import policy_views as views
from service import read_models
from service.house import Errera
from service.queries import Found


class Policies:
    """Reads what was said last."""

    def __init__(self, house: Errera) -> None:
        self._house = house

    async def all(self) -> Sequence[Found[views.ReminderPolicyView]]:
        """The programme's first, then cohorts' and agreements'."""
        table = read_models.POLICIES.table()
        async with self._house.store.database.read() as connection:
            stored = await connection.execute(sa.select(table.c.row).order_by(table.c.key))
            rows: list[Row] = [read_models.POLICIES.decode(row) for (row,) in stored]
        found = [Found(_policy(row.policy), row.version) for row in rows if row.policy]
        order = ("programme", "cohort", "agreement")
        return sorted(found, key=lambda one: order.index(one.view.scope))

    async def find(self, kind: str, object_id: str) -> Found[Any] | None:
        """What a command made."""
        match kind:
            case "agencyCalendar":
                return await self.calendar()
            case "programme":
                return await self.managers()
            case _:
                return await self.one(object_id)

    async def one(self, policy_id: str) -> Found[views.ReminderPolicyView] | None:
        """Of one scope: `programme`, `cohort:<id>`, `agreement:<id>`."""
        recorded = await self._house.store.read_stream(f"reminderPolicy-{policy_id}")
        return Found(_policy(recorded[-1].event), len(recorded)) if recorded else None

    async def calendar(self, year: int | None = None, language: Language = "nl") -> Found[views.AgencyCalendarView]:
        """Which days are no working days; what was never set is the usual one."""
        recorded = await self._house.store.read_stream(AGENCY_CALENDAR)
        event: AgencyCalendarSet | None = recorded[-1].event if recorded else None
        days = working_days(event)
        view = views.AgencyCalendarView(
            href="/v1/agencyCalendar",
            country=days.country,
            closed=[views.ClosedDaysView(name=one.name, first=one.first, last=one.last) for one in days.closed],
            set_on=event.set_on if event else None,
            days=None
            if year is None
            else [views.ClosedDayView(day=day.isoformat(), name=name) for day, name in days.of_year(year, language)],
        )
        return Found(view, len(recorded))

    async def managers(self) -> Found[views.ProgrammeManagersView]:
        """Who is reminded as programme manager; nobody until somebody was named."""
        recorded = await self._house.store.read_stream(PROGRAMME)
        event: ProgrammeManagersNamed | None = recorded[-1].event if recorded else None
        view = views.ProgrammeManagersView(
            href="/v1/programmeManagers",
            person_ids=list(event.person_ids) if event else [],
            named_on=event.named_on if event else None,
        )
        return Found(view, len(recorded))


def _policy(event: ReminderPolicySet) -> views.ReminderPolicyView:
    policy_id = event.scope if event.subject_id is None else f"{event.scope}:{event.subject_id}"
    quiet = event.quiet_hours
    return views.ReminderPolicyView(
        href=f"/v1/reminderPolicies/{policy_id}",
        policy_id=policy_id,
        scope=event.scope,
        subject_id=event.subject_id,
        offsets=None if event.offsets is None else {kind: list(some) for kind, some in event.offsets.items()},
        shift=event.shift,
        quiet_hours=views.QuietHoursView(
            begins=quiet.begins, ends=quiet.ends, working_days_only=quiet.working_days_only
        )
        if quiet
        else None,
        escalation=None
        if event.escalation is None
        else [views.EscalationStepView(after=step.after, to=step.to) for step in event.escalation],
        set_on=event.set_on,
    )
