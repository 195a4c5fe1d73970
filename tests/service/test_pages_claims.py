"""Claims on their page: going by one of them, and the order of authority."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.world import World, open_world, told, written
from tests.service.pages_house import Page


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data") as opened:
        yield opened


async def two_claims(world: World) -> list[str]:
    manager = await world.client()
    about = {"subject": {"type": "programme"}, "predicate": "accountManagerCount"}
    return [
        str(written(await manager.post("/v1/claims", json={**about, "value": value, "source": source}))["claimId"])
        for value, source in (("15", "Vraag 200"), ("17", "Jaarverslag"))
    ]


async def test_a_conflict_is_resolved_on_its_page(world: World) -> None:
    [_, second] = await two_claims(world)
    manager = await world.client()
    await world.settled()
    shown = Page.read((await manager.get("/claims")).text)
    [form] = [one for one in shown.all("form") if one.get("action") == "/claims/resolution"]
    assert form["method"] == "post"
    refused = await manager.post("/claims/resolution", data={"claim": second, "reason": " "})
    assert refused.status_code == 400
    assert [one for one in Page.read(refused.text).all("form") if one.get("action") == "/claims/resolution"]
    done = await manager.post("/claims/resolution", data={"claim": second, "reason": "het jaarverslag is nagekeken"})
    assert (done.status_code, done.headers["location"]) == (303, "/claims")
    await world.settled()
    after = Page.read((await manager.get("/claims")).text)
    assert "het jaarverslag is nagekeken" in after.words
    assert not [one for one in after.all("form") if one.get("action") == "/claims/resolution"]


async def test_the_order_of_authority_is_set_on_the_page(world: World) -> None:
    manager = await world.client()
    assert (await manager.post("/claims/authority", data={"kinds": "deed gossip"})).status_code == 400
    done = await manager.post("/claims/authority", data={"kinds": "partnerPage deed", "reason": "zo beslist"})
    assert done.status_code == 303
    assert told(await manager.get("/v1/authorityOrder"))["kinds"] == ["partnerPage", "deed"]


async def test_who_may_not_decide_sees_no_form_and_is_refused(world: World) -> None:
    [first, _] = await two_claims(world)
    auditor = await world.client("auditor")
    await world.settled()
    assert "/claims/resolution" not in (await auditor.get("/claims")).text
    assert (await auditor.post("/claims/resolution", data={"claim": first, "reason": "x"})).status_code == 403


async def test_a_reading_of_another_day_decides_nothing(world: World) -> None:
    await two_claims(world)
    manager = await world.client()
    await world.settled()
    assert "/claims/resolution" not in (await manager.get("/claims", params={"asOf": "2026-11-24"})).text


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
async def test_a_form_of_another_page_changes_nothing(world: World, site: str) -> None:
    manager = await world.client()
    order = {"kinds": "partnerPage"}
    refused = await manager.post("/claims/authority", data=order, headers={"Sec-Fetch-Site": site})
    assert refused.status_code == 403
    assert told(await manager.get("/v1/authorityOrder"))["usual"] is True
    own = await manager.post("/claims/authority", data=order, headers={"Sec-Fetch-Site": "same-origin"})
    assert own.status_code == 303
