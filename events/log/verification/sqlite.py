"""A log in a SQLite file, read beside whoever writes to it."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from events.log.merkle import HASH_BYTES
from events.log.tiles import WIDTH
from events.log.verification.faults import LogError
from events.log.verification.places import Snapshot, Spans, with_cosignatures
from events.log.verification.rows import Row, UnreadableRowsError

_AT_ONCE: Final = 10_000
_NO_TEXT: Final = "Could not decode to UTF-8"
"""How Python tells of a text that is none."""


@dataclass(frozen=True, slots=True)
class SqlitePlace:
    """By its path."""

    path: Path

    @property
    def shown(self) -> str:
        """Its name."""
        return str(self.path)

    @contextmanager
    def open(self) -> Iterator["SqliteLogReader"]:
        """See Place."""
        if not self.path.is_file():
            raise LogError(f"{self.path}: there is no such file")
        try:
            with closing(self._connect()) as connection:
                connection.execute("PRAGMA query_only = ON")
                yield SqliteLogReader(connection)
        except sqlite3.Error as error:
            raise LogError(f"{self.path}: {error}") from error

    def _connect(self) -> sqlite3.Connection:
        """On a medium that takes no writing SQLite wants to be told that nobody else writes either."""
        uri = f"file:{quote(str(self.path.absolute()))}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchall()
        except sqlite3.OperationalError:
            connection.close()
            return sqlite3.connect(f"{uri}&immutable=1", uri=True, isolation_level=None)
        return connection


class SqliteLogReader:
    """An open connection."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, after: int, until: int) -> Sequence[Row]:
        """See Source."""
        try:
            return self._connection.execute(
                "SELECT position, stream, version, recorded_at, body FROM events "
                "WHERE position > ? AND position <= ? ORDER BY position",
                (after, until),
            ).fetchall()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and not str(error).startswith(_NO_TEXT):
                raise  # it is locked, or away: that says nothing about what it holds
            raise UnreadableRowsError(str(error)) from error

    def tiles(self, level: int, first: int, count: int) -> Mapping[int, bytes]:
        """See Source."""
        told = self._connection.execute(
            "SELECT number, hashes FROM log_tiles WHERE level = ? AND number >= ? AND number < ?",
            (level, first, first + count),
        )
        return {number: hashes for number, hashes in told if isinstance(hashes, bytes)}

    def commands(self) -> Iterator[Spans]:
        """See Opened."""
        told = self._connection.execute("SELECT command_id, first_position, last_position, recorded_at FROM commands")
        while rows := told.fetchmany(_AT_ONCE):
            yield rows

    def snapshot(self) -> Snapshot:
        """See Opened."""
        tables = self._tables()
        if not {"events", "head", "commands"} <= tables:
            raise LogError("there is no log in it")
        self._connection.execute("BEGIN")
        try:
            return self._snapshot(tables)
        finally:
            self._connection.execute("COMMIT")

    def _snapshot(self, tables: set[str]) -> Snapshot:
        ask = self._connection.execute
        [(size, recorded_at)] = ask("SELECT size, recorded_at FROM head").fetchall() or [(0, 0)]
        [(last,)] = ask("SELECT coalesce(max(position), 0) FROM events").fetchall()
        [(of_commands,)] = ask("SELECT coalesce(max(last_position), 0) FROM commands").fetchall()
        tiles = {}
        if "log_tiles" in tables:
            for level, number, length in ask("SELECT level, max(number), length(hashes) FROM log_tiles GROUP BY level"):
                tiles[level] = number * WIDTH + length // HASH_BYTES
        notes = ask("SELECT size, note FROM log_checkpoints ORDER BY size") if "log_checkpoints" in tables else ()
        types = ask("SELECT name, version FROM event_types") if "event_types" in tables else None
        keys = ask("SELECT verifier FROM log_keys") if "log_keys" in tables else ()
        lines = (
            ask("SELECT size, line FROM log_cosignatures ORDER BY size, name") if "log_cosignatures" in tables else ()
        )
        return Snapshot(
            size=size,
            recorded_at=recorded_at,
            last=last,
            last_of_commands=of_commands,
            tiles=tiles,
            checkpoints=with_cosignatures(notes, lines),
            types=None if types is None else frozenset((name, version) for name, version in types),
            keys=[str(key) for (key,) in keys],
        )

    def _tables(self) -> set[str]:
        return {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
