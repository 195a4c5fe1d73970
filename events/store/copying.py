"""A register copied to another database, while it goes on: every byte, position and instant, and compared at the end.

The log goes over in position order, in batches that end where a command ends, each with its command records in one
transaction: a copy that was killed is a shorter log, whole as far as it goes, and says itself that it is unfinished.
What stands beside the log (tokens, the vault) is mirrored in the end. Read models are not copied: they are computed.
"""

import math
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.store import moving
from events.store.copying_places import CopyRefusedError, Place, check_source, open_target
from events.store.database import Database
from events.store.mirroring import DifferenceError, Key, Pair, Row, named, pages, rows, rows_of, same
from events.store.schema import (
    commands,
    event_types,
    events,
    head,
    log_checkpoints,
    log_cosignatures,
    log_keys,
    register,
)

BATCH: Final = 500
"""Events, and more where a command has more."""

_COMMAND: Final[Key] = ("command_id",)
_SIGNED: Final = (log_keys, log_checkpoints, log_cosignatures)
"""What the log has said of itself goes along; its tiles are computed, and found to have the roots that were signed."""


class _Named(msgspec.Struct, rename="camel"):
    command_id: str


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied and found to be the same."""

    events: int
    commands: int
    beside: int
    """Rows of the tables beside the log."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    events: Sequence[Row]
    commands: Sequence[Row]
    types: Sequence[Row]


class Copying:
    """From one place to another. Without `keep` the source ends as a register that has moved, and takes no more events.

    `told` hears how many of how many events were copied.
    """

    def __init__(self, source: Place, target: Place, *, keep: bool, told: Callable[[int, int], None]) -> None:
        self._source = source
        self._target = target
        self._keep = keep
        self._told = told
        self._decoder = msgspec.json.Decoder(_Named)
        self._verified = 0
        self._without_events_since = 0

    async def run(self) -> Copied:
        """All of it. Raises CopyRefusedError, DifferenceError, StoreLockedError, and what a database raises."""
        await check_source(self._source, self._target)
        done = await open_target(self._source, self._target)
        behind = math.inf
        while True:
            async with self._source.log.read() as source:
                size, recorded_at = await _head(source)
            done = await self._copy(done, size)
            async with self._source.log.read() as source:
                await self._copy_commands_without_events(source)
            self._without_events_since = recorded_at
            while self._verified < done:
                async with self._source.log.read() as source:
                    await self._verify(source, min(done, self._verified + BATCH))
            async with self._source.log.read() as source:
                left = (await _head(source))[0] - done
            if left <= BATCH or left > behind / 2:  # little, or it is written as fast as it is copied
                break
            behind = left
        copied = await self._finish(done)
        async with self._target.log.write() as target:
            await moving.end_copy(target)
        if not self._target.log.sqlite:
            async with self._target.log.write() as target:
                await target.execute(sa.text("ANALYZE events, commands"))
        return copied

    async def _finish(self, done: int) -> Copied:
        """The last step: what is in the source now, and no more, is in the target."""
        async with AsyncExitStack() as stack:
            source = await stack.enter_async_context(self._held(self._source.log))
            size, recorded_at = await _head(source)
            while done < size:
                done = await self._take(source, done, size)
            await self._copy_commands_without_events(source)
            async with self._target.log.write() as target:
                await target.execute(head.update().values(recorded_at=recorded_at))
                await _copy_facts(source, target)
            mirrored = [(Pair(table, table), source, self._target.log) for table in _SIGNED]
            for pair, _, onto in mirrored:
                await self._still(source, pair.here)
                await pair.mirror(source, onto)
            for (database, part), (onto, twin) in zip(self._source.beside, self._target.beside, strict=True):
                reading = source
                if database is not self._source.log:
                    reading = await stack.enter_async_context(self._held(database))
                for here, there in zip(part.tables.sorted_tables, twin.tables.sorted_tables, strict=True):
                    await self._still(reading, here)
                    pair = Pair(here, there)
                    await pair.mirror(reading, onto)
                    mirrored.append((pair, reading, onto))
            await self._verify(source, done)
            beside = 0
            for pair, reading, onto in mirrored:
                async with onto.read() as target:
                    beside += await pair.compare(reading, target)
            async with self._target.log.read() as target:
                counted = await _compare_whole(source, target)
            if not self._keep and not await moving.note(source, moving.MOVED_TO):
                tables = [events, commands, *_SIGNED]
                for database, part in self._source.beside:
                    tables += part.tables.sorted_tables if database is self._source.log else []
                await moving.leave(source, self._target.shown, [table.name for table in tables])
        return Copied(events=size, commands=counted, beside=beside)

    @asynccontextmanager
    async def _held(self, database: Database) -> AsyncIterator[AsyncConnection]:
        """As it is now: nothing is written while a register moves; a copy is made of what is seen at one moment."""
        if not self._keep:
            async with database.write() as connection:
                if database is self._source.log:
                    await connection.execute(sa.select(head.c.size).with_for_update())
                yield connection
            return
        async with database.read() as connection:
            if not database.sqlite:
                await connection.execution_options(isolation_level="REPEATABLE READ")
            yield connection

    async def _still(self, connection: AsyncConnection, table: sa.Table) -> None:
        if not self._keep and connection.dialect.name == "postgresql":
            name = connection.dialect.identifier_preparer.format_table(table)
            await connection.exec_driver_sql(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE")

    async def _copy(self, done: int, size: int) -> int:
        while done < size:
            async with self._source.log.read() as source:
                done = await self._take(source, done, size)
        return done

    async def _take(self, source: AsyncConnection, done: int, size: int) -> int:
        """The next stretch, over to the target; returns how far it goes."""
        stretch = await self._stretch(source, done)
        async with self._target.log.write() as target:
            if (await _head(target, lock=True))[0] != done:
                raise CopyRefusedError("targetInUse")
            for one in stretch.types:
                await target.execute(self._target.log.insert_once(event_types).values(dict(one)))
            await target.execute(events.insert(), [dict(row) for row in stretch.events])
            if stretch.commands:
                await target.execute(commands.insert(), [dict(row) for row in stretch.commands])
            last = stretch.events[-1]
            await target.execute(head.update().values(size=last["position"], recorded_at=last["recorded_at"]))
        self._told(last["position"], max(size, last["position"]))
        return int(last["position"])

    async def _stretch(self, source: AsyncConnection, after: int) -> _Stretch:
        going = list(await _events(source, after, after + BATCH))
        done = await self._commands_of(source, going)
        end = max((one["last_position"] for one in done.values()), default=0)
        if going and end > going[-1]["position"]:
            going += await _events(source, going[-1]["position"], end)
        for expected, row in enumerate(going or [{"position": None}], after + 1):
            if row["position"] != expected:
                raise CopyRefusedError("sourceFault", fault=f"position {expected} is missing")
        return _Stretch(going, list(done.values()), await rows(source, sa.select(event_types)))

    async def _commands_of(self, connection: AsyncConnection, recorded: Sequence[Row]) -> Mapping[str, Row]:
        ids = dict.fromkeys(self._decoder.decode(row["body"]).command_id for row in recorded)
        found = await rows_of(connection, commands, _COMMAND, [(one,) for one in ids])
        return {command_id: row for (command_id,), row in found.items()}

    async def _copy_commands_without_events(self, source: AsyncConnection) -> None:
        recent = commands.c.recorded_at >= self._without_events_since
        async for page in pages(source, commands, _COMMAND, commands.c.first_position.is_(None), recent):
            async with self._target.log.write() as target:
                known = await rows_of(target, commands, _COMMAND, [named(row, _COMMAND) for row in page])
                fresh = [dict(row) for row in page if named(row, _COMMAND) not in known]
                if fresh:
                    await target.execute(commands.insert(), fresh)

    async def _verify(self, source: AsyncConnection, until: int) -> None:
        """Compare the stretch that was not compared yet. Raises DifferenceError for the first that is not the same."""
        async with self._target.log.read() as target:
            while self._verified < until:
                end = min(self._verified + BATCH, until)
                ours, theirs = [await _events(one, self._verified, end) for one in (source, target)]
                copied = {row["position"]: row for row in theirs}
                for row in ours:
                    same("events", row["position"], row, copied.get(row["position"]))
                kept, known = await self._commands_of(source, ours), await self._commands_of(target, ours)
                for key, row in kept.items():
                    same("commands", key, row, known.get(key))
                self._verified = end


async def _compare_whole(source: AsyncConnection, target: AsyncConnection) -> int:
    """Counts, types and facts, and the commands without events; returns how many commands there are."""
    async for page in pages(source, commands, _COMMAND, commands.c.first_position.is_(None)):
        known = await rows_of(target, commands, _COMMAND, [named(row, _COMMAND) for row in page])
        for row in page:
            same("commands", row["command_id"], row, known.get(named(row, _COMMAND)))
    counted = 0
    for table in (events, commands):
        counted, there = [await _count(one, table) for one in (source, target)]
        if counted != there:
            raise DifferenceError(table.name, "count", f"{counted} here, {there} in the copy")
    for name, wanted in {"head": sa.select(head), "event_types": sa.select(event_types), "register": _facts()}.items():
        ours, theirs = [{tuple(row.values()) for row in await rows(one, wanted)} for one in (source, target)]
        for different in sorted(ours ^ theirs):
            raise DifferenceError(name, different[0], "is not the same in both")
    return counted


async def _copy_facts(source: AsyncConnection, target: AsyncConnection) -> None:
    facts = [dict(row) for row in await rows(source, _facts())]
    await target.execute(register.delete().where(register.c.name.not_in(moving.NOTES)))
    if facts:
        await target.execute(register.insert(), facts)


def _facts() -> sa.Select[Any]:
    return sa.select(register).where(register.c.name.not_in(moving.NOTES))


async def _events(connection: AsyncConnection, after: int, until: int) -> Sequence[Row]:
    query = sa.select(events).where(events.c.position > after, events.c.position <= until).order_by(events.c.position)
    return await rows(connection, query)


async def _head(connection: AsyncConnection, *, lock: bool = False) -> tuple[int, int]:
    query = sa.select(head.c.size, head.c.recorded_at)
    size, recorded_at = (await connection.execute(query.with_for_update() if lock else query)).one()
    return size, recorded_at


async def _count(connection: AsyncConnection, table: sa.Table) -> int:
    return await connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
