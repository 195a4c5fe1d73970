"""The database hangs, or its machine is gone, and says nothing: nobody waits for ever, and nothing is there twice."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from events.store import engines, group_commit, postgresql
from events.store.port import Appended, StoreUnavailableError
from events.store.sql import SqlStore
from tests.events.logs import positions, put
from tests.events.proxy import through_a_proxy
from tests.events.test_faults import MESSAGES, ON_POSTGRESQL, three

pytestmark = ON_POSTGRESQL
SHORT = 0.5
FOR_EVER = 3600.0
"""For the broken variants."""
LONG = 5.0
"""Far longer than it takes where nobody waits for ever."""


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for limit in ("SECONDS", "SECONDS_OF_THE_LOG", "SECONDS_TO_CLOSE"):
        monkeypatch.setattr(engines, limit, SHORT)
    monkeypatch.setattr(engines, "SECONDS_TO_CONNECT", 2 * SHORT)
    monkeypatch.setattr(group_commit, "SECONDS_TO_RECONNECT", SHORT)
    return monkeypatch


async def test_an_append_whose_answer_does_not_come_is_asked_again(url: str) -> None:
    """Once at each message of it, while other connections work: as when another machine took over."""
    async with through_a_proxy(url) as (store, proxy):
        await put(store, "partner-first", 1)
        for at in range(1, MESSAGES):
            proxy.stall(at)
            stalls = proxy.stalls
            done = await three(store, at)
            proxy.stall(0)
            assert [one.repeated for one in done if isinstance(one, Appended)] == [False] * 3
            assert await positions(store) == list(range(1, 6 * at + 2))
            if proxy.stalls == stalls:
                assert at > 6
                return
    raise AssertionError("there was no end to it")


async def test_a_read_whose_answer_does_not_come_is_asked_again(url: str) -> None:
    async with through_a_proxy(url) as (store, proxy):
        await put(store, "partner-a", 1)
        for at in range(1, MESSAGES):
            proxy.stall(at)
            stalls = proxy.stalls
            assert len(await store.read_stream("partner-a")) == 1
            if proxy.stalls == stalls:
                assert at > 2
                return
    raise AssertionError("there was no end to it")


async def test_a_server_that_hangs_is_told_as_such_and_what_it_does_later_is_done_once(url: str) -> None:
    async with through_a_proxy(url) as (store, proxy):
        await put(store, "partner-first", 1)
        for number in range(2):
            proxy.hang()
            assert all(isinstance(one, StoreUnavailableError) for one in await three(store, number))
            with pytest.raises(StoreUnavailableError):
                await store.read_stream("partner-first")
            proxy.flow()
            again = await three(store, number)
            assert [type(one) for one in again] == [Appended] * 3
            assert await positions(store) == list(range(1, 6 * number + 8))


async def test_a_transaction_on_a_server_that_hangs_ends_and_the_next_one_works(url: str) -> None:
    async with through_a_proxy(url) as (store, proxy):
        await put(store, "partner-a", 1)

        async def write() -> None:
            async with store.database.write() as connection:
                await connection.execute(sa.text("SELECT 1"))
                proxy.hang()
                await connection.execute(sa.text("SELECT 2"))

        writing = asyncio.create_task(write())
        done, _ = await asyncio.wait([writing], timeout=LONG + engines.SECONDS)
        assert done, "nor is it asked to roll back"
        assert isinstance(writing.exception(), TimeoutError)
        with pytest.raises((TimeoutError, sa.exc.DBAPIError)):
            await store.now()
        proxy.flow()
        assert (await store.now()).utcoffset() is not None


@pytest.mark.parametrize("pooled", [False, True])
async def test_whoever_is_cancelled_while_a_server_hangs_does_not_wait_for_it(
    pooled: bool, url: str, impatient: pytest.MonkeyPatch
) -> None:
    impatient.setattr(engines, "SECONDS_OF_THE_LOG", FOR_EVER)
    async with through_a_proxy(url, pooled=pooled) as (store, proxy):
        await put(store, "partner-a", 1)
        await store.read_stream("partner-a")
        proxy.hang()
        reading = asyncio.create_task(store.read_stream("partner-a"))
        await proxy.holding()
        reading.cancel()
        done, _ = await asyncio.wait([reading], timeout=LONG)
        assert done
        assert reading.cancelled(), "nor does it ask another connection"
        await store.database.dispose()


async def busy_with_a_server_that_hangs(store: SqlStore) -> "asyncio.Task[list[object]]":
    """All kinds of connections were used; one is in the middle of something."""
    await put(store, "partner-a", 1)
    await store.read_stream("partner-a")
    await asyncio.gather(store.now(), store.now())
    return asyncio.create_task(three(store, 1))


async def test_closing_does_not_wait_for_a_server_that_hangs(url: str) -> None:
    async with through_a_proxy(url) as (store, proxy):
        going = await busy_with_a_server_that_hangs(store)
        proxy.hang()
        await asyncio.wait_for(store.database.dispose(), LONG)
        proxy.flow()
        await going


async def appended_beside_one_that_stalls(url: str) -> int:
    """A process stalls at each message of an append through a pooler, holding locks or not; another one appends."""
    async with through_a_proxy(url, pooled=True) as (stalling, proxy), through_a_proxy(url) as (other, _):
        await put(other, "partner-first", 1)
        await put(stalling, "partner-second", 1)
        for at in range(1, MESSAGES):
            proxy.stall(at, after_sync=True)
            stalls = proxy.stalls
            going = asyncio.create_task(put(stalling, f"partner-{at}", 1))
            either: list[asyncio.Future[Any]] = [going, proxy.stalling]
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            async with asyncio.timeout(LONG):
                await put(other, f"cohort-{at}", 1)
            going.cancel()
            await asyncio.wait([going])
            if proxy.stalls == stalls:
                return at
    raise AssertionError("there was no end to it")


@pytest.fixture
def as_if_suspended(impatient: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    impatient.setattr(engines, "SECONDS_OF_THE_LOG", FOR_EVER)
    impatient.setattr(postgresql, "_IDLE", "idle_in_transaction_session_timeout = '200ms'")
    return impatient


@pytest.mark.usefixtures("as_if_suspended")
async def test_a_process_that_stalls_holds_nobody_up(url: str) -> None:
    assert await appended_beside_one_that_stalls(url) > 6


# The broken variants


async def test_holding_everybody_up_would_be_noticed(url: str, as_if_suspended: pytest.MonkeyPatch) -> None:
    as_if_suspended.setattr(postgresql, "_IDLE", "idle_in_transaction_session_timeout = 0")
    with pytest.raises(TimeoutError):
        await appended_beside_one_that_stalls(url)


async def test_waiting_for_ever_would_be_noticed(url: str, impatient: pytest.MonkeyPatch) -> None:
    impatient.setattr(engines, "SECONDS_OF_THE_LOG", FOR_EVER)
    async with through_a_proxy(url) as (store, proxy):
        await put(store, "partner-first", 1)
        proxy.stall(1)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(three(store, 1), LONG)


async def test_closing_with_a_word_for_the_server_would_be_noticed(url: str, impatient: pytest.MonkeyPatch) -> None:
    impatient.setattr(engines, "SECONDS_TO_CLOSE", FOR_EVER)
    impatient.setattr(engines, "SECONDS", FOR_EVER)
    async with through_a_proxy(url) as (store, proxy):
        await asyncio.gather(store.now(), store.now())
        proxy.hang()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(store.database.dispose(), LONG)
        impatient.setattr(engines, "SECONDS_TO_CLOSE", SHORT)
