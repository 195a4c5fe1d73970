"""Where a log may lie: a SQLite file, a PostgreSQL database, a folder laid out as C2SP tlog-tiles has it.

A place is passed to other processes, and opened in each for itself. Nothing is ever written, so the service may run.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypeAlias

from events.log.verification.rows import Source

Spans: TypeAlias = Sequence[tuple[str, int | None, int | None, int]]
"""Command records: id, first and last position, recordedAt."""


class Found(NamedTuple):
    """A signed note and where it was found; in the log's own database, of which size it is said to be."""

    where: str
    note: bytes
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a place says of itself at one moment. Rows up to `size` never change after it."""

    size: int
    recorded_at: int | None
    """What the head says; None for a place without one, which has no command records either."""
    last: int
    """The last position that there is a row of."""
    last_of_commands: int
    """The last position that a command record names."""
    tiles: Mapping[int, int]
    """Level -> how many hashes its tiles hold."""
    checkpoints: Sequence[Found] = ()
    types: frozenset[tuple[str, int]] | None = None
    """The types of events on record."""
    keys: Sequence[str] = field(default=())
    """Verifier keys that lie beside it."""


class Opened(Source, Protocol):
    """A place, open for reading in this process."""

    def snapshot(self) -> Snapshot:
        """What it says of itself now."""
        ...

    def commands(self) -> Iterator[Spans]:
        """All command records, in no order."""
        ...


class Place(Protocol):
    """Where a log lies."""

    @property
    def shown(self) -> str:
        """Its name, without a password."""
        ...

    def open(self) -> AbstractContextManager[Opened]:
        """Open it for reading. Raises LogError where there is no log."""
        ...


def with_cosignatures(notes: Iterable[Sequence[Any]], lines: Iterable[Sequence[Any]]) -> Sequence[Found]:
    """Checkpoints as they are served: sizes and notes, and for some sizes lines of witnesses."""
    cosigned: dict[int, bytes] = {}
    for size, line in lines:
        cosigned[size] = cosigned.get(size, b"") + str(line).encode()
    return [Found(f"log_checkpoints {size}", bytes(note) + cosigned.get(size, b""), size) for size, note in notes]
