"""The store in SQL, one implementation for SQLite and PostgreSQL.

An append locks the head row, then looks at versions in a statement of its own (under READ COMMITTED that sees what the
lock's last holder committed; lock and look in one statement would not), inserts, and commits. So positions are
contiguous, and their order is commit order.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.codec import Codec, UnknownEventError
from events.envelope import Recorded, from_micros
from events.log.entry import ENTRY_LIMIT, entry
from events.store.database import Database
from events.store.port import (
    Append,
    Appended,
    CommandRecord,
    CommandReusedError,
    EntryTooLargeError,
    Head,
    ReadOnlyStoreError,
    VersionConflictError,
)
from events.store.schema import commands, create_schema, event_types, events, head

_MANY = 500
"""How many streams one statement asks for; SQLite's and asyncpg's parameter limits lie far above."""


class SqlStore:
    """Events in a Database, written and read with a Codec. Implements `events.store.port.Store`."""

    def __init__(self, database: Database, codec: Codec) -> None:
        self.database = database
        self.codec = codec
        self.read_only: str | None = None
        self._seen_types: set[tuple[str, int]] = set()

    async def open(self) -> None:
        """Create what is missing and check that the log is whole. Raises UnknownEventError for one from the future."""
        async with self.database.write() as connection:
            await create_schema(connection)
        async with self.database.read() as connection:
            for name, version in await connection.execute(sa.select(event_types.c.name, event_types.c.version)):
                if not self.codec.knows(name, version):
                    raise UnknownEventError(name, version)
            self.read_only = await _first_fault(connection)

    async def append(self, append: Append) -> Appended:
        """See the port."""
        if self.read_only:
            raise ReadOnlyStoreError(self.read_only)
        bodies = [self.codec.encode(pending, append.context) for pending in append.events]
        for body in bodies:
            if (size := len(entry(2**62, 0, body))) > ENTRY_LIMIT:
                raise EntryTooLargeError(size, ENTRY_LIMIT)
        names = {self.codec.name_of(pending.event) for pending in append.events}
        async with self.database.write() as connection:
            size, recorded_at = await self._lock_head(connection, len(bodies))
            earlier = await _command(connection, append.context.command_id)
            if earlier is not None:
                await connection.rollback()
                if earlier.request_hash != append.request_hash:
                    raise CommandReusedError(append.context.command_id)
                return Appended(record=earlier, repeated=True)
            await _check_versions(connection, append)
            first = size - len(bodies) + 1
            if bodies:
                await connection.execute(
                    events.insert(),
                    [
                        {
                            "position": position,
                            "stream": pending.stream,
                            "version": pending.version,
                            "recorded_at": recorded_at,
                            "body": body,
                        }
                        for position, (pending, body) in enumerate(zip(append.events, bodies, strict=True), first)
                    ],
                )
            row = {
                "command_id": append.context.command_id,
                "request_hash": append.request_hash,
                "first_position": first if bodies else None,
                "last_position": size if bodies else None,
                "recorded_at": recorded_at,
            }
            await connection.execute(commands.insert().values(row))
            await self._note_types(connection, names - self._seen_types)
        self._seen_types |= names
        return Appended(
            record=CommandRecord(
                command_id=append.context.command_id,
                request_hash=append.request_hash,
                first_position=first if bodies else None,
                last_position=size if bodies else None,
                recorded_at=from_micros(recorded_at),
            ),
            repeated=False,
        )

    async def command(self, command_id: str) -> CommandRecord | None:
        """See the port."""
        async with self.database.read() as connection:
            return await _command(connection, command_id)

    async def read_stream(self, stream: str) -> Sequence[Recorded[Any]]:
        """See the port."""
        return (await self.read_streams([stream]))[stream]

    async def read_streams(self, streams: Iterable[str]) -> Mapping[str, Sequence[Recorded[Any]]]:
        """See the port."""
        found: dict[str, list[Recorded[Any]]] = {stream: [] for stream in streams}
        wanted = list(found)
        async with self.database.read() as connection:
            for start in range(0, len(wanted), _MANY):
                rows = await connection.execute(
                    sa.select(events.c.stream, events.c.position, events.c.recorded_at, events.c.body)
                    .where(events.c.stream.in_(wanted[start : start + _MANY]))
                    .order_by(events.c.stream, events.c.version)
                )
                for stream, position, recorded_at, body in rows:
                    found[stream].append(self.codec.decode(position, from_micros(recorded_at), body))
        return found

    async def read_log(self, after: int, limit: int, *, until: int | None = None) -> Sequence[Recorded[Any]]:
        """See the port."""
        return [
            self.codec.decode(position, from_micros(recorded_at), body)
            for position, recorded_at, body in await self.read_bodies(after, limit)
            if until is None or position <= until
        ]

    async def read_bodies(self, after: int, limit: int) -> Sequence[tuple[int, int, bytes]]:
        """See the port."""
        async with self.database.read() as connection:
            rows = await connection.execute(
                sa.select(events.c.position, events.c.recorded_at, events.c.body)
                .where(events.c.position > after)
                .order_by(events.c.position)
                .limit(limit)
            )
            return [(position, recorded_at, body) for position, recorded_at, body in rows]

    async def read_at(self, positions: Iterable[int]) -> Sequence[Recorded[Any]]:
        """See the port."""
        wanted = sorted(positions)
        found: list[Recorded[Any]] = []
        async with self.database.read() as connection:
            for start in range(0, len(wanted), _MANY):
                rows = await connection.execute(
                    sa.select(events.c.position, events.c.recorded_at, events.c.body)
                    .where(events.c.position.in_(wanted[start : start + _MANY]))
                    .order_by(events.c.position)
                )
                found += [self.codec.decode(row.position, from_micros(row.recorded_at), row.body) for row in rows]
        return found

    async def head(self) -> Head:
        """See the port."""
        async with self.database.read() as connection:
            size, recorded_at = (await connection.execute(sa.select(head.c.size, head.c.recorded_at))).one()
            return Head(size=size, recorded_at=from_micros(recorded_at) if size else None)

    async def began_at(self) -> datetime | None:
        """See the port."""
        async with self.database.read() as connection:
            micros = await connection.scalar(sa.select(events.c.recorded_at).where(events.c.position == 1))
            return None if micros is None else from_micros(micros)

    async def now(self) -> datetime:
        """See the port."""
        return await self.database.now()

    async def _lock_head(self, connection: AsyncConnection, count: int) -> tuple[int, int]:
        clock = self.database.greatest(head.c.recorded_at, self.database.now_micros())
        row = await connection.execute(
            head.update().values(size=head.c.size + count, recorded_at=clock).returning(head.c.size, head.c.recorded_at)
        )
        size, recorded_at = row.one()
        return size, recorded_at

    async def _note_types(self, connection: AsyncConnection, names: Iterable[tuple[str, int]]) -> None:
        for name, version in names:
            known = sa.select(event_types.c.name).where(event_types.c.name == name, event_types.c.version == version)
            if await connection.scalar(known) is None:
                await connection.execute(event_types.insert().values(name=name, version=version))


async def _command(connection: AsyncConnection, command_id: str) -> CommandRecord | None:
    row = (await connection.execute(sa.select(commands).where(commands.c.command_id == command_id))).one_or_none()
    if row is None:
        return None
    return CommandRecord(
        command_id=row.command_id,
        request_hash=bytes(row.request_hash),
        first_position=row.first_position,
        last_position=row.last_position,
        recorded_at=from_micros(row.recorded_at),
    )


async def _check_versions(connection: AsyncConnection, append: Append) -> None:
    expected = dict(append.conditions)
    for pending in append.events:
        expected.setdefault(pending.stream, pending.version - 1)
    streams = list(expected)
    actual = dict.fromkeys(streams, 0)
    for start in range(0, len(streams), _MANY):
        rows = await connection.execute(
            sa.select(events.c.stream, sa.func.max(events.c.version).label("version"))
            .where(events.c.stream.in_(streams[start : start + _MANY]))
            .group_by(events.c.stream)
        )
        actual.update({row.stream: row.version for row in rows})
    for stream, version in expected.items():
        if actual[stream] != version:
            raise VersionConflictError(stream, version, actual[stream])


async def _first_fault(connection: AsyncConnection) -> str | None:
    """Why the log is not whole, naming the place; None if it is."""
    size = await connection.scalar(sa.select(head.c.size)) or 0
    count, last = (await connection.execute(sa.select(sa.func.count(), sa.func.max(events.c.position)))).one()
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
