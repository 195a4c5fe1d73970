"""Who was erased comes in no more: its tokens are revoked with it, and none is made for it again."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from service.auth.tokens import Tokens
from service.erasing import Erasing
from tests.acceptance.world import World, open_world, refused, told, written
from tests.service.erased import GROUND


@pytest.fixture
async def world(tmp_path: Path, database_url: str | None) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data", url=database_url) as opened:
        yield opened


async def person(world: World) -> str:
    manager = await world.client()
    return str(written(await manager.post("/v1/persons", json={"name": "Zoë Ölçer"}))["personId"])


async def tokens_of(world: World, person_id: str) -> list[str]:
    """One of each kind that a person can have."""
    roles = ("accountManager", "programmeManager", "auditor", "administrator")
    return [(await world.house.tokens.create(role, person_id=person_id))[0] for role in roles]


async def asked(world: World, person_id: str) -> str:
    manager = await world.client()
    return str(written(await manager.post(f"/v1/persons/{person_id}/erasureRequests", json=GROUND))["requestId"])


async def erase(world: World, person_id: str) -> httpx.Response:
    administrator, request = await world.client("administrator"), await asked(world, person_id)
    return await administrator.post(f"/v1/persons/{person_id}/erasures", json={"requestId": request})


async def come_in(world: World, token: str) -> list[bool]:
    """Whether a token opens the interface, a page where it is remembered, and the login."""
    called = await (await world.stranger(Authorization=f"Bearer {token}")).get("/v1/partners")
    page = await (await world.stranger(Cookie=f"errera_token={token}")).get("/agenda")
    login = await (await world.stranger()).post("/login", data={"token": token})
    return [
        called.status_code != 401,
        not page.headers.get("Location", "").startswith("/login"),
        "errera_token" in login.headers.get("Set-Cookie", ""),
    ]


async def test_whoever_is_erased_can_call_and_log_in_no_more(world: World) -> None:
    one, other = await person(world), await person(world)
    tokens, others = await tokens_of(world, one), await tokens_of(world, other)
    for token in tokens:
        assert await come_in(world, token) == [True] * 3, "and it has just been looked up"
    written(await erase(world, one), 200)
    for token in tokens:
        assert await come_in(world, token) == [False] * 3
    for token in others:
        assert await come_in(world, token) == [True] * 3
    shown = told(await (await world.client("administrator")).get("/v1/tokens"))["items"]
    assert {"revokedAt" in each for each in shown if each.get("personId") == one} == {True}


async def test_without_revoking_it_would_be_noticed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(_self: Tokens, _person_id: str) -> None:
        pass

    monkeypatch.setattr(Tokens, "revoke_of", nothing)
    with pytest.raises(AssertionError):
        await test_whoever_is_erased_can_call_and_log_in_no_more(world)


async def test_none_is_made_for_who_was_erased(world: World) -> None:
    one = await person(world)
    written(await erase(world, one), 200)
    administrator = await world.client("administrator")
    body = {"role": "auditor", "personId": one}
    refused(await administrator.post("/v1/tokens", json=body), 409, "person.erased")


async def test_one_that_is_made_while_its_person_is_erased_opens_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, administrator = await person(world), await world.client("administrator")
    created = Tokens.create
    made = []

    async def erased_meanwhile(self: Tokens, *given: str, **named: object) -> object:
        monkeypatch.setattr(Tokens, "create", created)  # whoever executes it has tokens of its own
        written(await erase(world, one), 200)
        made.append((await created(self, *given, **named))[0])  # type: ignore[arg-type]
        return made[0], (await self.list())[-1]

    monkeypatch.setattr(Tokens, "create", erased_meanwhile)
    refused(await administrator.post("/v1/tokens", json={"role": "auditor", "personId": one}), 409, "person.erased")
    [token] = made
    stranger = await world.stranger(Authorization=f"Bearer {token}")
    refused(await stranger.get("/v1/partners"), 401, "invalidAccessToken")


async def test_the_last_administrator_stays(world: World) -> None:
    one = await person(world)
    request = await asked(world, one)
    last = await world.client("administrator", person_id=one)
    path, body = f"/v1/persons/{one}/erasures", {"requestId": request}
    refused(await last.post(path, json=body), 409, "access.lastAdministrator")
    await world.client("administrator")
    written(await last.post(path, json=body), 200)
    refused(await last.get("/v1/tokens"), 401, "invalidAccessToken")


async def test_a_backup_that_is_put_back_brings_no_token_back(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    async with open_world(data) as world:
        one = await person(world)
        token, _ = await world.house.tokens.create("auditor", person_id=one)
    shutil.copytree(data, backup)
    async with open_world(data) as world:
        written(await erase(world, one), 200)
    shutil.copytree(data / "erasures", backup / "erasures")  # as where it is kept apart
    shutil.rmtree(data)
    backup.rename(data)
    async with open_world(data) as world:
        assert await world.house.tokens.find(token) is None


async def test_where_it_was_killed_before_they_were_revoked_the_next_start_does(
    tmp_path: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_world(tmp_path / "data", url=database_url) as world:
        one = await person(world)
        token, _ = await world.house.tokens.create("auditor", person_id=one)
        with monkeypatch.context() as killed:

            async def nothing(_self: Erasing) -> None:
                await asyncio.sleep(0)

            killed.setattr(Erasing, "tick", nothing)
            assert (await erase(world, one)).status_code == 202
            assert await world.house.tokens.find(token) is not None
    async with open_world(tmp_path / "data", url=database_url) as world:
        assert await world.house.tokens.find(token) is None
