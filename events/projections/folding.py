"""Folds batches of the log into read models: each event decoded once, each row read and written once a batch."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from events.codec import Codec
from events.envelope import Recorded, from_micros
from events.projections import bulk
from events.projections.bulk import Entry
from events.projections.parking import parked_in, write_parked
from events.projections.targets import Change, Kept, Parked, Target
from events.read_model import CorrectionOf, ReadModel, UnplaceableError, in_place
from events.store.database import Database
from events.store.schema import checkpoints

_log = structlog.get_logger(__name__)

SLICE: Final = 100
"""After so many events others have a turn."""

_Step: TypeAlias = tuple[Target, Recorded[Any], Sequence[str], bool]
"""Which rows of which target an event touches, and whether it makes them anew."""


class UnwritableError(Exception):
    """A row cannot be encoded; folded once more with care, the batch shows which event made it so."""


class UnfoldableError(Exception):
    """A row cannot be made from its streams, because of this event."""

    def __init__(self, stream: str, position: int, why: Exception) -> None:
        super().__init__(f"{type(why).__name__}: {why}")
        self.stream = stream
        self.position = position
        self.why = why


Sources: TypeAlias = Mapping[str, Sequence[Recorded[Any] | UnfoldableError]]
"""Streams that rows are made of."""


class Folding:
    """Some targets over one log."""

    def __init__(
        self, database: Database, codec: Codec, correction_of: CorrectionOf, targets: Sequence[Target]
    ) -> None:
        self.database = database
        self.targets = targets
        self._codec = codec
        self._correction_of = correction_of
        self._kept = Kept()
        self._by_category: dict[str, tuple[Target, ...]] = {}
        self.loaded = False

    @property
    def position(self) -> int:
        """Up to where all of them are."""
        return min((target.position for target in self.targets), default=0)

    async def load(self, connection: AsyncConnection) -> None:
        """Begin from what the database says."""
        self.forget()
        positions = {(row.name, row.version): row.position for row in await connection.execute(sa.select(checkpoints))}
        parked = await parked_in(connection)
        for target in self.targets:
            mark = (target.name, target.model.version)
            target.begin_from(positions.get(mark, 0), parked.get(mark, {}))
        self.loaded = True

    def forget(self) -> None:
        """Nothing that is remembered holds any more."""
        self.loaded = False
        self._kept.clear()
        for target in self.targets:
            target.forget_batch()

    async def batch(
        self, connection: AsyncConnection, entries: Sequence[Entry], *, careful: bool = False
    ) -> Sequence[Change]:
        """What a batch of the log changes; from now on it counts as written. The connection only reads.

        Raises UnwritableError; then `load` and fold again, `careful`, which parks the event that is to blame.
        """
        await self._fold(connection, entries, careful=careful)
        return self.take(entries[-1][0])

    def take(self, position: int) -> Sequence[Change]:
        """What was folded since the last time."""
        self._kept.shrink()
        try:
            return [target.take(position, self._kept) for target in self.targets]
        except Exception as error:
            raise UnwritableError(str(error)) from error

    async def _fold(self, connection: AsyncConnection, entries: Sequence[Entry], *, careful: bool) -> None:
        steps = await self._steps(entries)
        for target in self.targets:
            if target.model.sources is not None:
                wanted = chain.from_iterable(step[2] for step in steps if step[0] is target)
                await self._bring(connection, target, wanted)
        again = {source for target, _, keys, corrects in steps if corrects for source in target.sources(keys)}
        sources = await self._sources(connection, again, entries[-1][0])
        for count, (target, recorded, keys, corrects) in enumerate(steps, 1):
            if count % SLICE == 0:
                await asyncio.sleep(0)
            if target.parked and target.leaves_out(recorded.stream, recorded.position):
                continue
            try:
                if not corrects:
                    target.apply(keys, recorded, encode=careful)
                else:
                    made = [(key, self._row(target, key, sources, recorded.position)) for key in keys]
                    target.put(made, encode=careful)
            except UnfoldableError as error:
                self._park([target], recorded.stream, recorded.position, error.why)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this event's
                self._park([target], recorded.stream, recorded.position, error)

    async def _steps(self, entries: Sequence[Entry]) -> Sequence[_Step]:
        steps: list[_Step] = []
        decode, correction_of = self._codec.decode, self._correction_of
        for count, (position, stream, recorded_at, body) in enumerate(entries, 1):
            if count % SLICE == 0:
                await asyncio.sleep(0)
            following = self._following(stream)
            if not following:
                continue
            try:
                recorded = decode(position, from_micros(recorded_at), body)
            except Exception as error:  # noqa: BLE001 - an upcaster may raise anything
                self._park(following, stream, position, error)
                continue
            corrected: bool | None = None
            for target in following:
                if position <= target.position or (target.parked and target.leaves_out(stream, position)):
                    continue
                try:
                    keys = target.model.keys(recorded)
                    if corrected is None and target.model.sources is not None:
                        corrected = correction_of(recorded.event) is not None
                    in_place = target.model.sources is not None and not target.model.tells_corrections
                    corrects = corrected is True and in_place
                except Exception as error:  # noqa: BLE001 - whatever it is, it is this event's
                    self._park([target], stream, position, error)
                else:
                    if keys:
                        steps.append((target, recorded, keys, corrects))
        return steps

    def _following(self, stream: str) -> tuple[Target, ...]:
        category = stream.partition("-")[0]
        found = self._by_category.get(category)
        if found is None:
            found = tuple(target for target in self.targets if category in target.model.categories)
            self._by_category[category] = found
        return found

    def _park(self, targets: Sequence[Target], stream: str, position: int, error: Exception) -> None:
        for target in targets:
            if position > target.position and not target.leaves_out(stream, position):
                parked = target.park(stream, position, error)
                _log.error("projection.parked", model=target.name, position=position, reason=parked.reason)

    async def retry(self, connection: AsyncConnection, target: Target, stream: str) -> bool:
        """Fold in what was left out of a stream, up to where the target is. Returns whether nothing is any more."""
        parked = target.parked.pop(stream)
        keys: dict[str, None] = {}
        for position, _, recorded_at, body in await bulk.of_streams(connection, [stream], target.position):
            if position < parked.position:
                continue
            try:
                recorded = self._codec.decode(position, from_micros(recorded_at), body)
                touched = target.model.keys(recorded)
                if target.model.sources is None:
                    target.apply(touched, recorded, encode=True)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is this event's
                target.park(stream, position, error)
                break
            keys.update(dict.fromkeys(touched))
        if target.model.sources is not None:
            await self._bring(connection, target, keys)
            sources = await self._sources(connection, target.sources(keys), target.position)
            self._remake(target, keys, sources, parked)
        return stream not in target.parked

    def _remake(self, target: Target, keys: Iterable[str], sources: Sources, parked: Parked) -> None:
        while True:
            try:
                target.put([(key, self._row(target, key, sources, target.position)) for key in keys], encode=True)
            except UnfoldableError as error:
                own = error.stream == parked.stream and not target.leaves_out(parked.stream, error.position)
                if not own and target.leaves_out(parked.stream, parked.position):
                    raise
                target.park(parked.stream, error.position if own else parked.position, error.why)
            else:
                return

    async def _bring(self, connection: AsyncConnection, target: Target, keys: Iterable[str]) -> None:
        if missing := list(target.bring(keys, self._kept)):
            target.read(await bulk.stored(connection, target.model.table(target.slot), missing))

    async def _sources(self, connection: AsyncConnection, streams: Iterable[str], until: int) -> Sources:
        """Some streams as far as they can be decoded; then comes why they cannot."""
        found: dict[str, list[Recorded[Any] | UnfoldableError]] = {stream: [] for stream in streams}
        if not found:
            return found
        for position, stream, recorded_at, body in await bulk.of_streams(connection, list(found), until):
            try:
                found[stream].append(self._codec.decode(position, from_micros(recorded_at), body))
            except Exception as error:  # noqa: BLE001 - an upcaster may raise anything
                found[stream].append(UnfoldableError(stream, position, error))
        return found

    def _row(self, target: Target, key: str, sources: Sources, until: int) -> Any:
        """A row from nothing, out of all its streams but what is parked of them. Raises UnfoldableError."""
        recorded: list[Recorded[Any]] = []
        for stream in target.sources([key]):
            for one in sources[stream]:
                if one.position > until or target.leaves_out(stream, one.position):
                    break
                if isinstance(one, UnfoldableError):
                    raise one
                recorded.append(one)
        row, project = None, target.model.project
        told = target.model.tells_corrections
        for one in recorded if told else self._in_place(recorded):
            try:
                row = project(row, one)
            except Exception as error:
                raise UnfoldableError(one.stream, one.position, error) from error
        return row

    def _in_place(self, recorded: Sequence[Recorded[Any]]) -> Sequence[Recorded[Any]]:
        try:
            return in_place(recorded, self._correction_of)
        except UnplaceableError as error:
            raise UnfoldableError(error.recorded.stream, error.recorded.position, error.why) from error


async def write(connection: AsyncConnection, database: Database, changes: Sequence[Change]) -> None:
    """Rows, parked streams and checkpoints."""
    for change in changes:
        table = change.target.model.table(change.target.slot)
        if change.target.model.entries:
            changed = [*change.gone, *(row[0] for row in change.rows)]
            entries = change.target.model.entry_table(change.target.slot)
            if changed:
                await bulk.delete(connection, entries, changed)
            if change.entries:
                await bulk.insert(connection, entries, change.entries)
        if change.gone:
            await bulk.delete(connection, table, change.gone)
        if change.rows:
            await bulk.upsert(connection, table, change.rows)
        if change.parked:
            await write_parked(connection, database, change.target, change.parked)
    for position, marks in _marks(changes):
        await connection.execute(
            checkpoints.update()
            .where(sa.tuple_(checkpoints.c.name, checkpoints.c.version).in_(marks))
            .values(position=position)
        )


def _marks(changes: Sequence[Change]) -> Iterator[tuple[int, Sequence[tuple[str, int]]]]:
    by_position: dict[int, list[tuple[str, int]]] = {}
    for change in changes:
        mark = (change.target.name, change.target.model.version)
        by_position.setdefault(change.position, []).append(mark)
    yield from by_position.items()


def targets_of(models: Sequence[ReadModel[Any]]) -> Sequence[Target]:
    """Their live tables."""
    return [Target(model) for model in models]
