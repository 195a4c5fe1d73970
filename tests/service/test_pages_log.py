"""The pages of the log, of histories and of differences in knowledge, and their files."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from tests.service.pages_house import Visitor, fill, visiting

pytestmark = pytest.mark.xdist_group("pages")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("log"), "demo.json")


@pytest_asyncio.fixture
async def visitor(filled: Path) -> AsyncIterator[Visitor]:
    async with visiting(filled) as found:
        yield await found.as_role("programmeManager")


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_each_of_them_is_well_formed_in_both_languages(visitor: Visitor, language: str) -> None:
    visitor.client.cookies.set("errera_language", language)
    [moment, *_] = await visitor.items("/v1/consultations")
    for path in (
        "/events",
        "/events?category=reminder",
        "/events/1",
        "/knowledge",
        "/knowledge?from=2020-01-01T00:00",
        "/knowledge?from=2020-01-01T00:00&asOf=2019-02-28",
        f"/consultations/{moment['consultationId']}/history",
    ):
        page = await visitor.get(path)
        assert page.faults() == [], path
        assert page.all("html")[0]["lang"] == language
        assert "{" not in page.words.partition("Errera,")[0] or path.startswith("/events/"), path


async def test_the_log_is_looked_through_page_by_page(visitor: Visitor) -> None:
    seen: list[str] = []
    path: str | None = "/events?category=agreement"
    while path:
        page = await visitor.get(path)
        seen += [one for one in page.links if one.startswith("/events/")]
        path = next((one for one in page.links if "before=" in one and "lang=" not in one), None)
    agreements = [
        one for one in (await visitor.items("/v1/events?limit=1000")) if one["subject"].startswith("agreement-")
    ]
    assert seen == [f"/events/{one['position']}" for one in reversed(agreements)]


async def test_an_event_leads_to_what_has_to_do_with_it_and_to_its_proof(visitor: Visitor) -> None:
    [agreement, *_] = await visitor.items("/v1/agreements")
    [signing, *_] = await visitor.items(f"/v1/events?stream=agreement-{agreement['agreementId']}")
    page = await visitor.get(f"/events/{signing['position']}")
    assert f"/agreements/{agreement['agreementId']}" in page.links
    assert f"/events?correlationId={signing['correlationid']}" in page.links
    assert "signatories" not in page.words or "personId" in page.words
    for person in await visitor.items("/v1/persons"):
        assert person["name"] not in page.words
    size = (await visitor.house.store.head()).size
    assert await visitor.house.audit.sealed(size, 20) is not None
    answer = await visitor.client.get(f"/events/{signing['position']}/proof")
    assert answer.text.startswith("c2sp.org/tlog-proof@v1\n")
    assert f"index {signing['position'] - 1}\n" in answer.text
    assert "attachment" in answer.headers["content-disposition"]
    await visitor.get("/events/99999", 404)
    await visitor.get("/events/x", 404)


async def test_a_history_leads_to_its_events_proofs_and_files(visitor: Visitor) -> None:
    [agreement, *_] = await visitor.items("/v1/agreements")
    path = f"/agreements/{agreement['agreementId']}/history"
    items = await visitor.items(f"/v1{path}")
    page = await visitor.get(f"{path}?asOf=2030-01-01")
    for one in items:
        assert f"/events/{one['position']}?asOf=2030-01-01" in page.links
        assert f"/events/{one['position']}/proof" in page.links
    [file] = [one for one in page.links if one.startswith("/exports/") and "csv" in one]
    assert "asOf=2030-01-01" in file
    answer = await visitor.client.get(file)
    assert answer.status_code == 200
    assert answer.text.count("/v1/log/inclusionProofs") == len(items)
    about = next(one for one in page.links if "about=" in one)
    found = await visitor.get(f"{about}&from=2020-01-01T00:00")
    assert [one for one in found.links if one.startswith("/agreements/")] == [
        f"/agreements/{agreement['agreementId']}?asOf=2030-01-01"
    ]


async def test_a_list_is_taken_along_as_it_is_shown(visitor: Visitor) -> None:
    page = await visitor.get("/agreements?status=expired&asOf=2022-06-01")
    [file] = [one for one in page.links if one.startswith("/exports/") and "csv" in one]
    answer = await visitor.client.get(file)
    shown = len([one for one in page.links if one.startswith("/agreements/")])
    assert len([line for line in answer.text.splitlines() if line.startswith("/v1/agreements/")]) == shown
    assert "# asOf: 2022-06-01" in answer.text
    for collection in ("partners", "cohorts", "consultations"):
        workbook = await visitor.client.get(f"/exports/{collection}?format=xlsx")
        assert workbook.content.startswith(b"PK")
    assert (await visitor.client.get("/exports/persons")).status_code == 404


async def test_the_difference_says_when_the_register_began(visitor: Visitor) -> None:
    page = await visitor.get("/knowledge?from=2020-01-01T00:00")
    assert "leerde zijn eerste gebeurtenis op" in page.words
    assert len([one for one in page.links if "after=" in one and "lang=" not in one]) == 1
    later = await visitor.get("/knowledge?from=2199-01-01T00:00", 400)
    assert later.faults() == []
    await visitor.get("/knowledge?from=gisteren", 400)


async def test_who_may_not_sees_none_of_it(visitor: Visitor) -> None:
    [partner, *_] = await visitor.items("/v1/partners")
    await visitor.as_role("partner", partner_id=partner["partnerId"])
    await visitor.get("/events", 403)
    await visitor.get("/events/1", 403)
    assert (await visitor.client.get("/exports/partners")).status_code == 403
    page = await visitor.get(f"/partners/{partner['partnerId']}/history")
    assert not [one for one in page.links if one.startswith("/events") and not one.endswith("/proof")]
    assert [one for one in page.links if one.endswith("/proof")]
    own = await visitor.get("/knowledge?from=2020-01-01T00:00")
    assert {one for one in own.links if one.startswith("/partners/")} == {f"/partners/{partner['partnerId']}"}


async def test_a_correction_says_why_and_leads_to_what_it_changed(visitor: Visitor) -> None:
    [agreement, *_] = await visitor.items("/v1/agreements")
    path = f"/v1/agreements/{agreement['agreementId']}"
    [signing, *_] = await visitor.items(f"/v1/events?stream=agreement-{agreement['agreementId']}")
    headers = {"Idempotency-Key": "the place", "If-Match": (await visitor.client.get(path)).headers["etag"]}
    body = {"position": signing["position"], "reason": "De akte noemt een andere plaats.", "data": {"place": "Gent"}}
    done = await visitor.client.post(f"{path}/corrections", json=body, headers=headers)
    assert done.status_code == 201, done.text
    page = await visitor.get(f"/events/{done.headers['errera-position']}")
    assert "De akte noemt een andere plaats." in page.words
    [change] = [one for one in page.links if one.startswith("/knowledge?about=")]
    found = await visitor.get(change)
    assert found.faults() == []
    assert "Errerahuis, Brussel" in found.words
    assert "Gent" in found.words
    times = [one for one in found.all("input") if one.get("type") == "datetime-local"]
    filled = {str(one["name"]): str(one["value"]) for one in times}
    assert filled["from"] < filled["to"], "the fields hold the instants that are compared, to the second"
    again = await visitor.get(f"/knowledge?about=agreement-{agreement['agreementId']}&{urlencode(filled)}")
    assert "Gent" in again.words, "and asked for again they show the same"
