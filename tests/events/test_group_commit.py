"""Appends that are committed together: nobody pays for what a neighbour did."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from events.store import group_commit
from events.store.batch import Batch, Prepared
from events.store.group_commit import GroupCommit
from events.store.port import Appended, CommandReusedError, StoreBusyError, VersionConflictError
from events.store.sql import SqlStore
from events.store.transaction import Work, transact
from tests.events.elsewhere import held_up
from tests.events.logs import added, append, context, pending, positions, put


@pytest.fixture(autouse=True)
async def begun(store: SqlStore) -> AsyncIterator[None]:
    """The type is on record, so that an append is one transaction; every test ends with a log that is whole."""
    await put(store, "partner-first", 1)
    yield
    written = await positions(store)
    assert written == list(range(1, (await store.head()).size + 1))


async def names(store: SqlStore, stream: str = "partner-a") -> list[str]:
    return [one.event.name for one in await store.read_stream(stream)]


async def until_waiting(store: SqlStore, number: int) -> None:
    """Until so many appends wait in the queue, behind the one that is on its way."""
    while len(store._group._queue) < number:  # noqa: ASYNC110 - the queue tells nobody
        await asyncio.sleep(0.001)


async def until_on_its_way(store: SqlStore) -> None:
    while not store._group._busy:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.001)


def outcomes(done: Iterable[Any]) -> list[str]:
    return [type(one).__name__ for one in done]


@pytest.fixture
def batches(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many appends each transaction held."""
    sizes: list[int] = []
    write = store._log.write

    async def counted(batch: Batch) -> Any:
        sizes.append(len(batch.appends))
        return await write(batch)

    monkeypatch.setattr(store._log, "write", counted)
    return sizes


# Neighbours


async def with_losers(url: str, store: SqlStore) -> list[Any]:
    """Thirty appends at once: every third wants a version that is not, one repeats the first command with other content."""
    async with held_up(url):
        asked = [put(store, "partner-lone", 1, command_id="first")]
        asked += [put(store, f"partner-{number}", 1 if number % 3 else 2) for number in range(28)]
        asked += [put(store, "partner-other", 1, command_id="first", request_hash=b"other")]
        going = asyncio.gather(*asked, return_exceptions=True)
        await until_waiting(store, 29)
    return await going


async def test_the_neighbours_of_losers_stand(url: str, store: SqlStore, batches: list[int]) -> None:
    done = await with_losers(url, store)
    lost = [isinstance(one, VersionConflictError) for one in done[1:29]]
    assert lost == [number % 3 == 0 for number in range(28)]
    assert isinstance(done[29], CommandReusedError)
    assert len(await positions(store)) == 1 + 1 + 18
    assert len(batches) < 6


async def test_losers_that_took_their_batch_along_would_be_noticed(
    url: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lose_all(group: GroupCommit, going: list[Any], _refused: object) -> None:
        for one in going:
            group._lose(one, VersionConflictError("partner-a", 0, 1))

    monkeypatch.setattr(GroupCommit, "_refuse", lose_all)
    await with_losers(url, store)
    assert len(await positions(store)) < 1 + 1 + 18


ONLY_SQLITE = (
    "CREATE TRIGGER poisoned BEFORE INSERT ON events WHEN NEW.stream = 'partner-7' "
    "BEGIN SELECT RAISE(ABORT, 'not this one'); END"
)
ONLY_POSTGRESQL = (
    "CREATE FUNCTION poisoned() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF NEW.stream = 'partner-7' THEN RAISE 'not this one'; END IF; RETURN NEW; END $$; "
    "CREATE TRIGGER poisoned BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION poisoned()"
)


async def with_a_poisoned_one(url: str, store: SqlStore) -> list[str]:
    """Twenty appends at once, of which the database refuses the eighth for a reason of its own."""
    async with store.database.write() as connection:
        for statement in [ONLY_SQLITE] if store.database.sqlite else ONLY_POSTGRESQL.split("; CREATE"):
            await connection.exec_driver_sql(statement if statement.startswith("CREATE") else f"CREATE{statement}")
    async with held_up(url):
        going = asyncio.gather(*(put(store, f"partner-{number}", 1) for number in range(20)), return_exceptions=True)
        await until_waiting(store, 19)
    return outcomes(await going)


async def test_what_the_database_refuses_alone_is_lost_alone(url: str, store: SqlStore) -> None:
    assert await with_a_poisoned_one(url, store) == ["Appended"] * 7 + ["StoreUnavailableError"] + ["Appended"] * 12
    assert await store.read_stream("partner-7") == []
    await put(store, "partner-8", 2)


async def test_a_poisoned_append_that_took_its_batch_along_would_be_noticed(
    url: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_all(group: GroupCommit, going: list[Any], error: Exception) -> None:
        for one in going:
            group._lose(one, error)

    monkeypatch.setattr(GroupCommit, "_broken", lose_all)
    assert (await with_a_poisoned_one(url, store)).count("StoreUnavailableError") > 1


# The queue


async def with_no_room(url: str, store: SqlStore) -> list[str]:
    async with held_up(url):
        going = [asyncio.create_task(put(store, f"partner-{number}", 1)) for number in range(20)]
        await asyncio.wait(going, timeout=1)
    return outcomes(await asyncio.gather(*going, return_exceptions=True))


async def test_a_full_queue_says_so_and_keeps_what_it_took(
    url: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "QUEUE_LIMIT", 5)
    monkeypatch.setattr(group_commit, "SECONDS_FOR_ROOM", 0.05)
    assert sorted(await with_no_room(url, store)) == ["Appended"] * 6 + ["StoreBusyError"] * 14
    assert len(await positions(store)) == 7
    await asyncio.gather(*(put(store, f"cohort-{number}", 1) for number in range(6)))


async def test_a_queue_without_a_limit_would_be_noticed(url: str, store: SqlStore) -> None:
    assert StoreBusyError.__name__ not in await with_no_room(url, store)


async def test_who_waits_for_room_gets_it_when_others_give_up(
    url: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(group_commit, "QUEUE_LIMIT", 1)
    async with held_up(url):
        going = [asyncio.create_task(put(store, f"partner-{number}", 1)) for number in range(8)]
        await until_waiting(store, 1)
        for given_up in (1, 2, 4):
            going[given_up].cancel()
    done = outcomes(await asyncio.gather(*going, return_exceptions=True))
    assert [done[number] for number in (0, 3, 5, 6, 7)] == ["Appended"] * 5


# Callers that go away


@pytest.mark.parametrize("leaving", [[0], [1, 2, 5], [0, 3, 9], list(range(10))])
async def test_a_caller_that_goes_away_leaves_nothing_half_done_and_others_unharmed(
    url: str, store: SqlStore, leaving: list[int]
) -> None:
    async with held_up(url):
        going = [
            asyncio.create_task(
                store.append(
                    append(pending(f"partner-{number}", 1), pending(f"cohort-{number}", 1), command_id=f"c{number}")
                )
            )
            for number in range(10)
        ]
        await until_waiting(store, 9)
        for number in leaving:
            going[number].cancel()
    done = await asyncio.gather(*going, return_exceptions=True)
    for number, outcome in enumerate(done):
        assert isinstance(outcome, asyncio.CancelledError if number in leaving else Appended)
    again = await asyncio.gather(
        *(
            store.append(
                append(pending(f"partner-{number}", 1), pending(f"cohort-{number}", 1), command_id=f"c{number}")
            )
            for number in range(10)
        )
    )
    assert all(again[number].repeated for number in range(10) if number not in leaving)
    assert len(await positions(store)) == 1 + 20


# A hot stream


async def hot(store: SqlStore) -> int:
    """Sixteen writers, ten commands each, on one stream. Returns how many decisions that took."""
    decisions = 0

    async def decide(work: Work) -> None:
        nonlocal decisions
        decisions += 1
        (events,) = await work.read("partner-a")
        work.append("partner-a", added(f"{len(events) + 1}"))

    async def writer() -> None:
        for _ in range(10):
            await transact(store, context(), b"", decide)

    await asyncio.gather(*(writer() for _ in range(16)))
    assert await names(store) == [f"{number}" for number in range(1, 161)]
    return decisions


async def test_a_hot_stream_fills_batches_and_has_no_conflicts(store: SqlStore, batches: list[int]) -> None:
    assert await hot(store) == 160
    assert sum(batches) == 160
    assert len(batches) < 80


async def test_of_many_writers_a_batch_takes_half(store: SqlStore, batches: list[int]) -> None:
    """Each process and its database work at the same time, instead of waiting for each other in turn."""

    async def writer(one: int) -> None:
        for number in range(10):
            await put(store, f"partner-{one}-{number}", 1)

    await asyncio.gather(*(writer(one) for one in range(32)))
    assert sum(batches) == 320
    assert set(batches[4:12]) == {16}


async def test_commands_that_did_not_take_turns_would_be_noticed(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "turn", lambda _: asyncio.Lock())
    monkeypatch.setattr("events.store.transaction.TRIES", 1000)
    assert await hot(store) > 160


# What was decided on an event that was never recorded


async def built_on_a_loser(url: str, store: SqlStore) -> list[str]:
    """Two commands, each adding its letter to the last name, while another process is first with a name of its own."""

    def saying(letter: str) -> Any:
        async def decide(work: Work) -> None:
            (events,) = await work.read("partner-a")
            last = events[-1].event.name if events else ""
            work.append("partner-a", added(last + letter))

        return decide

    async with held_up(url) as elsewhere:
        one = asyncio.create_task(transact(store, context(), b"", saying("a")))
        await until_on_its_way(store)
        two = asyncio.create_task(transact(store, context(), b"", saying("b")))
        await until_waiting(store, 1)
        await elsewhere("partner-a", 1, added("x"))
    await asyncio.gather(one, two)
    return await names(store)


async def test_what_was_built_on_a_loser_is_decided_again_though_the_version_fits(url: str, store: SqlStore) -> None:
    assert await built_on_a_loser(url, store) in (["x", "xa", "xab"], ["x", "xb", "xba"])


async def test_a_judgement_by_version_alone_would_be_noticed(
    url: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Prepared, "unfounded", lambda _: None)
    assert (await built_on_a_loser(url, store))[:2] == ["x", "ab"]


async def refused_for_a_loser(url: str, store: SqlStore) -> str:
    """A command is refused because of another's event, which is then not recorded."""

    async def first(work: Work) -> None:
        _, cohort = await work.read("partner-a", "cohort-c")
        if cohort:
            raise LookupError("the cohort is closed")
        work.append("partner-a", added("first"))

    async def second(work: Work) -> None:
        (events,) = await work.read("partner-a")
        if events:
            raise ValueError("there is one already")
        work.append("partner-a", added("second"))

    async with held_up(url) as elsewhere:
        one = asyncio.create_task(transact(store, context(), b"", first))
        await until_on_its_way(store)
        two = asyncio.create_task(transact(store, context(), b"", second))
        for _ in range(20):
            await asyncio.sleep(0.001)
        await elsewhere("cohort-c", 1, added("closed"))
    done = await asyncio.gather(one, two, return_exceptions=True)
    assert isinstance(done[0], LookupError)
    return outcomes(done)[1]


async def test_a_refusal_for_an_event_that_was_not_recorded_is_taken_back(url: str, store: SqlStore) -> None:
    assert await refused_for_a_loser(url, store) == "Done"
    assert await names(store) == ["second"]


async def test_taking_belief_for_certain_would_be_noticed(
    url: str, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Work, "certain", property(lambda _: True, lambda _self, _value: None), raising=False)
    assert await refused_for_a_loser(url, store) == "ValueError"
