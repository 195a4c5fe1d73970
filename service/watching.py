"""After a start the whole sealed log is read and hashed anew, slowly, beside the work. A changed one is not written to.

`errera log verify` does more, and at once. This is so that nobody builds on an event that was changed.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from events.log.continuity import not_sealed_so
from events.log.tiles import WIDTH
from events.log.verification.examining import examine
from events.log.verification.faults import Fault, LogError
from events.log.verification.places import Place
from events.log.verification.postgresql import postgresql_place
from events.log.verification.sqlite import SqlitePlace
from events.store.sql import SqlStore

_log = structlog.get_logger(__name__)

_PIECE: Final = 4 * WIDTH
_REST: Final = 20.0
"""How much longer it rests than it works."""
_SECONDS_TO_END: Final = 1.0
"""How long it is waited for when the service stops; a database that hangs is not, and nothing it reads is missed."""


@asynccontextmanager
async def watching(store: SqlStore, url: str, *, pooled: bool) -> AsyncIterator[None]:
    """Meanwhile the log is looked over once."""
    place: Place = SqlitePlace(store.database.path) if store.database.sqlite else postgresql_place(url, pooled=pooled)
    loop, stop = asyncio.get_running_loop(), threading.Event()

    def look() -> None:
        try:
            fault = first_fault(place, stop)
        except LogError as error:
            _log.warning("watching.notLookedAt", reason=str(error))
            return
        if fault is not None:
            _log.error("watching.wrong", position=fault.position, code=fault.code)
            with contextlib.suppress(RuntimeError):  # the service has ended meanwhile
                loop.call_soon_threadsafe(store.refuse, not_sealed_so(fault.position, fault.code))

    thread = threading.Thread(target=look, name="watching", daemon=True)
    if store.read_only is None:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if thread.ident is not None:
            await asyncio.to_thread(thread.join, _SECONDS_TO_END)


def first_fault(place: Place, stop: threading.Event) -> Fault | None:
    """The first of the sealed log, unless it is stopped before."""
    with place.open() as opened:
        snapshot = opened.snapshot()
        sealed = min(snapshot.tiles.get(0, 0), snapshot.size)
        for first in range(1, sealed + 1, _PIECE):
            start = time.monotonic()
            seen = examine(opened, first, min(first + _PIECE - 1, sealed), sealed)
            if seen.fault is not None:
                return seen.fault
            if stop.wait(_REST * (time.monotonic() - start)):
                break
    return None
