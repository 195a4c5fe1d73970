"""Registers to meet: one with the whole example history, a copy of it to write in, and an empty one."""

import asyncio
import fcntl
import shutil
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.acceptance.world import BUILT, COHORT, Json, World, open_world, post, written


async def _build(folder: Path) -> None:
    async with open_world(folder, at=BUILT) as world:
        reports = await world.load("demo.json")
        assert {one.outcome for one in reports} == {"done"}


async def _open(folder: Path) -> None:
    async with open_world(folder, at=BUILT):
        pass


def _apart(work: Coroutine[None, None, None]) -> None:
    """Run it in a loop of its own, apart from the tests' loops."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A data directory with the example history, made once in a run whatever the number of workers."""
    base = tmp_path_factory.getbasetemp()
    shared = (base if worker_id == "master" else base.parent) / "history"
    with (shared.with_suffix(".lock")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not shared.exists():
            unfinished = shared.with_suffix(".unfinished")
            _apart(_build(unfinished))
            unfinished.rename(shared)
    return shared


@pytest.fixture(scope="session")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the schema and nothing in it: copying it is quicker than making it."""
    folder = tmp_path_factory.mktemp("blank") / "data"
    _apart(_open(folder))
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(history: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """The example history, for readers: whoever writes in it fails the module."""
    folder = tmp_path_factory.mktemp("demo") / "data"
    shutil.copytree(history, folder)
    async with open_world(folder) as world:
        before = await world.size()
        yield world
        assert await world.size() == before


@pytest_asyncio.fixture(loop_scope="module")
async def copied(history: Path, tmp_path: Path) -> AsyncIterator[World]:
    """A copy of the example history, to write in."""
    shutil.copytree(history, tmp_path / "data")
    async with open_world(tmp_path / "data") as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def empty(blank: Path, tmp_path: Path) -> AsyncIterator[World]:
    """A register in which nothing happened yet."""
    shutil.copytree(blank, tmp_path / "data")
    async with open_world(tmp_path / "data") as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def client(empty: World) -> httpx.AsyncClient:
    return await empty.client()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader(demo: World) -> httpx.AsyncClient:
    return await demo.client()


@pytest_asyncio.fixture(loop_scope="module")
async def partner(client: httpx.AsyncClient) -> Json:
    return written(await post(client, "/v1/partners", {"name": "Voka"}))


@pytest_asyncio.fixture(loop_scope="module")
async def cohort(client: httpx.AsyncClient) -> Json:
    return written(await post(client, "/v1/cohorts", COHORT))


@pytest_asyncio.fixture(loop_scope="module")
async def agreement(client: httpx.AsyncClient, cohort: Json, partner: Json) -> Json:
    body = {"cohortId": cohort["cohortId"], "partnerId": partner["partnerId"], "signedOn": "2023-12-11"}
    return written(await post(client, "/v1/agreements", body))
