"""Reading a category, following the log, and waiting for it to grow, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import count
from typing import Any

import pytest

from events.envelope import Recorded
from events.store import following
from events.store.following import Growth
from events.store.port import StoreUnavailableError
from events.store.sql import SqlStore
from tests.events.conftest import OpenStore
from tests.events.logs import append, pending, positions, put

PATIENCE = 30
NEVER = 3600.0


@pytest.fixture
def no_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is not woken in the process sleeps on."""
    monkeypatch.setattr(following, "POLL_SECONDS", NEVER)


async def waiting(store: SqlStore) -> None:
    """Until someone waits for the log to grow, and the database was asked how large it is."""
    async with asyncio.timeout(PATIENCE):
        while not (store._growth._waiting and store._growth._poller):  # noqa: ASYNC110 - as it is, no event tells of it
            await asyncio.sleep(0)
    await store.head()


async def collected(batches: AsyncIterator[Sequence[Recorded[Any]]], until: int) -> list[int]:
    found: list[int] = []
    async with asyncio.timeout(PATIENCE):
        async for batch in batches:
            found += [one.position for one in batch]
            if found[-1] >= until:
                return found
    raise AssertionError("a subscription ended")


# A category


async def test_a_category_is_read_in_position_order_and_in_pages(store: SqlStore) -> None:
    for version in range(1, 4):
        await store.append(append(pending("partner-b", version), pending("cohort-a", version)))
        await put(store, "partner-a", version)
    found = await store.read_category("partner", 0, 100)
    assert [(one.position, one.stream) for one in found] == [
        (1, "partner-b"), (3, "partner-a"), (4, "partner-b"), (6, "partner-a"), (7, "partner-b"), (9, "partner-a")
    ]  # fmt: skip
    assert [one.position for one in await store.read_category("partner", 3, 2)] == [4, 6]
    assert await store.read_category("partner", 9, 10) == []


async def test_a_category_is_no_prefix_and_no_pattern(store: SqlStore) -> None:
    for stream in ("partnerName-a", "partner-a", "Partner-a", "part_er-a", "%-a"):
        await put(store, stream, 1)
    found = {
        name: [one.stream for one in await store.read_category(name, 0, 9)]
        for name in ("partner", "part_er", "%", "part")
    }
    assert found == {"partner": ["partner-a"], "part_er": ["part_er-a"], "%": ["%-a"], "part": []}


# Waiting


@pytest.mark.usefixtures("no_polling")
async def test_an_append_of_this_process_wakes_at_once(store: SqlStore) -> None:
    await put(store, "partner-a", 1)
    grown = asyncio.create_task(store.grown(1, NEVER))
    await waiting(store)
    await put(store, "partner-a", 2)
    async with asyncio.timeout(PATIENCE):
        assert await grown
    assert store.size == 2


async def test_an_append_of_another_process_is_found(store: SqlStore, another: OpenStore) -> None:
    writer = store if store.database.sqlite else another()
    grown = asyncio.create_task(store.grown(0, NEVER))
    await waiting(store)
    await put(writer, "partner-a", 1)
    async with asyncio.timeout(PATIENCE):
        assert await grown


async def test_a_log_that_does_not_grow_is_waited_for_no_longer_than_asked(store: SqlStore) -> None:
    await put(store, "partner-a", 1)
    assert not await store.grown(1, 0.01)
    assert await store.grown(0, 0)
    assert store._growth._waiting == {}


@pytest.mark.usefixtures("no_polling")
async def test_what_is_appended_between_reading_and_waiting_is_not_missed(store: SqlStore) -> None:
    read = await store.read_log(0, 10)
    await put(store, "partner-a", 1)
    assert await store.grown(len(read), 1)


@pytest.mark.usefixtures("no_polling")
async def test_waiting_without_looking_first_would_be_noticed(store: SqlStore) -> None:
    class Late(Growth):
        """The broken variant: it hears only what comes after it began to wait."""

        async def wait(self, beyond: int, seconds: float) -> bool:
            heard, self.size = self.size, 0
            try:
                return await super().wait(max(beyond, heard), seconds)
            finally:
                self.size = max(heard, self.size)

    store._growth = Late(store._size)
    read = await store.read_log(0, 10)
    await put(store, "partner-a", 1)
    assert not await store.grown(len(read), 0.2)


async def test_whoever_waits_goes_on_waiting_while_the_database_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = count()

    async def ask() -> int:
        if next(asked) < 3:
            raise StoreUnavailableError("gone")
        return 7

    monkeypatch.setattr(following, "POLL_SECONDS", 0.001)
    assert await Growth(ask).wait(6, PATIENCE)


# Following


async def test_a_subscription_gives_what_is_there_and_then_what_comes(store: SqlStore, another: OpenStore) -> None:
    writers = [store, store] if store.database.sqlite else [store, another()]
    for version in range(1, 4):
        await put(store, "partner-a", version)
    followers = [asyncio.create_task(collected(store.subscribe(after), 43)) for after in (0, 2, 3)]

    async def write(number: int) -> None:
        for version in range(1, 21):
            await put(writers[number], f"partner-w{number}", version)

    await asyncio.gather(write(0), write(1))
    assert await positions(store) == list(range(1, 44))
    assert [await one for one in followers] == [list(range(1, 44)), list(range(3, 44)), list(range(4, 44))]


async def test_a_subscription_goes_by_batches(store: SqlStore) -> None:
    for version in range(1, 6):
        await put(store, "partner-a", version)
    batches = store.subscribe(0, limit=2)
    assert [len(await anext(batches)) for _ in range(3)] == [2, 2, 1]
