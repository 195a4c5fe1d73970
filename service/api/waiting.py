"""Requests that wait for something to happen: as long as the client is there and the service goes on."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request

from service.problems import Problem

MOST: Final = 1_000
"""How many may wait in one process; the next is told to come back."""


class Waiting:
    """Those who wait in this process."""

    def __init__(self) -> None:
        self._stopping = asyncio.Event()
        self.count = 0

    def stop(self) -> None:
        """The service stops: nobody waits any longer."""
        self._stopping.set()

    async def until(self, happens: Coroutine[Any, Any, bool], request: Request) -> bool:
        """Whether it happened. Raises ClientDisconnect, and a Problem where the service stops or too many wait."""
        if self.count >= MOST or self._stopping.is_set():
            happens.close()
            raise Problem.unavailable()
        happening = asyncio.create_task(happens)
        gone = asyncio.create_task(_gone(request))
        stopping = asyncio.create_task(self._stopping.wait())
        self.count += 1
        try:
            await asyncio.wait({happening, gone, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if happening.done():
                return happening.result()
            if gone.done():
                raise ClientDisconnect
            raise Problem.unavailable()
        finally:
            self.count -= 1
            for task in (happening, gone, stopping):
                task.cancel()
            await asyncio.gather(happening, gone, stopping, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass  # the rest of the request, which has no body
