"""Entries read and hashed into the edge of the tree: the one way in which it grows.

A few are hashed where the log is sealed. Many cost more than the appends beside them can spare, since Python does one
thing at a time: they are hashed in a process of their own (`events/log/beside.py`), which is this module run as a
program. It is told an edge and answers with the edge grown; it writes nothing anywhere, and ends when its input does.
"""

import asyncio
import contextlib
import os
import pickle
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from events.codec import Codec
from events.log.edge import Edge
from events.log.entry import entry
from events.log.merkle import leaf_hash
from events.store.batch import Row
from events.store.database import Database
from events.store.port import StoreUnavailableError
from events.store.sql import SqlStore

AT_ONCE: Final = 512
"""Entries read at once: 60 KiB each at most, and an event loop is not held up for long."""
SECONDS: Final = 2.0
"""After which no more are read: a stretch has to be written while its lease lasts, however large its entries are."""
LENGTH: Final = 8
"""Bytes that say how long an answer is."""

Read: TypeAlias = Callable[[int, int], Awaitable[Sequence[Row]]]


class MissingEntryError(Exception):
    """There is a hole in the log."""

    def __init__(self, position: int) -> None:
        super().__init__(f"position {position} is missing")


async def grow(edge: Edge, read: Read, until: int) -> None:
    """Entries as they are stored go in, up to that size or for as long as is allowed. Raises MissingEntryError."""
    deadline = time.monotonic() + SECONDS
    while edge.size < until:
        rows = await read(edge.size, min(AT_ONCE, until - edge.size))
        for expected, row in enumerate(rows, edge.size + 1):
            if row[0] != expected:
                raise MissingEntryError(expected)
        if not rows:
            raise MissingEntryError(edge.size + 1)
        edge.extend([leaf_hash(entry(*row)) for row in rows])
        if time.monotonic() > deadline:
            return
        await asyncio.sleep(0)


def main() -> None:
    """Grow edges, as they are told on standard input, until that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever interrupts speaks to the process that seals
    told, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else is an answer
    with contextlib.suppress(EOFError, MissingEntryError, StoreUnavailableError):  # whoever asked finds that out too
        url, pooled = pickle.load(told)  # noqa: S301 - from the process that started this one
        store = SqlStore(Database(url, pooled=pooled, only_reads=True), Codec({}))
        with asyncio.Runner() as runner:
            try:
                while True:
                    edge, until = pickle.load(told)  # noqa: S301 - as above
                    runner.run(grow(edge, store.read_bodies, until))
                    answer = pickle.dumps(edge)
                    answers.write(len(answer).to_bytes(LENGTH, "big") + answer)
                    answers.flush()
            finally:
                runner.run(store.database.dispose())


if __name__ == "__main__":
    main()
