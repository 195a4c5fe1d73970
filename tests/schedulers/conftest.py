"""A register to test: in SQLite, or once in SQLite and once in a real PostgreSQL."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.postgresql import Databases
from tests.schedulers.registers import Register, create_register, open_register


@pytest.fixture(scope="session")
def empty_register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file to copy: making the tables takes longer than most tests."""
    path = tmp_path_factory.mktemp("register") / "errera.sqlite"
    with ThreadPoolExecutor() as elsewhere:  # a loop runs here already
        elsewhere.submit(asyncio.run, create_register(f"sqlite:///{path}")).result()
    return path


@pytest.fixture
def sqlite_url(empty_register: Path, tmp_path: Path) -> str:
    path = tmp_path / "errera.sqlite"
    shutil.copy(empty_register, path)
    return f"sqlite:///{path}"


@pytest.fixture
async def register(sqlite_url: str) -> AsyncIterator[Register]:
    """Where the rules matter."""
    async with open_register(sqlite_url) as opened:
        yield opened


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def either(request: pytest.FixtureRequest) -> AsyncIterator[Register]:
    """Where the storage matters."""
    if request.param == "sqlite":
        async with open_register(request.getfixturevalue("sqlite_url")) as opened:
            yield opened
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database(create_register)
    async with open_register(url) as opened:
        yield opened
    await databases.drop_database(url)
