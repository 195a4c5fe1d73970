"""Promise 8: nobody is reminded of what began, was held or was cancelled."""

from typing import Any

import pytest

from tests.domain import facts
from tests.schedulers.registers import (
    Register,
)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2027-03-16 08:59", ("consultation", "P3D", "upcoming")),
        ("2027-03-16 09:00", ("consultation", "P3D", "missed")),
        ("2027-03-23 09:00", ("consultation", "-P7D", "missed")),
    ],
)
async def test_promise_8_nothing_is_upcoming_once_it_began(
    register: Register, at: str, expected: tuple[str, str, str]
) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.moment(starts_at="2027-03-16T09:00:00+01:00")
    register.at(at)
    await register.tick()
    assert await register.offsets() == [expected]


async def test_promise_8_a_month_that_passed_without_a_day_is_overdue(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.moment(planned_on="2027-03")
    register.at("2027-03-31 23:59")
    assert [item.timing for item in await register.simulate()] == ["upcoming"]
    register.at("2027-04-01 00:00")
    await register.tick()
    assert await register.offsets() == [("fixDay", "P0D", "overdue")]


@pytest.mark.parametrize("over", [facts.held("2026-11-22"), facts.cancelled("2026-11-22")])
async def test_promise_8_what_was_held_or_cancelled_is_never_reminded_of(register: Register, over: Any) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.moment(planned_on="2027-03-16")
    await register.happen("consultation-m1", over)
    for at in ("2027-02-20 12:00", "2027-03-16 12:00", "2027-04-16 12:00"):
        register.at(at)
        assert await register.tick() == 0
        assert await register.simulate() == []
