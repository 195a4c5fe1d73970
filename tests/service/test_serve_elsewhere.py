"""Serving on a database elsewhere: through a pooler, and where it hangs."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import httpx
import pytest

from tests.events.pgbouncer import pgbouncer
from tests.events.proxy import proxied
from tests.postgresql import Databases
from tests.service.served import ROOT, Service

pytestmark = [pytest.mark.server, pytest.mark.postgresql]

SMALL = {"ERRERA_DEMO_FILE": str(ROOT / "examples" / "second-programme.json")}
"""A demonstration that loads in a moment."""
Begin: TypeAlias = Callable[..., Service]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    started: list[Service] = []

    def start(*arguments: str, **more: str) -> Service:
        started.append(Service(tmp_path / f"data-{len(started)}", *arguments, **more))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


async def test_the_service_works_through_a_pooler(begin: Begin, postgresql_server: Databases, tmp_path: Path) -> None:
    url = await postgresql_server.fresh_database()
    with pgbouncer(url, tmp_path / "pgbouncer") as through:
        told = {"ERRERA_DATABASE_URL": through, "ERRERA_DATABASE_POOLED": "true", **SMALL}
        service = await asyncio.to_thread(begin, "--demo", **told)
        async with httpx.AsyncClient(
            base_url=service.address, headers={"Authorization": f"Bearer {service.token}"}, timeout=60
        ) as client:
            done = await asyncio.gather(
                *(client.post("/v1/partners", json={"name": f"Partner {number}"}) for number in range(20))
            )
            assert {one.status_code for one in done} == {201}
            position = max(one.json()["position"] for one in done)
            read = await client.get(
                "/v1/partners", params={"pageSize": 1000}, headers={"Errera-Position": f"{position}"}
            )
            names = {one["name"] for one in read.raise_for_status().json()["items"]}
            assert {f"Partner {number}" for number in range(20)} <= names
            health = await client.get("/health")
            assert (health.status_code, health.json()["status"]) == (200, "UP"), health.text
        assert await asyncio.to_thread(service.stop) == 0
        assert "ERROR" not in service.errors.read_text().upper()
    await postgresql_server.drop_database(url)


async def test_the_service_stops_though_its_database_hangs(begin: Begin, postgresql_server: Databases) -> None:
    url = await postgresql_server.fresh_database()
    async with proxied(url) as (way, proxy):
        service = await asyncio.to_thread(begin, "--demo", ERRERA_DATABASE_URL=way, **SMALL)
        async with httpx.AsyncClient(
            base_url=service.address, headers={"Authorization": f"Bearer {service.token}"}, timeout=60
        ) as client:
            proxy.hang()
            going = [
                asyncio.create_task(client.post("/v1/partners", json={"name": f"Partner {number}"}))
                for number in range(3)
            ]
            await proxy.holding(4)  # what they ask, and what the read models do
            service.process.send_signal(signal.SIGTERM)
            code = await asyncio.to_thread(service.process.wait, 30)
            done = await asyncio.gather(*going, return_exceptions=True)
    assert code == 0
    assert {one.status_code for one in done if isinstance(one, httpx.Response)} <= {503}
    await postgresql_server.drop_database(url)
