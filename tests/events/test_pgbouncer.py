"""Through a pooler that gives each transaction another connection: what the store promises holds there too."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from events.log.verification.postgresql import postgresql_place
from events.store.database import Database
from events.store.port import VersionConflictError
from events.store.sql import SqlStore
from events.store.transaction import Work, transact
from tests.events.conftest import empty_log
from tests.events.logs import CODEC, added, context, positions, put

pytestmark = pytest.mark.postgresql


@pytest.fixture(params=["pgbouncer"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with empty_log(request, tmp_path) as empty:
        yield empty


@pytest.fixture
async def stores(url: str) -> AsyncIterator[list[SqlStore]]:
    """As three processes would have them."""
    opened = [SqlStore(Database(url, pooled=True), CODEC) for _ in range(3)]
    for store in opened:
        await store.open()
    yield opened
    for store in opened:
        await store.database.dispose()


async def crowd(stores: list[SqlStore]) -> list[object]:
    """Three processes at once: streams of their own, a stream of all, and reading in between."""

    async def decide(work: Work) -> None:
        (events,) = await work.read("partner-hot")
        work.append("partner-hot", added(f"{len(events) + 1}"))

    async def one(number: int, store: SqlStore) -> None:
        for again in range(10):
            await put(store, f"partner-{number}-{again}", 1, command_id=f"{number}-{again}")
            await transact(store, context(), b"", decide)
            assert len(await store.read_stream(f"partner-{number}-{again}")) == 1
            assert await store.read_log(again, 5)

    return await asyncio.gather(
        *(one(3 * number + index, store) for number in range(4) for index, store in enumerate(stores)),
        return_exceptions=True,
    )


async def test_three_stores_append_and_read_through_a_pooler(stores: list[SqlStore]) -> None:
    assert await crowd(stores) == [None] * 12
    assert await positions(stores[0]) == list(range(1, 241))
    names = [one.event.name for one in await stores[1].read_stream("partner-hot")]
    assert names == [f"{number}" for number in range(1, 121)]


async def test_commands_and_versions_are_judged_through_a_pooler(stores: list[SqlStore]) -> None:
    first, second, _ = stores
    done = await put(first, "partner-a", 1, command_id="one")
    again = await put(second, "partner-a", 1, command_id="one")
    assert (again.repeated, again.record) == (True, done.record)
    with pytest.raises(VersionConflictError):
        await put(second, "partner-a", 1)
    outcomes = await asyncio.gather(
        *(put(store, "partner-a", 2) for store in stores for _ in range(5)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["Appended"] + ["VersionConflictError"] * 14
    assert (await first.now()).utcoffset() is not None


async def test_who_looks_over_the_log_through_a_pooler_leaves_its_connections_as_they_were(
    url: str, stores: list[SqlStore]
) -> None:
    await put(stores[0], "partner-a", 1)

    def looked_over() -> int:
        with postgresql_place(url, pooled=True).open() as opened:
            size = opened.snapshot().size
            assert len(opened.rows(0, size)) == size
            assert opened.tiles(0, 0, 1) == {}
            assert sum(len(spans) for spans in opened.commands()) == size
            return size

    for version in range(2, 6):
        assert await asyncio.gather(*(asyncio.to_thread(looked_over) for _ in stores)) == [version - 1] * 3
        await put(stores[0], "partner-a", version)


async def test_a_store_that_keeps_to_one_session_would_be_noticed(url: str) -> None:
    """The broken variant: what it prepares in one connection is not in the next."""
    stores = [SqlStore(Database(url, pooled=False), CODEC) for _ in range(3)]
    try:
        outcomes = await asyncio.wait_for(crowd(stores), 60)
        assert any(isinstance(one, Exception) for one in outcomes)
    finally:
        for store in stores:
            await store.database.dispose()
