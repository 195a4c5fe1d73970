"""What sources say: beside each other, by what was known, by what had been published, and which one to go by."""

from collections.abc import Sequence

import httpx
import pytest

from tests.acceptance.world import Json, World, everything, refused, told, written

pytestmark = pytest.mark.asyncio(loop_scope="module")

TWO = [("Pagina van de partner", "17"), ("Persbericht", "15")]
ABOUT = {"subject": {"type": "programme"}, "predicate": "listedPartnerCount"}


async def state_two(client: httpx.AsyncClient) -> Sequence[Json]:
    for document, kind in (("Pagina van de partner", "partnerPage"), ("Persbericht", "pressRelease")):
        written(await client.post("/v1/sources", json={"document": document, "kind": kind}))
    return [
        written(await client.post("/v1/claims", json={**ABOUT, "value": value, "source": source}))
        for source, value in TWO
    ]


async def by_value(client: httpx.AsyncClient, query: str = "") -> dict[str, Json]:
    return {one["value"]: one for one in await everything(client, f"/v1/claims{query}")}


class TestResolutions:
    async def test_authority_suggests_and_settles_nothing(self, empty: World) -> None:
        client = await empty.client()
        await state_two(client)
        await empty.settled()
        found = await by_value(client, "?open=true")
        assert {value: one["suggested"] for value, one in found.items()} == {"17": False, "15": True}
        assert {one["chosen"] for one in found.values()} == {False}
        assert found["15"]["sourceKind"] == "pressRelease"

    async def test_another_order_suggests_another(self, empty: World) -> None:
        client = await empty.client()
        await state_two(client)
        usual = told(await client.get("/v1/authorityOrder"))
        assert (usual["kinds"][0], usual["usual"]) == ("deed", True)
        before = told(await client.get("/v1/claims?open=true"))["items"][0]["recordedAt"]
        body = {"kinds": ["deed", "partnerPage", "pressRelease"], "reason": "De partner telt zichzelf."}
        ordered = written(await client.post("/v1/authorityOrder", json=body))
        assert (ordered["kinds"], ordered["usual"], ordered["reason"]) == (body["kinds"], False, body["reason"])
        await empty.settled()
        assert {value: one["suggested"] for value, one in (await by_value(client)).items()} == {"17": True, "15": False}
        earlier = told(await client.get("/v1/authorityOrder", params={"knownAt": before}))
        assert earlier["usual"] is True
        again = await client.post("/v1/authorityOrder", json=body)
        assert (again.status_code, told(await client.get("/v1/authorityOrder"))["kinds"]) == (200, body["kinds"])
        refused(await client.post("/v1/authorityOrder", json={"kinds": ["deed", "deed"]}), 400, "authority.kindTwice")
        refused(await client.post("/v1/authorityOrder", json={"kinds": ["rumour"]}), 400)

    async def test_a_resolution_names_who_why_and_since_when_and_was_not_there_before(self, empty: World) -> None:
        client = await empty.client()
        one, other = await state_two(client)
        await empty.settled()
        before = told(await client.get(other["href"]))["recordedAt"]
        body = {"reason": "Het persbericht laat twee plaatsen leeg."}
        chosen = written(await client.post(f"{one['href']}/resolutions", json=body))
        await empty.settled()
        assert (chosen["chosen"], chosen["open"], chosen["resolution"]["reason"]) == (True, False, body["reason"])
        assert chosen["resolution"]["position"] == chosen["position"]
        assert chosen["resolution"]["actor"].startswith("token")
        assert await everything(client, "/v1/claims?open=true") == []
        then = {"knownAt": before}
        assert told(await client.get("/v1/claims", params={**then, "open": "true"}))["total"] == 2
        known = told(await client.get(one["href"], params=then))
        assert (known["chosen"], known["open"], "resolution" in known) == (False, True, False)
        for day in ("2019-02-28", "2030-01-01"):
            now = told(await client.get(one["href"], params={"asOf": day}))
            assert (now["chosen"], now["open"]) == (True, False), "a choice says what is right, whatever the day"
            known = told(await client.get(one["href"], params={"asOf": day, **then}))
            assert (known["chosen"], known["open"]) == (False, True)

    async def test_the_last_resolution_stands(self, empty: World) -> None:
        client = await empty.client()
        one, other = await state_two(client)
        for claim, reason in ((one, "eerst"), (other, "dan"), (one, "toch")):
            await empty.settled()
            assert written(await client.post(f"{claim['href']}/resolutions", json={"reason": reason}))["chosen"]
            await empty.settled()
            found = await by_value(client)
            assert [value for value, it in found.items() if it["chosen"]] == [claim["value"]]
        size = await empty.size()
        written(await client.post(f"{one['href']}/resolutions", json={"reason": "nog eens"}), 200)
        assert await empty.size() == size


class TestTheDemonstration:
    async def test_what_sources_had_said_by_a_day_is_all_that_counts_then(self, reader: httpx.AsyncClient) -> None:
        found = await everything(reader, "/v1/claims?publishedBy=2019-02-28")
        assert {one["publishedOn"] for one in found} == {"2017-10-03", "2019-02-28"}
        ends = [one for one in found if one["predicate"] == "runsUntil"]
        assert {one["value"] for one in ends} == {"2021"}
        assert not any(one["open"] for one in ends)

    async def test_documents_are_described_and_weigh(self, reader: httpx.AsyncClient) -> None:
        kinds = [one["kind"] for one in await everything(reader, "/v1/sources")]
        assert kinds == ["partnerPage", "newsItem", "pressRelease", "parliamentaryAnswer", "partnerPage"]
        suggested = {one["value"] for one in await everything(reader, "/v1/claims?open=true") if one["suggested"]}
        assert suggested == {"15", "was aanwezig bij de ondertekening"}

    async def test_announced_listed_and_claimed_are_compared(self, reader: httpx.AsyncClient) -> None:
        first, second = await everything(reader, "/v1/cohorts")
        counts = first["partnerCounts"]
        assert (counts["announced"], counts["listed"], counts["differs"]) == (17, 17, False)
        [wrong] = [one for one in counts["claimed"] if one["differs"]]
        assert (wrong["predicate"], wrong["value"], wrong["line"]) == ("listedPartnerCount", "15", "21")
        assert (second["partnerCounts"]["announced"], second["partnerCounts"]["listed"]) == (21, 21)

    async def test_a_partner_sees_no_counts_of_others(self, demo: World, reader: httpx.AsyncClient) -> None:
        [agoria] = [one for one in await everything(reader, "/v1/partners") if one["name"] == "Agoria"]
        partner = await demo.client("partner", partner_id=agoria["partnerId"])
        assert all("partnerCounts" not in one for one in await everything(partner, "/v1/cohorts"))

    async def test_an_announcement_that_nobody_lists_is_seen(self, empty: World) -> None:
        client = await empty.client()
        body = {"name": "Nieuw", "runsFrom": "2027", "runsUntil": "2031", "announcedPartnerCount": 3}
        cohort = written(await client.post("/v1/cohorts", json=body))
        assert cohort["partnerCounts"] == {"announced": 3, "listed": 0, "differs": True, "claimed": []}
