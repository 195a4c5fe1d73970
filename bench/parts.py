"""What an append is made of: its parts measured by themselves, in turns, beside what bounds them.

`parts.py --variant sqlite|postgresql [--rounds R] [--seconds S]`. On PostgreSQL one event by one writer: a bare
INSERT, an empty statement, one call of either function of the database, the whole append. On SQLite a command of 100
events: a bare INSERT of rows of 600 bytes, three tables with an entry's 900 bytes by hand, encoding, the whole append.
"""

import argparse
import os
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from typing import Any, Final

import asyncpg

from bench.driver import Measured, run
from bench.places import TMP, Variant, opened, remove, url_of
from bench.workload import CODEC, HASH, new_stream
from events.store.port import Append
from events.store.postgresql import APPEND, APPEND_ONE
from events.store.sql import SqlStore

_BATCH: Final = 100
_ROW: Final = b"x" * 600
_LIMIT: Final = "(position {key}, stream text NOT NULL, version int NOT NULL, body {bytes}, UNIQUE (stream, version))"
_TITLES: Final = {"sqlite": "parts of a batch of 100, SQLite", "postgresql": "parts of an append, PostgreSQL"}

Part = Callable[[Append], Awaitable[object]]


async def in_turns(parts: Mapping[str, Part], count: int, seconds: float) -> Mapping[str, Measured]:
    """Each part's next, again and again, so that all have the same neighbours on the machine."""
    measured = {name: Measured() for name in parts}
    for warm in (True, False):
        end = time.perf_counter() + (0.2 if warm else seconds)
        while time.perf_counter() < end:
            for name, part in parts.items():
                one = new_stream(count)
                began = time.perf_counter()
                await part(one)
                took = time.perf_counter() - began
                if not warm:
                    measured[name].latencies.append(took)
                    measured[name].events += count
                    measured[name].seconds += took
    return measured


async def postgresql(store: SqlStore, seconds: float) -> Mapping[str, Measured]:
    """Of one event; each through a connection of asyncpg with a prepared statement."""
    connection = await asyncpg.connect(url_of("postgresql", "parts"))
    try:
        await connection.execute(f"CREATE TABLE bare {_LIMIT.format(key='bigserial PRIMARY KEY', bytes='bytea')}")
        empty = await connection.prepare("SELECT 1")
        insert = await connection.prepare("INSERT INTO bare (stream, version, body) VALUES ($1, 1, $2)")
        call = await connection.prepare(APPEND_ONE)
        arrays = await connection.prepare(APPEND)

        async def called(one: Append) -> object:
            [body] = _bodies(one)
            return await call.fetchrow(one.events[0].stream, 1, one.context.command_id, HASH, body, 0)

        async def called_with_arrays(one: Append) -> object:
            [body] = _bodies(one)
            command, stream = [one.context.command_id], [one.events[0].stream]
            return await arrays.fetchrow([], [], [], [], command, [HASH], [1], [1], stream, [1], [body], 0)

        return await in_turns(
            {
                "a bare INSERT": lambda one: insert.fetchrow(one.events[0].stream, _ROW),
                "an empty statement": lambda _: empty.fetchrow(),
                "encoding and the call": called,
                "encoding and the call for many": called_with_arrays,
                "append": store.append,
            },
            1,
            seconds,
        )
    finally:
        await connection.close()


async def sqlite(store: SqlStore, seconds: float) -> Mapping[str, Measured]:
    """Of a command of 100 events; what is by hand is written to a file beside, with the same settings."""
    path = TMP / "parts-bare.sqlite"
    for file in TMP.glob(f"{path.name}*"):
        file.unlink()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"CREATE TABLE bare {_LIMIT.format(key='integer PRIMARY KEY', bytes='blob')}")
        connection.execute(f"CREATE TABLE events {_LIMIT.format(key='integer PRIMARY KEY', bytes='blob')}")
        connection.execute("CREATE TABLE commands (command_id text PRIMARY KEY, request_hash blob, position int)")
        connection.execute("CREATE TABLE head (size int)")
        connection.execute("INSERT INTO head VALUES (0)")
        ready = os.urandom(900)

        async def bare(one: Append) -> None:
            _insert(connection, "bare", one, _ROW)

        async def by_hand(one: Append) -> None:
            connection.execute("BEGIN IMMEDIATE")
            _rows(connection, "events", one, ready)
            connection.execute("INSERT INTO commands VALUES (?, ?, ?)", (one.context.command_id, HASH, 0))
            connection.execute("UPDATE head SET size = size + ?", (_BATCH,))
            connection.execute("COMMIT")

        async def encoded(one: Append) -> None:
            _bodies(one)

        parts = {"a bare INSERT": bare, "three tables by hand": by_hand, "encoding": encoded, "append": store.append}
        return await in_turns(parts, _BATCH, seconds)


def _bodies(one: Append) -> list[bytes]:
    return [CODEC.encode(pending, one.context) for pending in one.events]


def _insert(connection: sqlite3.Connection, table: str, one: Append, body: bytes) -> None:
    connection.execute("BEGIN IMMEDIATE")
    _rows(connection, table, one, body)
    connection.execute("COMMIT")


def _rows(connection: sqlite3.Connection, table: str, one: Append, body: bytes) -> None:
    rows: list[Any] = [(pending.stream, pending.version, body) for pending in one.events]
    connection.executemany(f"INSERT INTO {table} (stream, version, body) VALUES (?, ?, ?)", rows)  # noqa: S608 - ours


async def measure(variant: Variant, seconds: float) -> Mapping[str, Measured]:
    """All parts, over a store that is new."""
    await remove(variant, "parts")
    async with opened(variant, "parts", CODEC) as store:
        return await (sqlite if variant == "sqlite" else postgresql)(store, seconds)


async def main() -> None:
    """Measure, and print the parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    asked = parser.parse_args()
    for number in range(1, asked.rounds + 1):
        for name, measured in (await measure(asked.variant, asked.seconds)).items():
            print(measured.told(group=_TITLES[asked.variant], round=number, contender=name), flush=True)


if __name__ == "__main__":
    run(main())
