"""Who waits for the log to grow: woken in the process at once, by polling where another process wrote."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Final

from events.store.port import StoreUnavailableError

POLL_SECONDS: Final = 0.2


class Growth:
    """The log's size as far as this process knows, and those who wait for more."""

    def __init__(self, ask: Callable[[], Awaitable[int]]) -> None:
        self._ask = ask
        self._waiting: dict[asyncio.Future[None], int] = {}
        self._poller: asyncio.Task[None] | None = None
        self.size = 0

    def note(self, size: int) -> None:
        """The log has that size by now."""
        if size <= self.size:
            return
        self.size = size
        for waiter, beyond in list(self._waiting.items()):
            if size > beyond and not waiter.done():
                waiter.set_result(None)

    async def wait(self, beyond: int, seconds: float) -> bool:
        """Whether the size is over `beyond`, within so many seconds."""
        if self.size > beyond:
            return True
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[waiter] = beyond
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll())
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            return self.size > beyond
        finally:
            del self._waiting[waiter]
        return True

    async def _poll(self) -> None:
        try:
            while self._waiting:
                with contextlib.suppress(StoreUnavailableError):  # those who wait go on waiting
                    self.note(await self._ask())
                await asyncio.sleep(POLL_SECONDS)
        finally:
            self._poller = None
