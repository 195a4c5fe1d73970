"""Promise 5: nothing is raised early, not by a microsecond."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain import calendar
from tests.schedulers.registers import (
    MICROSECOND,
    Register,
    brussels,
    check_never_early,
    own_offsets,
)


async def test_promise_5_not_a_microsecond_early(either: Register) -> None:
    either.at("2026-11-22 12:00")
    await either.cohort(terms=own_offsets(consultation=("P3D",)))
    await either.moment(starts_at="2027-03-16T09:00:00+01:00")
    moment = brussels("2027-03-13 09:00")
    either.at(moment.astimezone(UTC) - MICROSECOND)
    assert await either.tick() == 0
    either.at(moment.astimezone(UTC))
    assert await either.tick() == 1
    check_never_early(await either.recorded())


async def test_promise_5_a_day_begins_at_midnight_in_brussels(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort(terms=own_offsets(consultation=("P3D",)))
    await register.moment(planned_on="2027-07-16")
    register.at(datetime(2027, 7, 12, 22, tzinfo=UTC) - MICROSECOND)
    assert await register.tick() == 0
    register.at(datetime(2027, 7, 12, 22, tzinfo=UTC))
    assert await register.tick() == 1


async def test_promise_5_the_clock_is_asked_again_when_it_is_raised(either: Register) -> None:
    """A process that thinks it is later than the store does raises nothing."""
    either.at("2026-11-22 12:00")
    await either.cohort()
    await either.moment(planned_on="2027-07-16")
    await either.follow()
    assert await either.due._guarded("m1", either.due._raise("consultation-m1", _key_of("m1", "P3D"))) == 0
    assert await either.raised() == []


def _key_of(consultation_id: str, offset: str) -> str:
    return f"consultation.{consultation_id}.2027-07-16.r1.{offset}.programmeManager.mail"


async def test_promise_5_a_broken_one_that_rounds_to_the_day_is_caught(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_day(found: Any, at: datetime) -> Any:
        return [one for one in found if one.raise_at.date() <= at.date()]

    monkeypatch.setattr(calendar, "due", by_day)
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.moment(starts_at="2027-03-16T09:00:00+01:00")
    register.at("2027-03-13 08:00")
    await register.tick()
    with pytest.raises(AssertionError, match="raised early"):
        check_never_early(await register.recorded())
