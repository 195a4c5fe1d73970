"""Promise 10: nine o'clock stays nine o'clock when the clocks change; a gap and a fold are met once."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

import pytest

from domain import calendar
from domain.consultation import Consultation
from domain.policy import Policy
from tests.schedulers.registers import BRUSSELS, MICROSECOND, Register, check_once, own_offsets

EVERY_DAY = tuple(f"P{days}D" for days in range(6, -1, -1)) + tuple(f"-P{days}D" for days in range(1, 4))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def raised_at(register: Register, starts_at: str, *offsets: str) -> dict[str, str]:
    """Let the hours pass from a week before a meeting: offset -> the first tick (every quarter) that raised it, in UTC."""
    start = datetime.fromisoformat(starts_at)
    register.at(start.astimezone(UTC) - timedelta(days=200))
    await register.cohort(terms=own_offsets(consultation=offsets))
    await register.moment(starts_at=starts_at)
    await register.follow()
    [obligation] = calendar.of_consultation((await _state(register)), BRUSSELS)
    for one in calendar.occurrences(obligation, Policy({"consultation": offsets}), BRUSSELS):
        register.at(one.raise_at.astimezone(UTC) - MICROSECOND)
        assert await register.tick() == 0, f"{one.offset} early"
        register.at(one.raise_at.astimezone(UTC))
        assert await register.tick() == 1, f"{one.offset} not in time"
        for later in (timedelta(minutes=30), timedelta(hours=1)):  # the second time round in a fold
            register.at(one.raise_at.astimezone(UTC) + later)
            assert await register.tick() == 0, f"{one.offset} twice"
    recorded = await register.recorded()
    check_once(recorded)
    return {
        one.event.offset: one.recorded_at.strftime("%Y-%m-%d %H:%M")
        for one in recorded
        if one.stream.startswith("reminder-")
    }


async def _state(register: Register) -> Consultation:
    stream = await register.store.read_stream("consultation-m1")
    found = register.due._subjects.subject_of("consultation-m1", stream, None).consultation
    assert found
    return found


async def test_promise_10_nine_o_clock_in_brussels_across_the_spring_change(either: Register) -> None:
    """The clocks go forward on 28 March 2027."""
    assert await raised_at(either, "2027-03-30T09:00:00+02:00", "P3D", "P2D", "P1D", "P0D") == {
        "P3D": "2027-03-27 08:00",
        "P2D": "2027-03-28 07:00",
        "P1D": "2027-03-29 07:00",
        "P0D": "2027-03-30 07:00",
    }


async def test_promise_10_nine_o_clock_in_brussels_across_the_autumn_change(register: Register) -> None:
    """The clocks go back on 31 October 2027."""
    assert await raised_at(register, "2027-11-02T09:00:00+01:00", "P3D", "P2D", "P1D", "-P1D") == {
        "P3D": "2027-10-30 07:00",
        "P2D": "2027-10-31 08:00",
        "P1D": "2027-11-01 08:00",
        "-P1D": "2027-11-03 08:00",
    }


async def test_promise_10_a_gap_takes_the_first_valid_instant(register: Register) -> None:
    """02:30 does not exist on 28 March 2027: 03:00 is the first that does."""
    assert await raised_at(register, "2027-03-30T02:30:00+02:00", "P3D", "P2D", "P1D") == {
        "P3D": "2027-03-27 01:30",
        "P2D": "2027-03-28 01:00",
        "P1D": "2027-03-29 00:30",
    }


async def test_promise_10_a_fold_takes_the_first_occurrence_once(register: Register) -> None:
    """02:30 exists twice on 31 October 2027: the first is in summer time."""
    assert await raised_at(register, "2027-11-02T02:30:00+01:00", "P3D", "P2D", "P1D") == {
        "P3D": "2027-10-30 00:30",
        "P2D": "2027-10-31 00:30",
        "P1D": "2027-11-01 01:30",
    }


@pytest.mark.parametrize("first_day", [date(2027, 3, 26), date(2027, 10, 29)])
async def test_promise_10_midnight_comes_once_a_day(register: Register, first_day: date) -> None:
    """A daily offset around a change: one a day, each at Brussels' midnight (29 March 2027 is Easter Monday)."""
    register.at("2026-11-22 12:00")
    meeting = first_day + timedelta(days=6)
    await register.cohort(terms=own_offsets(consultation=tuple(f"P{days}D" for days in range(6, 0, -1))))
    await register.moment(planned_on=meeting.isoformat())
    await register.follow()
    hours = [datetime.combine(first_day, time(), UTC) + timedelta(hours=hour) for hour in range(-3, 6 * 24 - 2)]
    days = []
    for at in hours:
        if at.hour in (21, 22, 23, 0, 10):  # before, at and after both midnights, and by day
            register.at(at)
            if await register.tick():
                days.append(at.astimezone(BRUSSELS))
    assert days == [datetime.combine(first_day + timedelta(days=count), time(), BRUSSELS) for count in range(6)]


def an_hour_off(day: date, wall_time: time, zone: tzinfo) -> datetime:
    """Broken: the offset of today's clock for every day."""
    del zone
    return datetime.combine(day, wall_time, UTC) - timedelta(hours=1)


def both_of_a_fold(day: date, wall_time: time, zone: tzinfo) -> datetime:
    """Broken: the second of the two."""
    return datetime.combine(day, wall_time, zone).replace(fold=1)


@pytest.mark.parametrize(
    ("broken", "starts_at", "right"),
    [
        (an_hour_off, "2027-03-30T09:00:00+02:00", {"P2D": "2027-03-28 07:00"}),
        (both_of_a_fold, "2027-11-02T02:30:00+01:00", {"P2D": "2027-10-31 00:30"}),
        (both_of_a_fold, "2027-03-30T02:30:00+02:00", {"P2D": "2027-03-28 01:00"}),
    ],
)
async def test_promise_10_a_broken_conversion_is_caught(
    register: Register, monkeypatch: pytest.MonkeyPatch, broken: object, starts_at: str, right: dict[str, str]
) -> None:
    monkeypatch.setattr(calendar, "at_wall_time", broken)
    try:
        found = await raised_at(register, starts_at, "P2D")
    except AssertionError:
        return
    assert found != right
