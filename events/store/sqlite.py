"""The log's own statements on SQLite: each piece of work is one visit to the connection's thread."""

import json
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Final, TypeVar

from events.envelope import from_micros
from events.store.batch import Batch, Refused, Row, Written
from events.store.database import Database
from events.store.port import CommandRecord, StoreUnavailableError

T = TypeVar("T")

_VERSION: Final = "SELECT max(version) FROM events WHERE stream = ?"
_COUNT: Final = (
    "SELECT count(*) FROM json_each(?) AS e JOIN events "
    "ON events.stream = e.value ->> 0 AND events.version = e.value ->> 1"
)
_COMMAND: Final = (
    "SELECT command_id, request_hash, first_position, last_position, recorded_at FROM commands WHERE command_id = ?"
)
_ROWS: Final = "SELECT position, recorded_at, body FROM events"
_AT: Final = (
    "SELECT position, recorded_at, body FROM events WHERE position IN (SELECT value FROM json_each(?)) ORDER BY 1"
)


class SqliteLog:
    """Reads and writes the log's tables. Implements `events.store.sql.LogTables`."""

    moved: str | None = None

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, batch: Batch) -> Written | Refused:
        """See `events.store.group_commit.Log`."""
        clock = self._database.clock_micros
        return await _told(self._database.on_writer(lambda connection: _write(connection, batch, clock)))

    async def is_event(self, position: int, event_id: str) -> bool:
        """See `events.store.group_commit.Log`."""
        rows = await self.at([position])
        return any(f'"eventId":"{event_id}"'.encode() in body for _, _, body in rows)

    async def commands(self, command_ids: Sequence[str]) -> Sequence[CommandRecord]:
        """Those of these commands that were carried out."""
        return [_command(row) for one in command_ids for row in await self._fetch(_COMMAND, one)]

    async def head(self) -> tuple[int, int]:
        """The log's size, and when its last event was recorded."""
        [(size, recorded_at)] = await self._fetch("SELECT size, recorded_at FROM head")
        return size, recorded_at

    async def stream(self, stream: str, after: int = 0) -> Sequence[Row]:
        """A stream in order, from a version."""
        return await self._fetch(f"{_ROWS} WHERE stream = ? AND version > ? ORDER BY version", stream, after)

    async def streams(self, streams: Sequence[str]) -> Sequence[tuple[str, int, int, bytes]]:
        """Several streams, each in order, with the stream's name first."""
        return await self._fetch(
            "SELECT stream, position, recorded_at, body FROM events "
            "WHERE stream IN (SELECT value FROM json_each(?)) ORDER BY stream, version",
            json.dumps(list(streams)),
        )

    async def after(self, position: int, limit: int) -> Sequence[Row]:
        """The log from a position."""
        return await self._fetch(f"{_ROWS} WHERE position > ? ORDER BY position LIMIT ?", position, limit)

    async def category(self, category: str, position: int, limit: int) -> Sequence[Row]:
        """The log from a position, of streams of a category only."""
        return await self._fetch(
            f"{_ROWS} WHERE substr(stream, 1, ?) = ? AND position > ? ORDER BY position LIMIT ?",
            len(category) + 1,
            f"{category}-",
            position,
            limit,
        )

    async def at(self, positions: Iterable[int]) -> Sequence[Row]:
        """The rows at these positions, in order."""
        return await self._fetch(_AT, json.dumps(list(positions)))

    async def _fetch(self, statement: str, *arguments: Any) -> Sequence[Any]:
        return await _told(
            self._database.on_reader(lambda connection: connection.execute(statement, arguments).fetchall())
        )


async def _told(work: Awaitable[T]) -> T:
    try:
        return await work
    except sqlite3.Error as error:
        raise StoreUnavailableError(f"SQLite said: {error}") from error


def _write(connection: sqlite3.Connection, batch: Batch, clock: Callable[[], int]) -> Written | Refused:
    """As `errera_append` on PostgreSQL: the unique keys judge, and only a batch that fails is looked into."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        [(base, before)] = connection.execute("SELECT size, recorded_at FROM head").fetchall()
        instant = max(before, clock())
        rows, commands, position = [], [], base
        for one in batch.appends:
            first = position + 1
            for pending, body in zip(one.append.events, one.bodies, strict=True):
                position += 1
                rows.append((position, pending.stream, pending.version, instant, body))
            span = (first, position) if one.bodies else (None, None)
            commands.append((one.command_id, one.append.request_hash, *span, instant))
        if _stands(connection, batch):
            connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)
            connection.executemany("INSERT INTO commands VALUES (?, ?, ?, ?, ?)", commands)
            connection.execute("UPDATE head SET size = ?, recorded_at = ?", (position, instant))
            connection.execute("COMMIT")
            return Written(base + 1, instant)
    except sqlite3.IntegrityError:
        refused = _refused(connection, batch)
        if not refused.moved and not refused.known:
            raise
        return refused
    except BaseException:
        _roll_back(connection)
        raise
    return _refused(connection, batch)


def _stands(connection: sqlite3.Connection, batch: Batch) -> bool:
    """Whether the streams are as far as they must be, and those that get no event not further."""
    if batch.taken:
        [(there,)] = connection.execute(_COUNT, (json.dumps(list(batch.taken.items())),))
        if there < len(batch.taken):
            return False
    if batch.free:
        [(there,)] = connection.execute(_COUNT, (json.dumps(list(batch.free.items())),))
        return not there
    return True


def _refused(connection: sqlite3.Connection, batch: Batch) -> Refused:
    """Undoes the batch, and says what stands in its way."""
    _roll_back(connection)
    versions = {one: connection.execute(_VERSION, (one,)).fetchone()[0] or 0 for one in batch.expected}
    moved = {one: versions[one] for one, version in batch.expected.items() if versions[one] != version}
    known = (connection.execute(_COMMAND, (one.command_id,)).fetchone() for one in batch.appends)
    return Refused(moved, {row[0]: _command(row) for row in known if row is not None})


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _command(row: Sequence[Any]) -> CommandRecord:
    command_id, request_hash, first, last, recorded_at = row
    return CommandRecord(
        command_id=command_id,
        request_hash=request_hash,
        first_position=first,
        last_position=last,
        recorded_at=from_micros(recorded_at),
    )
