"""Where a register is copied from and to, and whether that can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.store import moving
from events.store.database import Database
from events.store.migrating import Part, bring_up_to_date, is_current
from events.store.schema import LOG, commands, create_schema, events, head, log_keys
from events.store.sql import first_fault


class CopyRefusedError(Exception):
    """It cannot be copied from here, or to there. `code` says why, `facts` the particulars."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Place:
    """A register's databases: the log's, and with their tables those that stand beside it."""

    log: Database
    beside: Sequence[tuple[Database, Part]]

    @property
    def shown(self) -> str:
        """Where it is, without who may enter."""
        url = self.log.url
        if self.log.sqlite:
            return str(self.log.path.absolute())
        return f"postgresql://{url.host or 'localhost'}:{url.port or 5432}/{url.database}"

    @property
    def parts(self) -> Sequence[tuple[Database, Part]]:
        """All databases with the tables in them."""
        return [(self.log, LOG), *self.beside]


async def check_source(source: Place, target: Place) -> None:
    """Whether there is a register to copy. Raises CopyRefusedError, SchemaTooOldError, SchemaTooNewError."""
    if source.shown == target.shown:
        raise CopyRefusedError("samePlace")
    for database, part in source.parts:
        if database.sqlite and not database.path.exists():
            raise CopyRefusedError("noSource", place=str(database.path))
        async with database.read() as connection:
            if not await connection.run_sync(is_current, part):
                raise CopyRefusedError("noSource", place=source.shown)
    async with source.log.read() as connection:
        moved = await moving.note(connection, moving.MOVED_TO)
        if moved is not None and moved != target.shown:
            raise CopyRefusedError("sourceMoved", to=moved)
        if await moving.note(connection, moving.COPY_OF):
            raise CopyRefusedError("sourceUnfinished")
        if fault := await first_fault(connection):
            raise CopyRefusedError("sourceFault", fault=fault)


async def open_target(source: Place, target: Place) -> int:
    """Take the target, making its tables where it has none; returns how far an earlier copy of this log went.

    Raises CopyRefusedError, StoreLockedError, and as `bring_up_to_date`.
    """
    target.log.acquire()
    there = []
    for database, part in target.parts:
        async with database.read() as connection:
            there.append(await connection.run_sync(is_current, part))
    async with target.log.read() as connection:
        of = await moving.note(connection, moving.COPY_OF) if there[0] else None
    if of is None and any(there) and not await _is_empty(target, there):
        async with source.log.read() as connection:
            moved = await moving.note(connection, moving.MOVED_TO)
        raise CopyRefusedError("movedAlready" if moved == target.shown else "targetNotEmpty", to=target.shown)
    async with target.log.write() as connection:
        await create_schema(connection)
        if of is None:
            await moving.begin_copy(connection, source.shown)
    for database, part in target.beside:
        async with database.write() as connection:
            await connection.run_sync(bring_up_to_date, part)
    return await _common(source.log, target.log)


async def _is_empty(target: Place, there: Sequence[bool]) -> bool:
    for (database, part), made in zip(target.parts, there, strict=True):
        if not made:
            continue
        tables = [events, commands, log_keys] if part is LOG else part.tables.sorted_tables
        async with database.read() as connection:
            for table in tables:
                if await connection.scalar(sa.select(sa.literal(1)).select_from(table).limit(1)):
                    return False
            if part is LOG and await moving.note(connection, moving.MOVED_TO):
                return False
    return True


async def _common(source: Database, target: Database) -> int:
    """How far the target is, once its last entry was found to be the source's too."""
    async with target.read() as connection:
        size = await connection.scalar(sa.select(head.c.size)) or 0
        ours = await _entries(connection, size)
    async with source.read() as connection:
        theirs = await _entries(connection, size)
    if ours != theirs:
        raise CopyRefusedError("targetOfAnother")
    return size


async def _entries(connection: AsyncConnection, last: int) -> Sequence[Any]:
    ends = [min(1, last), last]
    found = await connection.execute(sa.select(events).where(events.c.position.in_(ends)).order_by("position"))
    return [tuple(row) for row in found]
