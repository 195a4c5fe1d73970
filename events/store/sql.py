"""The store in SQL: events in and out of the log's tables, on SQLite and PostgreSQL.

Appends go through the group commit. Each batch locks the head row, so positions are contiguous, and their order is
commit order.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.codec import Codec, UnknownEventError
from events.envelope import Recorded, from_micros
from events.log.entry import ENTRY_LIMIT, entry
from events.store import group_commit
from events.store.batch import Prepared, Row
from events.store.database import Database
from events.store.following import Growth
from events.store.gathering import Gathering
from events.store.group_commit import GroupCommit
from events.store.moving import why_read_only
from events.store.port import (
    Ahead,
    Append,
    Appended,
    CommandRecord,
    EntryTooLargeError,
    Ground,
    Head,
    ReadOnlyStoreError,
    StoreUnavailableError,
    UnreadableEventError,
)
from events.store.postgresql import PostgresqlLog
from events.store.schema import create_schema, event_types, events, head
from events.store.sqlite import SqliteLog
from events.store.tails import Tails

_AGES: Final = 3600.0
_LONGEST_START: Final = 100
"""Bytes; what stands before the body in an entry is shorter."""


class LogTables(group_commit.Log, Protocol):
    """The log's tables in one of the databases. All raise StoreUnavailableError."""

    moved: str | None
    """Where the register has gone, once a write was refused for that."""

    async def commands(self, command_ids: Sequence[str]) -> Sequence[CommandRecord]:
        """Those of these commands that were carried out."""
        ...

    async def head(self) -> tuple[int, int]:
        """The log's size, and when its last event was recorded (microseconds)."""
        ...

    async def stream(self, stream: str, after: int = 0) -> Sequence[Row]:
        """A stream in order, from a version."""
        ...

    async def streams(self, streams: Sequence[str]) -> Sequence[tuple[str, int, int, bytes]]:
        """Several streams, each in order, with the stream's name first."""
        ...

    async def after(self, position: int, limit: int) -> Sequence[Row]:
        """The log from a position."""
        ...

    async def category(self, category: str, position: int, limit: int) -> Sequence[Row]:
        """The log from a position, of streams of a category only."""
        ...

    async def at(self, positions: Iterable[int]) -> Sequence[Row]:
        """The rows at these positions, in order."""
        ...


class SqlStore:
    """Events in a Database, written and read with a Codec. Implements `events.store.port.Store`."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self.database = database
        self.codec = codec
        self._fault: str | None = None
        self._seen_types: set[tuple[str, int]] = set()
        self._began_at: datetime | None = None
        self._recorded_at: datetime | None = None
        self._log: LogTables = SqliteLog(database) if database.sqlite else PostgresqlLog(database)
        self._group = GroupCommit(self._log, self._settled)
        self._gathering = Gathering(self._log.stream, self._log.streams)
        self._tails = Tails(codec)
        self._growth = Growth(self._size)

    async def open(self) -> None:
        """Create what is missing and check that the log is whole. Raises UnknownEventError for one from the future."""
        async with self.database.write(lasting=True) as connection:
            await create_schema(connection)
        async with self.database.read() as connection:
            for name, version in await connection.execute(sa.select(event_types.c.name, event_types.c.version)):
                if not self.codec.knows(name, version):
                    raise UnknownEventError(name, version)
            self._fault = await first_fault(connection) or await why_read_only(connection)

    @property
    def read_only(self) -> str | None:
        """Why nothing can be written, if so: the log is not whole, or the register is in another place."""
        return self._fault or self._log.moved

    def refuse(self, why: str) -> None:
        """From now on nothing is written by this process."""
        self._fault = self._fault or why

    async def look_again(self) -> str | None:
        """Why nothing can be written by now, if so: another process may have moved the register."""
        if self._fault is None:
            async with self.database.read() as connection:
                self._fault = await why_read_only(connection)
        return self.read_only

    async def append(self, append: Append) -> Appended:
        """See the port."""
        return await (await self.submit(append))

    async def submit(self, append: Append, grounds: Sequence[Ground] = ()) -> Awaitable[Appended]:
        """See the port."""
        if self.read_only:
            raise ReadOnlyStoreError(self.read_only)
        prepared = self._prepare(append, grounds)
        names = {self.codec.name_of(pending.event) for pending in append.events}
        if not names <= self._seen_types:
            await self._note_types(names)
        outcome = await self._group.submit(prepared)
        self._tails.submitted(prepared, lambda: datetime.now(UTC) + self.database.offset)
        return outcome

    def turn(self, stream: str) -> asyncio.Lock:
        """See the port."""
        return self._tails.turn(stream)

    async def read_ahead(self, streams: Iterable[str], *, fresh: bool) -> Ahead:
        """See the port."""
        wanted = list(dict.fromkeys(streams))
        if fresh:
            await self._tails.quiet(wanted)
            for stream in wanted:
                self._tails.forget(stream)
        grounds = [(held, len(held.events)) for one in wanted if (held := self._tails.get(one)) is not None]
        believed = {held.stream: held.events[:] for held, _ in grounds}
        missing = [stream for stream in wanted if stream not in believed]
        read = await self._read_on(missing)
        self._tails.learn(read)
        return Ahead({**believed, **read}, certain=not grounds, grounds=grounds)

    async def _read_on(self, streams: Sequence[str]) -> Mapping[str, Sequence[Recorded[Any]]]:
        """The streams whole; of those known in part only the rest is asked."""
        known = {stream: list(known) for stream in streams if (known := self._tails.beginning(stream))}
        others = [stream for stream in streams if stream not in known]
        read = dict(await self.read_streams(others)) if others else {}
        for stream, beginning in known.items():
            read[stream] = [*beginning, *self._decoded(await self._log.stream(stream, len(beginning)))]
        return read

    async def command(self, command_id: str) -> CommandRecord | None:
        """See the port."""
        found = await self._log.commands([command_id])
        return found[0] if found else None

    async def read_stream(self, stream: str) -> Sequence[Recorded[Any]]:
        """See the port."""
        return self._decoded(await self._gathering.rows(stream))

    async def read_streams(self, streams: Iterable[str]) -> Mapping[str, Sequence[Recorded[Any]]]:
        """See the port."""
        found: dict[str, list[Recorded[Any]]] = {stream: [] for stream in streams}
        if len(found) == 1:
            [only] = found
            return {only: await self.read_stream(only)}
        rows = await self._log.streams(list(found)) if found else []
        for (stream, *_), recorded in zip(rows, self._decoded([row[1:] for row in rows]), strict=True):
            found[stream].append(recorded)
        return found

    async def read_log(self, after: int, limit: int, *, until: int | None = None) -> Sequence[Recorded[Any]]:
        """See the port."""
        rows = await self._log.after(after, limit if until is None else min(limit, max(until - after, 0)))
        return self._decoded(rows)

    async def read_category(self, category: str, after: int, limit: int) -> Sequence[Recorded[Any]]:
        """See the port."""
        return self._decoded(await self._log.category(category, after, limit))

    async def read_bodies(self, after: int, limit: int) -> Sequence[Row]:
        """See the port."""
        return [(position, recorded_at, body) for position, recorded_at, body in await self._log.after(after, limit)]

    async def read_at(self, positions: Iterable[int]) -> Sequence[Recorded[Any]]:
        """See the port."""
        return self._decoded(await self._log.at(positions))

    async def subscribe(self, after: int, *, limit: int = 500) -> AsyncIterator[Sequence[Recorded[Any]]]:
        """See the port."""
        while True:
            batch = await self.read_log(after, limit)
            if batch:
                after = batch[-1].position
                self._growth.note(after)
                yield batch
            else:
                await self.grown(after, _AGES)

    async def grown(self, beyond: int, seconds: float) -> bool:
        """See the port."""
        return await self._growth.wait(beyond, seconds)

    @property
    def size(self) -> int:
        """The log's size as far as this process knows; no question to the database."""
        return self._growth.size

    async def head(self) -> Head:
        """See the port."""
        size, micros = await self._log.head()
        self._growth.note(size)
        recorded_at = from_micros(micros) if size else None
        if recorded_at is not None:
            self._note_instant(recorded_at)
        return Head(size=size, recorded_at=recorded_at)

    async def began_at(self) -> datetime | None:
        """See the port."""
        if self._began_at is None:
            first = await self._log.at([1])
            self._began_at = from_micros(first[0][1]) if first else None
        return self._began_at

    async def now(self) -> datetime:
        """See the port."""
        return await self.database.now()

    def not_before_the_last(self, instant: datetime) -> datetime:
        """When something would be recorded now that a clock shows this: never before what is recorded, as far as this
        process knows. So what an event says of today fits its own `recordedAt`, also where the clock was set back.
        """
        return max(instant, self._recorded_at or instant)

    def _note_instant(self, recorded_at: datetime) -> None:
        self._recorded_at = max(recorded_at, self._recorded_at or recorded_at)

    def _decoded(self, rows: Sequence[Row]) -> list[Recorded[Any]]:
        decode = self.codec.decode
        try:
            return [decode(position, from_micros(recorded_at), body) for position, recorded_at, body in rows]
        except Exception as error:  # an upcaster may raise anything
            raise self._unreadable(rows) from error

    def _unreadable(self, rows: Sequence[Row]) -> UnreadableEventError:
        """Which of them it is."""
        for position, recorded_at, body in rows:
            try:
                self.codec.decode(position, from_micros(recorded_at), body)
            except Exception as error:  # noqa: BLE001 - an upcaster may raise anything
                return UnreadableEventError(position, str(error))
        raise AssertionError("all of them can be read")

    def _prepare(self, append: Append, grounds: Sequence[Ground]) -> Prepared:
        bodies = [self.codec.encode(pending, append.context) for pending in append.events]
        for body in bodies:
            if len(body) > ENTRY_LIMIT - _LONGEST_START and (size := len(entry(2**62, 0, body))) > ENTRY_LIMIT:
                raise EntryTooLargeError(size, ENTRY_LIMIT)
        expected = dict(append.conditions)
        versions: dict[str, int] = {}
        for pending in append.events:
            before = versions.get(pending.stream)
            if before is None:
                before = expected.setdefault(pending.stream, pending.version - 1)
            if pending.version != before + 1:
                raise ValueError(f"version {pending.version} of {pending.stream} does not follow {before}")
            versions[pending.stream] = pending.version
        return Prepared(append, bodies, expected, grounds)

    async def _note_types(self, names: set[tuple[str, int]]) -> None:
        """The types in the log are on record before the first event of a type is."""
        new = names - self._seen_types
        try:
            async with self.database.write() as connection:
                rows = await connection.execute(sa.select(event_types.c.name, event_types.c.version))
                known = {(name, version) for name, version in rows}
                for name, version in sorted(new - known):
                    await connection.execute(self.database.insert_once(event_types).values(name=name, version=version))
        except (sa.exc.DBAPIError, OSError) as error:
            raise StoreUnavailableError(f"the types of the events could not be noted: {error}") from error
        self._seen_types |= new

    def _settled(self, prepared: Prepared, record: CommandRecord | None) -> None:
        self._tails.settled(prepared, record)
        if record is not None and record.last_position is not None:
            self._growth.note(record.last_position)
            self._note_instant(record.recorded_at)

    async def _size(self) -> int:
        return (await self.head()).size


async def first_fault(connection: AsyncConnection) -> str | None:
    """Why the log is not whole, naming the place; None if it is."""
    size, count, last = (
        await connection.execute(  # one statement, so one moment: other processes append meanwhile
            sa.select(
                head.c.size,
                sa.select(sa.func.count()).select_from(events).scalar_subquery(),
                sa.select(sa.func.max(events.c.position)).scalar_subquery(),
            )
        )
    ).one()
    if count == size and (last or 0) == size:
        return None
    following = events.alias("following")
    gap = await connection.scalar(
        sa.select(sa.func.min(events.c.position) + 1)
        .select_from(events.outerjoin(following, following.c.position == events.c.position + 1))
        .where(following.c.position.is_(None))
    )
    first = await connection.scalar(sa.select(sa.func.min(events.c.position)))
    missing = 1 if first != 1 else gap
    return f"the log should hold {size} events and holds {count}: position {missing} is missing"
