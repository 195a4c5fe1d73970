"""The pages on personal data: who may see what, erasing by two people, and the access log."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.web.visiting import LANGUAGE_COOKIE
from tests.acceptance.world import World, open_world, told, written
from tests.service.erased import GROUND, NAME, Signatory, erase, requested, signatory
from tests.service.pages_house import Page

PAGES = ("/persons", "/erasures", "/retention", "/access")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data") as opened:
        yield opened


async def page(world: World, path: str, role: str = "programmeManager", status: int = 200, **whose: str) -> Page:
    client = await world.client(role, **whose)
    answer = await client.get(path)
    assert answer.status_code == status, (path, answer.status_code, answer.text[-300:])
    return Page.read(answer.text)


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_the_pages_are_whole(world: World, language: str) -> None:
    of = await signatory(world)
    manager = await world.client()
    await manager.post(f"/v1/persons/{of.person_id}/legalHolds", json={"ground": "rolnummer 12"})
    await requested(world, of)
    for role in ("programmeManager", "administrator", "auditor", "accountManager"):
        client = await world.client(role, **({"person_id": of.person_id} if role == "accountManager" else {}))
        client.cookies.set(LANGUAGE_COOKIE, language)
        for path in (*PAGES, f"/persons/{of.person_id}"):
            answer = await client.get(path, follow_redirects=True)
            assert answer.status_code in {200, 403, 404}, (role, path, answer.text[-300:])
            if answer.status_code == 200:
                assert Page.read(answer.text).faults() == [], (role, path)


async def test_a_persons_page_says_what_it_has_to_do_with(world: World) -> None:
    of = await signatory(world)
    found = await page(world, f"/persons/{of.person_id}")
    assert NAME in found.words
    assert f"/partners/{of.partner['partnerId']}" in found.links
    assert f"/agreements/{of.agreement['agreementId']}" in found.links


async def test_two_people_erase_in_their_browsers(world: World) -> None:
    of = await signatory(world)
    path = f"/persons/{of.person_id}"
    manager, administrator = await world.client(), await world.client("administrator")
    answer = await manager.post(f"{path}/request", data={"legalGround": f"vraag van {NAME}"})
    assert answer.status_code == 400
    assert "noemt de persoon" in Page.read(answer.text).words
    assert (await manager.post(f"{path}/request", data=GROUND)).status_code == 303
    assert "Te doen" in (await page(world, "/erasures", "administrator")).words
    shown = Page.read((await administrator.get(path)).text)
    assert NAME not in shown.words, "an administrator carries out what it does not see"
    [form] = [one for one in shown.all("form") if str(one.get("action")).endswith("/erase")]
    assert form["method"] == "post"
    [request] = told(await administrator.get("/v1/erasureRequests"))["items"]
    given = {"requestId": request["requestId"]}
    assert (await manager.post(f"{path}/erase", data=given)).status_code == 403
    assert (await administrator.post(f"{path}/erase", data=given)).status_code == 303
    assert "Deze persoon werd gewist" in (await page(world, path)).words
    assert "gewiste persoon" in (await page(world, f"/partners/{of.partner['partnerId']}")).words
    assert "gewiste persoon" in (await page(world, f"/agreements/{of.agreement['agreementId']}")).words


async def test_whoever_looks_at_one_person_is_shown_no_reason_about_another(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()
    other = written(await manager.post("/v1/persons", json={"name": "Iemand anders"}))["personId"]
    path, request = f"/v1/persons/{other}", await requested(world, of)
    refused = {"requestId": request, "reason": "een lopend geschil"}
    written(await manager.post(f"/v1/persons/{of.person_id}/erasureRefusals", json=refused))
    asked = written(await manager.post(f"{path}/erasureRequests", json=GROUND))
    written(await manager.post(f"{path}/erasureRefusals", json={**refused, "requestId": asked["requestId"]}))
    await world.settled()
    about_both = (await page(world, "/erasures")).words
    assert about_both.count("een lopend geschil") == 2
    both, *_ = told(await manager.get("/v1/accessRecords"))["items"]
    assert (await page(world, f"/persons/{other}")).words.count("een lopend geschil") == 1
    one, *_ = told(await manager.get("/v1/accessRecords"))["items"]
    assert len(set(both["ids"]) - set(one["ids"])) == 2, "who the first is, and the reason about it"


async def test_a_hold_is_placed_and_lifted_on_the_page(world: World) -> None:
    of = await signatory(world)
    path = f"/persons/{of.person_id}"
    manager = await world.client()
    assert (await manager.post(f"{path}/hold", data={"ground": "rolnummer 12"})).status_code == 303
    await requested(world, of)
    administrator = Page.read((await (await world.client("administrator")).get(path)).text)
    assert "Een vernietigingsstop houdt de wissing tegen." in administrator.words
    assert [one for one in administrator.all("form") if str(one.get("action")).endswith("/erase")] == []
    [hold] = told(await manager.get("/v1/legalHolds"))["items"]
    lifted = {"holdId": hold["holdId"], "ground": "arrest"}
    assert (await manager.post(f"{path}/lift", data=lifted)).status_code == 303
    assert "opgeheven" in (await page(world, path)).words


async def test_an_auditor_sees_names_once_it_says_why(world: World) -> None:
    of = await signatory(world)
    auditor = await world.client("auditor")
    path = f"/partners/{of.partner['partnerId']}"
    assert NAME not in (await auditor.get(path)).text
    assert NAME not in (await auditor.get("/persons")).text
    answer = await auditor.post("/reason", data={"reason": "onderzoek 14, élan", "next": "/persons"})
    assert answer.headers["location"] == "/persons"
    assert NAME in (await auditor.get("/persons")).text
    assert NAME in (await auditor.get(path)).text
    [*_, first] = told(await auditor.get("/v1/accessRecords?pageSize=1000"))["items"]
    mine = [one for one in told(await auditor.get("/v1/accessRecords"))["items"] if one["role"] == "auditor"]
    assert {one.get("reason") for one in mine if of.person_id in one["ids"]} == {"onderzoek 14, élan"}
    assert first["role"] == "programmeManager"
    await auditor.post("/reason", data={"reason": "", "next": "/persons"})
    assert NAME not in (await auditor.get(path)).text


async def test_the_access_log_as_a_page_and_as_csv(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()
    for _ in range(60):
        await manager.get(f"/v1/persons/{of.person_id}")
    found = await page(world, "/access")
    assert "GET /v1/persons/{personId}" in found.words
    assert any(link.startswith("/access?before=") for link in found.links)
    answer = await manager.get("/access.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.count(of.person_id) >= 60
    assert (await (await world.client("administrator")).get("/access")).status_code == 403


async def test_the_work_list_keeps_what_was_done(world: World) -> None:
    of: Signatory = await signatory(world)
    await erase(world, of)
    found = await page(world, "/erasures", "auditor")
    assert GROUND["legalGround"] in found.words
    assert "Voltooid" in found.words
    assert NAME not in json.dumps(found.text)
