"""What is due follows from the record alone and has one name: promises 1 and 2; and one that fails blocks no other."""

from collections import Counter
from datetime import date, datetime
from typing import Any

import pytest

from domain import calendar
from domain.values import Offset
from schedulers import due as due_module
from schedulers.due import Due
from tests.schedulers.registers import (
    Register,
    a_programme,
    brussels,
    due_over,
    projector_over,
)

# 1: derived


async def test_promise_1_what_is_due_follows_from_the_record_and_the_instant_alone(either: Register) -> None:
    await a_programme(either)
    await either.tick()
    at = brussels("2027-05-01 00:00")
    before = await either.recorded()
    first = await either.simulate(at)
    either.at("2029-01-01 00:00")
    later = due_over(either.store, projector_over(either.store))
    again = await later.simulate(at)
    assert Counter(item.occurrence.key for item in first) == Counter(item.occurrence.key for item in again)
    assert [item.occurrence for item in await either.simulate(at)] == [item.occurrence for item in again]
    assert await either.recorded() == before, "a simulation wrote"


async def test_promise_1_a_rebuild_raises_nothing_and_changes_nothing(either: Register) -> None:
    await a_programme(either)
    either.at("2027-05-01 00:00")
    assert await either.tick()
    before, due_before = await either.recorded(), await either.simulate()
    await either.projector.rebuild()
    assert await either.projector.verify() == []
    assert await either.tick() == 0
    assert (await either.recorded(), await either.simulate()) == (before, due_before)


async def test_promise_1_empty_read_models_raise_nothing_twice(either: Register) -> None:
    """The reminders' read model saves work; what was raised stands in the log."""
    await a_programme(either)
    either.at("2027-05-01 00:00")
    await either.tick()
    before = await either.recorded()
    async with either.database.write() as connection:
        await connection.execute(either.due._reminders.delete())
    assert await either.due.tick() == 0
    assert await either.recorded() == before


# 2: keyed


async def test_promise_2_an_occurrence_has_one_key_and_the_key_one_stream(either: Register) -> None:
    await a_programme(either)
    either.at("2027-03-01 00:00")
    await either.tick()
    recorded = await either.recorded()
    for one in recorded:
        if one.stream.startswith("reminder-"):
            assert one.stream == f"reminder-{one.event.reminder_id}"
            assert one.version == 1
    keys = {item.occurrence.key for item in await either.simulate()}
    assert keys == {one.reminder_id for one in await either.raised()}


async def test_promise_2_another_revision_offset_or_date_is_another_key(either: Register) -> None:
    await a_programme(either)
    either.at("2027-03-01 00:00")
    await either.tick()
    before = {one.reminder_id for one in await either.raised() if one.subject_id == "m1"}
    await either.move(starts_at="2027-03-17T09:00:00+01:00")
    await either.tick()
    await either.move(starts_at="2027-03-16T09:00:00+01:00")  # back to where it was
    await either.tick()
    raised = [one for one in await either.raised() if one.subject_id == "m1"]
    assert [(one.due_on, one.revision) for one in raised] == [("2027-03-16", 1), ("2027-03-17", 2), ("2027-03-16", 3)]
    assert len({one.reminder_id for one in raised}) == 3
    assert before < {one.reminder_id for one in raised}


# One that fails


@pytest.mark.parametrize("where", ["when it is looked at", "when it is raised"])
async def test_one_that_fails_does_not_block_another(
    either: Register, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    either.at("2026-11-22 12:00")
    await either.cohort()
    for number in range(1, 4):
        await either.moment(f"m{number}", planned_on="2027-03-16")
    either.at("2027-03-13 00:00")
    if where == "when it is looked at":
        of_consultation = calendar.of_consultation

        def fails(consultation: Any, zone: Any) -> Any:
            if consultation.consultation_id == "m2":
                raise ZeroDivisionError
            return of_consultation(consultation, zone)

        monkeypatch.setattr(calendar, "of_consultation", fails)
    else:
        append = due_module._append

        async def raises(work: Any, item: Any, *rest: Any) -> int:
            if item.occurrence.obligation.subject_id == "m2":
                raise ZeroDivisionError
            return await append(work, item, *rest)

        monkeypatch.setattr(due_module, "_append", raises)
    assert await either.tick() == 2
    monkeypatch.undo()
    assert await either.tick() == 1, "and it is raised when it no longer fails"
    assert {one.subject_id for one in await either.raised()} == {"m1", "m2", "m3"}


async def test_a_milestone_that_fails_does_not_block_reminders(
    either: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_programme(either)
    either.at("2027-03-13 09:00")

    async def fails(self: Due, key: str, now: datetime) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(Due, "_record_milestones", fails)
    assert await either.tick()
    assert await either.raised()
    assert await either.milestones() == []


def test_offsets_lie_within_the_agenda_s_horizon() -> None:
    """No offset that is allowed reaches further than the agenda is searched."""
    for text in ("P731D", "P104W", "P24M", "P2Y"):
        for day in (date(2028, 2, 29), date(2028, 12, 31), date(2029, 3, 1)):
            assert day - Offset.parse(text).before(day) <= calendar.LONGEST_OFFSET
