"""What somebody with the database in hands may do to a log. Each way says where the first bad position then is."""

import base64
import hashlib
import random
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from events.log.checkpoint import SigningKey
from events.log.entry import entry
from events.log.verification.sqlite import SqliteLogReader
from tests.tlog import tree


class Where(NamedTuple):
    """From the first to the last position that may be named. Between two checkpoints nothing says more."""

    first: int
    last: int

    @classmethod
    def exactly(cls, position: int) -> "Where":
        return cls(position, position)


@dataclass(frozen=True)
class Log:
    """A copy to do harm to."""

    ask: Callable[..., sqlite3.Cursor]
    size: int
    sizes: Sequence[int]
    """At which it was sealed."""
    outside: Sequence[int]
    """Of these sizes a checkpoint left the house."""
    key: SigningKey
    random: random.Random

    def any(self) -> int:
        return self.random.randint(1, self.size)

    def row(self, position: int) -> tuple[Any, ...]:
        found: tuple[Any, ...] = self.ask("SELECT * FROM events WHERE position = ?", (position,)).fetchone()
        return found

    def between(self, position: int) -> Where:
        """The checkpoints from outside around a position."""
        return Where(
            max([size for size in self.outside if size < position], default=0) + 1,
            min(size for size in self.outside if size >= position),
        )

    def shift(self, start: int, by: int) -> None:
        """The events from a position on stand elsewhere, and with them what their commands say."""
        for table, columns in (("events", ["position"]), ("commands", ["first_position", "last_position"])):
            for column in columns:
                self.ask(f"UPDATE {table} SET {column} = -({column} + ?) WHERE {column} >= ?", (by, start))
                self.ask(f"UPDATE {table} SET {column} = -{column} WHERE {column} < 0")
        self.ask("UPDATE head SET size = size + ?", (by,))

    def seal_anew(self, key: SigningKey) -> None:
        """Every tile, and every checkpoint as far as the log goes, made anew from what it holds now."""
        rows = self.ask("SELECT position, recorded_at, body FROM events ORDER BY position").fetchall()
        leaves = [tree.leaf(entry(*one)) for one in rows]
        self.ask("DELETE FROM log_tiles")
        for level, row in enumerate(tree.rows(leaves)):
            for number in range(-(-len(row) // 256)):
                hashes = b"".join(row[number * 256 : number * 256 + 256])
                self.ask("INSERT INTO log_tiles VALUES (?, ?, ?)", (level, number, hashes))
        [(origin,)] = self.ask("SELECT value FROM register WHERE name = 'logOrigin'").fetchall()
        self.ask("DELETE FROM log_checkpoints")
        for size in [size for size in self.sizes if size <= len(leaves)]:
            text = f"{origin}\n{size}\n{base64.b64encode(tree.root(leaves[:size])).decode()}\n"
            note = f"{text}\n{key.signs(text).line}".encode()
            self.ask("INSERT INTO log_checkpoints VALUES (?, ?, 0)", (size, note))


Tampering: TypeAlias = Callable[[Log], Where | None]
"""None where it can be detected, and not where it was done."""


def flipped(raw: bytes, at: int) -> bytes:
    return raw[: at // 8] + bytes([raw[at // 8] ^ 1 << at % 8]) + raw[at // 8 + 1 :]


def flip_body(log: Log) -> Where:
    position = log.any()
    body = log.row(position)[4]
    changed = flipped(body, log.random.randrange(len(body) * 8))
    log.ask("UPDATE events SET body = ? WHERE position = ?", (changed, position))
    return Where.exactly(position)


def flip_recorded_at(log: Log) -> Where:
    position = log.any()
    changed = log.row(position)[3] ^ 1 << log.random.randrange(50)
    log.ask("UPDATE events SET recorded_at = ? WHERE position = ?", (changed, position))
    return Where.exactly(position)


def change_stream(log: Log) -> Where:
    position = log.any()
    other = log.random.choice(["stream || 'x'", "CAST(x'ff' AS TEXT)"])  # the second is no UTF-8
    log.ask(f"UPDATE events SET stream = {other} WHERE position = ?", (position,))
    return Where.exactly(position)


def change_version(log: Log) -> Where:
    position = log.any()
    log.ask("UPDATE events SET version = version + 1000 WHERE position = ?", (position,))
    return Where.exactly(position)


def change_kind(log: Log) -> Where:
    """SQLite lets a column hold anything."""
    position, column = log.any(), log.random.choice(["body", "recorded_at", "version"])
    value = log.random.choice(["text", 1.5, b"\xff", "7"])
    log.ask(f"UPDATE events SET {column} = ? WHERE position = ?", (value, position))
    return Where.exactly(position)


def swap_bodies(log: Log) -> Where:
    one, other = sorted(log.random.sample(range(1, log.size + 1), 2))
    bodies = {one: log.row(other)[4], other: log.row(one)[4]}
    for position, body in bodies.items():
        log.ask("UPDATE events SET body = ? WHERE position = ?", (body, position))
    return Where.exactly(one)


def swap_rows(log: Log) -> Where:
    one, other = sorted(log.random.sample(range(1, log.size + 1), 2))
    rows = {one: log.row(other)[1:], other: log.row(one)[1:]}
    log.ask("DELETE FROM events WHERE position IN (?, ?)", (one, other))
    for position, row in rows.items():
        log.ask("INSERT INTO events VALUES (?, ?, ?, ?, ?)", (position, *row))
    return Where.exactly(one)


def insert_in_between(log: Log) -> Where:
    position = log.any()
    _, stream, _, recorded_at, body = log.row(position)
    log.shift(position, 1)
    row = (position, f"{stream}-more", 1, recorded_at, body)
    log.ask("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)
    return Where.exactly(position)


def insert_at_the_end(log: Log) -> Where:
    _, stream, version, recorded_at, body = log.row(log.size)
    body = body.replace(b'"version":%d}' % version, b'"version":%d}' % (version + 1))
    body = body.replace(b'"commandId":"', b'"commandId":"x')
    row = (log.size + 1, stream, version + 1, recorded_at, body)
    log.ask("INSERT INTO events VALUES (?, ?, ?, ?, ?)", row)
    if log.random.random() < 0.5:  # and says so, as an append would; but no command of the register did it
        log.ask("UPDATE head SET size = size + 1")
    return Where.exactly(log.size + 1)


def delete_one(log: Log) -> Where:
    position = log.any()
    log.ask("DELETE FROM events WHERE position = ?", (position,))
    return Where.exactly(position)


def delete_and_close_up(log: Log) -> Where:
    position = log.any()
    log.ask("DELETE FROM events WHERE position = ?", (position,))
    log.shift(position + 1, -1)
    return Where.exactly(position)


def truncate(log: Log) -> Where:
    position = log.any()
    log.ask("DELETE FROM events WHERE position >= ?", (position,))
    return Where.exactly(position)


def truncate_with_the_head(log: Log) -> Where:
    position = log.any()
    _forget_from(log, position)
    return Where.exactly(position)


def truncate_whole(log: Log) -> Where:
    """Nothing inside says that there was more."""
    position = log.random.choice([size for size in log.sizes if 0 < size < log.size]) + 1
    _forget_from(log, position)
    log.seal_anew(log.key)
    return Where.exactly(position)


def _forget_from(log: Log, position: int) -> None:
    log.ask("DELETE FROM events WHERE position >= ?", (position,))
    log.ask("DELETE FROM commands WHERE first_position >= ?", (position,))
    log.ask("UPDATE commands SET last_position = ? WHERE last_position >= ?", (position - 1, position))
    latest = log.ask("SELECT max(recorded_at) FROM commands").fetchone()[0] or 0
    log.ask("UPDATE head SET size = ?, recorded_at = ?", (position - 1, latest))


def rewrite(log: Log) -> Where:
    """One event says something else, and all that hangs on it was made anew, signed with the log's own key."""
    position = _say_something_else(log)
    log.seal_anew(log.key)
    return log.between(position)


def rewrite_under_a_new_key(log: Log) -> Where | None:
    _say_something_else(log)
    key = SigningKey.of(log.key.name, log.random.randbytes(32))
    log.ask("UPDATE log_keys SET verifier = ?", (str(key.verifier),))
    log.seal_anew(key)
    return None


def rewrite_all(log: Log) -> Where:
    """A history of the same length that tells another story."""
    for position in range(1, log.size + 1):
        _say_something_else(log, position)
    log.seal_anew(log.key)
    return log.between(1)


def _say_something_else(log: Log, position: int = 0) -> int:
    position = position or log.any()
    body = log.row(position)[4]
    other = body.replace(b'"name":"', b'"name":"%d' % log.random.randrange(10))
    log.ask("UPDATE events SET body = ? WHERE position = ?", (other, position))
    return position


def rewrite_without_the_tree(log: Log) -> Where:
    return Where.exactly(_say_something_else(log))


def flip_tile(log: Log) -> Where:
    level, number, hashes = log.random.choice(log.ask("SELECT level, number, hashes FROM log_tiles").fetchall())
    at = log.random.randrange(len(hashes) * 8)
    changed = flipped(hashes, at)
    log.ask("UPDATE log_tiles SET hashes = ? WHERE level = ? AND number = ?", (changed, level, number))
    first = ((number * 256 + at // 256) << (8 * level)) + 1
    return Where(first, first + (1 << (8 * level)) - 1)


def delete_tile(log: Log) -> Where | None:
    level, number = log.random.choice(log.ask("SELECT level, number FROM log_tiles").fetchall())
    log.ask("DELETE FROM log_tiles WHERE level = ? AND number = ?", (level, number))
    return Where.exactly(number * 256 + 1) if level == 0 else None


def cut_tile(log: Log) -> None:
    level, number, hashes = log.random.choice(log.ask("SELECT level, number, hashes FROM log_tiles").fetchall())
    kept = hashes[: log.random.randrange(len(hashes))]
    log.ask("UPDATE log_tiles SET hashes = ? WHERE level = ? AND number = ?", (kept, level, number))


def flip_checkpoint(log: Log) -> None:
    size, note = log.random.choice(log.ask("SELECT size, note FROM log_checkpoints").fetchall())
    changed = flipped(note, log.random.randrange(len(note) * 8))
    log.ask("UPDATE log_checkpoints SET note = ? WHERE size = ?", (changed, size))


def move_checkpoint(log: Log) -> None:
    size = log.random.choice(log.sizes)
    log.ask("UPDATE log_checkpoints SET size = size + 100000 WHERE size = ?", (size,))


def take_away_the_keys(log: Log) -> None:
    log.ask("DELETE FROM log_keys")


def change_head(log: Log) -> None:
    column, by = log.random.choice(["size", "recorded_at"]), log.random.choice([-7, -1, 1, 7])
    log.ask(f"UPDATE head SET {column} = {column} + ?", (by,))


def forget_a_type(log: Log) -> None:
    log.ask("DELETE FROM event_types")


def _a_command(log: Log) -> tuple[str, int, int]:
    rows = log.ask("SELECT command_id, first_position, last_position FROM commands WHERE first_position IS NOT NULL")
    found: tuple[str, int, int] = log.random.choice(rows.fetchall())
    return found


def delete_command(log: Log) -> Where:
    command_id, first, _ = _a_command(log)
    log.ask("DELETE FROM commands WHERE command_id = ?", (command_id,))
    return Where.exactly(first)


def rename_command(log: Log) -> Where:
    command_id, first, _ = _a_command(log)
    log.ask("UPDATE commands SET command_id = command_id || 'x' WHERE command_id = ?", (command_id,))
    return Where.exactly(first)


def move_command(log: Log) -> None:
    command_id, *_ = _a_command(log)
    column, by = log.random.choice(["first_position", "last_position", "recorded_at"]), log.random.choice([-1, 1])
    log.ask(f"UPDATE commands SET {column} = {column} + ? WHERE command_id = ?", (by, command_id))


def invent_command(log: Log) -> None:
    _, first, last = _a_command(log)
    recorded_at = log.row(first)[3]
    log.ask("INSERT INTO commands VALUES ('invented', x'00', ?, ?, ?)", (first, last, recorded_at))


OUTSIDE_ONLY: Sequence[Tampering] = (truncate_whole, rewrite, rewrite_under_a_new_key, rewrite_all)
"""What only a checkpoint from outside brings to light: docs/audit.md says so."""

ALL: Sequence[Tampering] = (
    *(flip_body, flip_recorded_at, change_stream, change_version, change_kind, swap_bodies, swap_rows),
    *(insert_in_between, insert_at_the_end, delete_one, delete_and_close_up, truncate, truncate_with_the_head),
    *(rewrite_without_the_tree, flip_tile, delete_tile, cut_tile, flip_checkpoint, move_checkpoint),
    *(take_away_the_keys, change_head, forget_a_type, delete_command, rename_command, move_command, invent_command),
    *OUTSIDE_ONLY,
)

GUARDS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"


@dataclass(frozen=True)
class Original:
    """A sealed log as the bytes of its database, the key that sealed it, and checkpoints that left the house."""

    database: bytes
    key: SigningKey
    sizes: Sequence[int]
    outside: Mapping[int, bytes]

    @contextmanager
    def copied(self, seed: int) -> Iterator[tuple[Log, "Memory"]]:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.deserialize(self.database)
            for (name,) in connection.execute(GUARDS).fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            [(size,)] = connection.execute("SELECT size FROM head").fetchall()
            log = Log(connection.execute, size, self.sizes, list(self.outside), self.key, random.Random(seed))  # noqa: S311 - chooses what is done, hides no secret
            yield log, Memory(connection)


@dataclass(frozen=True)
class Memory:
    """A place in memory, for `verify`."""

    connection: sqlite3.Connection

    @property
    def shown(self) -> str:
        return "memory"

    @contextmanager
    def open(self) -> Iterator[SqliteLogReader]:
        yield SqliteLogReader(self.connection)


def seed_of(number: int, way: Tampering) -> int:
    return int.from_bytes(hashlib.sha256(f"{number} {way.__name__}".encode()).digest()[:8], "big")
