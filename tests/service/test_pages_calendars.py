"""The page where people make an address to subscribe to, and take it away."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from service.web.visiting import LANGUAGE_COOKIE
from tests.acceptance.world import open_world, told
from tests.service.pages_house import Page
from tests.service.test_calendars import Programme, programme


@pytest.fixture
async def of(tmp_path: Path) -> AsyncIterator[Programme]:
    async with open_world(tmp_path / "data") as world:
        yield await programme(world)


async def page(client: httpx.AsyncClient, path: str = "/calendars") -> Page:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text[-300:]
    found = Page.read(answer.text)
    assert found.faults() == []
    return found


def choices(found: Page) -> list[str]:
    return [str(one["value"]) for one in found.all("option")]


async def made(client: httpx.AsyncClient, which: str) -> Page:
    answer = await client.post("/calendars", data={"which": which})
    assert answer.status_code == 200, answer.text[-300:]
    assert answer.headers["Cache-Control"] == "no-store"
    found = Page.read(answer.text)
    assert found.faults() == []
    return found


def address_on(found: Page) -> str:
    [field] = [one for one in found.all("input") if one.get("id") == "address"]
    return str(field["value"])


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_somebody_makes_an_address_and_subscribes_and_takes_it_away(of: Programme, language: str) -> None:
    manager = of.manager
    manager.cookies.set(LANGUAGE_COOKIE, language)
    assert "/calendars" in (await page(manager, "/agenda")).links
    assert "programme" in choices(await page(manager))
    address = address_on(await made(manager, f"partner:{of.ids['ownPartner']}"))
    stranger = await of.world.stranger()
    fetched = await stranger.get(address)
    assert fetched.status_code == 200
    assert {"nl": "Evaluatie 2026: Partner own", "en": "Evaluation 2026: Partner own"}[language] in fetched.text
    found = await page(manager)
    assert address not in found.source
    assert "Partner own" in found.words
    [form] = [one for one in found.all("form") if str(one.get("action")).endswith("/revoke")]
    assert (await manager.post(str(form["action"]))).status_code == 303
    assert (await stranger.get(address)).status_code == 404
    found = await page(manager)
    assert [one for one in found.all("form") if str(one.get("action")).endswith("/revoke")] == []
    assert (await manager.post(str(form["action"]))).status_code == 404


async def test_everybody_is_offered_what_they_may_have(of: Programme) -> None:
    ids, world = of.ids, of.world
    assert choices(await page(await world.client("partner", partner_id=ids["ownPartner"]))) == [
        f"cohort:{ids['ownCohort']}",
        f"partner:{ids['ownPartner']}",
    ]
    manager = await world.client("accountManager", person_id=ids["ownPerson"])
    offered = choices(await page(manager))
    assert offered[:2] == ["programme", f"person:{ids['ownPerson']}"]
    for which in offered:
        assert re.fullmatch(r"https://\S+/v1/calendars/\S+\.ics", address_on(await made(manager, which)))


@pytest.mark.parametrize("which", ["", "all", "cohort", "cohort:nobody", "partner:nobody", "person:nobody"])
async def test_there_is_no_address_of_nothing(of: Programme, which: str) -> None:
    answer = await of.manager.post("/calendars", data={"which": which})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")
    assert told(await of.manager.get("/v1/calendars"))["items"] == []


async def test_a_partner_makes_none_of_another_s(of: Programme) -> None:
    partner = await of.world.client("partner", partner_id=of.ids["ownPartner"])
    assert (await partner.post("/calendars", data={"which": f"partner:{of.ids['foreignPartner']}"})).status_code == 404
    assert (await partner.post("/calendars", data={"which": "programme"})).status_code == 403


async def test_an_administrator_sees_all_of_them_and_reads_none(of: Programme) -> None:
    await made(of.manager, f"cohort:{of.ids['ownCohort']}")
    administrator = await of.world.client("administrator")
    found = await page(administrator)
    assert choices(found) == []
    assert "Cohorte own" not in found.words
    [form] = [one for one in found.all("form") if str(one.get("action")).endswith("/revoke")]
    assert (await administrator.post(str(form["action"]))).status_code == 303
