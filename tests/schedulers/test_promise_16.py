"""Promise 16: what nobody acknowledges climbs the chain of its policy, each step once, until somebody does."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.chase import Chase
from domain.streams import of_policy
from events.catalogue.partner import AccountManagerAssigned
from events.catalogue.policy import ReminderPolicySet
from events.catalogue.reminder import ReminderEscalated, ReminderRaised
from schedulers import chasing, lookout
from tests.domain import facts
from tests.schedulers.registers import Register, brussels, due_over, own_offsets, projector_over
from tests.spec import made

SECOND = timedelta(seconds=1)
CHAIN = ({"after": "P3D", "to": "accountManager"}, {"after": "P1W", "to": "programmeManager"})


async def chain(register: Register, *steps: dict[str, str], scope: str = "programme", subject: str = "") -> None:
    about: dict[str, Any] = {"subject_id": subject} if subject else {}
    policy = made(ReminderPolicySet, scope=scope, escalation=steps, set_on="2026-11-22", **about)
    await register.happen(of_policy(scope, subject or None), policy)


async def an_unheeded_one(register: Register) -> ReminderRaised:
    """A reminder of a moment on 16 March 2027, raised on the 2nd at noon: within a minute, by PostgreSQL's clock."""
    register.at("2026-11-22 12:00")
    await register.cohort(terms=own_offsets(consultation=("P14D", "P1D", "-P7D")))
    await chain(register, *CHAIN)
    await register.moment(planned_on="2027-03-16")
    await register.tick()
    register.at("2027-03-02 12:00")
    await register.tick()
    return (await register.raised())[-1]


async def escalated(register: Register) -> list[tuple[int, str, str, str]]:
    """Step, its role, who is told, day."""
    return [
        (one.event.step, one.event.role, one.event.to, one.event.escalated_on)
        for one in await register.recorded()
        if isinstance(one.event, ReminderEscalated)
    ]


async def climbs(register: Register) -> None:
    await an_unheeded_one(register)
    register.at(brussels("2027-03-05 12:00") - SECOND)
    assert await register.tick() == 0, "early"
    register.at("2027-03-05 12:01")
    assert await register.tick() == 1
    assert await register.tick() == 0, "twice"
    register.at("2027-03-09 12:01")
    assert await register.tick() == 1
    register.at("2027-03-14 12:00")
    assert await register.tick() == 0
    assert await register.tick(due_over(register.store, register.projector)) == 0, "twice, to another process"
    assert await escalated(register) == [
        (1, "accountManager", "programmeManager", "2027-03-05"),
        (2, "programmeManager", "programmeManager", "2027-03-09"),
    ], "the programme managers stand in for the account manager whom a moment has not"


async def test_promise_16_step_by_step_each_once(either: Register) -> None:
    await climbs(either)


async def test_promise_16_several_schedulers_climb_once(either: Register) -> None:
    await an_unheeded_one(either)
    await either.follow()
    either.at("2027-03-12 12:00")
    several = [due_over(either.store, projector_over(either.store)) for _ in range(5)]
    assert sorted(await asyncio.gather(*(due.tick() for due in several))) == [0, 0, 0, 0, 2]
    assert [step for step, *_ in await escalated(either)] == [1, 2], "after an outage, what was missed"


@pytest.mark.parametrize("meanwhile", ["acknowledged", "held", "moved", "a later one was raised"])
async def test_promise_16_it_stops(either: Register, meanwhile: str) -> None:
    one = await an_unheeded_one(either)
    either.at("2027-03-05 12:01")
    await either.tick()
    match meanwhile:
        case "acknowledged":
            await either.acknowledge(one)
        case "held":
            await either.happen("consultation-m1", facts.held("2027-03-05"))
        case "moved":
            await either.move(planned_on="2027-08-16")
        case _:
            either.at("2027-03-15 00:00")
    await either.tick()
    either.at(either.database.instant + timedelta(days=4))
    await either.tick()
    about = [one.event.reminder_id for one in await either.recorded() if isinstance(one.event, ReminderEscalated)]
    assert about.count(one.reminder_id) == 1


async def test_promise_16_what_is_overdue_climbs_too(register: Register) -> None:
    await an_unheeded_one(register)
    register.at("2027-03-23 00:00")
    await register.tick()
    assert [one.timing for one in await register.raised()] == ["upcoming", "missed"]
    register.at("2027-03-26 00:00")
    await register.tick()
    assert await escalated(register) == [(1, "accountManager", "programmeManager", "2027-03-26")]


async def test_promise_16_a_snooze_holds_the_chain_where_it_is(either: Register) -> None:
    one = await an_unheeded_one(either)
    either.at("2027-03-04 12:00")
    await either.snooze(one, until="2027-03-10T12:00:00+01:00")
    either.at("2027-03-09 12:00")
    assert await either.tick() == 0
    either.at("2027-03-10 12:00")
    assert await either.tick() == 1, "it comes back"
    either.at(brussels("2027-03-11 12:00") - SECOND)
    assert await either.tick() == 0
    either.at("2027-03-11 12:01")
    assert await either.tick() == 1
    assert [day for *_, day in await escalated(either)] == ["2027-03-11"], "two days, six of snooze, and one day"


async def test_promise_16_the_policy_of_that_moment_counts(register: Register) -> None:
    await an_unheeded_one(register)
    register.at("2027-03-05 12:00")
    await register.tick()
    register.at("2027-03-06 12:00")
    await chain(register, {"after": "P4D", "to": "deputy"}, {"after": "P5D", "to": "accountManager"})
    assert await register.tick() == 1, "a step that is new, and due"
    register.at("2027-03-12 12:00")
    assert await register.tick() == 0, "the account manager's step was taken before, and another is no more"
    await chain(register, {"after": "P9D", "to": "programmeManager"}, scope="cohort", subject="c1")
    assert await register.tick() == 1
    assert [(step, role) for step, role, *_ in await escalated(register)] == [
        (1, "accountManager"), (2, "deputy"), (3, "programmeManager"),
    ]  # fmt: skip


async def test_promise_16_without_a_chain_nobody_else_is_told(register: Register) -> None:
    await an_unheeded_one(register)
    await chain(register, scope="cohort", subject="c1")
    register.at("2027-03-14 12:00")
    assert await register.tick() == 0


async def test_promise_16_whoever_fills_the_role_then_is_told(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.happen("partner-agoria", facts.added(partner_id="agoria", name="Agoria"))
    await register.cohort()
    await chain(register, {"after": "P3D", "to": "accountManager"})
    await register.agreement(runs_until="2026-12-31")
    await register.tick()
    managed = made(AccountManagerAssigned, partner_id="agoria", person_id="p1", effective_on="2026-11-24")
    await register.happen("partner-agoria", managed)
    register.at("2026-11-25 12:00")
    await register.tick()
    assert await escalated(register) == [(1, "accountManager", "accountManager", "2026-11-25")]


BROKEN: dict[str, tuple[Any, str, Any]] = {
    "steps are due at once": (Chase, "due_at", lambda self, _after, _zone: self.waits_from),
    "a step is not remembered": (chasing, "chased", lambda recorded: Chase(recorded[0].recorded_at)),
    "steps are not looked for": (lookout, "pending_in", lambda *_asked: []),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_promise_16_a_broken_one_is_caught(
    register: Register, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    monkeypatch.setattr(*BROKEN[broken])
    with pytest.raises(AssertionError):
        await climbs(register)
