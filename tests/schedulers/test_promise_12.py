"""Promise 12: on days that are no working days a reminder goes where the policy says; both days are kept."""

from datetime import date, timedelta
from typing import Any

import pytest

from domain import calendar
from domain.streams import AGENCY_CALENDAR, of_policy
from domain.working_days import WorkingDays
from events.catalogue.policy import AgencyCalendarSet, ReminderPolicySet
from events.catalogue.reminder import ReminderRaised
from schedulers import lookout
from tests.schedulers.registers import Register, brussels, own_offsets
from tests.spec import made

SECOND = timedelta(seconds=1)


async def shifted(register: Register, shift: str, scope: str = "programme") -> None:
    subject: dict[str, Any] = {"subject_id": "c1"} if scope == "cohort" else {}
    policy = made(ReminderPolicySet, scope=scope, shift=shift, set_on="2027-01-04", **subject)
    await register.happen(of_policy(scope, subject.get("subject_id")), policy)


async def raised_when_due_on_easter_monday(register: Register, shift: str) -> ReminderRaised:
    """The one reminder, due on Monday 29 March 2027, the day after the change of the clocks."""
    register.at("2027-01-04 12:00")
    await register.cohort("c1", terms=own_offsets(consultation=("P3D",)))
    await shifted(register, shift)
    await register.moment(cohort_id="c1", planned_on="2027-04-01")
    day = date(2027, 3, 20)
    while not await register.raised():
        assert day < date(2027, 4, 10), "never raised"
        register.at(brussels(f"{day} 00:00") - SECOND)
        assert await register.tick() == 0, "before midnight"
        register.at(f"{day} 00:00")
        await register.tick()
        day += timedelta(days=1)
    [one] = await register.raised()
    return one


@pytest.mark.parametrize(
    ("shift", "day"),
    [("none", "2027-03-29"), ("back", "2027-03-26"), ("forward", "2027-03-30")],
)
async def test_promise_12_easter_monday_is_no_working_day(register: Register, shift: str, day: str) -> None:
    one = await raised_when_due_on_easter_monday(register, shift)
    assert one.raised_on == day
    assert one.raise_at[:10] == day
    assert calendar.unshifted(one.kind, one.due_on, one.offset) == date(2027, 3, 29)


async def test_promise_12_a_meeting_s_reminder_keeps_its_hour(register: Register) -> None:
    register.at("2027-01-04 12:00")
    await register.cohort("c1", terms=own_offsets(consultation=("P3D",)))
    await shifted(register, "forward", "cohort")
    await register.moment(cohort_id="c1", starts_at="2027-04-01T09:00:00+02:00")
    register.at(brussels("2027-03-30 09:00") - SECOND)
    assert await register.tick() == 0
    register.at("2027-03-30 09:00")
    assert await register.tick() == 1


async def raised_where_a_day_is_closed(register: Register) -> int:
    """What a tick raises once the agency has closed the Friday before a Monday's meeting."""
    register.at("2027-01-04 12:00")
    await register.cohort("c1", terms=own_offsets(consultation=("P3D",)))
    await shifted(register, "back")
    await register.moment(cohort_id="c1", planned_on="2027-05-10")
    register.at("2027-05-05 00:00")
    assert await register.tick() == 0
    closed = [{"name": "brugdag", "first": "2027-05-07"}]
    await register.happen(AGENCY_CALENDAR, made(AgencyCalendarSet, country="BE", closed=closed, set_on="2027-05-05"))
    return await register.tick()


async def test_promise_12_a_day_that_the_agency_closes_moves_what_was_to_come(register: Register) -> None:
    assert await raised_where_a_day_is_closed(register) == 1, "Thursday 6 May is Ascension: Wednesday it is"


async def test_promise_12_days_that_are_closed_unnoticed_are_caught(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "AgencyCalendarSet", WorkingDays)  # the broken one: never one of these
    assert await raised_where_a_day_is_closed(register) == 0


async def test_promise_12_a_shift_past_the_days_is_caught(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken: weekends only."""
    monkeypatch.setattr(WorkingDays, "is_open", lambda _self, day: day.weekday() < 5)
    assert (await raised_when_due_on_easter_monday(register, "back")).raised_on != "2027-03-26"
