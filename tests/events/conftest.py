"""A store to test, once in SQLite and once in a real PostgreSQL; where a test module says so, through PgBouncer too."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import settings
from sqlalchemy.engine import URL, make_url

from events.codec import Codec
from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.logs import CODEC
from tests.events.pgbouncer import pgbouncer
from tests.postgresql import Databases

settings.register_profile("events", deadline=None, max_examples=100)
settings.load_profile("events")

OpenStore: TypeAlias = Callable[..., SqlStore]
"""Another store over the same data, as another process would have it; not opened yet."""


async def create_log(url: str) -> None:
    database = Database(url)
    await SqlStore(database, CODEC).open()
    await database.dispose()


POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)
PGBOUNCER = pytest.param("pgbouncer", marks=pytest.mark.postgresql)


class Pooled(str):
    """The URL of a PostgreSQL behind a pooler."""

    __slots__ = ()


@pytest.fixture(scope="session")
def pooler(postgresql_server: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[URL]:
    """Before the run's PostgreSQL, whichever database of it is asked for."""
    url = postgresql_server.server.address.url("postgres")
    with pgbouncer(url, tmp_path_factory.mktemp("pooler") / "pgbouncer") as through:
        yield make_url(through)


@pytest.fixture(params=["sqlite", POSTGRESQL])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with empty_log(request, tmp_path) as empty:
        yield empty


@asynccontextmanager
async def empty_log(request: pytest.FixtureRequest, folder: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'errera.db'}"
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    fresh = await databases.fresh_database(create_log)
    if request.param == "pgbouncer":
        before: URL = request.getfixturevalue("pooler")
        through = before.set(database=make_url(fresh).database)
        yield Pooled(through.render_as_string(hide_password=False))
    else:
        yield fresh
    await databases.drop_database(fresh)


@pytest.fixture
async def another(url: str) -> AsyncIterator[OpenStore]:
    async with AsyncExitStack() as closing:

        def make(*, offset: timedelta = timedelta(), codec: Codec = CODEC) -> SqlStore:
            database = Database(url, offset=offset, pooled=isinstance(url, Pooled))
            closing.push_async_callback(database.dispose)
            return SqlStore(database, codec)

        yield make


@pytest.fixture
async def store(another: OpenStore) -> SqlStore:
    opened = another()
    await opened.open()
    return opened
