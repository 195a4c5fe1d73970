"""Windows find every date whose reminder's instant lies in them, wherever the clocks are changed."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain import calendar, windows
from domain.calendar import Obligation
from domain.policy import Policy
from domain.values import Offset
from domain.windows import Window, counted_from, year_end

ZONES: Final = [
    ZoneInfo(name)
    for name in ("Europe/Brussels", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "Atlantic/Azores", "UTC")
]
"""The clocks change at two, at midnight, by half an hour, by leaving a day out, to below UTC, never."""

OFFSETS: Final = st.builds(
    "{}P{}{}".format,
    st.sampled_from(["", "-"]),
    st.integers(0, 24),
    st.sampled_from(["D", "W", "M"]),
) | st.sampled_from(["P731D", "P2Y", "-P1Y", "P104W"])
DAYS: Final = st.dates(date(2026, 1, 1), date(2030, 12, 31))
CHANGES: Final = st.sampled_from(
    [
        datetime(2027, 3, 28, 1, tzinfo=UTC),  # Brussels
        datetime(2027, 10, 31, 1, tzinfo=UTC),
        datetime(2027, 4, 4, 3, tzinfo=UTC),  # Santiago
        datetime(2027, 9, 5, 4, tzinfo=UTC),
        datetime(2027, 4, 3, 15, tzinfo=UTC),  # Lord Howe
        datetime(2028, 2, 29, 23, tzinfo=UTC),
        datetime(2027, 12, 31, 23, tzinfo=UTC),
        datetime(2011, 12, 30, 10, tzinfo=UTC),  # Apia
    ]
)
INSTANTS: Final = st.builds(lambda at, minutes: at + timedelta(minutes=minutes), CHANGES, st.integers(-180, 180))
LENGTHS: Final = st.one_of(
    st.timedeltas(timedelta(), timedelta(minutes=2)),
    st.timedeltas(timedelta(), timedelta(hours=3)),
    st.timedeltas(timedelta(), timedelta(days=400)),
)


def obligation(day: date, wall_time: time) -> Obligation:
    return Obligation(
        kind="consultation", subject_type="consultation", subject_id="m1", due_on=day.isoformat(), counts_from=day,
        last_day=day, wall_time=wall_time, slot="programmeManager", matters_until=day,
    )  # fmt: skip


def raised_at(day: date, wall_time: time, offset: str, zone: ZoneInfo) -> datetime:
    [one] = calendar.occurrences(obligation(day, wall_time), Policy({"consultation": [offset]}), zone)
    return one.raise_at


@given(offset=OFFSETS, first=DAYS, length=st.integers(0, 40))
def test_the_days_an_offset_counts_back_from_are_all_those_in_between(offset: str, first: date, length: int) -> None:
    parsed, last = Offset.parse(offset), first + timedelta(days=length)
    around = [first + timedelta(days=count) for count in range(-800, 850)]
    wanted = [day for day in around if first <= parsed.before(day) <= last]
    found = counted_from(parsed, first, last)
    assert found == ((wanted[0], wanted[-1]) if wanted else None)


def test_the_31st_is_counted_back_from_several_days_and_some_days_from_none() -> None:
    assert counted_from(Offset.parse("P1M"), date(2027, 2, 28), date(2027, 2, 28)) == (
        date(2027, 3, 28), date(2027, 3, 31),
    )  # fmt: skip
    assert counted_from(Offset.parse("P1M"), date(2027, 3, 31), date(2027, 3, 31)) is None


@example(ZONES[0], "P0D", date(2027, 10, 31), time(2, 30), timedelta(minutes=40), timedelta(minutes=30))
@example(ZONES[0], "P0D", date(2027, 3, 28), time(2, 30), timedelta(seconds=1), timedelta())
@given(
    zone=st.sampled_from(ZONES),
    offset=OFFSETS,
    day=DAYS | st.sampled_from([date(2027, 3, 28), date(2027, 10, 31), date(2011, 12, 30), date(2028, 2, 29)]),
    hour=st.times() | st.sampled_from([time(), time(0, 30), time(2, 30), time(23, 59)]),
    before=LENGTHS,
    after=LENGTHS,
)
def test_what_is_to_be_raised_in_a_window_is_found(
    zone: ZoneInfo, offset: str, day: date, hour: time, before: timedelta, after: timedelta
) -> None:
    at = raised_at(day, hour, offset, zone).astimezone(UTC)
    check_found(Window(at - before - timedelta(microseconds=1), at + after, zone), offset, day, hour)


@given(zone=st.sampled_from(ZONES), start=INSTANTS, length=LENGTHS, back=st.integers(-3, 3), hour=st.times())
def test_what_lies_about_a_change_of_the_clocks_is_found(
    zone: ZoneInfo, start: datetime, length: timedelta, back: int, hour: time
) -> None:
    window = Window(start, start + length, zone)
    day = start.date() + timedelta(days=back)
    for wall in (hour, time()):
        if window.after < raised_at(day, wall, "P0D", zone) <= window.until:
            check_found(window, "P0D", day, wall)


def check_found(window: Window, offset: str, day: date, hour: time) -> None:
    """As a date where it is raised at midnight, else as the instants that its hour can be."""
    if hour == time():
        days = window.days(offset)
        assert days, "no days"
        assert days[0] <= day <= days[1]
    instants = window.instants(offset)
    for fold in (0, 1):
        begins = datetime.combine(day, hour, window.zone).replace(fold=fold)
        there_is_such_an_hour = begins.astimezone(UTC).astimezone(window.zone).replace(tzinfo=None) == datetime.combine(
            day, hour
        )
        if there_is_such_an_hour:
            assert any(first <= begins.astimezone(UTC) <= last for first, last in instants)


@pytest.mark.parametrize("broken", ["starts a day late", "takes the clocks for even"])
def test_a_broken_window_is_caught(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    if broken == "starts a day late":
        honest = windows.counted_from
        monkeypatch.setattr(windows, "counted_from", lambda one, first, last: honest(one, first + timedelta(1), last))
    else:
        monkeypatch.setattr(Window, "_even", True)
    with pytest.raises((AssertionError, ExceptionGroup)):  # a group where it fails in several ways
        test_what_is_to_be_raised_in_a_window_is_found()


def test_a_day_is_looked_at_when_it_turns_and_at_no_other_tick() -> None:
    zone = ZONES[0]
    midnight = datetime(2027, 5, 10, tzinfo=zone)
    tick = timedelta(seconds=5)
    assert Window(midnight - tick, midnight, zone).days("P3D") == (date(2027, 5, 13), date(2027, 5, 13))
    assert Window(midnight - 2 * tick, midnight - tick, zone).days("P3D") is None
    assert Window(midnight, midnight + tick, zone).days("P3D") is None


def test_an_hour_is_looked_at_to_the_second() -> None:
    zone = ZONES[0]
    at = datetime(2027, 5, 10, 9, tzinfo=zone)
    begins = datetime(2027, 5, 13, 9, tzinfo=zone)
    assert Window(at - timedelta(seconds=5), at, zone).instants("P3D") == [(begins - timedelta(seconds=5), begins)]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (date(2027, 12, 31), date(2027, 12, 31), date(2027, 12, 31)),
        (date(2027, 12, 30), date(2029, 1, 2), date(2028, 12, 31)),
        (date(2028, 1, 1), date(2028, 12, 30), None),
    ],
)
def test_the_last_year_s_end_among_some_days(first: date, last: date, expected: date | None) -> None:
    assert year_end(first, last) == expected
