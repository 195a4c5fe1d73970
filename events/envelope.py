"""What surrounds an event: who, when, in which stream, because of what."""

import os
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final, Generic, TypeVar

import msgspec

E_co = TypeVar("E_co", covariant=True)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Source(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A document that an event was taken from: which, the lines in it, and when it was published."""

    document: str
    lines: tuple[str, ...] = ()
    published_on: str | None = None


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What all events of one command share. `actor` is an id (token, person, system), never a name."""

    command_id: str
    actor: str
    correlation_id: str | None = None
    causation_id: str | None = None
    sources: tuple[Source, ...] = ()


class Recorded(msgspec.Struct, Generic[E_co], frozen=True, kw_only=True, gc=False):
    """An event as the log holds it."""

    position: int
    recorded_at: datetime
    event_id: str
    command_id: str
    actor: str
    correlation_id: str
    causation_id: str | None
    effective_on: str | None
    effective_on_kind: str | None
    sources: tuple[Source, ...]
    stream: str
    version: int
    type: str
    schema_version: int
    event: E_co


class _Ids:
    """Ids unlike any other: random bits of this process, and a count. Asking the system for bits each time costs more
    than recording does.
    """

    def __init__(self) -> None:
        self.renew()
        os.register_at_fork(after_in_child=self.renew)

    def renew(self) -> None:
        """A forked process has bits of its own."""
        self._bits, self._count = os.urandom(12).hex(), count()

    def next(self) -> str:
        """128 bits in hexadecimal."""
        return f"{self._bits}{next(self._count):08x}"


_ids: Final = _Ids()


def new_event_id() -> str:
    """Unlike any other."""
    return _ids.next()


def new_command_id() -> str:
    """Unlike any other, and later than those before it, so that an index grows at its end."""
    return f"{time.time_ns():016x}{_ids.next()}"


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970 in UTC, the form in which instants are stored."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)
