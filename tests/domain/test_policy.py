"""How reminders come: offsets, working days, quiet hours, escalation."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy import USUAL_OFFSETS, Policy, name_managers, policy_of, set_policy
from domain.refusals import Refused
from domain.working_days import WorkingDays, set_calendar, working_days
from events.catalogue.policy import (
    AgencyCalendarSet,
    ClosedDays,
    ProgrammeManagersNamed,
    QuietHours,
    ReminderPolicySet,
)
from tests.domain.facts import DAYS
from tests.spec import made

BRUSSELS = ZoneInfo("Europe/Brussels")
SHIFTS = st.sampled_from(["back", "forward"])


def policy(scope: str = "programme", **said: Any) -> ReminderPolicySet:
    subject = {} if scope == "programme" else {"subject_id": "x1"}
    return made(ReminderPolicySet, scope=scope, **subject, set_on="2027-01-04", **said)


def closed(*spans: tuple[str, ...], country: str | None = "BE") -> AgencyCalendarSet:
    days = [{"name": "closed", "first": span[0], **({"last": span[1]} if span[1:] else {})} for span in spans]
    return made(AgencyCalendarSet, **({"country": country} if country else {}), closed=days, set_on="2027-01-04")


AGENCY = closed(("--07-11",), ("--11-02",), ("--11-15",), ("--12-26", "--12-31"))


# Which scope counts


def test_the_narrower_scope_counts_before_the_wider_one() -> None:
    programme = policy(offsets={"evaluation": ["P60D"], "cohortEnd": ["P1Y"]}, shift="back")
    cohort = policy("cohort", offsets={"evaluation": ["P30D"]})
    agreement = policy("agreement", offsets={"evaluation": []}, shift="forward")
    assert policy_of([], None).offsets_of("evaluation") == USUAL_OFFSETS["evaluation"]
    assert policy_of([programme], None).offsets_of("evaluation") == ("P60D",)
    assert policy_of([programme], None, {"evaluation": ("P7D",)}).offsets_of("evaluation") == ("P7D",)
    assert policy_of([programme, cohort], None, {"evaluation": ("P7D",)}).offsets_of("evaluation") == ("P30D",)
    whole = policy_of([programme, cohort, agreement], None)
    assert (whole.offsets_of("evaluation"), whole.offsets_of("cohortEnd"), whole.shift) == ((), ("P1Y",), "forward")


def test_a_policy_told_twice_happened_once() -> None:
    said = policy(shift="back")
    assert set_policy(None, said) == [said]
    assert set_policy(said, policy(shift="back")) == []
    assert set_policy(said, policy(shift="none")) == [policy(shift="none")]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"offsets": {"birthday": ["P1D"]}}, "policy.kindUnknown"),
        ({"offsets": {"evaluation": ["soon"]}}, "offset.invalid"),
        ({"quiet_hours": {"begins": "24:00", "ends": "07:00"}}, "policy.hourInvalid"),
        ({"quiet_hours": {"begins": "07:00", "ends": "07:00"}}, "policy.hourInvalid"),
        ({"escalation": [{"after": "P7D", "to": "deputy"}, {"after": "P3D", "to": "programmeManager"}]}, "policy.stepsNotInOrder"),
        ({"escalation": [{"after": "-P7D", "to": "deputy"}]}, "policy.stepsNotInOrder"),
        ({"escalation": [{"after": "P3D", "to": "deputy"}, {"after": "P7D", "to": "deputy"}]}, "policy.roleTwice"),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused(said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused, match=code):
        set_policy(None, policy(**said))


def test_programme_managers_are_named_once_each() -> None:
    named = made(ProgrammeManagersNamed, person_ids=["h1", "h2"], named_on="2027-01-04")
    assert name_managers(None, named) == [named]
    assert name_managers(named, made(ProgrammeManagersNamed, person_ids=["h1", "h2"], named_on="2027-02-04")) == []
    with pytest.raises(Refused, match="namedTwice"):
        name_managers(None, made(ProgrammeManagersNamed, person_ids=["h1", "h1"], named_on="2027-01-04"))


# Working days


@pytest.mark.parametrize(
    ("day", "back", "forward"),
    [
        ("2027-03-29", "2027-03-26", "2027-03-30"),  # Easter Monday, after Good Friday, which is none in Belgium
        ("2027-07-11", "2027-07-09", "2027-07-12"),  # a Sunday
        ("2028-07-11", "2028-07-10", "2028-07-12"),  # a Tuesday, closed by the agency alone
        ("2027-11-01", "2027-10-29", "2027-11-03"),  # All Saints, then 2 November
        ("2026-12-28", "2026-12-24", "2027-01-04"),  # the week after Christmas, and a Friday that is New Year
        ("2027-05-12", "2027-05-12", "2027-05-12"),
    ],
)
def test_a_shift_goes_to_the_nearest_working_day(day: str, back: str, forward: str) -> None:
    days, on = working_days(AGENCY), date.fromisoformat(day)
    assert days.shifted(on, "none") == on
    assert (days.shifted(on, "back").isoformat(), days.shifted(on, "forward").isoformat()) == (back, forward)


def test_without_a_word_from_the_agency_belgium_s_holidays_count() -> None:
    assert working_days(None).why_closed(date(2027, 7, 21))
    assert working_days(None).is_open(date(2028, 7, 11))
    assert working_days(closed(country=None)).is_open(date(2027, 7, 21))


@given(day=DAYS, shift=SHIFTS)
def test_what_shifts_to_a_day_is_found_from_it(day: date, shift: Any) -> None:
    days = working_days(AGENCY)
    shifted = days.shifted(day, shift)
    first, last = days.shifted_from(shifted, shifted)
    assert days.is_open(shifted)
    assert first <= day <= last


@pytest.mark.parametrize(
    ("calendar", "code"),
    [
        (closed(country="XX"), "calendar.countryUnknown"),
        (closed(("--02-30",)), "calendar.daysInvalid"),
        (closed(("2027-02-29",)), "calendar.daysInvalid"),
        (closed(("--12-26", "2027-01-02")), "calendar.daysInvalid"),
        (closed(("2027-05-07", "2027-05-05")), "calendar.daysInvalid"),
        (closed(("2027-05-01", "2027-08-01")), "calendar.daysInvalid"),
        (closed(("--01-01", "--06-30")), "calendar.neverOpen"),
        (closed(("2027-05-01", "2027-05-30"), ("2027-05-31", "2027-06-20")), "calendar.neverOpen"),
    ],
)
def test_days_that_cannot_be_are_refused(calendar: AgencyCalendarSet, code: str) -> None:
    with pytest.raises(Refused, match=code):
        set_calendar(None, calendar)


def test_a_calendar_told_twice_happened_once() -> None:
    assert set_calendar(None, AGENCY) == [AGENCY]
    assert set_calendar(AGENCY, AGENCY) == []


def test_a_span_over_new_year_closes_both_ends() -> None:
    days = WorkingDays(None, (ClosedDays(name="break", first="--12-27", last="--01-03"),))
    assert [day.isoformat() for day, _ in days.of_year(2028)] == [
        "2028-01-01", "2028-01-02", "2028-01-03", "2028-12-27", "2028-12-28", "2028-12-29", "2028-12-30", "2028-12-31",
    ]  # fmt: skip


# Quiet hours


@pytest.mark.parametrize(
    ("ready", "sent"),
    [
        ("2027-03-25 12:00", "2027-03-25 12:00"),
        ("2027-03-25 20:00", "2027-03-26 07:00"),
        ("2027-03-25 23:59", "2027-03-26 07:00"),
        ("2027-03-26 00:00", "2027-03-26 07:00"),
        ("2027-03-26 06:59", "2027-03-26 07:00"),
        ("2027-03-26 07:00", "2027-03-26 07:00"),
        ("2027-03-26 20:30", "2027-03-30 07:00"),  # a weekend, and Easter Monday
        ("2027-03-28 12:00", "2027-03-30 07:00"),
    ],
)
def test_what_is_ready_in_quiet_hours_is_sent_after_them(ready: str, sent: str) -> None:
    quiet = Policy(
        quiet_hours=QuietHours(begins="20:00", ends="07:00", working_days_only=True), days=working_days(AGENCY)
    )
    at = datetime.fromisoformat(ready).replace(tzinfo=BRUSSELS)
    assert quiet.sent_at(at, BRUSSELS) == datetime.fromisoformat(sent).replace(tzinfo=BRUSSELS)


@given(
    at=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - made aware below
    hours=st.lists(st.integers(0, 23), min_size=2, max_size=2, unique=True),
    only=st.booleans(),
)
def test_quiet_hours_defer_and_never_bring_forward(at: datetime, hours: list[int], only: bool) -> None:
    begins, ends = (f"{hour:02}:00" for hour in hours)
    quiet = Policy(quiet_hours=QuietHours(begins=begins, ends=ends, working_days_only=only), days=working_days(AGENCY))
    ready = at.replace(tzinfo=UTC)
    sent = quiet.sent_at(ready, BRUSSELS)
    assert sent >= ready
    assert quiet.sent_at(sent, BRUSSELS) == sent, "and at that instant nothing is quiet"
