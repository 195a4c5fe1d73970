"""Keeps read models up to date with the log: rows and checkpoint move in one transaction."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from events.codec import UnknownEventError
from events.envelope import Recorded, from_micros
from events.read_model import CorrectionOf, ReadModel, apply, metadata
from events.store.schema import checkpoints
from events.store.schema import events as event_table
from events.store.sql import SqlStore

_log = structlog.get_logger(__name__)

BATCH: Final = 500
_STREAMS_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a read model is; `stopped` says why it does not go on."""

    name: str
    version: int
    position: int
    stopped: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that a replay makes otherwise than the live table has it."""

    model: str
    key: str


class _StoppedError(Exception):
    pass


class Projector:
    """Runs read models over a store. Several processes may run it on one PostgreSQL: the checkpoint row is the lock."""

    def __init__(
        self,
        store: SqlStore,
        models: Sequence[ReadModel[Any]],
        correction_of: CorrectionOf,
        *,
        poll_seconds: float = 0.5,
    ) -> None:
        self._store = store
        self._database = store.database
        self.models = models
        self._correction_of = correction_of
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()
        self._moved = asyncio.Condition()
        self._position = 0
        for model in models:
            model.table()

    async def open(self) -> None:
        """Create missing tables; a model that stopped gets another try."""
        async with self._database.write() as connection:
            if not self._database.sqlite:
                await connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('errera projector'))"))
            await connection.run_sync(metadata.create_all)
            for model in self.models:
                known = await connection.scalar(
                    sa.select(checkpoints.c.position).where(checkpoints.c.name == model.name, _version(model))
                )
                if known is None:
                    await connection.execute(
                        checkpoints.insert().values(name=model.name, version=model.version, position=0)
                    )
            await connection.execute(checkpoints.update().values(stopped=None))

    async def run(self) -> None:
        """Follow the log until cancelled."""
        while True:
            self._woken.clear()  # before looking: who wakes us meanwhile is not forgotten
            try:
                while await self.run_once():
                    pass
            except (OSError, sa.exc.SQLAlchemyError):
                _log.exception("projector.failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):  # wait_for of Python 3.11 may swallow a cancellation
                    await self._woken.wait()

    def wake(self) -> None:
        """There is something new in the log."""
        self._woken.set()

    async def run_once(self) -> bool:
        """One batch. Returns whether there may be more."""
        behind = await self._behind()
        if not behind:
            return False
        async with self._database.write() as connection:
            positions = await self._lock_checkpoints(connection)
            if not positions:
                return False
            after = min(positions.values())
            rows = (
                await connection.execute(
                    sa.select(event_table)
                    .where(event_table.c.position > after)
                    .order_by(event_table.c.position)
                    .limit(BATCH)
                )
            ).all()
            if not rows:
                return False
            for model in self.models:
                if model.name in positions:
                    await self._advance(connection, model, positions[model.name], rows)
        await self._note_position()
        return True

    async def wait_for(self, position: int, seconds: float) -> bool:
        """Wait until every running model has reached a position; False if that takes longer."""
        deadline = asyncio.get_running_loop().time() + seconds
        self.wake()
        while self._position < position:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            try:
                async with self._moved, asyncio.timeout(min(left, self._poll_seconds)):
                    await self._moved.wait()
            except TimeoutError:  # another process may have moved it; asked without holding the condition
                await self._note_position()
        return True

    async def progress(self) -> Sequence[Progress]:
        """How far each read model is."""
        async with self._database.read() as connection:
            rows = (await connection.execute(sa.select(checkpoints).order_by(checkpoints.c.name))).all()
        current = {(model.name, model.version) for model in self.models}
        return [
            Progress(row.name, row.version, row.position, row.stopped)
            for row in rows
            if (row.name, row.version) in current
        ]

    async def rebuild(self, only: Sequence[str] = ()) -> int:
        """Make read models anew from the log, in one transaction: readers see the old rows until it is done."""
        chosen = [model for model in self.models if not only or model.name in only]
        async with self._database.write() as connection:
            await self._lock_checkpoints(connection)
            position = 0
            for model in chosen:
                await connection.execute(model.table().delete())
            going = list(chosen)
            while True:
                rows = (
                    await connection.execute(
                        sa.select(event_table)
                        .where(event_table.c.position > position)
                        .order_by(event_table.c.position)
                        .limit(BATCH)
                    )
                ).all()
                if not rows:
                    return position
                going = [model for model in going if await self._advance(connection, model, position, rows)]
                position = rows[-1].position

    async def verify(self) -> Sequence[Difference]:
        """Replay the log in memory and compare with the live tables."""
        async with self._database.read() as connection:
            if not self._database.sqlite:  # one snapshot, while other processes write
                await connection.execution_options(isolation_level="REPEATABLE READ")
            current = {(model.name, model.version) for model in self.models}
            positions = {
                row.name: row.position
                for row in (await connection.execute(sa.select(checkpoints))).all()
                if (row.name, row.version) in current
            }
            recorded = [
                self._store.codec.decode(row.position, from_micros(row.recorded_at), row.body)
                for row in (await connection.execute(sa.select(event_table).order_by(event_table.c.position))).all()
            ]
            streams: dict[str, list[Recorded[Any]]] = {}
            for one in recorded:
                streams.setdefault(one.stream, []).append(one)
            found: list[Difference] = []
            for model in self.models:
                expected: dict[str, Any] = {}
                for one in recorded:
                    if one.position <= positions[model.name] and model.follows(one.stream):
                        apply(model, expected, one, self._correction_of, _Lenient(streams))
                live = {row.key: row for row in (await connection.execute(sa.select(model.table()))).all()}
                wanted = {key: model.encode(key, row) for key, row in expected.items() if row is not None}
                found += [
                    Difference(model.name, key)
                    for key in sorted(wanted.keys() | live.keys())
                    if key not in wanted or key not in live or dict(live[key]._mapping) != wanted[key]  # noqa: SLF001 - SQLAlchemy's public name for it
                ]
            return found

    async def _behind(self) -> bool:
        head = await self._store.head()
        progress = [one for one in await self.progress() if one.stopped is None]
        self._position = min((one.position for one in progress), default=head.size)
        return any(one.position < head.size for one in progress)

    async def _note_position(self) -> None:
        await self._behind()
        async with self._moved:
            self._moved.notify_all()

    async def _lock_checkpoints(self, connection: AsyncConnection) -> Mapping[str, int]:
        rows = await connection.execute(
            sa.select(checkpoints)
            .where(checkpoints.c.stopped.is_(None))
            .order_by(checkpoints.c.name, checkpoints.c.version)
            .with_for_update()
        )
        current = {(model.name, model.version) for model in self.models}
        return {row.name: row.position for row in rows if (row.name, row.version) in current}

    async def _advance(
        self, connection: AsyncConnection, model: ReadModel[Any], after: int, rows: Sequence[sa.Row[Any]]
    ) -> bool:
        """Whether the model goes on."""
        mine = [row for row in rows if row.position > after]
        if not mine:
            return True
        position, stopped = mine[-1].position, None
        recorded: list[Recorded[Any]] = []
        for row in mine:
            if not model.follows(row.stream):
                continue
            try:
                recorded.append(self._store.codec.decode(row.position, from_micros(row.recorded_at), row.body))
            except (UnknownEventError, msgspec.MsgspecError) as error:
                position, stopped = row.position - 1, f"position {row.position}: {error}"
                break
        try:
            await self._fold(connection, model, recorded)
        except _StoppedError as error:
            position, stopped = after, str(error)
        if stopped:
            _log.error("projection.stopped", model=model.name, reason=stopped)
        await connection.execute(
            checkpoints.update()
            .where(checkpoints.c.name == model.name, _version(model))
            .values(position=position, stopped=stopped)
        )
        return stopped is None

    async def _fold(
        self, connection: AsyncConnection, model: ReadModel[Any], recorded: Sequence[Recorded[Any]]
    ) -> None:
        touched: dict[str, None] = {}
        for one in recorded:
            with _stopping(one):
                touched.update(dict.fromkeys(model.keys(one)))
        if not touched:
            return
        table = model.table()
        rows: dict[str, Any] = {}
        for start in range(0, len(touched), _STREAMS_AT_ONCE):
            some = list(touched)[start : start + _STREAMS_AT_ONCE]
            for key, stored in await connection.execute(
                sa.select(table.c.key, table.c.row).where(table.c.key.in_(some))
            ):
                rows[key] = model.decode(stored)
        before = dict(rows)
        for one in recorded:
            with _stopping(one):
                streams: dict[str, list[Recorded[Any]]] = {}
                if model.sources is not None and self._correction_of(one.event) is not None:
                    streams = await self._streams(connection, model, one)
                apply(model, rows, one, self._correction_of, streams)
        gone = [key for key in before if rows.get(key) != before[key]]
        for start in range(0, len(gone), _STREAMS_AT_ONCE):
            await connection.execute(table.delete().where(table.c.key.in_(gone[start : start + _STREAMS_AT_ONCE])))
        new = [
            model.encode(key, rows[key])
            for key in touched
            if rows.get(key) is not None and rows.get(key) != before.get(key)
        ]
        if new:
            await connection.execute(table.insert(), new)

    async def _streams(
        self, connection: AsyncConnection, model: ReadModel[Any], one: Recorded[Any]
    ) -> dict[str, list[Recorded[Any]]]:
        wanted = [source for key in model.keys(one) for source in (model.sources or _none)(key)]
        streams: dict[str, list[Recorded[Any]]] = {stream: [] for stream in wanted}
        for row in await connection.execute(
            sa.select(event_table).where(event_table.c.stream.in_(wanted)).order_by(event_table.c.position)
        ):
            decoded = self._store.codec.decode(row.position, from_micros(row.recorded_at), row.body)
            streams[row.stream].append(decoded)
        return streams


@contextmanager
def _stopping(one: Recorded[Any]) -> Iterator[None]:
    try:
        yield
    except (OSError, sa.exc.SQLAlchemyError):
        raise  # the database's trouble is not the event's
    except Exception as error:
        raise _StoppedError(f"position {one.position}: {type(error).__name__}: {error}") from error


class _Lenient(dict[str, Sequence[Recorded[Any]]]):
    """Streams, where one without events is empty."""

    def __missing__(self, stream: str) -> Sequence[Recorded[Any]]:
        return ()


def _none(_key: str) -> Sequence[str]:
    return ()


def _version(model: ReadModel[Any]) -> sa.ColumnElement[bool]:
    return checkpoints.c.version == model.version
