"""Reminders on two axes of time: what was raised by a day, how it stood then, and as far as was known at an instant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from service.app import due_of
from tests.acceptance.world import ANY, Json, World, everything, open_world, told, written
from tests.postgresql import Databases
from tests.service.pages_house import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIRST = datetime(2026, 11, 24, 9, tzinfo=UTC)
SNOOZED = datetime(2026, 12, 1, 9, tzinfo=UTC)
SECOND = datetime(2027, 1, 20, 9, tzinfo=UTC)
CORRECTED = datetime(2027, 1, 25, 9, tzinfo=UTC)
NOW = datetime(2027, 1, 27, 9, tzinfo=UTC)
MISSED = ("P12M", "P6M")
"""They fall before the register began."""


class Reminded:
    """An agreement that ends on 15 February 2027: first reminded three months ahead, then thirty days. After that it
    is told that it ends a year later.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.agreement: Json = {}

    async def happen(self) -> None:
        async with self.open(FIRST) as (world, client):
            partners = [
                written(await client.post("/v1/partners", json={"name": name})) for name in ("Kring", "Bond van Lezers")
            ]
            body: Json = {"name": "Lezers", "runsFrom": "2022-01-01", "runsUntil": "2030-12-31"}
            cohort = written(await client.post("/v1/cohorts", json=body))
            for partner, until in zip(partners, ("2027-02-15", "2030-06-30"), strict=True):
                body = {"cohortId": cohort["cohortId"], "partnerId": partner["partnerId"]}
                body |= {"signedOn": "2022-01-01", "runsFrom": "2022-01-01", "runsUntil": until}
                made = written(await client.post("/v1/agreements", json=body))
                self.agreement = self.agreement or made
            await tick(world)
        async with self.open(SNOOZED) as (_, client):
            first = await three_months(client)
            until = (SNOOZED + timedelta(days=7)).isoformat()
            written(await client.post(f"{first['href']}/snoozes", json={"until": until}))
        async with self.open(SECOND) as (world, _):
            await tick(world)
        async with self.open(CORRECTED) as (_, client):
            written(
                await client.post(
                    f"{self.agreement['href']}/corrections",
                    json={
                        "position": self.agreement["position"] - 1,
                        "reason": "misread",
                        "data": {"runsUntil": "2028-02-15"},
                    },
                    headers=ANY,
                )
            )

    @asynccontextmanager
    async def open(self, at: datetime) -> AsyncIterator[tuple[World, Any]]:
        async with open_world(self.folder, at=at) as world:
            yield world, await world.client()


async def tick(world: World) -> None:
    await world.settled()
    await due_of(world.house).tick()
    await world.settled()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reminded(tmp_path_factory: pytest.TempPathFactory) -> Reminded:
    found = Reminded(tmp_path_factory.mktemp("reminded") / "data")
    await found.happen()
    return found


async def three_months(client: Any) -> Json:
    items: list[Json] = told(await client.get("/v1/reminders"))["items"]
    return next(one for one in items if one["offset"] == "P3M")


async def statuses(client: Any, **query: str) -> list[tuple[str, str]]:
    found = told(await client.get("/v1/reminders", params=query))
    assert found["total"] == len(found["items"])
    items = [(one["offset"], one["status"]) for one in found["items"]]
    missed = [one for one in items if one[0] in MISSED]
    assert {status for _, status in missed} <= {"superseded", "closed"}, "named in the first that was raised"
    return [one for one in items if one not in missed]


async def test_what_was_raised_by_a_day_stands_as_it_did_and_as_far_as_was_known(reminded: Reminded) -> None:
    before = (CORRECTED - timedelta(hours=1)).isoformat()
    async with reminded.open(NOW) as (_, client):
        assert await statuses(client) == [("P3M", "superseded"), ("P30D", "superseded")], "its date is another by now"
        for day, then in (
            ("2026-11-23", []),
            ("2026-11-24", [("P3M", "raised")]),
            ("2026-12-03", [("P3M", "snoozed")]),
            ("2026-12-20", [("P3M", "raised")]),
            ("2027-01-20", [("P3M", "superseded"), ("P30D", "raised")]),
            ("2027-02-16", [("P3M", "superseded"), ("P30D", "closed")]),
        ):
            assert await statuses(client, asOf=day, knownAt=before) == then, day
        assert await statuses(client, knownAt=before) == [("P3M", "superseded"), ("P30D", "raised")]
        assert await statuses(client, knownAt=(FIRST + timedelta(days=1)).isoformat()) == [("P3M", "raised")]
        assert await statuses(client, asOf="2026-12-20") == [("P3M", "superseded")], "as it is known now"
        assert await statuses(client, asOf="2027-01-20", knownAt=before, status="raised") == [("P30D", "raised")]
        assert await statuses(client, asOf="2027-01-20", knownAt=before, kind="evaluation") == []


async def test_before_the_register_began_nothing_had_been_raised_and_it_says_so(reminded: Reminded) -> None:
    async with reminded.open(NOW) as (_, client):
        found = told(await client.get("/v1/reminders?knownAt=2020-01-01T00:00:00Z"))
        assert (found["items"], found["registerBegan"][:10]) == ([], "2026-11-24")
        first = await three_months(client)
        early = await client.get(first["href"], params={"knownAt": "2020-01-01T00:00:00Z"})
        assert (early.status_code, early.json()["code"]) == (404, "register.notBegun")
        earlier = await client.get(f"{first['href']}/explanation", params={"asOf": "2026-11-23"})
        assert (earlier.status_code, earlier.json()["code"]) == (404, "reminder.unknown")


async def test_one_of_them_and_why_it_was_raised_as_of_a_day(reminded: Reminded) -> None:
    async with reminded.open(NOW) as (_, client):
        first = await three_months(client)
        assert "snoozedUntil" in first
        then = await client.get(first["href"], params={"asOf": "2026-11-24", "knownAt": SNOOZED.isoformat()})
        assert (told(then)["status"], "snoozedUntil" in then.json(), then.headers["ETag"]) == ("raised", False, '"1"')
        assert told(await client.get(f"{first['href']}/explanation?asOf=2026-11-24"))["offset"] == "P3M"


async def test_page_by_page_it_is_the_same_and_a_file_says_what_it_rests_on(reminded: Reminded) -> None:
    async with reminded.open(NOW) as (_, client):
        whole = await everything(client, "/v1/reminders?asOf=2027-01-20")
        assert await everything(client, "/v1/reminders?asOf=2027-01-20&pageSize=1") == whole
        superseded = [one for one in whole if one["status"] == "superseded"]
        found = await everything(client, "/v1/reminders?asOf=2027-01-20&status=superseded&pageSize=1")
        assert (found, len(found) > 1) == (superseded, True)
        file = (await client.get("/v1/reminders?asOf=2026-12-20&format=csv")).text
        assert "# asOf: 2026-12-20" in file
        assert (file.count(",P3M,"), file.count(",P30D,")) == (1, 0)


async def test_a_partner_sees_those_of_its_own_agreements_then_as_now(reminded: Reminded) -> None:
    async with reminded.open(NOW) as (world, client):
        own, other = told(await client.get("/v1/partners"))["items"]
        for partner, offsets in ((own, ["P3M"]), (other, [])):
            reader = await world.client("partner", partner_id=partner["partnerId"])
            assert [offset for offset, _ in await statuses(reader, asOf="2026-12-20")] == offsets


async def test_the_page_shows_the_same_day(reminded: Reminded) -> None:
    before = (CORRECTED - timedelta(hours=1)).isoformat()
    async with reminded.open(NOW) as (_, client):
        for query, status in (({"asOf": "2026-12-03"}, "snoozed"), ({}, "superseded")):
            page = Page.read((await client.get("/reminders", params={"lang": "en", "knownAt": before, **query})).text)
            assert status.capitalize() in page.words
            assert ("15 February 2027" in page.words, page.words.count("Kring") > 0) == (True, True)
        shown = await client.get("/reminders", params={"asOf": "2026-12-20"})
        [file] = [one for one in Page.read(shown.text).links if one.startswith("/exports/reminders?format=csv")]
        told_of = (await client.get(file)).text
        assert ("# asOf: 2026-12-20" in told_of, ",P3M," in told_of, ",P30D," in told_of) == (True, True, False)
        agenda = Page.read((await client.get("/agenda", params={"lang": "en", "asOf": "2026-12-20"})).text)
        assert "Kring" in agenda.words


@pytest.mark.postgresql
@pytest.mark.asyncio(loop_scope="function")
async def test_on_postgresql_too(postgresql_server: Databases, tmp_path: Path) -> None:
    url = await postgresql_server.fresh_database()
    async with open_world(tmp_path / "data", url=url, at=NOW) as world:
        await world.load("second-programme.json")
        await tick(world)
        client = await world.client()
        whole = await everything(client, "/v1/reminders?pageSize=2")
        assert len(whole) > 2
        for query in (
            "asOf=2027-01-27",
            "knownAt=2100-01-01T00:00:00Z",
            "asOf=2027-01-27&knownAt=2100-01-01T00:00:00Z",
        ):
            found = await everything(client, f"/v1/reminders?{query}&pageSize=1000")
            assert [one["reminderId"] for one in found] == [one["reminderId"] for one in whole]
        assert told(await client.get("/v1/reminders?asOf=2027-01-26"))["total"] == 0
        seen = set()
        for partner in told(await client.get("/v1/partners"))["items"]:
            own = await world.client("partner", partner_id=partner["partnerId"])
            seen |= {one["reminderId"] for one in await everything(own, "/v1/reminders?asOf=2027-01-27")}
        assert seen == {one["reminderId"] for one in whole if one["subject"]["type"] == "agreement"}
    await postgresql_server.drop_database(url)
