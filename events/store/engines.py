"""How a connection to one of the two databases is made, and how long it may keep whoever uses it waiting."""

import asyncio
import sqlite3
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

T = TypeVar("T")

SECONDS_TO_CONNECT: Final = 10
SECONDS: Final = 60
"""How long a statement may take before its connection counts as lost."""
SECONDS_OF_THE_LOG: Final = 10
"""One of the log's own; they are short, and what was asked is asked again."""
SECONDS_LASTING: Final = 600
"""One that makes or upgrades tables."""
SECONDS_TO_CLOSE: Final = 3

PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "secure_delete=ON",
    "recursive_triggers=ON",
    "busy_timeout=10000",
)


def driver_url(url: str) -> URL:
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+asyncpg")
        case other:
            raise ValueError(f"a store is sqlite:///… or postgresql://…, not {other}")


class SqliteConnection(aiosqlite.Connection):
    """A connection whose thread also does whole pieces of work, not one statement a visit."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        self._opened: sqlite3.Connection | None = None
        self._stopping: asyncio.Future[Any] | None = None

        def open_file() -> sqlite3.Connection:
            self._opened = opened = connector()
            return opened

        super().__init__(open_file, iter_chunk_size=64)
        self._thread.daemon = True

    def stop(self) -> asyncio.Future[Any] | None:
        """End the thread, once; whoever asks again waits for the same end. Nobody hears from a thread that is gone.

        The file is closed too that was opened for someone who was cancelled meanwhile.
        """
        if self._stopping is not None:
            return asyncio.shield(self._stopping)
        self._tx.put_nowait((None, self._close_file))
        self._stopping = super().stop()
        return self._stopping and asyncio.shield(self._stopping)

    def _close_file(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def terminate(self) -> asyncio.Future[None] | None:
        """Close it after what its thread does now. Returns what to wait for, where it is not closed yet."""
        if self._running:
            self.stop()
        self._connection = None
        if not self._thread.is_alive():
            return None
        return asyncio.ensure_future(asyncio.to_thread(self._thread.join, SECONDS_TO_CLOSE))

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do it in the connection's thread."""
        done: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call] # aiosqlite's own door
        return done

    def is_alive(self) -> bool:
        """Whether it is open."""
        return self._running and self._connection is not None


def sqlite_engine(
    url: URL,
    opened: Callable[[SqliteConnection], Awaitable[SqliteConnection]],
    *,
    pool_size: int,
    begin: str,
    only_reads: bool = False,
) -> AsyncEngine:
    path = Path(url.database or "")
    path.parent.mkdir(parents=True, exist_ok=True)

    async def connect(*_: object, **__: object) -> SqliteConnection:
        return await opened(SqliteConnection(lambda: _only_reading(path) if only_reads else sqlite3.connect(path)))

    engine = create_async_engine(
        url, async_creator=connect, pool_size=pool_size, max_overflow=0 if pool_size == 1 else 8
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        cursor = connection.cursor()
        for pragma in PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _only_reading(path: Path) -> sqlite3.Connection:
    """It is no writer's rival: not even when it is the last to close does it tidy up the WAL."""
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True)


def postgresql_engine(
    url: URL, connect: Callable[..., Awaitable[Any]], *, pooled: bool, seconds: float | None = None
) -> AsyncEngine:
    """`connect` is called as asyncpg.connect would be."""
    apart: dict[str, Any] = {"timeout": SECONDS_TO_CONNECT, "command_timeout": seconds or SECONDS}
    apart["async_creator_fn"] = connect  # `async_creator` would be given none of these arguments
    if pooled:
        apart |= {
            "statement_cache_size": 0,
            "prepared_statement_cache_size": 0,
            "prepared_statement_name_func": lambda: f"errera_{uuid.uuid4().hex}",
        }
    engine = create_async_engine(
        url,
        pool_size=10,
        max_overflow=10,
        isolation_level="READ COMMITTED",
        pool_pre_ping=not pooled,
        connect_args=apart,
    )

    @sa.event.listens_for(engine.sync_engine, "handle_error")
    def on_error(context: sa.engine.ExceptionContext) -> None:
        if isinstance(context.original_exception, TimeoutError):
            context.is_disconnect = True  # nothing more is asked of it, not even to roll back

    return engine


async def as_it_is(_connection: object) -> None:
    """Nothing to reset: the log's statements leave nothing behind in a session."""
