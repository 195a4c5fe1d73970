"""Verifying a whole log: stretch by stretch, in order, until the end or the first that is wrong."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

from events.log.checkpoint import NoteError, VerifierKey
from events.log.tiles import LEVELS_IN_TILE, WIDTH, Tile, hashes_in
from events.log.verification import commands, notes
from events.log.verification.examining import STRETCH, examine
from events.log.verification.faults import Fault, LogError
from events.log.verification.notes import Known, Roots
from events.log.verification.places import Found, Opened, Place, Snapshot
from events.log.verification.rows import Run, Stretch
from events.log.verification.tree import tile_difference
from events.log.verification.workers import Workers, processes, workers

_NOTES_AT_ONCE = 500

Heard = Callable[[int, int], None]
"""Told how many positions of how many are done."""


@dataclass(slots=True)
class Verified:
    """What was looked at, and what was wrong with it."""

    size: int
    """Of the log."""
    sealed: int = 0
    """As far as a checkpoint that the log agrees with goes."""
    known: Sequence[Known] = ()
    """The checkpoints that the log's key signed."""
    faults: list[Fault] = field(default_factory=list)


def verify(
    place: Place,
    keys: Sequence[VerifierKey] | None = None,
    outside: Sequence[Found] = (),
    *,
    witnesses: Sequence[VerifierKey] = (),
    deep: bool = False,
    told: Heard = lambda _done, _of: None,
    count: int | None = None,
) -> Verified:
    """Look at every byte, with these keys or else those that lie beside the log, and those of `witnesses`.

    `outside` are checkpoints that were kept elsewhere. `count` is of processes.

    With `deep` all of every body is read, and seen to be canonical JSON: that takes twice as long.

    Raises LogError where there is nothing to look at.
    """
    with place.open() as opened:
        snapshot = opened.snapshot()
        pieces = -(-snapshot.size // STRETCH)
        with workers(place, opened, count or processes(pieces)) as those:
            return _Verifying(snapshot, opened, those, told, deep=deep).run(
                [*(_beside(snapshot) if keys is None else keys), *witnesses], outside
            )


class _Verifying:
    def __init__(self, snapshot: Snapshot, opened: Opened, those: Workers, told: Heard, *, deep: bool) -> None:
        self._snapshot = snapshot
        self._opened = opened
        self._workers = those
        self._told = told
        self._deep = deep
        self._versions: dict[str, int] = {}
        self._time = -1
        self._types = set[tuple[str, int]]()
        self._commands = commands.Told()
        self._faults: list[Fault] = []

    def run(self, keys: Sequence[VerifierKey], outside: Sequence[Found]) -> Verified:
        snapshot = self._snapshot
        roots = Roots(self._known([*snapshot.checkpoints, *outside], keys))
        self._judge_snapshot(roots)
        recorded = self._workers.aside(partial(_recorded, snapshot.size, snapshot.recorded_at or 0))
        if self._walk(roots):
            roots.end(snapshot.size)
            self._judge_tiles(roots)
            self._judge_end(recorded)
        found = [*self._faults, *roots.faults]
        return Verified(snapshot.size, roots.confirmed, roots.known, sorted(found, key=lambda one: one.position))

    def _known(self, found: Sequence[Found], keys: Sequence[VerifierKey]) -> list[Known]:
        parts = (found[at : at + _NOTES_AT_ONCE] for at in range(0, len(found), _NOTES_AT_ONCE))
        known: list[Known] = []
        for one in self._workers.in_order(partial(_read_notes, part, keys) for part in parts):
            known += one.known
            self._faults += one.faults
        return known

    def _judge_snapshot(self, roots: Roots) -> None:
        """What the parts say of how far the log goes."""
        snapshot = self._snapshot
        if snapshot.last > snapshot.size:
            self._note(snapshot.size + 1, "position.unexpected", last=snapshot.last)
        if snapshot.last_of_commands > snapshot.size:
            self._note(snapshot.size + 1, "command.unfounded")
        sealed = snapshot.tiles.get(0, 0)
        if sealed > snapshot.size:
            self._note(snapshot.size + 1, "tile.unexpected", sealed=sealed)
        own = {one.where for one in snapshot.checkpoints}
        covered = max((one.checkpoint.size for one in roots.known if one.where in own), default=0)
        if sealed < covered:
            self._note(sealed + 1, "tile.missing", tile=Tile(0, sealed // WIDTH).path)

    def _walk(self, roots: Roots) -> bool:
        """Every stretch. Returns whether all were whole."""
        size = self._snapshot.size
        self._told(0, size)
        for stretch in self._workers.in_order(self._stretches(roots)):
            self._join(stretch)
            roots.grow(stretch)
            if stretch.fault:
                self._faults.append(stretch.fault)
            if stretch.fault or any(one.code == "stream.version" for one in self._faults):
                return False
            self._told(stretch.last, size)
        return True

    def _stretches(self, roots: Roots) -> Iterator[Callable[[Opened], Stretch]]:
        sealed = self._snapshot.tiles.get(0, 0)
        for first in range(1, self._snapshot.size + 1, STRETCH):
            last = min(first + STRETCH - 1, self._snapshot.size)
            sizes = roots.within(first, last)
            yield partial(_examine, first, last, sealed, sizes, self._deep)

    def _join(self, stretch: Stretch) -> None:
        """What a stretch has to do with those before it."""
        if stretch.versions and stretch.times[0] < self._time:
            self._note(stretch.first, "recordedAt.backwards")
        for stream, (version, position) in stretch.begun.items():
            before = self._versions.get(stream, 0)
            if version != before + 1:
                self._note(position, "stream.version", stream=stream, version=version, before=before)
        again = (self._versions.keys() & stretch.versions.keys()) - stretch.begun.keys()
        for stream in again:
            before = self._versions[stream]
            self._note(stretch.first, "stream.version", stream=stream, version=1, before=before, until=stretch.last)
        self._versions.update(stretch.versions)
        self._time = max(self._time, stretch.times[1])
        self._types |= stretch.types
        self._commands.add(stretch)

    def _judge_tiles(self, roots: Roots) -> None:
        """Those above the leaves' own."""
        snapshot = self._snapshot
        sealed = min(snapshot.tiles.get(0, 0), snapshot.size)
        if snapshot.tiles.get(0, 0) > snapshot.size:
            return  # that was told, and the rest follows from it
        for level in range(1, max([*snapshot.tiles, sealed.bit_length() // LEVELS_IN_TILE], default=0) + 1):
            under = LEVELS_IN_TILE * level  # so many leaves, as a power of two, lie under each hash
            held = sealed >> under
            if snapshot.tiles.get(level, 0) != held:
                first = min(held, snapshot.tiles.get(level, 0)) << under
                self._note(min(first, sealed - 1) + 1, "tile.level", level=level)
            told = self._opened.tiles(level, 0, -(-held // WIDTH))
            for number, right in enumerate(roots.tree.tiles(level, sealed)):
                hashes = hashes_in(right)
                index = tile_difference(told.get(number, b"")[: len(right)], hashes)
                if index is not None:
                    position = ((number * WIDTH + index) << under) + 1
                    path = Tile(level, number, len(hashes)).path
                    self._note(position, "tile.wrong", tile=path, until=position + (1 << under) - 1)
                    break

    def _judge_end(self, recorded: Callable[[], commands.Tally]) -> None:
        """What can be said once all rows were seen."""
        snapshot = self._snapshot
        if snapshot.types is not None:
            for name, version in sorted(self._types - snapshot.types):
                self._note(1, "type.unknown", type=name, version=version, until=snapshot.size)
        if snapshot.recorded_at is None:
            return
        if self._time > snapshot.recorded_at:
            self._note(snapshot.size, "head.recordedAt")
        tally = recorded()
        if tally.fault:
            self._faults.append(tally.fault)
        elif (tally.count, tally.sum) != self._commands.total():
            fault = commands.search(self._opened, snapshot.size, self._runs())
            self._faults.append(fault or Fault(1, "command.unfounded", {"until": snapshot.size}))
        elif not tally.latest and snapshot.recorded_at:
            self._note(max(snapshot.size, 1), "head.recordedAt")

    def _runs(self) -> Iterator[Run]:
        """Every command that events name, with all its events."""
        pending: Run | None = None
        for run in chain.from_iterable(self._runs_of_stretches()):
            if pending is not None and pending.command_id == run.command_id:
                pending = pending._replace(last=run.last)
                continue
            if pending is not None:
                yield pending
            pending = run
        if pending is not None:
            yield pending

    def _runs_of_stretches(self) -> Iterator[Sequence[Run]]:
        for first in range(1, self._snapshot.size + 1, STRETCH):
            seen = examine(self._opened, first, min(first + STRETCH - 1, self._snapshot.size), runs=True)
            yield [*seen.edges[:1], *(seen.inner or ()), *seen.edges[1:]]

    def _note(self, position: int, code: str, **facts: str | int) -> None:
        self._faults.append(Fault(position, code, facts))


def _beside(snapshot: Snapshot) -> Sequence[VerifierKey]:
    try:
        return [VerifierKey.parse(key) for key in snapshot.keys]
    except NoteError as error:
        raise LogError(str(error)) from None


def _examine(first: int, last: int, sealed: int, sizes: Sequence[int], deep: bool, opened: Opened) -> Stretch:  # noqa: FBT001 - by position, for `partial`
    return examine(opened, first, last, sealed, sizes, deep=deep)


def _recorded(size: int, recorded_at: int, opened: Opened) -> commands.Tally:
    return commands.recorded(opened, size, recorded_at)


def _read_notes(found: Sequence[Found], keys: Sequence[VerifierKey], _opened: Opened) -> notes.Read:
    return notes.read(found, keys)
