"""Rows of a log, where they are read from, and what was seen in a stretch of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

from events.log.verification.faults import Fault

Row: TypeAlias = tuple[int, str, int, int, bytes]
"""Position, stream, version, recordedAt in microseconds, body."""


class Run(NamedTuple):
    """A command's events: they follow one another."""

    command_id: str
    first: int
    last: int
    recorded_at: int


class UnreadableRowsError(Exception):
    """The database cannot read its own bytes there."""


class Source(Protocol):
    """What is read of a log, in one process."""

    def rows(self, after: int, until: int) -> Sequence[Row]:
        """Those after one position, until another, in order. Raises UnreadableRowsError, LogError."""
        ...

    def tiles(self, level: int, first: int, count: int) -> Mapping[int, bytes]:
        """So many tiles of a level by number, as far as they are there; asked only of a place that says it has some."""
        ...


@dataclass(slots=True)
class Stretch:
    """What was seen in a stretch. What it has to do with others is judged where they come together."""

    first: int
    last: int
    roots: list[bytes] = field(default_factory=list)
    """Of its full tiles."""
    parts: dict[int, bytes] = field(default_factory=dict)
    """Size -> the hash over the leaves after the last full tile, for each size asked for."""
    told: dict[int, bytes] = field(default_factory=dict)
    """The same by the hashes that stand in a tile with which the leaves do not agree."""
    begun: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Stream -> version and position of its first event here, where that is not its first at all."""
    versions: dict[str, int] = field(default_factory=dict)
    """Stream -> the version it comes to."""
    times: tuple[int, int] = (0, 0)
    runs: int = 0
    """Commands that are wholly inside."""
    sum: int = 0
    """Of their hashes."""
    edges: list[Run] = field(default_factory=list)
    """The first command and, if it is another, the last: they may go on outside."""
    inner: list[Run] | None = None
    """Those that are wholly inside, where they are asked for."""
    types: set[tuple[str, int]] = field(default_factory=set)
    fault: Fault | None = None
    """The first that was found."""

    def note(self, fault: Fault) -> None:
        """Something is wrong there."""
        if self.fault is None or fault.position < self.fault.position:
            self.fault = fault
