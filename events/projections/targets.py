"""A read model's rows in one of its tables, and what a batch of events does to them before it is written."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from events.envelope import Recorded
from events.read_model import ReadModel, Slot

KEPT_BYTES: Final = 24 * 1024 * 1024
"""How much of rows, as they are stored, is kept in memory from one batch to the next; as objects they take some four
times as much."""

_EACH: Final = 256
_LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Parked:
    """A stream whose event at this position cannot be projected: it and all later ones are left out."""

    stream: str
    position: int
    reason: str
    parked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be written for one target."""

    target: "Target"
    position: int
    rows: Sequence[tuple[Any, ...]]
    entries: Sequence[tuple[Any, ...]]
    gone: Sequence[str]
    parked: Sequence[Parked]


class Kept:
    """Rows kept from one batch to the next, those used last; None for a row that there is not."""

    def __init__(self) -> None:
        self._most = KEPT_BYTES
        self._bytes = 0
        self._rows: dict[tuple[str, str], tuple[Any, int]] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, name: str, key: str) -> tuple[Any, int] | None:
        """The row and its size, no longer kept."""
        found = self._rows.pop((name, key), None)
        if found is not None:
            self._bytes -= found[1]
        return found

    def keep(self, name: str, key: str, row: Any, size: int) -> None:
        """Keep it, newest."""
        self._rows[name, key] = row, size
        self._bytes += size

    def shrink(self) -> None:
        """Forget the oldest. Only what is committed may be in here: it will be read again from its table."""
        while self._bytes > self._most:
            oldest = next(iter(self._rows))
            self._bytes -= self._rows.pop(oldest)[1]

    def clear(self) -> None:
        """Forget all."""
        self._rows.clear()
        self._bytes = 0


@dataclass(slots=True)
class Target:
    """One table of a read model, and how far it is."""

    model: ReadModel[Any]
    slot: Slot = "live"
    position: int = 0
    parked: dict[str, Parked] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)
    """The rows that this batch touches."""
    changed: dict[str, None] = field(default_factory=dict)
    """Which of them it changed."""
    _sizes: dict[str, int] = field(default_factory=dict)
    _parked_now: dict[str, None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What its checkpoint and its parked streams go by."""
        return named(self.model.name, self.slot)

    def leaves_out(self, stream: str, position: int) -> bool:
        """Whether that event, or an earlier one of its stream, is parked."""
        parked = self.parked.get(stream)
        return parked is not None and parked.position <= position

    def park(self, stream: str, position: int, error: Exception) -> Parked:
        """Leave out that event and all later ones of its stream."""
        said = f"{type(error).__name__}: {error}".replace("\0", "\N{REPLACEMENT CHARACTER}")
        reason = said.encode(errors="replace").decode()[:_LONGEST_REASON]
        self.parked[stream] = parked = Parked(stream, position, reason)
        self._parked_now[stream] = None
        return parked

    def sources(self, keys: Iterable[str]) -> Sequence[str]:
        """The streams that rows are made of."""
        found = self.model.sources
        return [] if found is None else [stream for key in keys for stream in found(key)]

    def bring(self, keys: Iterable[str], kept: Kept) -> Iterable[str]:
        """Have rows at hand. Returns the keys of those that must be read from the table."""
        rows, name = self.rows, self.name
        for key in keys:
            if key in rows:
                continue
            found = kept.take(name, key)
            if found is None:
                rows[key] = None  # until it is read
                yield key
            else:
                rows[key], self._sizes[key] = found

    def read(self, found: Iterable[tuple[str, bytes]]) -> None:
        """Rows as they were stored."""
        for key, stored in found:
            self.rows[key] = self.model.decode(stored)
            self._sizes[key] = _EACH + len(stored)

    def apply(self, keys: Sequence[str], recorded: Recorded[Any], *, encode: bool) -> None:
        """Fold one event in: all of its rows, or, where it raises, none. With `encode`, try that too."""
        rows, project = self.rows, self.model.project
        if len(keys) == 1 and not encode:
            (key,) = keys
            before = rows.get(key)
            row = project(before, recorded)
            if row is not before:
                rows[key] = row
                self.changed[key] = None
            return
        made = [(key, project(rows.get(key), recorded)) for key in keys]
        self.put(made, encode=encode)

    def put(self, made: Sequence[tuple[str, Any]], *, encode: bool = False) -> None:
        """Put rows in the place of what was."""
        if encode:
            for key, row in made:
                if row is not None:
                    check(self.model.encode(key, row))
                    for entry in self.model.enter(key, row):
                        check(entry)
        rows = self.rows
        for key, row in made:
            if row is not rows.get(key):
                rows[key] = row
                self.changed[key] = None

    def take(self, position: int, kept: Kept) -> Change:
        """What the batch changed, which from now on counts as written."""
        model, rows, name = self.model, self.rows, self.name
        encode = model.encode
        written = [encode(key, rows[key]) for key in sorted(self.changed) if rows[key] is not None]
        entries = [
            entry
            for key in sorted(self.changed if model.entries else ())
            if rows[key] is not None
            for entry in model.enter(key, rows[key])
        ]
        gone = [key for key in self.changed if rows[key] is None and key in self._sizes]
        if model.sources is not None:
            sizes = self._sizes | {row[0]: _EACH + len(row[1]) for row in written}
            for key, row in rows.items():
                kept.keep(name, key, row, sizes[key] if row is not None else _EACH)
        parked = [self.parked[stream] for stream in self._parked_now]
        self.position = max(self.position, position)
        self.forget_batch()
        return Change(self, self.position, written, entries, gone, parked)

    def forget_batch(self) -> None:
        """Begin the next batch."""
        self.rows = {}
        self.changed = {}
        self._sizes = {}
        self._parked_now = {}

    def begin_from(self, position: int, parked: Mapping[str, Parked]) -> None:
        """Where the table is, as its database says."""
        self.position = position
        self.parked = dict(parked)
        self.forget_batch()


def named(model: str, slot: Slot) -> str:
    """What the checkpoint and the parked streams of a model's table go by."""
    return model if slot == "live" else f"{model}:{slot}"


def check(values: Iterable[Any]) -> None:
    """Raise ValueError for a text that a database does not take."""
    for value in values:
        if isinstance(value, str) and ("\0" in value or (not value.isascii() and not _sound(value))):
            raise ValueError("a column holds a character that the database does not take")


def _sound(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
