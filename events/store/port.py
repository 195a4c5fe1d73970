"""What a store promises. One contract suite holds every implementation to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from events.codec import Pending
from events.envelope import Context, Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class Append:
    """One command's events, all or none.

    Every event names the version it will be in its stream: that is the expected version. `conditions` are streams that
    were read but are not written (stream -> the version read); the append is refused if one of them has moved.
    The same command id with the same `request_hash` answers as before; with another it is refused.
    """

    context: Context
    request_hash: bytes
    events: Sequence[Pending]
    conditions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRecord:
    """What a command did: positions are None where no event resulted."""

    command_id: str
    request_hash: bytes
    first_position: int | None
    last_position: int | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Appended:
    """The outcome of an append; `repeated` where the command had been carried out before."""

    record: CommandRecord
    repeated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The log's size, which is its last position, and when that was recorded (None while it is empty)."""

    size: int
    recorded_at: datetime | None


class StoreError(Exception):
    """The store refused, and nothing was written."""


class VersionConflictError(StoreError):
    """A stream is not at the version that the command was decided on: read again and decide again."""

    def __init__(self, stream: str, expected: int, actual: int) -> None:
        super().__init__(f"{stream} is at version {actual}, not {expected}")
        self.stream = stream
        self.expected = expected
        self.actual = actual


class CommandReusedError(StoreError):
    """The command id was used before with other content."""


class EntryTooLargeError(StoreError):
    """An entry is over the limit."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"an event of {size} bytes is over the limit of {limit}")
        self.size = size
        self.limit = limit


class ReadOnlyStoreError(StoreError):
    """The log failed its check at start: nothing is written until someone looked."""


class Store(Protocol):
    """An append-only log of streams, with contiguous positions in commit order."""

    async def append(self, append: Append) -> Appended:
        """Record a command's events. Raises VersionConflictError, CommandReusedError, EntryTooLargeError."""
        ...

    async def command(self, command_id: str) -> CommandRecord | None:
        """What a command did, if it was carried out."""
        ...

    async def read_stream(self, stream: str) -> Sequence[Recorded[Any]]:
        """A stream's events in order; empty for a stream that does not exist."""
        ...

    async def read_streams(self, streams: Iterable[str]) -> Mapping[str, Sequence[Recorded[Any]]]:
        """Several streams in one go; each asked-for stream has an entry."""
        ...

    async def read_log(self, after: int, limit: int, *, until: int | None = None) -> Sequence[Recorded[Any]]:
        """The log in position order, from the position after `after`."""
        ...

    async def read_at(self, positions: Iterable[int]) -> Sequence[Recorded[Any]]:
        """The events at these positions, in order."""
        ...

    async def read_bodies(self, after: int, limit: int) -> Sequence[tuple[int, int, bytes]]:
        """Stored rows as they are: position, recordedAt in microseconds, body."""
        ...

    async def head(self) -> Head:
        """How far the log goes."""
        ...

    async def began_at(self) -> datetime | None:
        """When the register's first event was recorded."""
        ...

    async def now(self) -> datetime:
        """The store's clock: the database's, plus the offset of a demo."""
        ...
