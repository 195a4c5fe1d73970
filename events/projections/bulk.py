"""Reading and writing many rows at a time, in each database's own way. Tables are named by code, never by input."""

import json
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

Entry: TypeAlias = tuple[int, str, int, bytes]
"""An event as it is stored: position, stream, recordedAt in microseconds since 1970, body."""

_ENTRY: Final = "SELECT position, stream, recorded_at, body FROM events"
_TYPES: Final = {sa.Text: "text[]", sa.LargeBinary: "bytea[]", sa.BigInteger: "bigint[]", sa.Boolean: "boolean[]"}
_ANY: Final = "SELECT value FROM json_each(?)"
_AT_ONCE: Final = 2_000


async def log_after(connection: AsyncConnection, after: int, limit: int, until: int | None = None) -> Sequence[Entry]:
    """The log from a position, up to and including another."""
    end = 2**62 if until is None else until
    if _postgresql(connection):
        statement = f"{_ENTRY} WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3"
    else:
        statement = f"{_ENTRY} WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
    return await _fetch(connection, statement, (after, end, limit))


async def of_streams(connection: AsyncConnection, streams: Sequence[str], until: int) -> Sequence[Entry]:
    """All events of some streams up to a position, in the log's order."""
    if _postgresql(connection):
        statement = f"{_ENTRY} WHERE stream = ANY($1::text[]) AND position <= $2 ORDER BY position"
        return await _fetch(connection, statement, (list(streams), until))
    statement = f"{_ENTRY} WHERE stream IN ({_ANY}) AND position <= ? ORDER BY position"
    return await _fetch(connection, statement, (json.dumps(list(streams)), until))


async def stored(connection: AsyncConnection, table: sa.Table, keys: Sequence[str]) -> Sequence[tuple[str, bytes]]:
    """Those of these rows that there are."""
    found: list[tuple[str, bytes]] = []
    for start in range(0, len(keys), _AT_ONCE):
        some = list(keys[start : start + _AT_ONCE])
        if _postgresql(connection):
            statement = f'SELECT "key", "row" FROM {table.name} WHERE "key" = ANY($1::text[])'  # noqa: S608 - a table of ours
            found += await _fetch(connection, statement, (some,))
        else:
            statement = f'SELECT "key", "row" FROM {table.name} WHERE "key" IN ({_ANY})'  # noqa: S608 - a table of ours
            found += await _fetch(connection, statement, (json.dumps(some),))
    return found


async def upsert(connection: AsyncConnection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows, or put them in the place of those with their keys."""
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        if _postgresql(connection):
            columns = [list(column) for column in zip(*some, strict=True)]
            await connection.exec_driver_sql(_upsert(table, postgresql=True), tuple(columns))
        else:
            await connection.exec_driver_sql(_upsert(table, postgresql=False), list(some))


async def insert(connection: AsyncConnection, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows that are not there."""
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        if _postgresql(connection):
            columns = [list(column) for column in zip(*some, strict=True)]
            await connection.exec_driver_sql(_insert(table, postgresql=True), tuple(columns))
        else:
            await connection.exec_driver_sql(_insert(table, postgresql=False), list(some))


async def delete(connection: AsyncConnection, table: sa.Table, keys: Sequence[str]) -> None:
    """Delete rows by key."""
    if _postgresql(connection):
        await connection.exec_driver_sql(f'DELETE FROM {table.name} WHERE "key" = ANY($1::text[])', (list(keys),))  # noqa: S608 - a table of ours
    else:
        await connection.exec_driver_sql(f'DELETE FROM {table.name} WHERE "key" = ?', [(key,) for key in keys])  # noqa: S608 - a table of ours


@cache
def _upsert(table: sa.Table, *, postgresql: bool) -> str:
    columns = [f'"{column.name}"' for column in table.columns]
    replaced = ", ".join(f"{column} = excluded.{column}" for column in columns[1:])
    return f'{_insert(table, postgresql=postgresql)} ON CONFLICT ("key") DO UPDATE SET {replaced}'


@cache
def _insert(table: sa.Table, *, postgresql: bool) -> str:
    columns = [f'"{column.name}"' for column in table.columns]
    if postgresql:
        arrays = ", ".join(f"${at}::{_TYPES[type(column.type)]}" for at, column in enumerate(table.columns, 1))
        rows = f"SELECT * FROM unnest({arrays})"  # noqa: S608 - a table of ours
    else:
        rows = f"VALUES ({', '.join('?' for _ in columns)})"
    return f"INSERT INTO {table.name} ({', '.join(columns)}) {rows}"


async def _fetch(connection: AsyncConnection, statement: str, parameters: tuple[Any, ...]) -> Sequence[Any]:
    return (await connection.exec_driver_sql(statement, parameters)).all()


def _postgresql(connection: AsyncConnection) -> bool:
    return connection.dialect.name == "postgresql"
