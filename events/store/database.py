"""The two databases behind one door: transactions for writing, transactions for reading, and the clock."""

import asyncio
import fcntl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

_ONE_SECOND: Final = 1_000_000


class StoreLockedError(Exception):
    """Another process owns this SQLite store."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"another process is writing to {path}: stop it first, or let it do the work")
        self.path = path


class Database:
    """A SQLite file, which this process alone writes, or a PostgreSQL database that many processes share.

    `offset` moves the clock forward from the database's own; it is zero outside demos and tests.
    """

    def __init__(self, url: str, *, offset: timedelta = timedelta()) -> None:
        self.url = _driver_url(url)
        self.sqlite = self.url.get_backend_name() == "sqlite"
        self.offset = offset
        self._lock_file: BinaryIO | None = None
        self._write_lock = asyncio.Lock()
        if self.sqlite:
            self._writer = _sqlite_engine(self.url, pool_size=1, begin="BEGIN IMMEDIATE")
            self._reader = _sqlite_engine(self.url, pool_size=4, begin="BEGIN")
        else:
            self._writer = self._reader = create_async_engine(
                self.url, pool_size=10, max_overflow=10, isolation_level="READ COMMITTED", pool_pre_ping=True
            )

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return Path(self.url.database or "")

    def acquire(self) -> None:
        """Become the one writing process of a SQLite store. Raises StoreLockedError."""
        if not self.sqlite or self._lock_file is not None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock_file = self.path.with_name(self.path.name + ".lock").open("ab")
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock_file.close()
            raise StoreLockedError(self.path) from None
        self._lock_file = lock_file

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """One writing transaction; it commits at the end of the block and rolls back on an error."""
        if not self.sqlite:
            async with self._writer.begin() as connection:
                yield connection
            return
        self.acquire()
        async with self._write_lock, self._writer.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """One reading transaction."""
        async with self._reader.connect() as connection:
            yield connection

    async def now(self) -> datetime:
        """The database's clock, plus the offset."""
        if self.sqlite:
            return datetime.now(UTC) + self.offset
        async with self.read() as connection:
            instant: datetime = await connection.scalar(sa.text("SELECT clock_timestamp()"))
            return instant.astimezone(UTC) + self.offset

    def now_micros(self) -> sa.ColumnElement[int]:
        """The clock as an expression of a statement, in microseconds since 1970."""
        offset = self.offset // timedelta(microseconds=1)
        if self.sqlite:
            return sa.literal(time.time_ns() // 1000 + offset, sa.BigInteger)
        micros = sa.func.floor(sa.extract("epoch", sa.func.clock_timestamp()) * _ONE_SECOND)
        return sa.cast(micros, sa.BigInteger) + sa.literal(offset, sa.BigInteger)

    def greatest(self, left: sa.ColumnElement[int], right: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
        """The larger of two, in this database's words."""
        return sa.func.max(left, right) if self.sqlite else sa.func.greatest(left, right)

    async def dispose(self) -> None:
        """Close all connections and give the file lock back."""
        await self._writer.dispose()
        await self._reader.dispose()
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None


def _driver_url(url: str) -> URL:
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+asyncpg")
        case other:
            raise ValueError(f"a store is sqlite:///… or postgresql://…, not {other}")


def _sqlite_engine(url: URL, *, pool_size: int, begin: str) -> AsyncEngine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, pool_size=pool_size, max_overflow=0 if pool_size == 1 else 8)

    @sa.event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "busy_timeout=10000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
