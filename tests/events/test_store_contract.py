"""What every store promises, on both databases, and through a pooler that gives each transaction another connection."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from events.envelope import from_micros
from events.log.entry import ENTRY_LIMIT, entry
from events.store.port import (
    CommandReusedError,
    EntryTooLargeError,
    VersionConflictError,
)
from events.store.sql import SqlStore
from tests.events.conftest import PGBOUNCER, POSTGRESQL, OpenStore, empty_log
from tests.events.logs import CODEC, added, append, pending, positions, put, renamed


@pytest.fixture(params=["sqlite", POSTGRESQL, PGBOUNCER])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with empty_log(request, tmp_path) as empty:
        yield empty


async def empty(store: SqlStore) -> bool:
    return await positions(store) == [] and (await store.head()).size == 0


# Positions, time, reading


async def test_an_empty_store_says_so(store: SqlStore) -> None:
    assert await empty(store)
    assert (await store.head()).recorded_at is None
    assert await store.began_at() is None
    assert await store.read_stream("partner-x") == []
    assert await store.command("never") is None


async def test_positions_are_contiguous_from_one_and_time_never_runs_back(store: SqlStore) -> None:
    for version in range(1, 4):
        await put(store, "partner-a", version)
        await store.append(
            append(
                pending("partner-b", 2 * version - 1), pending("cohort-c", version), pending("partner-b", 2 * version)
            )
        )
    log = await store.read_log(0, 1000)
    assert [one.position for one in log] == list(range(1, 13))
    times = [one.recorded_at for one in log]
    assert times == sorted(times)
    head = await store.head()
    assert (head.size, head.recorded_at, await store.began_at()) == (12, times[-1], times[0])


async def test_a_stream_is_read_in_order_and_whole(store: SqlStore) -> None:
    await put(store, "partner-a", 1)
    await put(store, "partner-b", 1)
    await put(store, "partner-a", 2, renamed("AGORIA"))
    stream = await store.read_stream("partner-a")
    assert [(one.version, one.position, one.event) for one in stream] == [(1, 1, added()), (2, 3, renamed("AGORIA"))]
    assert {one.stream for one in stream} == {"partner-a"}
    found = await store.read_streams(["partner-b", "partner-x", "partner-a"])
    assert {name: len(events) for name, events in found.items()} == {"partner-b": 1, "partner-x": 0, "partner-a": 2}


async def test_very_many_streams_are_read_and_judged_at_once(store: SqlStore) -> None:
    await put(store, "partner-7", 1)
    names = [f"partner-{number}" for number in range(1200)]
    assert sum(len(found) for found in (await store.read_streams(names)).values()) == 1
    conditions = {name: 1 if name == "partner-7" else 0 for name in names}
    await put(store, "cohort-a", 1, conditions=conditions)
    with pytest.raises(VersionConflictError):
        await put(store, "cohort-a", 2, conditions={**conditions, "partner-1199": 1})


async def test_the_log_is_read_in_pages(store: SqlStore) -> None:
    for version in range(1, 6):
        await put(store, "partner-a", version)
    assert [one.position for one in await store.read_log(1, 3)] == [2, 3, 4]
    assert [one.position for one in await store.read_log(3, 10, until=4)] == [4]
    assert await store.read_log(5, 10) == []


async def test_an_entry_is_what_the_row_holds(store: SqlStore) -> None:
    await put(store, "partner-a", 1)
    ((position, micros, body),) = await store.read_bodies(0, 10)
    assert entry(position, micros, body).startswith(b"errera/1\n1\n2")
    assert CODEC.decode(position, from_micros(micros), body) == (await store.read_log(0, 1))[0]


async def test_an_event_that_makes_too_large_an_entry_is_refused(store: SqlStore) -> None:
    with pytest.raises(EntryTooLargeError) as caught:
        await store.append(append(pending("partner-b", 1), pending("partner-a", 1, added("x" * ENTRY_LIMIT))))
    assert caught.value.size > caught.value.limit == ENTRY_LIMIT
    assert await empty(store)
    await put(store, "partner-a", 1, added("é" * 30_000))


# Versions and conditions


async def test_a_stream_that_moved_refuses(store: SqlStore) -> None:
    await put(store, "partner-a", 1)
    for wrong in (1, 3):
        with pytest.raises(VersionConflictError) as caught:
            await put(store, "partner-a", wrong)
        assert (caught.value.stream, caught.value.expected, caught.value.actual) == ("partner-a", wrong - 1, 1)
    assert await positions(store) == [1]


async def test_no_stream_begins_before_its_first_event(store: SqlStore) -> None:
    for wrong in (0, -1, 2):
        with pytest.raises(VersionConflictError):
            await put(store, "partner-a", wrong)
        with pytest.raises(VersionConflictError):
            await store.append(append(pending("partner-a", wrong), pending("cohort-c", wrong)))
    assert await empty(store)


async def test_an_append_over_several_streams_is_all_or_nothing(store: SqlStore) -> None:
    await put(store, "partner-a", 1)
    with pytest.raises(VersionConflictError):
        await store.append(append(pending("partner-b", 1), pending("cohort-c", 1), pending("partner-a", 1)))
    assert await positions(store) == [1]
    await store.append(append(pending("partner-b", 1), pending("cohort-c", 1), pending("partner-a", 2)))
    assert await positions(store) == [1, 2, 3, 4]


async def test_what_was_read_is_a_condition(store: SqlStore) -> None:
    await put(store, "cohort-c", 1)
    await put(store, "partner-a", 1, conditions={"cohort-c": 1, "cohort-d": 0})
    await put(store, "cohort-c", 2)
    with pytest.raises(VersionConflictError):
        await put(store, "partner-a", 2, conditions={"cohort-c": 1})
    with pytest.raises(VersionConflictError):
        await store.append(append(conditions={"cohort-c": 1}))
    assert await positions(store) == [1, 2, 3]


async def test_of_two_appends_to_one_stream_one_wins(url: str, store: SqlStore, another: OpenStore) -> None:
    second = store if store.database.sqlite else another()
    for version in range(1, 11):
        outcomes = await asyncio.gather(
            put(store, "partner-a", version), put(second, "partner-a", version), return_exceptions=True
        )
        lost = [one for one in outcomes if isinstance(one, BaseException)]
        assert [type(one) for one in lost] == [VersionConflictError]
    assert await positions(store) == list(range(1, 11))


async def test_two_appends_that_condition_on_each_other_do_not_both_stand(store: SqlStore, another: OpenStore) -> None:
    second = store if store.database.sqlite else another()
    outcomes = await asyncio.gather(
        put(store, "partner-a", 1, conditions={"partner-b": 0}),
        put(second, "partner-b", 1, conditions={"partner-a": 0}),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Appended", "VersionConflictError"]


async def test_two_hundred_appends_at_once(store: SqlStore) -> None:
    done = await asyncio.gather(*(put(store, f"partner-{number}", 1) for number in range(200)))
    assert sorted(one.record.first_position or 0 for one in done) == list(range(1, 201))
    assert await positions(store) == list(range(1, 201))
    times = [one.recorded_at for one in await store.read_log(0, 1000)]
    assert times == sorted(times)


async def test_a_reader_that_follows_the_log_misses_nothing(store: SqlStore) -> None:
    """Positions in commit order: whoever saw n has seen all before it."""
    seen: list[int] = []

    async def follow() -> None:
        while len(seen) < 60:
            seen.extend(one.position for one in await store.read_log(seen[-1] if seen else 0, 7))
            await asyncio.sleep(0)

    await asyncio.wait_for(asyncio.gather(follow(), *(put(store, f"partner-{n}", 1) for n in range(60))), 20)
    assert seen == list(range(1, 61))


# Commands


async def test_a_command_told_again_answers_as_before(store: SqlStore) -> None:
    first = await store.append(append(pending("partner-a", 1), pending("partner-b", 1), command_id="one"))
    again = await store.append(append(pending("partner-a", 1), pending("partner-b", 1), command_id="one"))
    assert (first.repeated, again.repeated) == (False, True)
    assert again.record == first.record == await store.command("one")
    assert (first.record.first_position, first.record.last_position) == (1, 2)
    assert await positions(store) == [1, 2]


async def test_a_command_told_again_with_other_content_is_refused(store: SqlStore) -> None:
    await put(store, "partner-a", 1, command_id="one")
    with pytest.raises(CommandReusedError):
        await put(store, "partner-a", 2, command_id="one", request_hash=b"other")
    assert await positions(store) == [1]


async def test_a_command_without_events_is_remembered_too(store: SqlStore) -> None:
    first = await store.append(append(command_id="nothing"))
    assert (first.record.first_position, first.record.last_position) == (None, None)
    assert (await store.append(append(command_id="nothing"))).repeated
    with pytest.raises(CommandReusedError):
        await store.append(append(command_id="nothing", request_hash=b"other"))
    assert await empty(store)


async def test_the_same_command_at_once_has_one_effect(store: SqlStore) -> None:
    done = await asyncio.gather(*(put(store, "partner-a", 1, command_id="one") for _ in range(10)))
    assert sorted(one.repeated for one in done) == [False] + [True] * 9
    assert {one.record for one in done} == {done[0].record}
    assert await positions(store) == [1]


async def test_a_refused_append_leaves_neither_a_command_nor_a_gap(store: SqlStore) -> None:
    await put(store, "partner-a", 1)
    with pytest.raises(VersionConflictError):
        await put(store, "partner-a", 1, command_id="lost")
    assert await store.command("lost") is None
    await put(store, "partner-a", 2, command_id="lost")
    assert await positions(store) == [1, 2]


async def test_an_append_that_breaks_off_leaves_nothing(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*_: object) -> None:
        raise ConnectionError("the plug was pulled")

    with monkeypatch.context() as patch:
        patch.setattr(store, "_note_types", breaks)
        with pytest.raises(ConnectionError):
            await put(store, "partner-a", 1, command_id="broken")
    assert await store.command("broken") is None
    assert await empty(store)
    await put(store, "partner-a", 1, command_id="broken")
    assert await positions(store) == [1]
