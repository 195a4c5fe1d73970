"""The hot queries find what they look for by index, whatever the size of the log."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest

from events.store import postgresql as on_postgresql
from events.store import sqlite as on_sqlite
from events.store.sql import SqlStore
from tests.events.elsewhere import path_of
from tests.events.logs import append, pending, put

STREAMS = 3000


async def many(store: SqlStore) -> None:
    await asyncio.gather(
        *(
            store.append(
                append(pending(f"partner-{number}", 1), pending(f"partner-{number}", 2), command_id=f"c{number}")
            )
            for number in range(STREAMS)
        )
    )


# On SQLite


ASKED_OF_SQLITE: dict[str, tuple[str, Sequence[Any]]] = {
    "a stream's version": (on_sqlite._VERSION, ("partner-7",)),
    "a command": (on_sqlite._COMMAND, ("c7",)),
    "a stream": (f"{on_sqlite._ROWS} WHERE stream = ? AND version > ? ORDER BY version", ("partner-7", 0)),
    "a page of the log": (f"{on_sqlite._ROWS} WHERE position > ? ORDER BY position LIMIT ?", (100, 10)),
    "positions": (on_sqlite._AT, ("[1, 2, 3]",)),
}


def scanned(path: str) -> list[str]:
    """The queries that read a whole table."""
    connection = sqlite3.connect(path)
    try:
        connection.execute("ANALYZE")
        return [
            what
            for what, (query, arguments) in ASKED_OF_SQLITE.items()
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {query}", arguments)
            if step.split()[1] in {"events", "commands"} and "USING" not in step
        ]
    finally:
        connection.close()


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_sqlite_scans_no_table(url: str, store: SqlStore) -> None:
    await many(store)
    await store.database.dispose()
    assert scanned(path_of(url)) == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_a_missing_index_of_sqlite_would_be_noticed(url: str, store: SqlStore) -> None:
    await many(store)
    async with store.database.write() as connection:
        await connection.exec_driver_sql("DROP INDEX events_stream")
    await store.database.dispose()
    assert scanned(path_of(url)) == ["a stream's version", "a stream"]


# On PostgreSQL: by what its own counters say was read one row after another


ON_POSTGRESQL = pytest.mark.parametrize(
    "url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)


async def rows_scanned(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        await asyncio.sleep(0)
        found: int = await connection.fetchval(
            "SELECT sum(seq_tup_read)::bigint FROM pg_stat_user_tables WHERE relname IN ('events', 'commands')"
        )
        return found
    finally:
        await connection.close()


async def hot_calls(url: str, store: SqlStore, again: int) -> int:
    """Every call once; how many rows were read by scanning a table."""
    for one in await sessions(store):
        await one.execute("SELECT pg_stat_force_next_flush()")
    before = await rows_scanned(url)
    await put(store, f"cohort-{again}", 1, conditions={"partner-7": 2})
    await store.command("c7")
    await store.read_stream("partner-7")
    await store.read_streams(["partner-7", "partner-8"])
    await store.read_log(100, 10)
    await store.read_at([1, 2, 3])
    await store.head()
    for one in await sessions(store):
        await one.execute("SELECT pg_stat_force_next_flush()")
        await one.execute("SELECT 1")
    return await rows_scanned(url) - before


async def sessions(store: SqlStore) -> list[Any]:
    """The connections that the log has open."""
    log: Any = store._log
    return [one for one in [log._writer, *(holder._con for holder in (await store.database.pool())._holders)] if one]


@ON_POSTGRESQL
async def test_postgresql_scans_no_table_though_its_plans_were_made_when_it_was_empty(
    url: str, store: SqlStore
) -> None:
    await put(store, "partner-first", 1)
    for _ in range(10):  # by then a session keeps the plans it has
        await store.command("c7")
        await store.read_stream("partner-7")
        await store.read_streams(["partner-7", "partner-8"])
        await store.read_at([1, 2, 3])
    await many(store)
    assert await hot_calls(url, store, 1) < STREAMS


@ON_POSTGRESQL
async def test_a_missing_index_of_postgresql_would_be_noticed(url: str, store: SqlStore) -> None:
    await many(store)
    async with store.database.write() as connection:
        await connection.exec_driver_sql("DROP INDEX events_stream")
    assert await hot_calls(url, store, 1) >= STREAMS


@ON_POSTGRESQL
async def test_postgresql_plans_an_index_for_every_read(url: str, store: SqlStore) -> None:
    await many(store)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("ANALYZE")
        for query in (
            on_postgresql._COMMANDS.replace("$1", "'{c7}'"),
            on_postgresql._VERSIONS.replace("$1::text[]", "'{partner-7}'::text[]"),
            "SELECT body FROM events WHERE stream = 'partner-7' ORDER BY version",
            "SELECT body FROM events WHERE stream = ANY ('{partner-7,partner-8}') ORDER BY stream, version",
            "SELECT body FROM events WHERE position > 100 ORDER BY position LIMIT 10",
            "SELECT body FROM events WHERE position = ANY ('{1,2,3}') ORDER BY position",
        ):
            plan = "\n".join(row[0] for row in await connection.fetch(f"EXPLAIN {query}"))
            assert "Seq Scan" not in plan, plan
            assert "Index" in plan
    finally:
        await connection.close()
