"""What a store promises. One contract suite holds every implementation to it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias

import msgspec

from events.codec import Pending
from events.envelope import Context, Recorded


class Append(msgspec.Struct, frozen=True, kw_only=True):
    """One command's events, all or none.

    Every event names the version it will be in its stream: that is the expected version. `conditions` are streams that
    were read but are not written (stream -> the version read); the append is refused if one of them has moved.
    The same command id with the same `request_hash` answers as before; with another it is refused.
    """

    context: Context
    request_hash: bytes
    events: Sequence[Pending]
    conditions: Mapping[str, int] = msgspec.field(default_factory=dict)


class CommandRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a command did: positions are None where no event resulted."""

    command_id: str
    request_hash: bytes
    first_position: int | None
    last_position: int | None
    recorded_at: datetime


class Appended(msgspec.Struct, frozen=True, kw_only=True):
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


class UnreadableEventError(StoreError):
    """An event of the log cannot be read: a newer release wrote it, or somebody changed its bytes."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(f"the event at position {position} cannot be read: {why}")
        self.position = position
        self.why = why


class StoreBusyError(StoreError):
    """Too many appends wait already: try again in a moment."""


class StoreUnavailableError(StoreError):
    """The database did not do it: disk full, locked, connection lost. The command id told again finds out."""


@dataclass(slots=True, eq=False)
class Belief:
    """A stream as this process believes it to be. `sound` counts those of its events that may still be built on."""

    stream: str
    events: list[Recorded[Any]]
    sound: int = 2**62


Ground: TypeAlias = tuple[Belief, int]
"""A belief, and how many of its events a decision was taken on."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Streams as this process believes them to be. `certain` where all of it was just read from the database."""

    streams: Mapping[str, Sequence[Recorded[Any]]]
    certain: bool
    grounds: Sequence[Ground] = field(default=())
    """What of it is only believed."""


class Store(Protocol):
    """An append-only log of streams, with contiguous positions in commit order."""

    async def append(self, append: Append) -> Appended:
        """Record a command's events.

        Raises VersionConflictError, CommandReusedError, EntryTooLargeError, ReadOnlyStoreError, StoreBusyError,
        StoreUnavailableError.
        """
        ...

    async def submit(self, append: Append, grounds: Sequence[Ground] = ()) -> Awaitable[Appended]:
        """Put an append in the queue, once there is room; what is returned waits for the outcome, and is awaited.

        It conflicts when an event in its grounds is not recorded, whatever version the stream comes to have.
        """
        ...

    def turn(self, stream: str) -> asyncio.Lock:
        """Held while a command on the stream is decided and submitted, so that the next decides on its outcome."""
        ...

    async def read_ahead(self, streams: Iterable[str], *, fresh: bool) -> Ahead:
        """Streams with what this process has submitted; with `fresh` as recorded, once that is settled."""
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

    async def read_category(self, category: str, after: int, limit: int) -> Sequence[Recorded[Any]]:
        """The events of a category's streams in position order, from the position after `after`."""
        ...

    def subscribe(self, after: int) -> AsyncIterator[Sequence[Recorded[Any]]]:
        """The log from the position after `after`, batch by batch, as it grows; it never ends."""
        ...

    async def grown(self, beyond: int, seconds: float) -> bool:
        """Wait until the log's size is over `beyond`, at most that long. Returns whether it is."""
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
