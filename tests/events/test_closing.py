"""A database that was closed leaves no connection open: nor one that arrives, is asked for or is given back later."""

import asyncio
import contextlib
import gc
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import aiosqlite
import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from events.store import engines
from events.store.connections import Connections
from events.store.engines import SqliteConnection
from events.store.port import StoreUnavailableError
from events.store.sql import SqlStore
from tests.events.conftest import OpenStore
from tests.events.logs import put
from tests.events.proxy import through_a_proxy
from tests.events.test_faults import ON_POSTGRESQL

Ask: TypeAlias = Callable[[SqlStore], Awaitable[object]]


async def reading(store: SqlStore) -> None:
    async with store.database.read() as connection:
        await connection.execute(sa.text("SELECT 1"))


async def writing(store: SqlStore, *, lasting: bool = False) -> None:
    async with store.database.write(lasting=lasting) as connection:
        await connection.execute(sa.text("SELECT 1"))


ASKS: dict[str, Ask] = {
    "append": lambda store: put(store, "partner-a", 1),
    "stream": lambda store: store.read_stream("partner-a"),
    "read": reading,
    "write": writing,
    "lasting": lambda store: writing(store, lasting=True),
}
EACH_WAY = pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS.keys())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setattr(engines, "SECONDS_TO_CLOSE", 0.5)
    return monkeypatch


def is_open(connection: Any) -> bool:
    return not connection.is_closed() if isinstance(connection, asyncpg.Connection) else connection.is_alive()


@asynccontextmanager
async def nothing_left_open() -> AsyncIterator[None]:
    """By anybody in this process, whoever knows of it by then."""
    yield
    ours = [one for one in gc.get_objects() if type(one) in {asyncpg.Connection, SqliteConnection}]
    found = [one for one in ours if is_open(one)]
    for one in found:
        await (one.terminate() or asyncio.sleep(0))
    assert found == []


async def asked_once_closed(store: SqlStore, ask: Ask) -> None:
    await store.database.dispose()
    async with nothing_left_open():
        with contextlib.suppress(StoreUnavailableError):
            await ask(store)


async def closed_while_one_is_made(url: str, ask: Ask) -> None:
    async with through_a_proxy(url) as (store, proxy), nothing_left_open():
        proxy.hang()
        asking = asyncio.ensure_future(ask(store))
        await proxy.holding()
        await store.database.dispose()
        proxy.flow()
        with contextlib.suppress(StoreUnavailableError):
            await asking


async def closed_while_one_is_given_back(url: str, *, hanging: bool) -> None:
    """Its user was cancelled while it was, and is not there any more."""
    async with through_a_proxy(url) as (store, proxy), nothing_left_open():

        async def use() -> None:
            async with store.database.read() as connection:
                await connection.execute(sa.text("SELECT 1"))
                proxy.hang()

        using = asyncio.create_task(use())
        await proxy.holding()
        using.cancel()
        await asyncio.wait([using])
        assert using.cancelled()
        if not hanging:
            proxy.flow()
        await store.database.dispose()
        proxy.flow()


async def opened_for_someone_cancelled(folder: Path) -> sqlite3.Connection:
    going, opened = threading.Event(), []

    def slowly() -> sqlite3.Connection:
        going.wait()
        opened.append(sqlite3.connect(folder / "errera.db", check_same_thread=False))
        return opened[0]

    connections = Connections()
    async with nothing_left_open():
        asking = asyncio.create_task(connections.to_sqlite(SqliteConnection(slowly)))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        going.set()
        await connections.close([])
    return opened[0]


@EACH_WAY
async def test_whoever_asks_a_closed_database_is_refused(ask: Ask, another: OpenStore) -> None:
    store = another()
    await store.open()
    await store.database.dispose()
    async with nothing_left_open():
        with pytest.raises(StoreUnavailableError, match="closed"):
            await ask(store)


@ON_POSTGRESQL
@EACH_WAY
async def test_a_connection_that_arrives_after_that_is_closed(ask: Ask, url: str) -> None:
    await closed_while_one_is_made(url, ask)


@ON_POSTGRESQL
@pytest.mark.parametrize("hanging", [False, True])
async def test_one_that_is_being_given_back_is_closed(hanging: bool, url: str) -> None:
    await closed_while_one_is_given_back(url, hanging=hanging)


async def test_a_file_that_is_opened_for_someone_who_is_cancelled_meanwhile_is_closed(tmp_path: Path) -> None:
    file = await opened_for_someone_cancelled(tmp_path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        file.execute("SELECT 1")


# The broken variants


@pytest.fixture
def making_what_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def connect(_self: Connections, *arguments: Any, **options: Any) -> Any:
        return await asyncpg.connect(*arguments, **options)

    async def opened(_self: Connections, connection: SqliteConnection) -> SqliteConnection:
        await connection
        return connection

    monkeypatch.setattr(Connections, "refuse_once_closed", lambda _self: None)
    monkeypatch.setattr(Connections, "to_postgresql", connect)
    monkeypatch.setattr(Connections, "to_sqlite", opened)


@pytest.fixture
def closing_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    async def close(_self: Connections, of: Collection[AsyncEngine]) -> None:
        for engine in of:
            await engine.dispose()

    monkeypatch.setattr(Connections, "close", close)


async def closed_twice(path: Path) -> None:
    """One closes in good order what the other, meanwhile, ends without a word."""
    connection = SqliteConnection(lambda: sqlite3.connect(path))
    await connection
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)  # its turn: what it asks of the thread is queued
    connection.terminate()
    async with asyncio.timeout(5):
        await closing


async def test_a_connection_that_two_close_is_closed_once(tmp_path: Path) -> None:
    await closed_twice(tmp_path / "a.sqlite")


async def test_waiting_for_a_thread_that_is_gone_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqliteConnection, "stop", aiosqlite.Connection.stop)
    with pytest.raises(TimeoutError):
        await closed_twice(tmp_path / "a.sqlite")


@pytest.mark.usefixtures("making_what_is_asked_for")
@pytest.mark.parametrize("ask", [ASKS["append"], ASKS["stream"], ASKS["read"]])
async def test_answering_whoever_asks_would_be_noticed(ask: Ask, another: OpenStore) -> None:
    store = another()
    await store.open()
    with pytest.raises(AssertionError):
        await asked_once_closed(store, ask)


@ON_POSTGRESQL
@pytest.mark.usefixtures("making_what_is_asked_for", "closing_what_is_there")
async def test_keeping_one_that_arrives_later_would_be_noticed(url: str) -> None:
    with pytest.raises(AssertionError):
        await closed_while_one_is_made(url, ASKS["read"])


@ON_POSTGRESQL
@pytest.mark.usefixtures("closing_what_is_there")
async def test_closing_only_what_is_there_would_be_noticed(url: str) -> None:
    with pytest.raises(AssertionError):
        await closed_while_one_is_given_back(url, hanging=False)


async def test_a_file_left_open_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SqliteConnection, "stop", aiosqlite.Connection.stop)
    file = await opened_for_someone_cancelled(tmp_path)
    assert file.execute("SELECT 1").fetchone() == (1,)
    file.close()
