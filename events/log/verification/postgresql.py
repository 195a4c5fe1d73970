"""A log in a PostgreSQL database, read beside whoever writes to it."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import asyncpg

from events.log.merkle import HASH_BYTES
from events.log.tiles import WIDTH
from events.log.verification.faults import LogError
from events.log.verification.places import Snapshot, Spans, with_cosignatures
from events.log.verification.rows import Row
from events.store.database import Database

T = TypeVar("T")

_AT_ONCE: Final = 10_000
_SECONDS: Final = 600
"""For a question about all of a long log."""


@dataclass(frozen=True, slots=True)
class PostgresqlPlace:
    """By what asyncpg is to connect with."""

    shown: str
    options: Mapping[str, Any]

    @contextmanager
    def open(self) -> Iterator["PostgresqlLogReader"]:
        """See Place."""
        with asyncio.Runner() as runner:
            connection = None
            try:
                connection = runner.run(self._connect())
                yield PostgresqlLogReader(runner, connection)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                raise LogError(f"{self.shown}: {error or type(error).__name__}") from error
            finally:
                if connection is not None:
                    connection.terminate()

    async def _connect(self) -> Any:
        return await asyncpg.connect(**self.options)


def postgresql_place(url: str, *, pooled: bool = False) -> PostgresqlPlace:
    """By its address."""
    database = Database(url, pooled=pooled)
    shown = database.url.set(drivername="postgresql").render_as_string(hide_password=True)
    return PostgresqlPlace(shown, {**database.asyncpg_options(), "command_timeout": _SECONDS})


class PostgresqlLogReader:
    """An open connection, and the loop it lives in.

    Each transaction says of itself that it only reads: behind a pooler, what is set for the connection outlasts who set
    it, and the next one to get it could not write.
    """

    def __init__(self, runner: asyncio.Runner, connection: Any) -> None:
        self._runner = runner
        self._connection = connection

    def rows(self, after: int, until: int) -> Sequence[Row]:
        """See Source."""
        return self._run(
            self._fetch(
                "SELECT position, stream, version, recorded_at, body FROM events "
                "WHERE position > $1 AND position <= $2 ORDER BY position",
                after,
                until,
            )
        )

    def tiles(self, level: int, first: int, count: int) -> Mapping[int, bytes]:
        """See Source."""
        told = self._run(
            self._fetch(
                "SELECT number, hashes FROM log_tiles WHERE level = $1 AND number >= $2 AND number < $3",
                level,
                first,
                first + count,
            )
        )
        return dict(told)

    def commands(self) -> Iterator[Spans]:
        """See Opened."""
        ask = "SELECT command_id, first_position, last_position, recorded_at FROM commands"
        transaction = self._connection.transaction(readonly=True)
        self._run(transaction.start())
        cursor = self._run(_awaited(self._connection.cursor(ask)))
        while rows := self._run(cursor.fetch(_AT_ONCE)):
            yield rows
        self._run(transaction.rollback())

    def snapshot(self) -> Snapshot:
        """See Opened."""
        return self._run(self._snapshot())

    async def _snapshot(self) -> Snapshot:
        async with self._connection.transaction(isolation="repeatable_read", readonly=True):
            if not (await self._there("events") and await self._there("commands") and await self._there("head")):
                raise LogError("there is no log in it")
            ask = self._connection.fetch
            head = await ask("SELECT size, recorded_at FROM head")
            size, recorded_at = head[0] if head else (0, 0)
            [(last,)] = await ask("SELECT coalesce(max(position), 0) FROM events")
            [(of_commands,)] = await ask("SELECT coalesce(max(last_position), 0) FROM commands")
            tiles = {}
            if await self._there("log_tiles"):
                for level, number, length in await ask(
                    "SELECT DISTINCT ON (level) level, number, length(hashes) FROM log_tiles "
                    "ORDER BY level, number DESC"
                ):
                    tiles[level] = number * WIDTH + length // HASH_BYTES
            noted = await self._there("log_checkpoints")
            notes = await ask("SELECT size, note FROM log_checkpoints ORDER BY size") if noted else ()
            types = await ask("SELECT name, version FROM event_types") if await self._there("event_types") else None
            keys = await ask("SELECT verifier FROM log_keys") if await self._there("log_keys") else ()
            lines = ()
            if await self._there("log_cosignatures"):
                lines = await ask("SELECT size, line FROM log_cosignatures ORDER BY size, name")
        return Snapshot(
            size=size,
            recorded_at=recorded_at,
            last=last,
            last_of_commands=of_commands,
            tiles=tiles,
            checkpoints=with_cosignatures(notes, lines),
            types=None if types is None else frozenset((name, version) for name, version in types),
            keys=[key for (key,) in keys],
        )

    async def _fetch(self, question: str, *arguments: Any) -> Sequence[Any]:
        async with self._connection.transaction(readonly=True):
            found: Sequence[Any] = await self._connection.fetch(question, *arguments)
            return found

    async def _there(self, table: str) -> bool:
        return await self._connection.fetchval("SELECT to_regclass($1)::text", table) is not None

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)


async def _awaited(factory: Any) -> Any:
    return await factory
