"""Read, decide, append; and again on what is true now, where it moved meanwhile."""

import asyncio

import pytest

from events.store.port import CommandReusedError, VersionConflictError
from events.store.sql import SqlStore
from events.store.transaction import TRIES, Work, transact
from tests.events.logs import added, context, positions, put, renamed


async def names(store: SqlStore, stream: str = "partner-a") -> list[str]:
    return [one.event.name for one in await store.read_stream(stream)]


async def count_on(work: Work) -> int:
    (events,) = await work.read("partner-a")
    await asyncio.sleep(0)
    work.append("partner-a", added(str(len(events) + 1)))
    return len(events) + 1


async def test_twenty_at_once_all_land_on_what_is_true(store: SqlStore) -> None:
    done = await asyncio.gather(*(transact(store, context(), b"", count_on) for _ in range(20)))
    assert await names(store) == [str(number) for number in range(1, 21)], "none was decided on something old"
    assert sorted(one.result or 0 for one in done) == list(range(1, 21))


async def test_without_the_expected_version_some_would_be_decided_on_something_old(store: SqlStore) -> None:
    """The broken variant: read, and append blindly at whatever the version is by then."""

    async def blind() -> None:
        seen = len(await store.read_stream("partner-a"))
        while True:
            try:
                await put(store, "partner-a", len(await store.read_stream("partner-a")) + 1, added(str(seen + 1)))
            except VersionConflictError:
                continue
            return

    await asyncio.gather(*(blind() for _ in range(5)))
    assert await names(store) != [str(number) for number in range(1, 6)]


async def test_a_decision_is_taken_again_until_it_stands(store: SqlStore) -> None:
    tries = 0

    async def decide(work: Work) -> str:
        nonlocal tries
        tries += 1
        (events,) = await work.read("partner-a")
        if tries < 3:
            await put(store, "partner-a", len(events) + 1, added(f"meanwhile {tries}"))
        work.append("partner-a", added("mine"))
        return f"after {len(events)}"

    done = await transact(store, context(), b"", decide)
    assert (tries, done.result, await names(store)) == (3, "after 2", ["meanwhile 1", "meanwhile 2", "mine"])


async def test_a_conflict_that_does_not_end_is_handed_to_the_caller(store: SqlStore) -> None:
    async def always_late(work: Work) -> None:
        (events,) = await work.read("partner-a")
        await put(store, "partner-a", len(events) + 1)
        work.append("partner-a", added("mine"))

    with pytest.raises(VersionConflictError):
        await transact(store, context("late"), b"", always_late)
    assert len(await names(store)) == TRIES
    assert await store.command("late") is None


async def test_what_was_only_read_is_a_condition(store: SqlStore) -> None:
    await put(store, "cohort-c", 1)
    seen: list[int] = []

    async def decide(work: Work) -> None:
        cohort, _ = await work.read("cohort-c", "partner-a")
        if not seen:
            await put(store, "cohort-c", 2)
        seen.append(len(cohort))
        work.append("partner-a", added())

    await transact(store, context(), b"", decide)
    assert seen == [1, 2], "the cohort moved, so it was decided again"


async def test_a_stream_read_twice_must_not_have_moved_in_between(store: SqlStore) -> None:
    seen: list[tuple[int, int]] = []

    async def decide(work: Work) -> None:
        (one,) = await work.read("cohort-c")
        if not seen:
            await put(store, "cohort-c", 1)
        (two,) = await work.read("cohort-c")
        seen.append((len(one), len(two)))
        work.append("partner-a", added())

    await transact(store, context(), b"", decide)
    assert seen == [(0, 1), (1, 1)]


async def test_conditions_and_expected_versions_of_a_try(store: SqlStore) -> None:
    await put(store, "partner-a", 1)
    work = Work(store)
    await work.read("partner-a", "cohort-c")
    work.append("partner-a", renamed("B"), renamed("C"))
    work.append("partner-new", added())
    asked = work.as_append(context(), b"")
    assert asked.conditions == {"cohort-c": 0}
    assert [(one.stream, one.version) for one in asked.events] == [
        ("partner-a", 2),
        ("partner-a", 3),
        ("partner-new", 1),
    ]
    assert len({one.event_id for one in asked.events}) == 3


async def test_a_command_is_carried_out_once(store: SqlStore) -> None:
    first = await transact(store, context("one"), b"h", count_on)
    again = await transact(store, context("one"), b"h", count_on)
    assert (first.result, again.result) == (1, None)
    assert (again.appended.repeated, again.appended.record) == (True, first.appended.record)
    with pytest.raises(CommandReusedError):
        await transact(store, context("one"), b"other", count_on)
    assert await names(store) == ["1"]


async def test_the_same_command_at_once_is_carried_out_once(store: SqlStore) -> None:
    done = await asyncio.gather(*(transact(store, context("one"), b"h", count_on) for _ in range(8)))
    assert {one.appended.record for one in done} == {done[0].appended.record}
    assert await names(store) == ["1"]


async def test_a_command_that_its_own_twin_made_impossible_answers_as_the_twin(store: SqlStore) -> None:
    async def only_if_empty(work: Work) -> None:
        if not await store.command("one"):
            await transact(store, context("one"), b"h", count_on)  # the twin gets there first
        (events,) = await work.read("partner-a")
        if events:
            raise ValueError("taken")

    done = await transact(store, context("one"), b"h", only_if_empty)
    assert done.appended.repeated
    assert await names(store) == ["1"]


async def test_what_the_decision_raises_is_raised_and_nothing_is_written(store: SqlStore) -> None:
    async def refuse(work: Work) -> None:
        work.append("partner-a", added())
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await transact(store, context("refused"), b"", refuse)
    assert (await positions(store), await store.command("refused")) == ([], None)
