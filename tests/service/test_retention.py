"""Retention: rules are data, the scheduler proposes, a person decides, and what is destroyed leaves its declaration."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from service.app import retention_of
from tests.acceptance.world import Json, World, open_world, refused, told, written
from tests.service.erased import NAME, Signatory, signatory, traces
from tests.service.pages_house import Page

LATER = datetime(2038, 6, 1, 9, tzinfo=UTC)
"""More than ten years after the cohort's end in 2027."""
RULE = {"kind": "agreement", "years": 10, "destination": "destroy", "selectionRule": "BO-4.2"}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data", at=LATER) as opened:
        yield opened


async def proposed(world: World, **rule: object) -> list[Json]:
    manager = await world.client()
    answer = await manager.post("/v1/retentionRules", json={**RULE, **rule})
    assert answer.status_code in {200, 201}, answer.text
    await retention_of(world.house).tick()
    await world.settled()
    found: list[Json] = told(await manager.get("/v1/dispositions"))["items"]
    return found


async def evaluated(manager: httpx.AsyncClient, of: Signatory) -> None:
    body = {
        "year": 2024,
        "heldOn": "2025-02-10",
        "findings": "Te weinig missies.",
        "improvementPoints": [{"text": "Meer"}],
    }
    written(await manager.post(f"{of.agreement['href']}/evaluations", json=body))


async def test_nothing_is_proposed_without_a_rule_or_before_its_term(world: World) -> None:
    await signatory(world)
    assert await retention_of(world.house).tick() == 0
    assert await proposed(world, years=11) == []


async def test_what_is_due_is_proposed_once_a_day(world: World) -> None:
    of = await signatory(world)
    [one] = await proposed(world)
    assert (one["state"], one["subjectId"]) == ("proposed", of.agreement["agreementId"])
    assert (one["countedFrom"], one["dueOn"]) == ("2027-12-31", "2037-12-31")
    assert await retention_of(world.house).tick() == 0, "another process finds it proposed"


async def test_approved_the_texts_are_destroyed_and_the_declaration_stays(world: World, tmp_path: Path) -> None:
    of = await signatory(world)
    manager = await world.client()
    await evaluated(manager, of)
    before = [body for _, _, body in await world.house.store.read_bodies(0, 1000)]
    [one] = await proposed(world)
    done = written(await manager.post(f"{one['href']}/approvals"))
    assert (done["state"], done["texts"]) == ("approved", 3)
    agreement = told(await manager.get(of.agreement["href"]))
    assert "findings" not in agreement["evaluations"][0]
    assert agreement["evaluations"][0]["heldOn"] == "2025-02-10", "that it was held stays"
    after = [body for _, _, body in await world.house.store.read_bodies(0, 1000)]
    assert after[: len(before)] == before
    assert told(await manager.get(f"/v1/persons/{of.person_id}"))["name"] == NAME, "the person has a rule of its own"
    left = {name for _, name in traces(tmp_path / "data", of)}
    assert len({name for name in left if name.startswith("sealed")}) == 2, "its capacity went, the person did not"
    assert await retention_of(world.house).tick() == 0
    assert written(await manager.post(f"{one['href']}/approvals"), 200)["state"] == "approved"


async def test_kept_longer_for_a_reason_it_comes_back(world: World) -> None:
    await signatory(world)
    [one] = await proposed(world)
    manager = await world.client()
    refused(await manager.post(f"{one['href']}/deferrals", json={"until": "2038-06-01", "reason": "x"}), 400)
    body = {"until": "2039-01-01", "reason": "Er loopt nog een onderzoek."}
    assert written(await manager.post(f"{one['href']}/deferrals", json=body))["reason"] == body["reason"]
    refused(await manager.post(f"{one['href']}/approvals"), 409, "disposition.notOpen")
    assert await retention_of(world.house).tick() == 0


async def test_what_is_to_be_archived_is_in_the_archive_first(world: World) -> None:
    await signatory(world)
    [one] = await proposed(world, destination="archive")
    manager = await world.client()
    refused(await manager.post(f"{one['href']}/approvals"), 400, "disposition.notArchived", "archivedAs")
    done = written(await manager.post(f"{one['href']}/approvals", json={"archivedAs": "RA 2038/14"}))
    assert (done["archivedAs"], done["state"]) == ("RA 2038/14", "approved")


async def test_a_person_in_office_is_not_proposed_and_one_whose_last_role_is_over_is_erased_by_two(
    world: World,
) -> None:
    of = await signatory(world)
    assert [one["kind"] for one in await proposed(world, kind="person")] == [], "it still looks after a partner"
    manager = await world.client()
    other = written(await manager.post("/v1/persons", json={"name": "Bert"}))["personId"]
    assigned = {"personId": other, "effectiveOn": "2026-01-01"}
    written(await manager.post(f"/v1/partners/{of.partner['partnerId']}/accountManagers", json=assigned))
    [one] = await proposed(world, kind="person")
    assert (one["subjectId"], one["countedFrom"]) == (of.person_id, "2027-12-31")
    written(await manager.post(f"{one['href']}/approvals"))
    await world.settled()
    [request] = told(await manager.get("/v1/erasureRequests?state=requested"))["items"]
    assert (request["personId"], request["selectionRule"]) == (of.person_id, "BO-4.2")
    administrator = await world.client("administrator")
    path = f"/v1/persons/{of.person_id}/erasures"
    assert written(await administrator.post(path, json={"requestId": request["requestId"]}), 200)["state"] == "complete"


async def test_only_a_programme_manager_decides(world: World) -> None:
    await signatory(world)
    [one] = await proposed(world)
    for role in ("administrator", "auditor", "accountManager", "client"):
        client = await world.client(role)
        refused(await client.post(f"{one['href']}/approvals"), 403)
        refused(await client.post("/v1/retentionRules", json=RULE), 403)
    assert told(await (await world.client("auditor")).get("/v1/dispositions"))["total"] == 1
    refused(await (await world.client("partner", partner_id="p")).get("/v1/dispositions"), 403)


async def test_a_rule_is_set_and_a_record_decided_on_in_a_browser(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()
    given = {"kind": "agreement", "years": "10", "destination": "destroy", "selectionRule": "BO-4.2"}
    assert (await manager.post("/retention/rules", data={**given, "years": "0"})).status_code == 400
    assert (await manager.post("/retention/rules", data=given)).status_code == 303
    await retention_of(world.house).tick()
    await world.settled()
    found = Page.read((await manager.get("/retention")).text)
    assert found.faults() == []
    assert f"/agreements/{of.agreement['agreementId']}" in found.links
    [path] = [str(one["action"]) for one in found.all("form") if str(one.get("action")).endswith("/approve")]
    assert (await (await world.client("auditor")).post(path)).status_code == 403
    assert (await manager.post(path)).status_code == 303
    assert "Goedgekeurd" in Page.read((await manager.get("/retention")).text).words
