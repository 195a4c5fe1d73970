"""An erasure that is killed anywhere is gone on with at the next start, before anybody is served: complete, and once."""

import asyncio
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import asyncpg
import pytest

from events.catalogue.person import PersonErased
from service import views
from service.erasures import Erasures
from service.house import Errera, open_house
from service.settings import Settings
from tests.acceptance.world import OPENED, open_world
from tests.postgresql import Databases
from tests.service.erased import Signatory, dump, left, requested, signatory, tables, traces
from tests.service.killed_erasing import executed

pytestmark = pytest.mark.crash

ROOT = Path(__file__).parents[2]
MOST = 200
"""Statements; an erasure has fewer."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def databases(request: pytest.FixtureRequest) -> Databases | None:
    """The server; none for SQLite."""
    if request.param == "sqlite":
        return None
    server: Databases = request.getfixturevalue("postgresql_server")
    return server


@asynccontextmanager
async def copied(databases: Databases | None, url: str | None) -> AsyncIterator[str | None]:
    """The address of a copy of a database that nobody is connected to."""
    if databases is None or url is None:
        yield None
        return
    name = urlsplit(url).path[1:]
    administrator = await asyncpg.connect(databases.server.address.url("postgres"))
    try:
        await administrator.execute(f"CREATE DATABASE {name}_copy TEMPLATE {name}")
    finally:
        await administrator.close()
    copy = databases.server.address.url(f"{name}_copy")
    try:
        yield copy
    finally:
        await databases.drop_database(copy)


@contextmanager
def killing(kind: str) -> Iterator[tuple[IO[str], IO[str]]]:
    command = [sys.executable, "-m", "tests.service.killed_erasing", kind]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as zygote:
        assert zygote.stdin
        assert zygote.stdout
        yield zygote.stdin, zygote.stdout
        zygote.stdin.close()


async def found(folder: Path, of: Signatory, url: str | None) -> set[str]:
    """What is left of a person, in files, tables and a dump."""
    names = {name for _, name in traces(folder, of)}
    if url is not None:
        names |= left(await tables(url), of) | left(await asyncio.to_thread(dump, url), of)
    return names


async def check(folder: Path, url: str | None, of: Signatory, request: str, token: str) -> bool:
    """What the next start finds and leaves; returns whether the person was erased before it."""
    async with open_house(Settings(data_dir=folder, database_url=url), offset=OPENED - datetime.now(UTC)) as house:
        before = await stage(house, request)
        if before == "requested":
            assert len(await house.vault.about(of.person_id)) == 2, "nothing happened"
            assert await house.tokens.find(token)
        else:
            assert await house.vault.about(of.person_id) == []
            assert await house.tokens.find(token) is None
        await executed(house, of.person_id, request)
        while await stage(house, request) != "complete":
            await house.erasing.tick()  # until the server has noticed that a session of the killed one is over
        await executed(house, of.person_id, request)
        types = [type(one.event) for one in await house.store.read_category("person", 0, 1000)]
        assert types.count(PersonErased) == 1
        assert await found(folder, of, url) == set()
    assert [file.stem for file in (folder / "erasures").glob("*.json")] == [request]
    assert await found(folder, of, url) == set()
    return before != "requested"


async def stage(house: Errera, request: str) -> str:
    asked = await Erasures(house).one(request)
    assert asked
    assert isinstance(asked[0], views.ErasureRequestView)
    return asked[0].state


async def kill_everywhere(kind: str, tmp_path: Path, databases: Databases | None) -> tuple[int, int]:
    """How often it was killed, and how often that was after the event."""
    whole, url = tmp_path / "whole", await databases.fresh_database() if databases else None
    try:
        async with open_world(whole, url=url) as world:
            of = await signatory(world)
            request = await requested(world, of)
            token, _ = await world.house.tokens.create("auditor", person_id=of.person_id)
        assert await found(whole, of, url), "the test can see what it looks for"
        erased = 0
        with killing(kind) as (ask, answer):
            for number in range(1, MOST):
                folder = tmp_path / str(number)
                shutil.copytree(whole, folder)
                async with copied(databases, url) as copy:
                    ask.write(f"{number} {folder} {of.person_id} {request} {copy or ''}\n")
                    ask.flush()
                    said = (await asyncio.to_thread(answer.readline)).strip()
                    assert said in {"killed", "done"}
                    erased += await check(folder, copy, of, request, token)
                shutil.rmtree(folder)
                if said == "done":
                    return number - 1, erased
        raise AssertionError("it never came to an end")
    finally:
        if databases and url:
            await databases.drop_database(url)


async def test_killed_before_any_of_its_statements_it_is_whole_after_the_next_start(
    tmp_path: Path, databases: Databases | None
) -> None:
    killed, erased = await kill_everywhere("whole", tmp_path, databases)
    assert 20 < erased <= killed, "once before the event, and before many statements after it"


async def test_one_that_says_that_it_did_what_it_is_about_to_do_would_be_noticed(
    tmp_path: Path, databases: Databases | None
) -> None:
    with pytest.raises(AssertionError):
        await kill_everywhere("hasty", tmp_path, databases)
