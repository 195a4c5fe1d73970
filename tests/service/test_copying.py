"""`errera copy`: a service started on the copy goes on as if nothing had happened."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.app import create_app, following
from service.house import Errera, open_house
from service.settings import Settings
from tests.events.places import nowhere_yet
from tests.golden.happened import FILE
from tests.service.served import Told, quick

KEY = {"Idempotency-Key": "once"}
READS = ("/v1/partners", "/v1/persons", "/v1/events?limit=1000")


@asynccontextmanager
async def serving(url: str, key_file: Path, folder: Path) -> AsyncIterator[tuple[Errera, httpx.AsyncClient]]:
    """One process of a service."""
    settings = Settings(
        data_dir=folder, database_url=url, vault_key_file=key_file, log_key_file=key_file.with_name("log.key")
    )
    async with open_house(settings) as house, following(house):
        assert await house.projector.wait_for((await house.store.head()).size, 60)
        transport = httpx.ASGITransport(create_app(house))
        async with httpx.AsyncClient(transport=transport, base_url="http://errera.test") as client:
            yield house, client


async def reads(client: httpx.AsyncClient) -> dict[str, Any]:
    found = {}
    for path in READS:
        answer = await client.get(path)
        assert answer.status_code == 200
        found[path] = answer.json()
    assert found["/v1/persons"]["items"][0]["name"] == "Ada Verzonnen"
    return found


async def house_size(house: Errera) -> int:
    return (await house.store.head()).size


async def write(client: httpx.AsyncClient, name: str = "Kring van Lezers") -> httpx.Response:
    return await client.post("/v1/partners", json={"name": name}, headers=KEY)


async def copied(*arguments: str, folder: Path) -> Told:
    return await asyncio.to_thread(quick, "copy", *arguments, folder=folder)


@pytest.mark.postgresql
@pytest.mark.parametrize("kinds", [("sqlite", "postgresql"), ("postgresql", "sqlite")])
async def test_a_service_on_the_copy_goes_on(
    kinds: tuple[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    key_file = tmp_path / "vault.key"
    async with (
        nowhere_yet(kinds[0], tmp_path / "a", request) as start,
        nowhere_yet(kinds[1], tmp_path / "b", request) as end,
    ):
        async with serving(start, key_file, tmp_path / "a") as (house, client):
            manager, _ = await house.tokens.create("programmeManager")
            client.headers["Authorization"] = f"Bearer {manager}"
            person = {"name": "Ada Verzonnen"}
            assert (await client.post("/v1/persons", json=person)).status_code == 201
            first = await write(client)
            assert first.status_code == 201
            before = await reads(client)
            signed = await house.audit.sealed(await house_size(house), 30)
        told = await copied(start, end, "--json", folder=tmp_path / "a")
        assert told.code == 0, told.err
        said = json.loads(told.out)
        assert (said["verified"], said["moved"], said["events"]) == (True, True, len(before[READS[2]]["items"]))
        async with serving(end, key_file, tmp_path / "b") as (house, client):
            client.headers["Authorization"] = f"Bearer {manager}"
            assert await reads(client) == before
            assert await house.projector.verify() == []
            assert signed is not None
            assert await house.audit.log.at(signed.checkpoint.size) == signed
            again = await write(client)
            assert (again.status_code, again.json()) == (first.status_code, first.json())
            assert (await write(client, "Iets anders")).status_code == 409
        async with serving(start, key_file, tmp_path / "a") as (_, client):
            client.headers["Authorization"] = f"Bearer {manager}"
            refused = await client.post("/v1/partners", json={"name": "Te laat"})
            assert (refused.status_code, refused.json()["code"]) == (503, "readOnly")
            assert "has moved to" in (await client.get("/health")).json()["checks"]["store"]["details"]["readOnly"]
        assert "moved already" in (await copied(start, f"sqlite:///{tmp_path / 'c.sqlite'}", folder=tmp_path / "a")).err


def test_a_register_of_the_first_release_is_refused_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name, dump in {"errera": "sqlite", "errera-vault": "sqlite-vault"}.items():
        connection = sqlite3.connect(folder / f"{name}.sqlite")
        connection.executescript((FILE.parent / "0.1.0" / f"{dump}.sql").read_text(encoding="utf-8"))
        connection.close()
    told = quick("copy", f"sqlite:///{tmp_path / 'new.sqlite'}", folder=folder)
    assert (told.code, "start the service of this release on it first" in told.err) == (1, True)


@pytest.mark.parametrize("where", ["mysql://x/y", "errera.sqlite", "a b c"])
def test_a_place_that_is_none_is_refused(tmp_path: Path, where: str) -> None:
    told = quick("copy", *where.split(), folder=tmp_path / "data")
    assert (told.code, "sqlite:///" in told.err) == (2, True)


def test_a_register_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    told = quick("copy", f"sqlite:///{tmp_path / 'new.sqlite'}", folder=tmp_path / "data")
    assert (told.code, "there is no register in" in told.err) == (1, True)
    assert not (tmp_path / "data" / "errera.sqlite").exists()
