"""The two databases behind one door: transactions for writing, transactions for reading, and the clock."""

import asyncio
import fcntl
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar

import asyncpg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from events.store import engines
from events.store.connections import Connections
from events.store.moving import moved_reason
from events.store.port import ReadOnlyStoreError

T = TypeVar("T")

_ONE_SECOND: Final = 1_000_000
_ONE_MICROSECOND: Final = timedelta(microseconds=1)
_NOT_DURABLE: Final = sa.text(
    "SELECT set_config('synchronous_commit', 'off', true), "
    "set_config('idle_in_transaction_session_timeout', '30s', true)"
)
"""And where its process stalls, others need not wait for its locks: what it did can be done again."""


class StoreLockedError(Exception):
    """Another process owns this SQLite store."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"another process is writing to {path}: stop it first, or let it do the work")
        self.path = path


class Database:
    """A SQLite file, which this process alone writes, or a PostgreSQL database that many processes share.

    `offset` moves the clock forward from the database's own; it is zero outside demos and tests. `pooled` says that a
    pooler such as PgBouncer gives each transaction another server connection.

    Most of the code works through SQLAlchemy (`write`, `read`). The log's own statements go to the driver: `connect`
    and `pool` on PostgreSQL, `on_writer` and `on_reader` on SQLite.
    """

    def __init__(
        self, url: str, *, offset: timedelta = timedelta(), pooled: bool = False, only_reads: bool = False
    ) -> None:
        self.url = engines.driver_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.offset = offset
        self.pooled = pooled
        self._lock_file: BinaryIO | None = None
        self._file: tuple[int, int] | None = None
        self._write_lock = asyncio.Lock()
        self._pool: Any = None
        self._pool_lock = asyncio.Lock()
        self._drivers: dict[AsyncEngine, engines.SqliteConnection] = {}
        self._connections = Connections()
        if self.sqlite:
            engine = partial(engines.sqlite_engine, self.url, self._connections.to_sqlite, only_reads=only_reads)
            self._writer = engine(pool_size=1, begin="BEGIN IMMEDIATE")
            self._reader = engine(pool_size=4, begin="BEGIN")
            self._log_reader = engine(pool_size=1, begin="BEGIN")
        else:
            self._writer = self._reader = self._log_reader = engines.postgresql_engine(
                self.url, self._connections.to_postgresql, pooled=pooled
            )

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(self.url.database or "")

    def taken_away(self) -> bool:
        """Whether the SQLite file is not the one any more that was at its place when this was first asked.

        What is written to a file without a name is answered, and lost when its last reader closes it.
        """
        if not self.sqlite:
            return False
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return self._file is not None
        self._file = self._file or (found.st_dev, found.st_ino)
        return self._file != (found.st_dev, found.st_ino)

    def acquire(self) -> None:
        """Become the one writing process of a SQLite store. Raises StoreLockedError."""
        if not self.sqlite or self._lock_file is not None:
            return
        self._connections.refuse_once_closed()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock_file = self.path.with_name(self.path.name + ".lock").open("ab")
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock_file.close()
            raise StoreLockedError(self.path) from None
        self._lock_file = lock_file

    @asynccontextmanager
    async def write(self, *, durable: bool = True, lasting: bool = False) -> AsyncIterator[AsyncConnection]:
        """One writing transaction; it commits at the end of the block and rolls back on an error.

        One that is not durable may be undone by a power cut, with others like it after it, until a durable one follows;
        what was durable stays. For what can be made again. One that is lasting has statements that may take minutes.
        """
        try:
            if not self.sqlite:
                async with (
                    self._connected(lasting=lasting) as connection,
                    connection.begin(),
                ):
                    if not durable:
                        await connection.execute(_NOT_DURABLE)
                    yield connection
                return
            self.acquire()
            async with self._write_lock, self._durability(durable=durable), self._writer.begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            if why := moved_reason(error):
                raise ReadOnlyStoreError(why) from None
            raise

    @asynccontextmanager
    async def _connected(self, *, lasting: bool) -> AsyncIterator[AsyncConnection]:
        if not lasting:
            async with self._connections.one_of(self._writer) as connection:
                yield connection
            return
        apart = Connections(within=self._connections)
        engine = engines.postgresql_engine(
            self.url, apart.to_postgresql, pooled=self.pooled, seconds=engines.SECONDS_LASTING
        )
        try:
            async with apart.one_of(engine) as connection:
                yield connection
        finally:
            await apart.close([engine])

    @asynccontextmanager
    async def _durability(self, *, durable: bool) -> AsyncIterator[None]:
        """Of the connection that writes to SQLite; a commit in NORMAL stands unsynced in the WAL, before later ones."""
        if durable:
            yield
            return
        writer = await self._driver(self._writer)
        try:
            await writer.run(lambda one: one.execute("PRAGMA synchronous=NORMAL").close())
            yield
        finally:
            if writer.is_alive():  # SQLAlchemy closes it where its work was cancelled; the next one begins with FULL
                await writer.run(lambda one: one.execute("PRAGMA synchronous=FULL").close())

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One reading transaction."""
        async with self._connections.one_of(self._reader) as connection:
            yield connection

    async def on_writer(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Work in the thread of the one connection that writes to SQLite; transactions are its own affair."""
        self.acquire()
        async with self._write_lock:
            return await (await self._driver(self._writer)).run(work)

    async def on_reader(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Work in the thread of a connection that reads SQLite."""
        return await (await self._driver(self._log_reader)).run(work)

    async def _driver(self, engine: AsyncEngine) -> engines.SqliteConnection:
        known = self._drivers.get(engine)
        if known is not None and known.is_alive():
            return known
        async with engine.connect() as connection:
            raw = await connection.get_raw_connection()
            opened: Any = raw.driver_connection
            self._drivers[engine] = opened
            return self._drivers[engine]

    async def connect(self) -> Any:
        """A connection of asyncpg to PostgreSQL, the caller's own until `dispose`."""
        return await self._connections.to_postgresql(**self.asyncpg_options())

    async def pool(self) -> Any:
        """Connections of asyncpg to PostgreSQL, to borrow."""
        async with self._pool_lock:
            self._connections.refuse_once_closed()
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    **self.asyncpg_options(),
                    connect=self._connections.to_postgresql,
                    min_size=0,
                    max_size=10,
                    reset=engines.as_it_is,
                )
        return self._pool

    def asyncpg_options(self) -> dict[str, Any]:
        """What asyncpg connects with."""
        _, options = self._writer.dialect.create_connect_args(self.url)
        options.pop("prepared_statement_cache_size", None)
        options.pop("prepared_statement_name_func", None)
        limits = {"timeout": engines.SECONDS_TO_CONNECT, "command_timeout": engines.SECONDS_OF_THE_LOG}
        return {**options, **limits, **({"statement_cache_size": 0} if self.pooled else {})}

    async def now(self) -> datetime:
        """The database's clock, plus the offset."""
        if self.sqlite:
            return datetime.now(UTC) + self.offset
        async with self.read() as connection:
            instant: datetime = await connection.scalar(sa.text("SELECT clock_timestamp()"))
            return instant.astimezone(UTC) + self.offset

    def now_micros(self) -> sa.ColumnElement[int]:
        """The clock as an expression of a statement, in microseconds since 1970."""
        return self.true_micros() + sa.literal(self.offset_micros, sa.BigInteger)

    def true_micros(self) -> sa.ColumnElement[int]:
        """The same without the offset: for how long something lasts between processes, which may have others."""
        if self.sqlite:
            return sa.literal(time.time_ns() // 1000, sa.BigInteger)
        micros = sa.func.floor(sa.extract("epoch", sa.func.clock_timestamp()) * _ONE_SECOND)
        return sa.cast(micros, sa.BigInteger)

    @property
    def offset_micros(self) -> int:
        """The offset in microseconds."""
        return self.offset // _ONE_MICROSECOND

    def clock_micros(self) -> int:
        """SQLite's clock, which is this machine's, plus the offset: microseconds since 1970."""
        return time.time_ns() // 1000 + self.offset_micros

    def insert_into(self, table: sa.Table) -> Any:
        """An insert that can say what to do with a row that is there already, in this database's words."""
        return (sqlite if self.sqlite else postgresql).insert(table)

    def insert_once(self, table: sa.Table) -> Any:
        """An insert that leaves a row alone that is there already."""
        return self.insert_into(table).on_conflict_do_nothing()

    async def dispose(self) -> None:
        """Close all connections, for good, and give the file lock back."""
        self._drivers.clear()
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None
        await self._connections.close({self._writer, self._reader, self._log_reader})
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None
