r"""The bytes of one log entry. They are fixed for ever: proofs are computed over them.

    errera/1\\n<position>\\n<recordedAt>\\n<body>

`position` is decimal, from 1. `recordedAt` is UTC with microseconds, `2026-12-01T09:00:00.000000Z`. The body is the
canonical JSON (RFC 8785) of envelope and data. An entry is at most 60 KiB.
"""

from functools import lru_cache
from typing import Final

from events.envelope import from_micros

ENTRY_LIMIT: Final = 60 * 1024
"""Bytes. The entry bundles of C2SP tlog-tiles carry sixteen-bit lengths."""


@lru_cache(maxsize=64)
def _line(micros: int) -> bytes:
    """The instant's. The entries of one batch share it, and writing it out costs more than hashing."""
    return b"%b\n" % recorded_at_text(micros).encode()


def recorded_at_text(micros: int) -> str:
    """The instant as it stands in an entry."""
    seconds, rest = divmod(micros, 1_000_000)
    return f"{_second(seconds)}.{rest:06}Z"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    return from_micros(seconds * 1_000_000).strftime("%Y-%m-%dT%H:%M:%S")


def entry(position: int, recorded_at: int, body: bytes) -> bytes:
    """The entry of a stored row; `recorded_at` in microseconds since 1970 UTC."""
    return b"errera/1\n%d\n%b" % (position, _line(recorded_at)) + body
