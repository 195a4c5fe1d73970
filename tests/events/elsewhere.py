"""Another process at the same log, by hand: it holds the log up, and may append meanwhile."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg
from sqlalchemy.engine import make_url

from tests.events.logs import CODEC, context, pending

AppendOne: TypeAlias = Callable[[str, int, object], Awaitable[None]]
"""Stream, version, event."""


def path_of(url: str) -> str:
    return make_url(url).database or ""


@asynccontextmanager
async def held_up(url: str) -> AsyncIterator[AppendOne]:
    """Nobody else appends meanwhile; what it appends itself is recorded at the end."""
    if url.startswith("sqlite"):
        async with _sqlite_held_up(path_of(url)) as append:
            yield append
        return
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("SELECT FROM head FOR UPDATE")

            async def append(stream: str, version: int, event: object) -> None:
                body = CODEC.encode(pending(stream, version, event), context())
                await connection.execute(
                    "WITH grown AS (UPDATE head SET size = size + 1 RETURNING size, recorded_at) "
                    "INSERT INTO events SELECT size, $1, $2, recorded_at, $3 FROM grown",
                    stream,
                    version,
                    body,
                )

            yield append
    finally:
        await connection.close()


@asynccontextmanager
async def _sqlite_held_up(path: str) -> AsyncIterator[AppendOne]:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")

    async def append(stream: str, version: int, event: object) -> None:
        body = CODEC.encode(pending(stream, version, event), context())
        connection.execute("UPDATE head SET size = size + 1")
        connection.execute("INSERT INTO events SELECT size, ?, ?, recorded_at, ? FROM head", (stream, version, body))

    try:
        yield append
    finally:
        connection.execute("COMMIT")
        connection.close()
