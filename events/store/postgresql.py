"""The log's own statements on PostgreSQL, through asyncpg: an append is one round trip.

The functions `errera_append` and, for a lone event, `errera_append_one` (see events/store/schema.py) lock the head row,
judge versions and command ids in a statement of its own (under READ COMMITTED that sees what the lock's last holder
committed; lock and look in one statement would not), insert and move the head.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

import asyncpg

from events.envelope import from_micros
from events.store.batch import Batch, Refused, Row, Written
from events.store.database import Database
from events.store.group_commit import ConnectionLostError
from events.store.moving import moved_reason
from events.store.port import CommandRecord, ReadOnlyStoreError, StoreUnavailableError

APPEND: Final = "SELECT base, instant FROM errera_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
APPEND_ONE: Final = "SELECT base, instant FROM errera_append_one($1, $2, $3, $4, $5, $6)"
_VERSIONS: Final = (
    "SELECT e.stream, (SELECT max(events.version) FROM events WHERE events.stream = e.stream) "
    "FROM unnest($1::text[]) AS e (stream)"
)
_PLANS: Final = ("plan_cache_mode = force_generic_plan", "enable_seqscan = off")
"""Planning each time costs more than the append, and a plan made while the tables were small must not last."""
_IDLE: Final = "idle_in_transaction_session_timeout = '10s'"
"""So that others need not wait for the locks of a process that stalls between two statements."""
_COMMANDS: Final = (
    "SELECT command_id, request_hash, first_position, last_position, recorded_at FROM commands "
    "WHERE command_id = ANY ($1)"
)
_LOST: Final = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
)


class PostgresqlLog:
    """Reads and writes the log's tables. Implements `events.store.sql.LogTables`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writer: Any = None
        self._prepared: dict[str, Any] = {}
        self.moved: str | None = None

    async def write(self, batch: Batch) -> Written | Refused:
        """See `events.store.group_commit.Log`."""
        with _lost():
            try:
                base, instant = await self._called(*_call(batch, self._database.offset_micros))
            except asyncpg.UniqueViolationError:
                pass
            except BaseException as error:
                self.moved = moved_reason(error)
                if self._writer is not None:
                    self._writer.terminate()
                self._writer = None
                raise
            else:
                return Written(base + 1, instant)
        return await self._refused(batch)

    async def _called(self, statement: str, *arguments: Any) -> Any:
        if self._writer is None or self._writer.is_closed():
            self._writer, self._prepared = None, {}
            writer = await self._database.connect()
            try:
                if not self._database.pooled:
                    await writer.execute(f"SET {_PLANS[0]}; SET {_PLANS[1]}")
                    self._prepared = {one: await writer.prepare(one) for one in (APPEND, APPEND_ONE)}
            except BaseException:
                writer.terminate()
                raise
            self._writer = writer
        if not self._database.pooled:
            return await self._prepared[statement].fetchrow(*arguments)
        # A pooler gives each transaction another server connection.
        await self._writer.execute(f"BEGIN; SET LOCAL {_PLANS[0]}; SET LOCAL {_PLANS[1]}; SET LOCAL {_IDLE}")
        try:
            answer = await self._writer.fetchrow(statement, *arguments)
        except asyncpg.UniqueViolationError:
            await self._writer.execute("ROLLBACK")
            raise
        await self._writer.execute("COMMIT")
        return answer

    async def _refused(self, batch: Batch) -> Refused:
        """What stands in the way by now; it may be more than did, which would have been next."""
        actual = {stream: version or 0 for stream, version in await self._fetch(_VERSIONS, list(batch.expected))}
        moved = {stream: actual[stream] for stream, version in batch.expected.items() if actual[stream] != version}
        known = await self.commands([one.command_id for one in batch.appends])
        return Refused(moved, {one.command_id: one for one in known})

    async def is_event(self, position: int, event_id: str) -> bool:
        """See `events.store.group_commit.Log`."""
        rows = await self.at([position])
        return any(f'"eventId":"{event_id}"'.encode() in body for _, _, body in rows)

    async def commands(self, command_ids: Sequence[str]) -> Sequence[CommandRecord]:
        """Those of these commands that were carried out."""
        rows = await self._fetch(_COMMANDS, list(command_ids)) if command_ids else []
        return [
            CommandRecord(
                command_id=command_id,
                request_hash=request_hash,
                first_position=first,
                last_position=last,
                recorded_at=from_micros(recorded_at),
            )
            for command_id, request_hash, first, last, recorded_at in rows
        ]

    async def head(self) -> tuple[int, int]:
        """The log's size, and when its last event was recorded."""
        [(size, recorded_at)] = await self._fetch("SELECT size, recorded_at FROM head")
        return size, recorded_at

    async def stream(self, stream: str, after: int = 0) -> Sequence[Row]:
        """A stream in order, from a version."""
        return await self._fetch(
            "SELECT position, recorded_at, body FROM events WHERE stream = $1 AND version > $2 ORDER BY version",
            stream,
            after,
        )

    async def streams(self, streams: Sequence[str]) -> Sequence[tuple[str, int, int, bytes]]:
        """Several streams, each in order, with the stream's name first."""
        return await self._fetch(
            "SELECT stream, position, recorded_at, body FROM events WHERE stream = ANY($1) ORDER BY stream, version",
            list(streams),
        )

    async def after(self, position: int, limit: int) -> Sequence[Row]:
        """The log from a position."""
        return await self._fetch(
            "SELECT position, recorded_at, body FROM events WHERE position > $1 ORDER BY position LIMIT $2",
            position,
            limit,
        )

    async def category(self, category: str, position: int, limit: int) -> Sequence[Row]:
        """The log from a position, of streams of a category only."""
        return await self._fetch(
            "SELECT position, recorded_at, body FROM events WHERE starts_with(stream, $1) AND position > $2 "
            "ORDER BY position LIMIT $3",
            f"{category}-",
            position,
            limit,
        )

    async def at(self, positions: Iterable[int]) -> Sequence[Row]:
        """The rows at these positions, in order."""
        return await self._fetch(
            "SELECT position, recorded_at, body FROM events WHERE position = ANY($1) ORDER BY position",
            list(positions),
        )

    async def _fetch(self, statement: str, *arguments: Any) -> Sequence[Any]:
        try:
            return await self._fetch_once(statement, *arguments)
        except ConnectionLostError:  # as after a restart of the server: another one will do
            return await self._fetch_once(statement, *arguments)

    async def _fetch_once(self, statement: str, *arguments: Any) -> Sequence[Any]:
        with _lost():
            async with self._reading() as connection:
                found: Sequence[Any] = await connection.fetch(statement, *arguments)
                return found

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Any]:
        async with (await self._database.pool()).acquire() as connection:
            with _left(connection):
                if not self._database.pooled:
                    yield connection
                    return
                async with connection.transaction():
                    with _left(connection):
                        yield connection


def _call(batch: Batch, offset: int) -> Sequence[Any]:
    """The statement that records a batch, and its arguments."""
    if len(batch.appends) == 1:
        [only] = batch.appends
        happened = only.append.events
        if len(happened) == 1 and batch.expected.keys() == {happened[0].stream}:
            where = (happened[0].stream, happened[0].version)
            return APPEND_ONE, *where, only.command_id, only.append.request_hash, only.bodies[0], offset
    firsts, lasts, done = [], [], 0
    for one in batch.appends:
        count = len(one.bodies)
        firsts.append(done + 1 if count else None)
        lasts.append(done + count if count else None)
        done += count
    happened = [pending for one in batch.appends for pending in one.append.events]
    taken, free = batch.taken, batch.free
    return (
        APPEND,
        list(taken),
        list(taken.values()),
        list(free),
        list(free.values()),
        [one.command_id for one in batch.appends],
        [one.append.request_hash for one in batch.appends],
        firsts,
        lasts,
        [pending.stream for pending in happened],
        [pending.version for pending in happened],
        [body for one in batch.appends for body in one.bodies],
        offset,
    )


@contextmanager
def _left(connection: Any) -> Iterator[None]:
    """Whoever is cancelled, or has waited long enough, asks no more of it: the pool would wait for a last word."""
    try:
        yield
    except (asyncio.CancelledError, TimeoutError):
        connection.terminate()
        raise


class _lost:  # noqa: N801 - read as a word of the with statement
    """asyncpg's errors as the store's; who is cancelled stays so, whatever its connection says on being closed."""

    def __init__(self) -> None:
        self._task = asyncio.current_task()
        self._cancelling = self._task.cancelling() if self._task else 0

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, asyncio.CancelledError):
            return
        if error is not None and self._task and self._task.cancelling() > self._cancelling:
            raise asyncio.CancelledError from error
        if isinstance(error, _LOST):
            raise ConnectionLostError(f"the connection to PostgreSQL broke: {error}") from error
        if isinstance(error, asyncpg.PostgresError):
            if why := moved_reason(error):
                raise ReadOnlyStoreError(why) from None
            raise StoreUnavailableError(f"PostgreSQL said: {error}") from error
