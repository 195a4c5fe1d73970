"""Promise 15: what is acknowledged is not spoken of again; what is snoozed comes back then, once, in time for its date."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.chase import Chase
from events.catalogue.reminder import ReminderRaised, ReminderReturned
from schedulers import lookout
from schedulers.chasing import Chasing
from tests.domain import facts
from tests.schedulers.registers import Register, brussels, due_over, own_offsets, projector_over

SECOND = timedelta(seconds=1)


async def a_raised_one(register: Register) -> ReminderRaised:
    """A reminder of a moment on 16 March 2027, raised on the 2nd."""
    register.at("2026-11-22 12:00")
    await register.cohort(terms=own_offsets(consultation=("P14D", "P3D")))
    await register.moment(planned_on="2027-03-16")
    await register.tick()
    register.at("2027-03-02 12:00")
    await register.tick()
    [one] = await register.raised()
    return one


async def returned(register: Register) -> list[tuple[str, str]]:
    return [
        (one.event.reminder_id, one.event.returned_on)
        for one in await register.recorded()
        if isinstance(one.event, ReminderReturned)
    ]


async def test_promise_15_it_comes_back_when_its_snooze_is_over_and_once(either: Register) -> None:
    one = await a_raised_one(either)
    await either.snooze(one, until="2027-03-08T09:00:00+01:00")
    await either.tick()
    either.at(brussels("2027-03-08 09:00") - SECOND)
    assert await either.tick() == 0
    either.at("2027-03-08 09:00")
    assert await either.tick() == 1
    assert await returned(either) == [(one.reminder_id, "2027-03-08")]
    either.at("2027-03-09 09:00")
    assert await either.tick() == 0
    assert await either.tick(due_over(either.store, either.projector)) == 0


async def test_promise_15_several_schedulers_bring_it_back_once(either: Register) -> None:
    one = await a_raised_one(either)
    await either.snooze(one, until="2027-03-08T09:00:00+01:00")
    await either.follow()
    either.at("2027-03-08 09:00")
    several = [due_over(either.store, projector_over(either.store)) for _ in range(5)]
    assert sorted(await asyncio.gather(*(due.tick() for due in several))) == [0, 0, 0, 0, 1]
    assert len(await returned(either)) == 1


async def test_promise_15_it_comes_back_after_an_outage_while_there_is_time(register: Register) -> None:
    one = await a_raised_one(register)
    await register.snooze(one, until="2027-03-08T09:00:00+01:00")
    register.at("2027-03-12 23:00")
    assert await register.tick(due_over(register.store, register.projector)) == 1
    assert await returned(register) == [(one.reminder_id, "2027-03-12")]


async def test_promise_15_it_can_be_snoozed_again(register: Register) -> None:
    one = await a_raised_one(register)
    await register.snooze(one, until="2027-03-08T09:00:00+01:00")
    register.at("2027-03-05 12:00")
    await register.snooze(one, until="2027-03-10T09:00:00+01:00")
    register.at("2027-03-08 10:00")
    assert await register.tick() == 0
    register.at("2027-03-10 09:00")
    assert await register.tick() == 1
    await register.snooze(one, until="2027-03-11T09:00:00+01:00")
    register.at("2027-03-11 09:00")
    assert await register.tick() == 1
    assert [day for _, day in await returned(register)] == ["2027-03-10", "2027-03-11"]


@pytest.mark.parametrize(
    "meanwhile", ["acknowledged", "held", "moved", "a later one was raised", "its date has passed", "cancelled"]
)
async def test_promise_15_it_does_not_come_back_where_that_would_be_wrong(either: Register, meanwhile: str) -> None:
    one = await a_raised_one(either)
    await either.snooze(one, until="2027-03-14T09:00:00+01:00")
    await either.tick()
    either.at("2027-03-06 12:00")
    match meanwhile:
        case "acknowledged":
            await either.acknowledge(one)
        case "held":
            await either.happen("consultation-m1", facts.held("2027-03-06"))
        case "cancelled":
            await either.happen("consultation-m1", facts.cancelled("2027-03-06"))
        case "moved":
            await either.move(planned_on="2027-03-18")
        case _:
            pass  # time alone
    either.at("2027-03-17 12:00" if meanwhile == "its date has passed" else "2027-03-14 09:00")
    await either.tick()
    assert await returned(either) == []
    either.at("2027-03-18 12:00")
    await either.tick()
    assert await returned(either) == []


async def test_promise_15_what_is_open_again_after_all_comes_back(register: Register) -> None:
    """The evaluation that was noted was another year's."""
    register.at("2026-11-22 12:00")
    await register.cohort(terms=own_offsets(evaluation=("P30D",)))
    await register.agreement(runs_from="2026-11-01", runs_until="2029-12-31", evaluation="yearly")
    register.at("2026-12-01 12:00")
    await register.tick()
    [one] = await register.raised()
    await register.snooze(one, until="2026-12-05T09:00:00+01:00")
    position = await register.happen("agreement-a1", facts.evaluated(2026, "2026-12-01"))
    register.at("2026-12-06 12:00")
    assert await register.tick() == 0
    await register.correct("agreement-a1", position, facts.evaluated(2027, "2026-12-01"))
    assert await register.tick() == 1
    assert await returned(register) == [(one.reminder_id, "2026-12-06")]


async def test_promise_15_acknowledged_is_silent_until_the_next_date(register: Register) -> None:
    one = await a_raised_one(register)
    await register.acknowledge(one)
    register.at("2027-03-12 23:00")
    assert await register.tick() == 0
    await register.move(planned_on="2027-03-15")
    assert await register.tick() == 1, "another date is something else to say"


BROKEN: dict[str, tuple[Any, str, Any]] = {
    "comes back whatever happened": (Chasing, "_superseded", None),
    "is looked for a day late": (lookout, "pending_in", lambda *_asked: []),
    "is over at once": (Chase, "returns", lambda self, _at: self.returns_at is not None),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_promise_15_a_broken_one_is_caught(
    register: Register, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    async def never(*_asked: Any) -> bool:
        return False

    where, name, instead = BROKEN[broken]
    monkeypatch.setattr(where, name, instead or never)
    with pytest.raises(AssertionError):  # noqa: PT012 - either of them
        if instead is None:
            await test_promise_15_it_does_not_come_back_where_that_would_be_wrong(register, "a later one was raised")
        else:
            await test_promise_15_it_comes_back_when_its_snooze_is_over_and_once(register)
