"""Erasing a signatory: nothing is left in any file, everything else is as it was."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from events.store import engines
from events.vault import destroying
from tests.acceptance.world import OPENED, World, open_world, refused, told, written
from tests.service.erased import CAPACITY, EMAIL, GROUND, NAME, erase, everything_said, requested, signatory, traces


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data") as opened:
        yield opened


async def bodies(world: World) -> list[Any]:
    return list(await world.house.store.read_bodies(0, 10_000))


# Nothing is left


async def test_no_byte_is_left_in_any_file_of_the_data_directory(world: World, tmp_path: Path) -> None:
    of = await signatory(world)
    assert traces(tmp_path / "data", of), "the test can see what it looks for"
    done = await erase(world, of)
    assert done["state"] == "complete"
    said = await everything_said(world)
    (tmp_path / "data" / "export.jsonl").write_text(said)
    assert traces(tmp_path / "data", of) == []
    assert NAME not in said
    assert EMAIL not in said


async def test_nor_after_the_register_was_closed_and_opened(tmp_path: Path) -> None:
    async with open_world(tmp_path / "data") as world:
        of = await signatory(world)
        await erase(world, of)
    assert traces(tmp_path / "data", of) == []
    async with open_world(tmp_path / "data") as world:
        assert NAME not in await everything_said(world)
    assert traces(tmp_path / "data", of) == []


async def test_without_truncating_the_log_beside_the_file_it_would_be_noticed(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = await signatory(world)
    monkeypatch.setattr(destroying, "_truncate", lambda _connection: True)
    await erase(world, of)
    assert {file for file, _ in traces(tmp_path / "data", of)} == {"errera-vault.sqlite-wal"}


async def test_without_secure_delete_it_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pragmas = tuple(one.replace("secure_delete=ON", "secure_delete=OFF") for one in engines.PRAGMAS)
    assert pragmas != engines.PRAGMAS
    monkeypatch.setattr(engines, "PRAGMAS", pragmas)
    async with open_world(tmp_path / "data") as world:
        of = await signatory(world)
        await erase(world, of)
        assert {file for file, _ in traces(tmp_path / "data", of)} == {"errera-vault.sqlite"}


# Everything else is as it was


async def test_the_log_its_proofs_and_all_counts_stay(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()
    before, size = await bodies(world), await world.size()
    collections = ("partners", "cohorts", "agreements", "consultations")
    counts = {path: told(await manager.get(f"/v1/{path}"))["total"] for path in collections}
    agreement = told(await manager.get(of.agreement["href"]))
    await erase(world, of)
    after = await bodies(world)
    assert after[:size] == before, "what was proved is proved by the same bytes"
    assert [body.partition(b'"type":"')[2].partition(b'"')[0] for _, _, body in after[size:]] == [
        b"ErasureRequested",
        b"PersonErased",
    ]
    assert {path: told(await manager.get(f"/v1/{path}"))["total"] for path in collections} == counts
    found = told(await manager.get(of.agreement["href"]))
    [signed] = found["signatories"]
    assert signed.keys() == {"personId", "forParty", "erasedOn"}, "its capacity went too"
    assert {**found, "signatories": 0} == {**agreement, "signatories": 0}


async def test_the_history_says_that_a_person_was_erased(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()

    async def sentence(language: str) -> str:
        answer = await manager.get(f"{of.partner['href']}/history", headers={"Accept-Language": language})
        return next(str(one["sentence"]) for one in told(answer)["items"] if one["type"] == "AccountManagerAssigned")

    assert await sentence("en") == f"From 1 January 2024 {NAME} is the account manager of partner Kring van Lezers."
    await erase(world, of)
    assert (
        await sentence("en")
        == "From 1 January 2024 an erased person is the account manager of partner Kring van Lezers."
    )
    assert (
        await sentence("nl")
        == "Vanaf 1 januari 2024 is een gewiste persoon accountmanager van partner Kring van Lezers."
    )


async def test_agreement_and_partner_say_since_when_a_person_is_erased(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()
    then = (await world.house.now()).isoformat()

    async def marks(**query: str) -> list[str | None]:
        agreement = told(await manager.get(of.agreement["href"], params=query))
        partner = told(await manager.get(of.partner["href"], params=query))
        named = [*agreement["signatories"], *partner["accountManagers"]]
        assert [one["personId"] for one in named] == [of.person_id] * 2
        return [one.get("erasedOn") for one in named]

    assert await marks() == [None, None]
    done = await erase(world, of)
    assert await marks() == [done["erasedOn"]] * 2
    assert await marks(knownAt=then) == [done["erasedOn"]] * 2, "its name is nowhere any more, then neither"
    [listed] = told(await manager.get("/v1/agreements"))["items"]
    assert listed["signatories"][0]["erasedOn"] == done["erasedOn"]
    assert f"erasedOn: {done['erasedOn']}" in (await manager.get("/v1/agreements?format=csv")).text
    shown = await manager.get(f"/agreements/{of.agreement['agreementId']}")
    assert "gewiste persoon <span" in shown.text
    assert "erased person <span" in (await manager.get(f"/agreements/{of.agreement['agreementId']}?lang=en")).text


async def test_the_declaration_stays_and_names_nobody(world: World) -> None:
    of = await signatory(world)
    done = await erase(world, of)
    auditor = await world.client("auditor")
    kept = told(await auditor.get(done["href"]))
    assert (kept["legalGround"], kept["selectionRule"]) == (GROUND["legalGround"], GROUND["selectionRule"])
    assert kept["askedBy"] != kept["executedBy"]
    [event] = [
        one for one in told(await auditor.get("/v1/events?limit=1000"))["items"] if "PersonErased" in one["type"]
    ]
    assert event["data"]["requestId"] == done["requestId"]
    answer = await (await world.client()).get(f"/v1/persons/{of.person_id}")
    assert refused(answer, 404, "person.erased")["erasedOn"] == OPENED.date().isoformat()


# Two people, and what may stand in the way


async def test_whoever_requests_does_not_carry_it_out(world: World) -> None:
    of = await signatory(world)
    request = await requested(world, of)
    path, body = f"/v1/persons/{of.person_id}/erasures", {"requestId": request}
    refused(await (await world.client()).post(path, json=body), 403, "missingPermission")
    somebody = (await world.client(person_id="h1"), await world.client("administrator", person_id="h1"))
    other = written(await somebody[0].post("/v1/persons", json={"name": "Bert"}))["personId"]
    own = written(await somebody[0].post(f"/v1/persons/{other}/erasureRequests", json=GROUND))["requestId"]
    answer = await somebody[1].post(f"/v1/persons/{other}/erasures", json={"requestId": own})
    refused(answer, 409, "erasure.samePerson")
    assert told(await somebody[0].get(f"/v1/persons/{other}"))["name"] == "Bert"


async def test_a_legal_hold_refuses_it_until_it_is_lifted(world: World) -> None:
    of = await signatory(world)
    manager, administrator = await world.client(), await world.client("administrator")
    path = f"/v1/persons/{of.person_id}"
    hold = written(await manager.post(f"{path}/legalHolds", json={"ground": "rolnummer 2026/AB/12"}))
    request = await requested(world, of)
    refused(await administrator.post(f"{path}/erasures", json={"requestId": request}), 409, "erasure.onHold")
    assert told(await manager.get(path))["name"] == NAME
    lifted = {"holdId": hold["holdId"], "ground": "arrest van 3 maart"}
    written(await manager.post(f"{path}/legalHoldLiftings", json=lifted))
    assert (
        written(await administrator.post(f"{path}/erasures", json={"requestId": request}), 200)["state"] == "complete"
    )
    refused(await manager.post(f"{path}/legalHolds", json={"ground": "te laat"}), 409, "person.erased")


@pytest.mark.parametrize("text", [f"op vraag van {NAME}", "vraag van ölçer", f"mail van {EMAIL}"])
async def test_what_stays_in_the_log_names_nobody(world: World, text: str) -> None:
    of = await signatory(world)
    manager = await world.client()
    path = f"/v1/persons/{of.person_id}"
    answer = await manager.post(f"{path}/erasureRequests", json={"legalGround": text})
    refused(answer, 400, "erasure.namesPerson", "legalGround")
    refused(await manager.post(f"{path}/legalHolds", json={"ground": text}), 400, "erasure.namesPerson", "ground")


async def test_a_partner_asks_and_a_programme_manager_judges(world: World) -> None:
    of = await signatory(world)
    path = f"/v1/persons/{of.person_id}"
    partner = await world.client("partner", partner_id=of.partner["partnerId"])
    stranger = await world.client("partner", partner_id="elders")
    refused(await stranger.post(f"{path}/erasureWishes"), 404)
    wish = written(await partner.post(f"{path}/erasureWishes"))
    assert wish["state"] == "wished"
    assert [one["requestId"] for one in told(await partner.get("/v1/erasureRequests"))["items"]] == [wish["requestId"]]
    assert told(await stranger.get("/v1/erasureRequests"))["items"] == []
    administrator = await world.client("administrator")
    answer = await administrator.post(f"{path}/erasures", json={"requestId": wish["requestId"]})
    refused(answer, 409, "erasure.notOpen")
    request = await requested(world, of)
    states = {one["requestId"]: one["state"] for one in told(await partner.get("/v1/erasureRequests"))["items"]}
    assert states == {wish["requestId"]: "takenUp", request: "requested"}


async def test_a_wish_can_be_declined_with_a_reason_that_goes_with_the_person(world: World) -> None:
    of = await signatory(world)
    path = f"/v1/persons/{of.person_id}"
    partner = await world.client("partner", partner_id=of.partner["partnerId"])
    wish = written(await partner.post(f"{path}/erasureWishes"))["requestId"]
    manager = await world.client()
    body = {"requestId": wish, "reason": "De overeenkomst loopt nog."}
    assert written(await manager.post(f"{path}/erasureRefusals", json=body))["reason"] == body["reason"]
    await erase(world, of)
    kept = told(await manager.get(f"/v1/erasureRequests/{wish}"))
    assert (kept["state"], kept.get("reason")) == ("declined", None)


async def test_told_twice_happened_once(world: World) -> None:
    of = await signatory(world)
    done = await erase(world, of)
    administrator, size = await world.client("administrator"), await world.size()
    answer = await administrator.post(f"/v1/persons/{of.person_id}/erasures", json={"requestId": done["requestId"]})
    assert written(answer, 200)["position"] == done["position"]
    assert await world.size() == size


async def test_why_somebody_read_goes_where_it_names_the_person_and_who_read_stays(world: World) -> None:
    of = await signatory(world)
    other = told(await (await world.client()).get("/v1/persons"))["items"][0]["personId"]
    assert other != of.person_id
    for person, why in [
        (of.person_id, f"klacht van {NAME}"),
        (of.person_id, f"dossier {NAME.split()[1]}"),
        (other, f"vraag van {EMAIL}"),
        (of.person_id, "zaak 2026/17"),
        (other, "zaak van Zoë Anders"),
    ]:
        auditor = await world.client("auditor")
        told(await auditor.get(f"/v1/persons/{person}", headers=[(b"Errera-Reason", why.encode())]))
    await erase(world, of)
    records = told(await (await world.client("auditor")).get("/v1/accessRecords"))["items"]
    read = [one for one in records if one["purpose"] == "GET /v1/persons/{personId}"]
    assert [one.get("reason") for one in read] == ["zaak van Zoë Anders", "zaak 2026/17", None, None, None]


async def test_who_was_erased_is_given_no_new_part(world: World) -> None:
    of = await signatory(world)
    await erase(world, of)
    manager, size = await world.client(), await world.size()
    assigned = {"personId": of.person_id, "effectiveOn": "2025-01-01"}
    answer = await manager.post(f"/v1/partners/{of.partner['partnerId']}/accountManagers", json=assigned)
    refused(answer, 409, "person.erased")
    partner = written(await manager.post("/v1/partners", json={"name": "Bond van Schrijvers"}))
    signed = {
        "cohortId": of.agreement["cohortId"],
        "partnerId": partner["partnerId"],
        "signedOn": "2023-12-11",
        "signatories": [{"personId": of.person_id, "forParty": "partner", "capacity": CAPACITY}],
    }
    refused(await manager.post("/v1/agreements", json=signed), 409, "person.erased")
    assert await world.size() == size + 1
    assert await world.house.vault.about(of.person_id) == []


# A reader that holds the bytes


async def test_while_a_reader_holds_the_file_it_is_pending_and_it_is_completed_after(
    world: World, tmp_path: Path
) -> None:
    of = await signatory(world)
    with closing(sqlite3.connect(tmp_path / "data" / "errera-vault.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM vault_rows").fetchone()[0]
        done = await erase(world, of, 202)
        assert done["state"] == "pending"
        assert NAME not in await everything_said(world), "nobody is shown it meanwhile"
        await world.house.erasing.tick()
        manager = await world.client()
        assert told(await manager.get(done["href"]))["state"] == "pending"
        reader.execute("ROLLBACK")
    await world.house.erasing.tick()
    assert told(await manager.get(done["href"]))["state"] == "complete"
    assert traces(tmp_path / "data", of) == []


# A backup put back


async def test_a_backup_that_is_put_back_does_not_bring_a_person_back(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    async with open_world(data) as world:
        of = await signatory(world)
    shutil.copytree(data, backup)
    async with open_world(data) as world:
        done = await erase(world, of)
    shutil.copytree(data / "erasures", tmp_path / "ledger")  # as where it is kept apart
    shutil.rmtree(data)
    shutil.copytree(backup, data)
    shutil.copytree(tmp_path / "ledger", data / "erasures")
    assert traces(data, of)
    async with open_world(data) as world:
        assert traces(data, of) == []
        manager = await world.client()
        refused(await manager.get(f"/v1/persons/{of.person_id}"), 404, "person.erased")
        kept = told(await manager.get(f"/v1/erasureRequests/{done['requestId']}"))
        assert (kept["state"], kept["legalGround"]) == ("complete", GROUND["legalGround"])
        size = await world.size()
    async with open_world(data) as world:
        assert await world.size() == size, "it is declared once"


async def test_where_an_older_log_is_put_beside_the_vault_the_next_erasure_is_carried_out(tmp_path: Path) -> None:
    data, older = tmp_path / "data", tmp_path / "older.sqlite"
    async with open_world(data) as world:
        of = await signatory(world)
    shutil.copy(data / "errera.sqlite", older)
    async with open_world(data) as world:
        manager = await world.client()
        for number in range(5):  # positions that the log has again, after it was put back
            written(await manager.post("/v1/partners", json={"name": f"Vereniging {number}"}))
        await world.house.erasing.tick()
    shutil.copy(older, data / "errera.sqlite")
    async with open_world(data) as world:
        done = await erase(world, of)
        assert done["state"] == "complete"
        assert [one["personId"] for one in world.house.erasing.ledger.entries()] == [of.person_id]
    assert traces(data, of) == []
