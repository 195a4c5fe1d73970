"""The connections of one database: whoever made them, none of them outlives it."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any, Final
from weakref import WeakSet

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.store import engines
from events.store.port import StoreUnavailableError

_CLOSED: Final = "the database is closed: the process stops"


class Connections:
    """Makes them, and knows those that are open. Those `within` others are known there too, and end with them.

    Not everybody is waited for when a process stops: who is cancelled may be giving a connection back, or hear only now
    that the one it had is gone and ask for another one.
    """

    def __init__(self, within: "Connections | None" = None) -> None:
        self._within = within
        self._open: WeakSet[Any] = WeakSet()
        self._given_back: set[asyncio.Task[None]] = set()
        self._closed = False

    def refuse_once_closed(self) -> None:
        """Raises StoreUnavailableError."""
        if self._closed:
            raise StoreUnavailableError(_CLOSED)

    async def to_postgresql(self, *arguments: Any, **options: Any) -> Any:
        """As asyncpg.connect."""
        self.refuse_once_closed()
        make = asyncpg.connect if self._within is None else self._within.to_postgresql
        connection = await make(*arguments, **options)
        if self._closed:  # while it was made
            connection.terminate()
            self.refuse_once_closed()
        self._open.add(connection)
        return connection

    async def to_sqlite(self, connection: engines.SqliteConnection) -> engines.SqliteConnection:
        """This one, opened. A thread opens it, whoever is cancelled meanwhile."""
        self.refuse_once_closed()
        self._open.add(connection)
        await connection
        if self._closed:
            await (connection.terminate() or asyncio.sleep(0))
            self.refuse_once_closed()
        return connection

    @asynccontextmanager
    async def one_of(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """One to use. Raises ConnectionError where it breaks while it is made: asyncpg's own come past SQLAlchemy."""
        connection = engine.connect()
        try:
            await connection.start()
        except (asyncpg.InterfaceError, asyncpg.PostgresError) as error:
            raise ConnectionError(f"the connection to PostgreSQL broke while it was made: {error}") from error
        try:
            yield connection
        finally:
            giving_back = asyncio.create_task(connection.close())
            self._given_back.add(giving_back)
            giving_back.add_done_callback(self._given_back.discard)
            await asyncio.shield(giving_back)

    async def close(self, of: Collection[AsyncEngine]) -> None:
        """In good order, where the other side hears that; else without a word."""
        self._closed = True
        left = list(self._open)
        try:
            async with asyncio.timeout(engines.SECONDS_TO_CLOSE):
                if self._given_back:
                    await asyncio.wait(self._given_back)
                for engine in of:
                    await engine.dispose()
        except TimeoutError:
            for engine in of:
                await engine.dispose(close=False)
        finally:
            ending = [one.terminate() for one in left]
            await asyncio.gather(*(thread for thread in ending if thread is not None))
