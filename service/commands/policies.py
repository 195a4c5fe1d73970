"""How reminders come: what the programme, cohorts and agreements say, working days, and the programme managers."""

from typing import Annotated, Literal

from pydantic import Field

from domain import policy as rules
from domain.person import check_not_erased
from domain.policy import check_subject
from domain.refusals import Refused
from domain.streams import AGENCY_CALENDAR, PROGRAMME, identity, of_person, of_policy
from domain.working_days import set_calendar
from events.catalogue import policy as said
from events.catalogue.values import IsoDate, PersonId
from events.store.transaction import Work
from service.auth.policy import Action
from service.commands.cohorts import ReminderKind
from service.commands.command import Command, Result
from service.desk import Desk
from service.fields import Body, Id, Name, OffsetText

Role = Literal["accountManager", "deputy", "programmeManager", "partnerContact"]
_Hour = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["20:00"])]
_Day = Annotated[str, Field(pattern=r"^(--|\d{4}-)\d\d-\d\d$", examples=["--07-11", "2027-05-07"])]


class QuietHours(Body):
    """Nothing is sent between these wall times."""

    begins: _Hour
    ends: _Hour
    working_days_only: bool = Field(default=False, description="Nor on days that are no working days.")


class EscalationStep(Body):
    """So long after it was raised, if nobody acknowledged it, this role is told too."""

    after: OffsetText
    to: Role


class SetReminderPolicy(Body):
    """How reminders come from now on, instead of what this scope said before; what is absent is as the wider scope has
    it: an agreement's as its cohort's, a cohort's as the programme's.
    """

    scope: said.Scope
    subject_id: Id | None = Field(default=None, description="The cohort's or the agreement's id.")
    offsets: dict[ReminderKind, Annotated[list[OffsetText], Field(max_length=20)]] | None = Field(
        default=None, description="Kind of reminder -> offsets such as `P30D` before, `-P7D` after; none: not reminded."
    )
    shift: said.Shift | None = Field(default=None, description="Where a reminder goes whose day is no working day.")
    quiet_hours: QuietHours | None = None
    escalation: Annotated[list[EscalationStep], Field(max_length=4)] | None = None


class ClosedDays(Body):
    """Days on which the agency is closed."""

    name: Name
    first: _Day = Field(description="`--07-11` each year, `2027-05-07` once.")
    last: _Day | None = Field(default=None, description="Where it is a span.")


class SetAgencyCalendar(Body):
    """Which days are no working days, beside Saturdays and Sundays."""

    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = Field(
        default=None, description="Whose public holidays count (ISO 3166-1)."
    )
    closed: Annotated[list[ClosedDays], Field(max_length=200)] = []


class NameProgrammeManagers(Body):
    """Who is reminded as programme manager."""

    person_ids: Annotated[list[Id], Field(min_length=1, max_length=50)]


async def set_reminder_policy(desk: Desk, _target: str, body: SetReminderPolicy) -> Result:
    """From now on."""
    check_subject(body.scope, body.subject_id)
    stream = of_policy(body.scope, body.subject_id)
    quiet = body.quiet_hours
    event = said.ReminderPolicySet(
        scope=body.scope,
        subject_id=body.subject_id,
        offsets=None if body.offsets is None else {kind: tuple(some) for kind, some in body.offsets.items()},
        shift=body.shift,
        quiet_hours=said.QuietHours(begins=quiet.begins, ends=quiet.ends, working_days_only=quiet.working_days_only)
        if quiet
        else None,
        escalation=None
        if body.escalation is None
        else tuple(said.EscalationStep(after=step.after, to=step.to) for step in body.escalation),
        set_on=IsoDate(desk.today.isoformat()),
    )

    async def decide(work: Work) -> None:
        if body.subject_id:
            [subject] = await work.read(f"{body.scope}-{body.subject_id}")
            if not subject:
                raise Refused(f"{body.scope}.unknown")
        [recorded] = await work.read(stream)
        desk.expect(recorded)
        work.append(stream, *rules.set_policy(recorded[-1].event if recorded else None, event))

    await desk.carry_out(decide)
    return Result(identity(stream))


async def set_agency_calendar(desk: Desk, _target: str, body: SetAgencyCalendar) -> Result:
    """From now on."""
    event = said.AgencyCalendarSet(
        country=body.country,
        closed=tuple(said.ClosedDays(name=one.name, first=one.first, last=one.last) for one in body.closed),
        set_on=IsoDate(desk.today.isoformat()),
    )

    async def decide(work: Work) -> None:
        [recorded] = await work.read(AGENCY_CALENDAR)
        desk.expect(recorded)
        work.append(AGENCY_CALENDAR, *set_calendar(recorded[-1].event if recorded else None, event))

    await desk.carry_out(decide)
    return Result(identity(AGENCY_CALENDAR))


async def name_programme_managers(desk: Desk, _target: str, body: NameProgrammeManagers) -> Result:
    """From now on."""
    event = said.ProgrammeManagersNamed(
        person_ids=tuple(PersonId(one) for one in body.person_ids), named_on=IsoDate(desk.today.isoformat())
    )

    async def decide(work: Work) -> None:
        for person_id in event.person_ids:
            [person] = await work.read(of_person(person_id))
            if not person:
                raise Refused("person.notKnown", field="personIds", personId=person_id)
            check_not_erased(one.event for one in person)
        [recorded] = await work.read(PROGRAMME)
        desk.expect(recorded)
        work.append(PROGRAMME, *rules.name_managers(recorded[-1].event if recorded else None, event))

    await desk.carry_out(decide)
    return Result(identity(PROGRAMME))


COMMANDS = (
    Command(
        name="setReminderPolicy",
        body=SetReminderPolicy,
        handler=set_reminder_policy,
        makes="reminderPolicy",
        action=Action.SET_REMINDERS,
        path="/v1/reminderPolicies",
        summary="Say how the programme, a cohort or an agreement is reminded of",
    ),
    Command(
        name="setAgencyCalendar",
        body=SetAgencyCalendar,
        handler=set_agency_calendar,
        makes="agencyCalendar",
        action=Action.SET_REMINDERS,
        path="/v1/agencyCalendar",
        summary="Say which days are no working days",
    ),
    Command(
        name="nameProgrammeManagers",
        body=NameProgrammeManagers,
        handler=name_programme_managers,
        makes="programme",
        action=Action.SET_REMINDERS,
        path="/v1/programmeManagers",
        summary="Say who is reminded as programme manager",
    ),
)
