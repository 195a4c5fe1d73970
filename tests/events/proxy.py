"""Between the store and a real PostgreSQL: cuts the connection at the n-th message, in either direction, or stalls.

It reads the messages of the wire protocol, so the connection must not be encrypted (`?ssl=disable`).
"""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.engine import make_url

from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.logs import CODEC

_SYNC: Final = b"S"
_PATIENCE: Final = 60


class Proxy:
    """Counts the messages that pass. At number `cut_at` it closes both sides, before passing it on (or after).

    At number `stall_at` it drops that message and those behind it, and closes nothing: as on the way to a machine that
    is gone. `after_sync` lets a Sync pass, which leaves a process in one piece with the Execute before it. Where it hangs, as a server would, it holds the messages of every connection, until it flows again; `held` says of how many.
    """

    def __init__(self, host: str, port: int) -> None:
        self._server: asyncio.Server | None = None
        self._upstream = (host, port)
        self._tasks: set[asyncio.Task[None]] = set()
        self.count = 0
        self.cut_at = 0
        self.passing_it_on = False
        self.cuts = 0
        self.stall_at = 0
        self.after_sync = False
        self.stalls = 0
        self.stalling: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.held = 0
        self.flowing = asyncio.Event()
        self.flowing.set()

    async def start(self) -> int:
        """Returns the port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cut(self, at: int, *, passing_it_on: bool) -> None:
        """Cut once, at that message from now."""
        self.count, self.cut_at, self.passing_it_on = 0, at, passing_it_on

    def stall(self, at: int, *, after_sync: bool = False) -> None:
        """Once, at that message from now."""
        self.count, self.stall_at, self.after_sync = 0, at, after_sync
        self.stalling = asyncio.get_running_loop().create_future()

    def hang(self) -> None:
        """From now on."""
        self.flowing.clear()

    async def holding(self, connections: int = 1) -> None:
        """Until it holds what came over so many."""
        async with asyncio.timeout(_PATIENCE):
            while self.held < connections:  # noqa: ASYNC110 - as it is, no event tells of it
                await asyncio.sleep(0.01)

    def flow(self) -> None:
        """What was held up passes, also what nobody waits for any more."""
        self.flowing.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        ends = [writer]
        sides: list[asyncio.Task[None]] = []
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(*self._upstream)
            ends.append(upstream_writer)
            sides += [
                asyncio.create_task(self._pump(reader, upstream_writer, startup=True)),
                asyncio.create_task(self._pump(upstream_reader, writer, startup=False)),
            ]
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            pass  # by `stop`
        finally:
            for one in ends:  # first: whoever waits for the sides may be cancelled meanwhile
                one.transport.abort()
            for side in sides:
                side.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*sides, return_exceptions=True)
            self._tasks.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, startup: bool) -> None:
        of_client = startup
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                kind = b"" if startup else await reader.readexactly(1)
                size = await reader.readexactly(4)
                message = kind + size + await reader.readexactly(struct.unpack("!i", size)[0] - 4)
                self.count += 1
                if self.count == self.stall_at:
                    if self.after_sync and of_client and kind == _SYNC:
                        writer.write(message)
                    self.stalls += 1
                    self.stalling.set_result(None)
                    await reader.read()  # to its end
                self.held += 1
                try:
                    await self.flowing.wait()
                finally:
                    self.held -= 1
                cutting = self.count == self.cut_at
                if not cutting or self.passing_it_on:
                    writer.write(message)
                    await writer.drain()
                if cutting:
                    self.cuts += 1
                    return
                startup = False


@asynccontextmanager
async def through_a_proxy(url: str, *, pooled: bool = False) -> AsyncIterator[tuple[SqlStore, Proxy]]:
    """A store that is not opened, and what stands between."""
    async with proxied(url) as (way, proxy):
        database = Database(way, pooled=pooled)
        try:
            yield SqlStore(database, CODEC), proxy
        finally:
            await database.dispose()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[tuple[str, Proxy]]:
    """The URL that leads through it."""
    real = make_url(url)
    proxy = Proxy(real.host or "", real.port or 0)
    port = await proxy.start()
    try:
        way = real.set(host="127.0.0.1", port=port, query={"ssl": "disable"})
        yield way.render_as_string(hide_password=False), proxy
    finally:
        await proxy.stop()
