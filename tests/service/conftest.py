"""A register on each of the two databases."""

from collections.abc import AsyncIterator

import pytest

from tests.postgresql import Databases


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def database_url(request: pytest.FixtureRequest) -> AsyncIterator[str | None]:
    """`ERRERA_DATABASE_URL`: none for SQLite, which lies in the data directory; else of an empty PostgreSQL."""
    if request.param == "sqlite":
        yield None
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database()
    yield url
    await databases.drop_database(url)
