"""`GET /v1/events?waitSeconds=`: whoever waits is answered when something happens, and holds nothing up."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from events.store import following as store_following
from service.api import waiting
from service.app import create_app, following
from service.house import Errera, open_house
from service.settings import Settings
from tests.postgresql import Databases

PATIENCE = 30


@dataclass(frozen=True)
class Place:
    """One process of a service, called as the programme manager."""

    house: Errera
    app: FastAPI
    client: httpx.AsyncClient

    async def add(self, name: str) -> Any:
        answer = await self.client.post("/v1/partners", json={"name": name})
        assert answer.status_code == 201
        return answer.json()

    async def wait(self, after: int) -> Any:
        async with asyncio.timeout(PATIENCE):
            return await self.client.get(f"/v1/events?after={after}&waitSeconds=30")

    async def somebody_waits(self, count: int = 1) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.app.state.waiting.count != count:  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)


@asynccontextmanager
async def place(folder: Path, url: str | None = None) -> AsyncIterator[Place]:
    async with open_house(Settings(data_dir=folder, database_url=url)) as house, following(house):
        app = create_app(house)
        token, _ = await house.tokens.create("programmeManager")
        headers = {"Authorization": f"Bearer {token}"}
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://errera.test", headers=headers) as client:
            yield Place(house, app, client)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Place]:
    async with place(tmp_path / "data") as opened:
        yield opened


async def test_what_this_process_records_is_answered_at_once(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_following, "POLL_SECONDS", 3600.0)
    first = await here.add("Kring van Lezers")
    reader = asyncio.create_task(here.wait(first["position"]))
    await here.somebody_waits()
    second = await here.add("Kring van Schrijvers")
    [event] = (await reader).json()["items"]
    assert event["position"] == second["position"]


@pytest.mark.postgresql
@pytest.mark.server
async def test_what_another_process_records_is_answered_too(postgresql_server: Databases, tmp_path: Path) -> None:
    url = await postgresql_server.fresh_database()
    shared = tmp_path / "one", tmp_path / "two"
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(place(shared[0], url))
        shared[1].mkdir()
        for key in ("vault.key", "log.key"):
            shutil.copy(shared[0] / key, shared[1])
        two = await stack.enter_async_context(place(shared[1], url))
        reader = asyncio.create_task(one.wait(0))
        await one.somebody_waits()
        written = await two.add("Kring van Lezers")
        assert [event["position"] for event in (await reader).json()["items"]] == [written["position"]]
    await postgresql_server.drop_database(url)


async def test_nothing_new_is_an_empty_answer(here: Place) -> None:
    answer = await here.client.get("/v1/events?waitSeconds=1")
    assert (answer.status_code, answer.json()) == (200, {"items": []})
    await here.somebody_waits(0)


async def test_a_client_that_goes_away_is_waited_for_no_longer(here: Place) -> None:
    token = here.client.headers["authorization"].encode()
    gone = asyncio.Event()
    asked = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Any:
        if asked:
            return asked.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError(f"nobody is there to hear {message}")

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": "/v1/events", "raw_path": b"/v1/events", "query_string": b"waitSeconds=30", "root_path": "",
        "headers": [(b"authorization", token)], "client": None, "server": None,
    }  # fmt: skip
    request = asyncio.create_task(here.app(scope, receive, send))
    await here.somebody_waits()
    gone.set()
    async with asyncio.timeout(PATIENCE):
        await request
    assert here.app.state.waiting.count == 0


async def test_a_service_that_stops_tells_whoever_waits_to_come_back(here: Place) -> None:
    reader = asyncio.create_task(here.wait(0))
    await here.somebody_waits()
    here.app.state.waiting.stop()
    answer = await reader
    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_only_so_many_wait(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST", 1)
    reader = asyncio.create_task(here.wait(0))
    await here.somebody_waits()
    assert (await here.wait(0)).status_code == 503
    await here.add("Kring van Lezers")
    assert (await reader).status_code == 200
