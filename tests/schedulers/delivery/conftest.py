"""A register that sends, and what its mail server took."""

from collections.abc import AsyncIterator

import pytest

from tests.postgresql import Databases
from tests.schedulers.delivery.post import Inbox, Post, mail_server, open_post
from tests.schedulers.registers import create_register


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def port(inbox: Inbox) -> AsyncIterator[int]:
    async with mail_server(inbox) as port:
        yield port


@pytest.fixture
async def post(sqlite_url: str, port: int) -> AsyncIterator[Post]:
    """Where the rules matter."""
    async with open_post(sqlite_url, port) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def either(request: pytest.FixtureRequest, port: int) -> AsyncIterator[Post]:
    """Where the storage matters."""
    if request.param == "sqlite":
        async with open_post(request.getfixturevalue("sqlite_url"), port) as opened:
            yield opened
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database(create_register)
    async with open_post(url, port) as opened:
        yield opened
    await databases.drop_database(url)
