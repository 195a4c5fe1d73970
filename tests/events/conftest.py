"""A store to test, once in SQLite and once in a real PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import settings

from events.codec import Codec
from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.logs import CODEC
from tests.postgresql import Databases

settings.register_profile("events", deadline=None, max_examples=100)
settings.load_profile("events")

OpenStore: TypeAlias = Callable[..., SqlStore]
"""Another store over the same data, as another process would have it; not opened yet."""


async def create_log(url: str) -> None:
    database = Database(url)
    await SqlStore(database, CODEC).open()
    await database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'errera.db'}"
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    fresh = await databases.fresh_database(create_log)
    yield fresh
    await databases.drop_database(fresh)


@pytest.fixture
async def another(url: str) -> AsyncIterator[OpenStore]:
    async with AsyncExitStack() as closing:

        def make(*, offset: timedelta = timedelta(), codec: Codec = CODEC) -> SqlStore:
            database = Database(url, offset=offset)
            closing.push_async_callback(database.dispose)
            return SqlStore(database, codec)

        yield make


@pytest.fixture
async def store(another: OpenStore) -> SqlStore:
    opened = another()
    await opened.open()
    return opened
