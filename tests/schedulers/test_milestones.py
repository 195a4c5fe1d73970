"""Commencement and expiry: history that the scheduler records once, with its legal date. They decide nothing."""

import asyncio
from datetime import timedelta

from domain import agreement as rules
from domain.timeline import as_known, as_of, fold
from events.store.sql import SqlStore
from schedulers.due import Due
from tests.domain import facts
from tests.schedulers.registers import (
    CODEC,
    MICROSECOND,
    Register,
    StillDatabase,
    brussels,
    check_once,
    due_over,
    projector_over,
)


async def test_an_agreement_commences_and_expires_once_on_its_legal_dates(either: Register) -> None:
    either.at("2026-11-22 12:00")
    await either.cohort()
    await either.agreement(runs_from="2027-02-01", runs_until="2027-06-30")
    for at, expected in (
        ("2027-01-31 23:59", []),
        ("2027-02-01 00:00", ["a1 commenced 2027-02-01"]),
        ("2027-06-30 23:59", ["a1 commenced 2027-02-01"]),
        ("2027-07-01 00:00", ["a1 commenced 2027-02-01", "a1 expired 2027-06-30"]),
        ("2028-07-01 00:00", ["a1 commenced 2027-02-01", "a1 expired 2027-06-30"]),
    ):
        either.at(at)
        await either.tick()
        await either.tick()
        assert [" ".join(one) for one in await either.milestones()] == expected, at
    legal = {one.event.legal_date() for one in await either.recorded() if one.stream == "milestone-a1"}
    assert legal == {"2027-02-01", "2027-06-30"}


async def test_a_date_known_to_the_year_counts_from_its_last_possible_day(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.agreement(runs_from="2026", runs_until="2027")
    await register.tick()
    assert await register.milestones() == []
    register.at("2026-12-31 00:00")
    await register.tick()
    assert await register.milestones() == [("a1 commenced", "2026")]
    register.at("2028-01-01 00:00")
    await register.tick()
    assert await register.milestones() == [("a1 commenced", "2026"), ("a1 expired", "2027")]


async def test_a_terminated_agreement_does_not_expire(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.agreement(runs_until="2027-06-30")
    await register.agreement("a2", runs_from="2027-03-01", runs_until="2027-06-30")
    await register.happen("agreement-a1", facts.terminated("2027-01-31"))
    await register.happen("agreement-a2", facts.terminated("2027-02-01", agreement_id="a2"))
    for at in ("2026-11-23 12:00", "2027-03-02 12:00", "2028-01-01 12:00"):
        register.at(at)
        await register.tick()
    assert await register.milestones() == [("a1 commenced", "2025-01-01")], "a2 ended before it began"


async def test_two_milestones_on_one_day_are_both_recorded(register: Register) -> None:
    """The term is corrected on the day on which it commenced: it turns out to be over."""
    register.at("2026-11-22 12:00")
    await register.cohort()
    position = await register.agreement(runs_until="2031-12-31")
    await register.tick()
    ended = facts.signed(signed_on="2025-01-01", runs_from="2025-01-01", runs_until="2025-12-31", own_term=True)
    await register.correct("agreement-a1", position, ended)
    await register.tick()
    assert await register.milestones() == [("a1 commenced", "2025-01-01"), ("a1 expired", "2025-12-31")]


async def test_the_status_is_the_same_whether_or_not_they_are_recorded(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.agreement(runs_until="2027-06-30")

    async def statuses() -> list[rules.Status]:
        stream = as_of(as_known(await register.store.read_stream("agreement-a1"), CODEC.revive))
        state = fold(None, rules.evolve, stream)
        assert state is not None
        days = (brussels("2024-12-31 12:00").date() + timedelta(days=count) for count in range(0, 1200, 7))
        return [rules.status(state, day) for day in days]

    before = await statuses()
    register.at("2028-01-01 12:00")
    await register.tick()
    assert len(await register.milestones()) == 2
    assert await statuses() == before


async def test_by_several_schedulers_at_once(either: Register) -> None:
    either.at("2026-11-22 12:00")
    await either.cohort()
    for number in range(5):
        await either.agreement(f"a{number}", runs_until=f"2026-0{number + 1}-15")
        await either.moment(f"m{number}", planned_on="2026-12-01", ordinal=number + 1)
    either.at("2026-11-22 12:05")
    await either.follow()

    async def at_once(due: Due) -> None:
        await due.tick()

    others: list[StillDatabase] = []
    dues = [either.due]
    for _ in range(3 if not either.database.sqlite else 0):
        database = StillDatabase(str(either.database.url.render_as_string(hide_password=False)))
        database.instant = either.database.instant
        others.append(database)
        store = SqlStore(database, CODEC)
        dues.append(due_over(store, projector_over(store)))
    if either.database.sqlite:
        dues.append(due_over(either.store, either.projector))
    await asyncio.gather(*(at_once(due) for due in dues))
    for database in others:
        await database.dispose()
    check_once(await either.recorded())
    assert len(await either.milestones()) == 10
    assert len(await either.raised()) == 5


async def test_the_day_turns_at_midnight_in_brussels(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.agreement(runs_from="2027-07-01", runs_until="2031-12-31")
    midnight = register.at("2027-07-01 00:00")
    register.at(midnight - MICROSECOND)
    assert await register.tick() == 0
    register.at(midnight)
    assert await register.tick() == 1
