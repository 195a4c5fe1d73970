"""Ending what runs beside the work, without waiting for a database that does not answer."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, Final

_SECONDS: Final = 2.0
"""A database that works needs far less. What is not done by then is cancelled once more when the event loop ends."""


async def end(task: "asyncio.Task[Any]") -> None:
    """Cancel it. Raises what it failed with before, if so.

    A statement that is cancelled may wait for the server's last word, as SQLAlchemy's ping does on PostgreSQL.
    """
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=_SECONDS)
    if done and not task.cancelled():
        task.result()


async def attempt(work: Coroutine[Any, Any, object]) -> None:
    """Do it, if it can be done soon."""
    task = asyncio.ensure_future(work)
    done, _ = await asyncio.wait([task], timeout=_SECONDS)
    if not done:
        task.cancel()
    elif not task.cancelled():
        with contextlib.suppress(Exception):
            task.result()
