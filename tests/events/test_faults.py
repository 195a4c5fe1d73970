"""The database fails at any call of an append or a read: nothing is lost or there twice, and the store goes on."""

import asyncio
import os
import sqlite3
from typing import Any

import asyncpg
import pytest

from events.store import engines, sqlite
from events.store.database import Database
from events.store.group_commit import GroupCommit
from events.store.port import Appended, StoreUnavailableError, VersionConflictError
from events.store.sql import SqlStore
from events.store.transaction import Work, transact
from tests.events.conftest import OpenStore
from tests.events.elsewhere import held_up
from tests.events.logs import CODEC, added, append, context, pending, positions, put
from tests.events.proxy import through_a_proxy

ON_POSTGRESQL = pytest.mark.parametrize(
    "url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
ON_SQLITE = pytest.mark.parametrize("url", ["sqlite"], indirect=True)
SOAK = bool(os.environ.get("SOAK"))
MESSAGES = 400
"""More than any of these calls takes."""


async def three(store: SqlStore, number: int) -> list[object]:
    return await asyncio.gather(
        *(
            store.append(
                append(
                    pending(f"partner-{number}-{one}", 1),
                    pending(f"cohort-{number}-{one}", 1),
                    command_id=f"{number}-{one}",
                )
            )
            for one in range(3)
        ),
        return_exceptions=True,
    )


async def appends_cut_everywhere(url: str, *, passing_it_on: bool, cold: bool) -> tuple[int, set[str]]:
    """Cuts at message 1, 2, 3 … of three appends until they pass untouched. Returns how often, and what was answered."""
    answers: set[str] = set()
    async with through_a_proxy(url) as (warm, proxy):
        await put(warm, "partner-first", 1)
        rounds = 0
        for at in range(1, MESSAGES, 1 if SOAK or not cold else 8):
            if cold:  # as a process that just started
                way = warm.database.url.render_as_string(hide_password=False)
                await warm.database.dispose()
                warm = SqlStore(Database(way), CODEC)  # noqa: PLW2901
            proxy.cut(at, passing_it_on=passing_it_on)
            cuts, rounds = proxy.cuts, rounds + 1
            done = await three(warm, at)
            proxy.cut(0, passing_it_on=False)
            for one in done:
                assert isinstance(one, Appended | StoreUnavailableError), one
                answers.add(f"repeated={one.repeated}" if isinstance(one, Appended) else "unavailable")
            for outcome, again in zip(done, await three(warm, at), strict=True):
                assert isinstance(again, Appended)
                if isinstance(outcome, Appended):
                    assert (again.repeated, again.record) == (True, outcome.record)
            assert await positions(warm) == list(range(1, 6 * rounds + 2))
            if proxy.cuts == cuts:
                await warm.database.dispose()
                return at - 1, answers
    raise AssertionError("there was no end to it")


@ON_POSTGRESQL
@pytest.mark.parametrize("passing_it_on", [False, True])
async def test_a_connection_lost_anywhere_in_an_append_is_not_even_noticed(url: str, passing_it_on: bool) -> None:
    places, answers = await appends_cut_everywhere(url, passing_it_on=passing_it_on, cold=False)
    assert places > 6
    assert answers == {"repeated=False"}


@ON_POSTGRESQL
@pytest.mark.parametrize("passing_it_on", [False, True])
async def test_a_connection_lost_while_it_is_made_loses_nothing(url: str, passing_it_on: bool) -> None:
    places, answers = await appends_cut_everywhere(url, passing_it_on=passing_it_on, cold=True)
    assert places > 30
    assert answers <= {"repeated=False", "unavailable"}


@ON_POSTGRESQL
async def test_a_connection_that_breaks_between_two_steps_of_its_making_is_told_as_such(
    another: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the server ends while SQLAlchemy prepares it."""
    store = another()
    prepare = asyncpg.Connection.set_type_codec

    async def broken(connection: asyncpg.Connection, *said: Any, **more: Any) -> None:
        connection.terminate()
        await prepare(connection, *said, **more)

    with monkeypatch.context() as patch:
        patch.setattr(asyncpg.Connection, "set_type_codec", broken)
        with pytest.raises(StoreUnavailableError):
            await put(store, "partner-a", 1)
        with pytest.raises(OSError, match="broke while it was made"):
            await store.now()
    await put(store, "partner-a", 1)


@ON_POSTGRESQL
async def test_an_answer_that_was_lost_and_not_looked_for_would_be_noticed(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> bool:
        return False

    monkeypatch.setattr(GroupCommit, "_is_ours", never)
    _, answers = await appends_cut_everywhere(url, passing_it_on=True, cold=False)
    assert "repeated=True" in answers


@ON_POSTGRESQL
@pytest.mark.parametrize("passing_it_on", [False, True])
async def test_a_connection_lost_anywhere_in_a_read_is_not_even_noticed(url: str, passing_it_on: bool) -> None:
    async with through_a_proxy(url) as (store, proxy):
        for version in range(1, 4):
            await put(store, "partner-a", version)
        for at in range(1, MESSAGES):
            cuts = proxy.cuts
            proxy.cut(at, passing_it_on=passing_it_on)
            assert len(await store.read_stream("partner-a")) == 3
            assert len(await store.read_log(0, 10)) == 3
            proxy.cut(0, passing_it_on=False)
            assert len(await store.read_at([1, 2, 3])) == 3
            if proxy.cuts == cuts:
                assert at > 6
                return
    raise AssertionError("there was no end to it")


@ON_SQLITE
async def test_a_locked_database_says_so_and_is_usable_afterwards(
    url: str, another: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = [one if "busy" not in one else "busy_timeout=20" for one in engines.PRAGMAS]
    monkeypatch.setattr(engines, "PRAGMAS", short)
    store = another()
    await store.open()
    async with held_up(url):
        with pytest.raises(StoreUnavailableError, match="locked"):
            await put(store, "partner-a", 1, command_id="types not noted yet")
    await put(store, "partner-a", 1)
    assert await locked_out(url, store) == ["after 0", "after 1"]
    assert await positions(store) == list(range(1, 10))


async def locked_out(url: str, store: SqlStore) -> list[str]:
    """What stands in a stream for which commands were refused while the database was locked, after two more."""

    async def decide(work: Work) -> None:
        (events,) = await work.read("partner-hot")
        work.append("partner-hot", added(f"after {len(events)}"))

    async with held_up(url):
        done = await three(store, 1)
        assert [type(one) for one in done] == [StoreUnavailableError] * 3
        for _ in range(2):
            with pytest.raises(StoreUnavailableError):
                await transact(store, context(), b"", decide)
        assert len(await store.read_stream("partner-a")) == 1, "it can be read"
    assert [one.repeated for one in await three(store, 1) if isinstance(one, Appended)] == [False] * 3
    for _ in range(2):
        await transact(store, context(), b"", decide)
    return [one.event.name for one in await store.read_stream("partner-hot")]


@ON_SQLITE
async def test_deciding_on_what_the_locked_database_refused_would_be_noticed(
    url: str, another: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = [one if "busy" not in one else "busy_timeout=20" for one in engines.PRAGMAS]
    monkeypatch.setattr(engines, "PRAGMAS", short)
    store = another()
    await store.open()
    await put(store, "partner-a", 1)
    told = store._group._settled
    monkeypatch.setattr(store._group, "_settled", lambda one, record: told(one, record) if record else None)
    with pytest.raises(VersionConflictError):
        await locked_out(url, store)


async def on_a_full_disk(store: SqlStore) -> int:
    """How many appends were acknowledged until one was not."""
    await put(store, "partner-a", 1)

    def limit(connection: sqlite3.Connection, more: int) -> None:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + more}")

    await store.database.on_writer(lambda connection: limit(connection, 10))
    stood, refused = 1, 0
    while not refused:
        outcomes = await asyncio.gather(
            *(put(store, f"partner-{stood}-{number}", 1, added("x" * 2000)) for number in range(7)),
            return_exceptions=True,
        )
        for one in outcomes:
            assert isinstance(one, Appended | StoreUnavailableError), one
            refused += isinstance(one, StoreUnavailableError)
        stood += sum(isinstance(one, Appended) for one in outcomes)
    assert await positions(store) == list(range(1, stood + 1))
    await store.database.on_writer(lambda connection: limit(connection, 1000))
    return stood


@ON_SQLITE
async def test_a_full_disk_says_so_and_what_was_acknowledged_stands(store: SqlStore) -> None:
    stood = await on_a_full_disk(store)
    await put(store, "partner-a", 2)
    assert await positions(store) == list(range(1, stood + 2))


class WithoutTransactions:
    """A connection that keeps each row, whatever comes of the others."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, *arguments: Any) -> Any:
        begins_or_ends = statement.partition(" ")[0] in {"BEGIN", "COMMIT", "ROLLBACK"}
        return self._connection.execute("SELECT 1" if begins_or_ends else statement, *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@ON_SQLITE
async def test_keeping_half_of_what_a_full_disk_refused_would_be_noticed(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write: Any = sqlite._write
    monkeypatch.setattr(sqlite, "_write", lambda connection, *said: write(WithoutTransactions(connection), *said))
    with pytest.raises(AssertionError):
        await on_a_full_disk(store)


@ON_POSTGRESQL
async def test_a_full_disk_on_postgresql_says_so_and_loses_nothing(url: str, store: SqlStore) -> None:
    """The error that PostgreSQL gives, at every table that an append writes."""
    await put(store, "partner-a", 1)
    async with store.database.write() as connection:
        await connection.exec_driver_sql(
            "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'No space left on device'; END $$"
        )
    for number, table in enumerate(("events", "commands", "head")):
        when = "UPDATE" if table == "head" else "INSERT"
        async with store.database.write() as connection:
            await connection.exec_driver_sql(
                f"CREATE TRIGGER disk_full AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION disk_full()"
            )
        assert [type(one) for one in await three(store, number)] == [StoreUnavailableError] * 3
        async with store.database.write() as connection:
            await connection.exec_driver_sql(f"DROP TRIGGER disk_full ON {table}")
        assert [one.repeated for one in await three(store, number) if isinstance(one, Appended)] == [False] * 3
    assert await positions(store) == list(range(1, 20))
