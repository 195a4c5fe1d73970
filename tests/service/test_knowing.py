"""Two instants of knowledge: each has its answer, the difference is told with what came in between, and a rebuild
changes neither.
"""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest_asyncio

from service.sheet_words import flat
from tests.acceptance.world import Json, World, open_world, refused, told, written


class Corrected:
    """An agreement that runs until 2026 by mistake; later that was put right: until 2027."""

    def __init__(self, world: World, client: Any) -> None:
        self.world, self.client = world, client
        self.agreement: Json = {}
        self.wrong = self.right = ""

    async def happen(self) -> None:
        partner = written(await self.client.post("/v1/partners", json={"name": "Kring van Lezers"}))
        cohort = written(
            await self.client.post(
                "/v1/cohorts", json={"name": "Lezers", "runsFrom": "2020-01-01", "runsUntil": "2027-12-31"}
            )
        )
        self.agreement = written(
            await self.client.post(
                "/v1/agreements",
                json={
                    "cohortId": cohort["cohortId"],
                    "partnerId": partner["partnerId"],
                    "signedOn": "2020-01-01",
                    "runsFrom": "2020-01-01",
                    "runsUntil": "2024-12-31",
                },
            )
        )
        self.wrong = await self.instant()
        self.corrected = written(
            await self.client.post(
                f"{self.agreement['href']}/corrections",
                json={"position": self.agreement["position"] - 1, "reason": "misread", "data": {"runsUntil": "2027"}},
                headers={"If-Match": "*"},
            )
        )
        self.right = await self.instant()

    async def instant(self) -> str:
        """That of the last event."""
        head = await self.world.house.store.head()
        assert head.recorded_at is not None
        return head.recorded_at.isoformat()

    async def get(self, address: str, **query: str) -> Json:
        return told(await self.client.get(address, params=query or None))

    async def answers(self) -> list[Any]:
        """What each instant answers, of the object, the collection and the history; and the difference."""
        own = self.agreement["href"]
        asked: list[tuple[str, dict[str, str]]] = [
            (address, {**query, "knownAt": known_at})
            for known_at in (self.wrong, self.right)
            for address, query in (
                (own, {}),
                ("/v1/agreements", {"status": "inForce", "asOf": "2026-06-01"}),
                (f"{own}/history", {}),
            )
        ]
        found: list[Any] = [await self.get(address, **query) for address, query in asked]
        found.append(await self.get("/v1/knowledgeChanges", **{"from": self.wrong, "to": self.right}))
        return found


@pytest_asyncio.fixture
async def corrected(tmp_path: Path) -> AsyncIterator[Corrected]:
    async with open_world(tmp_path / "data") as world:
        found = Corrected(world, await world.client())
        await found.happen()
        yield found


async def test_two_instants_around_a_correction_give_two_answers(corrected: Corrected) -> None:
    before = await corrected.get(corrected.agreement["href"], knownAt=corrected.wrong)
    after = await corrected.get(corrected.agreement["href"], knownAt=corrected.right)
    assert (before["runsUntil"], before["status"]) == ("2024-12-31", "expired")
    assert (after["runsUntil"], after["status"]) == ("2027", "inForce")
    query = {"status": "inForce", "asOf": "2026-06-01"}
    assert (await corrected.get("/v1/agreements", knownAt=corrected.wrong, **query))["total"] == 0
    assert (await corrected.get("/v1/agreements", knownAt=corrected.right, **query))["total"] == 1


async def test_a_correction_stands_on_both_axes_and_names_what_it_corrects(corrected: Corrected) -> None:
    history = f"{corrected.agreement['href']}/history"
    items = (await corrected.get(history))["items"]
    correction = next(one for one in items if "corrects" in one)
    original = next(one for one in items if one["position"] == correction["corrects"])
    assert original["correctedBy"] == correction["position"]
    assert correction["effectiveOn"] == original["effectiveOn"] == "2020-01-01"
    assert correction["sentence"].endswith(
        'was corrected (reason on file): "runs until" from 31 December 2024 to 2027.'
    )
    event = await corrected.get(correction["href"])
    assert event["sentence"] == correction["sentence"]
    assert correction["href"] == f"/v1/events/{correction['position']}"
    assert correction["inclusionProof"].endswith(f"={correction['position']}")
    earlier = (await corrected.get(history, knownAt=corrected.wrong))["items"]
    assert all("correctedBy" not in one and "corrects" not in one for one in earlier)
    assert (await corrected.get(history, asOf="2020-06-01"))["total"] >= 2, "in effect since what it corrects was"


async def test_the_difference_is_told_with_what_was_recorded_in_between(corrected: Corrected) -> None:
    query = {"from": corrected.wrong, "to": corrected.right}
    [change] = (await corrected.get("/v1/knowledgeChanges", **query))["items"]
    assert (change["subject"]["type"], change["change"]) == ("agreement", "changed")
    assert (change["href"], change["name"]) == (corrected.agreement["href"], "Kring van Lezers")
    fields = {one["field"]: (one["old"], one["new"]) for one in change["fields"]}
    assert fields["runsUntil"] == ("2024-12-31", "2027")
    assert fields["status"] == ("expired", "inForce")
    [event] = change["events"]
    assert (event["type"], event["corrects"]) == ("EventCorrected", corrected.agreement["position"] - 1)
    assert event["sentence"].endswith(".")

    own = await corrected.get(f"{corrected.agreement['href']}/knowledgeChanges", **query)
    assert own["items"] == [change]
    then = await corrected.get("/v1/knowledgeChanges", asOf="2021-06-01", **query)
    assert "status" not in {one["field"] for one in then["items"][0]["fields"]}, (
        "on that day it was in force either way"
    )


async def test_from_before_the_register_everything_is_new(corrected: Corrected) -> None:
    found = await corrected.get("/v1/knowledgeChanges", **{"from": "2020-01-01T00:00:00Z", "to": corrected.wrong})
    assert [(one["subject"]["type"], one["change"]) for one in found["items"]] == [
        ("partner", "added"),
        ("cohort", "added"),
        ("agreement", "added"),
    ]
    began = datetime.fromisoformat(found["registerBegan"])
    assert began > datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    assert {one["field"]: one.get("new") for one in found["items"][0]["fields"]}["name"] == "Kring van Lezers"
    assert "old" not in found["items"][0]["fields"][0]


async def test_page_by_page_it_is_the_same_list(corrected: Corrected) -> None:
    address = "/v1/knowledgeChanges?from=2020-01-01T00:00:00Z&pageSize=1"
    pages: list[Json] = []
    while address:
        page = await corrected.get(address)
        pages += page["items"]
        address = page.get("next", "")
    whole = await corrected.get("/v1/knowledgeChanges?from=2020-01-01T00:00:00Z")
    assert pages == whole["items"]
    assert len(pages) == 3


async def test_a_page_says_how_many_there_are_and_where_it_ends_stays_where_it_was(corrected: Corrected) -> None:
    page = await corrected.get("/v1/knowledgeChanges?from=2020-01-01T00:00:00Z&pageSize=2")
    written(await corrected.client.post("/v1/partners", json={"name": "Kring van Schrijvers"}))
    assert (page["total"], len(page["items"])) == (3, 2)
    last = await corrected.get(page["next"])
    assert (last["total"], len(last["items"]), last["knownTo"]) == (3, 1, page["knownTo"])
    assert "next" not in last
    now = await corrected.get("/v1/knowledgeChanges", **{"from": corrected.right})
    assert [one["name"] for one in now["items"]] == ["Kring van Schrijvers"]
    own = await corrected.get(f"{corrected.agreement['href']}/knowledgeChanges", **{"from": page["knownTo"]})
    assert (own["total"], own["items"]) == (0, [])


async def test_claims_and_their_resolutions_are_told_and_what_they_make_of_others(corrected: Corrected) -> None:
    client, about = corrected.client, {"subject": {"type": "programme"}, "predicate": "listedPartnerCount"}
    one, other = [
        written(await client.post("/v1/claims", json={**about, "value": value, "source": source}))
        for source, value in (("Pagina van de partner", "17"), ("Persbericht", "15"))
    ]
    stated = await corrected.instant()
    chosen = written(await client.post(f"{one['href']}/resolutions", json={"reason": "Het bericht laat er twee weg."}))
    query = {"from": stated, "to": await corrected.instant(), "asOf": "2019-02-28"}

    found = await corrected.get("/v1/knowledgeChanges", **query)
    mine, beside = found["items"]
    assert (mine["subject"], mine["change"]) == ({"type": "claim", "id": one["claimId"]}, "changed")
    assert mine["name"].endswith(": 17")
    fields = {field["field"]: (field.get("old"), field.get("new")) for field in mine["fields"]}
    assert (fields["chosen"], fields["open"]) == ((False, True), (True, False))
    assert fields["resolution"][1]["position"] == chosen["position"]
    assert [event["type"] for event in mine["events"]] == ["ClaimChosen"]
    assert beside["subject"]["id"] == other["claimId"], "with the other chosen, this one is no open conflict any more"
    assert {field["field"] for field in beside["fields"]} == {"open"}
    assert beside["events"] == mine["events"]
    assert (await corrected.get(f"{one['href']}/knowledgeChanges", **query))["items"] == [mine]

    new = await corrected.get("/v1/knowledgeChanges", **{"from": corrected.right, "to": stated})
    assert [(item["subject"]["id"], item["change"]) for item in new["items"]] == [
        (one["claimId"], "added"),
        (other["claimId"], "added"),
    ]
    partner = await corrected.world.client("partner", partner_id=corrected.agreement["partnerId"])
    refused(await partner.get(f"{one['href']}/knowledgeChanges", params=query), 403)
    assert told(await partner.get("/v1/knowledgeChanges", params=query))["items"] == []


async def test_the_list_is_a_file_too_with_a_row_for_each_field(corrected: Corrected) -> None:
    query = {"from": corrected.wrong, "to": corrected.right}
    [change] = (await corrected.get("/v1/knowledgeChanges", **query))["items"]
    answer = await corrected.client.get("/v1/knowledgeChanges", params={**query, "format": "csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.removeprefix("\ufeff").splitlines()
    assert f"# knownFrom: {corrected.wrong.replace('+00:00', 'Z')}" in lines
    rows = list(csv.DictReader(line for line in lines if not line.startswith("# ")))
    assert [(row["field"], row["old"], row["new"]) for row in rows] == [
        (one["field"], flat(one.get("old")), flat(one.get("new"))) for one in change["fields"]
    ]
    assert {row["positions"] for row in rows} == {str(corrected.corrected["position"])}
    book = await corrected.client.get("/v1/knowledgeChanges", params={**query, "format": "xlsx"})
    assert openpyxl.load_workbook(io.BytesIO(book.content)).worksheets[0].max_row == len(rows) + 1
    partner = await corrected.world.client("partner", partner_id=corrected.agreement["partnerId"])
    refused(await partner.get("/v1/knowledgeChanges", params={**query, "format": "csv"}), 403)


async def test_a_rebuild_changes_neither(corrected: Corrected) -> None:
    before = await corrected.answers()
    await corrected.world.house.projector.rebuild()
    assert await corrected.answers() == before


async def test_what_cannot_be_asked_is_refused(corrected: Corrected) -> None:
    backwards = {"from": corrected.right, "to": corrected.wrong}
    refused(await corrected.client.get("/v1/knowledgeChanges", params=backwards), 400, "knowledge.backwards", "from")
    refused(await corrected.client.get("/v1/knowledgeChanges"), 400)
    refused(await corrected.client.get("/v1/knowledgeChanges?from=2026-01-01"), 400, "instant.invalid", "from")
    refused(await corrected.client.get("/v1/agreements/x/knowledgeChanges?from=2026-01-01T00:00:00Z"), 404)
    administrator = await corrected.world.client("administrator")
    refused(await administrator.get("/v1/knowledgeChanges?from=2026-01-01T00:00:00Z"), 403)


async def test_a_reader_learns_of_no_more_than_it_may_see(corrected: Corrected) -> None:
    stranger = written(await corrected.client.post("/v1/partners", json={"name": "Kring van Schrijvers"}))
    other = await corrected.world.client("partner", partner_id=stranger["partnerId"])
    found = told(await other.get("/v1/knowledgeChanges?from=2020-01-01T00:00:00Z"))["items"]
    assert [one["subject"]["id"] for one in found] == [stranger["partnerId"]]
    address = f"{corrected.agreement['href']}/knowledgeChanges?from=2020-01-01T00:00:00Z"
    refused(await other.get(address), 404)


async def test_every_read_says_when_the_register_began(corrected: Corrected) -> None:
    early = (datetime.fromisoformat(corrected.wrong) - timedelta(days=365)).isoformat()
    for kind in ("partners", "cohorts", "agreements", "consultations"):
        found = await corrected.get(f"/v1/{kind}", knownAt=early)
        assert (found["total"], "registerBegan" in found) == (0, True)
    answer = await corrected.client.get(f"{corrected.agreement['href']}/history", params={"knownAt": early})
    assert "began" in refused(answer, 404, "register.notBegun")
