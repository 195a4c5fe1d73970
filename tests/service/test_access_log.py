"""Who was shown what of the vault: one record for each answer, before the answer, and nobody takes it away."""

import ast
import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from events.vault.reading import NobodyAskedError, Reader, reading
from events.vault.schema import ACCESS
from service.accessing import csv_of
from service.web.visiting import TOKEN_COOKIE
from tests.acceptance.world import ANY, World, open_world, refused, told, written
from tests.postgresql import Databases
from tests.service.erased import CAPACITY, NAME, signatory

ROOT = Path(__file__).parents[2]
WHY = {"Errera-Reason": "onderzoek 2026/14: wie tekende?"}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    if request.param == "sqlite":
        async with open_world(tmp_path / "data") as opened:
            yield opened
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database()
    async with open_world(tmp_path / "data", url=url) as opened:
        yield opened
    await databases.drop_database(url)


async def records(world: World, **query: str) -> list[dict[str, Any]]:
    """As the programme manager sees them, the latest first."""
    found: list[dict[str, Any]] = told(await (await world.client()).get("/v1/accessRecords", params=query))["items"]
    return found


async def shown_by(world: World, client: httpx.AsyncClient, path: str, **headers: str) -> list[dict[str, Any]]:
    """What one call leaves in the access log."""
    before = len(await records(world, pageSize="1000"))
    answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    after = await records(world, pageSize="1000")
    return after[: len(after) - before]


async def test_reading_a_person_is_on_record(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()
    [record] = await shown_by(world, manager, f"/v1/persons/{of.person_id}")
    assert record["actor"].startswith("token:")
    assert (record["role"], record["channel"]) == ("programmeManager", "api")
    assert record["purpose"] == "GET /v1/persons/{personId}"
    assert record["ids"] == [of.person_id]
    assert NAME not in str(record)


async def test_a_page_of_many_is_one_record_that_names_them(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()
    [record] = await shown_by(world, manager, "/v1/persons?pageSize=5")
    assert of.person_id in record["ids"]
    assert len(record["ids"]) == len(set(record["ids"])) == told(await manager.get("/v1/persons"))["total"]


async def test_a_history_is_on_record_with_those_it_names(world: World) -> None:
    of = await signatory(world)
    [record] = await shown_by(world, await world.client(), f"{of.partner['href']}/history")
    assert record["ids"] == [of.person_id]


async def test_prose_is_on_record_with_the_object_it_stands_in(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()
    [record] = await shown_by(world, manager, of.agreement["href"])
    assert CAPACITY in (await manager.get(of.agreement["href"])).text
    assert len(record["ids"]) == 1
    assert of.person_id not in record["ids"], "the agreement names it by its id"


async def test_a_page_in_a_browser_is_one_record(world: World) -> None:
    of = await signatory(world)
    token, _ = await world.house.tokens.create("programmeManager")
    browser = await world.stranger(Cookie=f"{TOKEN_COOKIE}={token}")
    path = f"/agreements/{of.agreement['agreementId']}"
    [record] = await shown_by(world, browser, path)
    assert (record["channel"], record["purpose"]) == ("page", "GET /agreements/{agreement_id}")
    assert of.person_id in record["ids"]
    assert NAME in (await browser.get(path)).text


async def test_what_is_read_without_a_name_leaves_no_record(world: World) -> None:
    await signatory(world)
    for path in ("/v1/partners", "/v1/events", "/v1/cohorts", "/health"):
        assert await shown_by(world, await world.client(), path) == []


async def test_whoever_is_refused_is_shown_nothing(world: World) -> None:
    of = await signatory(world)
    stranger = await world.client("partner", partner_id="elders")
    before = await records(world)
    refused(await stranger.get(f"/v1/persons/{of.person_id}"), 404)
    assert await records(world) == before


async def test_an_auditor_says_why_and_that_is_kept(world: World) -> None:
    of = await signatory(world)
    auditor = await world.client("auditor")
    path = f"/v1/persons/{of.person_id}"
    found = refused(await auditor.get(path), 403, "access.reasonNeeded")
    assert "Errera-Reason" in found["detail"]
    refused(await auditor.get(path, headers={"Errera-Reason": " "}), 400, "text.blank", "Errera-Reason")
    history = f"{of.partner['href']}/history"
    assert NAME not in (await auditor.get(history)).text
    assert "a person is the account manager" in (await auditor.get(history)).text, "there is one, and it is not erased"
    [record] = await shown_by(world, auditor, path, **WHY)
    assert (record["role"], record["reason"]) == ("auditor", WHY["Errera-Reason"])
    assert NAME in (await auditor.get(history, headers=WHY)).text


async def test_the_reason_lies_in_the_vault(world: World) -> None:
    of = await signatory(world)
    auditor = await world.client("auditor")
    await auditor.get(f"/v1/persons/{of.person_id}", headers=WHY)
    vault = world.house.vault
    async with vault.database.read() as connection:
        rows = await connection.execute(sa.select(vault.table(ACCESS)))
        assert "onderzoek" not in str(rows.all())


async def test_who_may_read_the_access_log(world: World) -> None:
    of = await signatory(world)
    await (await world.client()).get("/v1/persons")
    for role in ("administrator", "client"):
        refused(await (await world.client(role)).get("/v1/accessRecords"), 403)
    auditor = await world.client("auditor")
    assert told(await auditor.get("/v1/accessRecords"))["total"] > 1
    own = await world.client("partner", partner_id=of.partner["partnerId"])
    seen = told(await own.get("/v1/accessRecords"))["items"]
    assert {row_id for one in seen for row_id in one["ids"]} == {of.person_id}, "its own persons and no others"
    stranger = await world.client("partner", partner_id="elders")
    assert told(await stranger.get("/v1/accessRecords"))["total"] == 0
    assert told(await stranger.get(f"/v1/accessRecords?about={of.person_id}"))["total"] == 0


async def test_the_records_are_read_page_by_page(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()
    for _ in range(5):
        await manager.get(f"/v1/persons/{of.person_id}")
    whole = await records(world, about=of.person_id)
    found, path = [], f"/v1/accessRecords?pageSize=2&about={of.person_id}"
    while path:
        page = told(await manager.get(path))
        assert page["total"] == len(whole)
        found += page["items"]
        path = page.get("next", "")
    assert found == whole
    assert [one["at"] for one in found] == sorted((one["at"] for one in found), reverse=True)


@pytest.mark.parametrize("change", [f"UPDATE {ACCESS} SET ids = ''", f"DELETE FROM {ACCESS}"])
async def test_nobody_takes_a_record_away(world: World, change: str) -> None:
    await signatory(world)
    assert await records(world)
    database = world.house.vault.database
    change = change if database.sqlite else change.replace(ACCESS, f"vault.{ACCESS}")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        async with database.write() as connection:
            await connection.exec_driver_sql(change)


async def test_an_answer_that_cannot_be_put_on_record_is_not_given(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = await signatory(world)
    database = world.house.vault.database
    where = ACCESS if database.sqlite else f"vault.{ACCESS}"
    async with database.write() as connection:
        await connection.exec_driver_sql(f"ALTER TABLE {where} RENAME TO gone")
    answer = await (await world.client()).get(f"/v1/persons/{of.person_id}")
    assert answer.status_code >= 500
    assert NAME not in answer.text


async def test_nothing_leaves_the_vault_unasked(world: World) -> None:
    of = await signatory(world)
    with pytest.raises(NobodyAskedError):
        await world.house.vault.get([of.person_id])
    with reading(Reader()), pytest.raises(NobodyAskedError):
        await world.house.vault.get([of.person_id])


async def test_an_import_shows_nobody_anything(world: World) -> None:
    manager = await world.client()
    rows = [{"do": "addPerson", "source": "A:1", "body": {"name": "An Voorbeeld"}}]
    sources = {"A": {"publisher": "B", "title": "C", "kind": "deed", "publishedOn": "2023"}}
    document = {"format": "errera-import/1", "title": "T", "sources": sources, "rows": rows}
    answer = await manager.post("/v1/imports", json=document, headers=ANY)
    assert '"done"' in answer.text, answer.text
    assert await records(world) == []


async def test_as_a_file_it_is_the_same_records_for_the_same_readers(world: World) -> None:
    of = await signatory(world)
    manager = await world.client()
    for _ in range(120):
        await manager.get(f"/v1/persons/{of.person_id}")
    told(await manager.get("/v1/persons"))
    whole = await records(world, pageSize="1000")
    answer = await manager.get("/v1/accessRecords?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(one["at"], one["ids"].split()) for one in lines] == [(one["at"], one["ids"]) for one in whole]
    assert len(lines) > 100, "more than a page"
    about = (await manager.get(f"/v1/accessRecords?format=csv&about={of.person_id}")).text
    assert len(about.splitlines()) == 1 + len(await records(world, about=of.person_id, pageSize="1000"))
    own = await world.client("partner", partner_id=of.partner["partnerId"])
    seen = csv.DictReader(io.StringIO((await own.get("/v1/accessRecords?format=csv")).text))
    assert {row_id for one in seen for row_id in one["ids"].split()} == {of.person_id}
    refused(await (await world.client("administrator")).get("/v1/accessRecords?format=csv"), 403)
    refused(await manager.get("/v1/accessRecords?format=pdf"), 400)


def test_what_could_be_a_formula_is_quoted() -> None:
    record = {"at": "=1+1", "actor": "@x", "role": "-a", "channel": "api", "purpose": "+x", "ids": ["a", "b"]}
    [_, row] = csv.reader(io.StringIO(csv_of([record])))
    assert row == ["'=1+1", "'@x", "'-a", "api", "'+x", "", "a b"]


def test_contents_that_are_shown_to_nobody_stay_within_commands() -> None:
    """`compared` leaves no record: whoever uses it compares, and answers with none of it."""
    used = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "service").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "compared"
    }
    assert used == {
        "service/desk.py",
        "service/erasing.py",
        "service/rehearsal.py",
        "service/commands/agreements.py",
        "service/commands/consultations.py",
        "service/commands/erasures.py",
    }


async def test_writing_shows_the_writer_what_it_wrote(world: World) -> None:
    manager = await world.client()
    person = written(await manager.post("/v1/persons", json={"name": "An Voorbeeld"}))
    [record] = await records(world)
    assert (record["purpose"], record["ids"]) == ("POST /v1/persons", [person["personId"]])
