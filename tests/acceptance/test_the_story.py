"""What the register must say about the two cohorts of the example history, and what renewing the second one does."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.acceptance.world import Json, World, by_name, everything, example, open_world, refused, told, written
from tests.postgresql import Databases

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEFT = {"B-Hive", "Euka", "Flanders Cleantech Association", "Startups.be"}
JOINED = {
    "Belgian-Vietnamese Alliance", "De Blauwe Cluster", "FLEGA", "Flux50", "Medtech Flanders", "SIM", "The Beacon",
    "flanders.healthTech",
}  # fmt: skip
BEFORE_THE_REGISTER = "2020-01-01T00:00:00Z"


async def cohorts_of(client: httpx.AsyncClient) -> tuple[Json, Json]:
    first, second = told(await client.get("/v1/cohorts"))["items"]
    return first, second


class TestWhatIsOnRecord:
    async def test_twenty_five_partners_two_cohorts_thirty_eight_agreements(self, reader: httpx.AsyncClient) -> None:
        totals = {
            kind: told(await reader.get(f"/v1/{kind}"))["total"] for kind in ("partners", "cohorts", "agreements")
        }
        assert totals == {"partners": 25, "cohorts": 2, "agreements": 38}

    async def test_seventeen_signed_in_the_first_cohort_and_twenty_one_in_the_second(
        self, reader: httpx.AsyncClient
    ) -> None:
        sizes = [
            told(await reader.get("/v1/agreements", params={"cohortId": cohort["cohortId"]}))["total"]
            for cohort in await cohorts_of(reader)
        ]
        assert sizes == [17, 21]

    async def test_thirteen_stayed_four_left_and_eight_joined(self, reader: httpx.AsyncClient) -> None:
        first, second = await cohorts_of(reader)
        ids = by_name(await everything(reader, "/v1/partners"))
        names = {partner_id: name for name, partner_id in ids.items()}
        assert second["predecessorId"] == first["cohortId"]
        assert len(second["stayed"]) == 13
        assert {names[one["partnerId"]] for one in second["left"]} == LEFT
        assert {names[one] for one in second["joined"]} == JOINED
        assert [cohort["announcedPartnerCount"] for cohort in (first, second)] == [17, 21]

    async def test_terms_are_inherited_only_where_the_renewal_says_so(self, reader: httpx.AsyncClient) -> None:
        first, second = await cohorts_of(reader)
        assert first["terms"]["evaluation"] == "yearly"
        assert "terms" not in second
        assert "coFinancing" not in second

    @pytest.mark.parametrize(
        ("day", "status", "total"),
        [
            ("2016-01-01", "inForce", 0),
            ("2018-06-01", "inForce", 17),
            ("2023-06-01", "inForce", 21),
            ("2023-06-01", "renewed", 13),
            ("2023-06-01", "expired", 4),
            ("2027-06-01", "expired", 25),
            ("2027-06-01", "inForce", 0),
        ],
    )
    async def test_statuses_on_a_day(self, reader: httpx.AsyncClient, day: str, status: str, total: int) -> None:
        found = told(await reader.get("/v1/agreements", params={"asOf": day, "status": status}))
        assert found["total"] == total

    async def test_no_agreement_exists_before_it_was_signed(self, reader: httpx.AsyncClient) -> None:
        assert told(await reader.get("/v1/agreements?asOf=2016-01-01"))["items"] == []

    async def test_the_second_cohorts_agreements_have_expired_by_mid_2027(self, reader: httpx.AsyncClient) -> None:
        _, second = await cohorts_of(reader)
        address = f"/v1/agreements?asOf=2027-06-01&cohortId={second['cohortId']}"
        assert Counter(one["status"] for one in await everything(reader, address)) == {"expired": 21}

    async def test_a_partner_is_called_what_it_was_called_on_that_day(self, reader: httpx.AsyncClient) -> None:
        unizo = by_name(await everything(reader, "/v1/partners"))["UNIZO Internationaal"]
        assert told(await reader.get(f"/v1/partners/{unizo}?asOf=2018-06-01"))["name"] == "Unizo"
        for day, name in (("2018-06-01", "Unizo"), ("2023-06-01", "UNIZO Internationaal")):
            found = told(await reader.get("/v1/agreements", params={"partnerId": unizo, "asOf": day}))
            assert {one["partnerName"] for one in found["items"]} == {name}

    async def test_the_consultations_of_2019_are_known_to_the_month_and_no_closer(
        self, reader: httpx.AsyncClient
    ) -> None:
        moments = await everything(reader, "/v1/consultations?year=2019")
        assert [one["plannedOn"] for one in moments] == ["2019-03", "2019-05", "2019-06", "2019-09"]
        assert {one["status"] for one in moments} == {"toBeFixed"}
        for moment in moments:
            history = await everything(reader, f"{moment['href']}/history")
            assert not [one for one in history if "-01" in str(one.get("effectiveOn", ""))[7:]]

    async def test_contradictions_between_sources_are_listed(self, reader: httpx.AsyncClient) -> None:
        said: dict[str, set[str]] = {}
        for claim in await everything(reader, "/v1/claims?open=true"):
            said.setdefault(claim["predicate"], set()).add(claim["value"])
        assert said == {
            "listedPartnerCount": {"17", "15"},
            "agencyHeadAtSigning": {"heeft ondertekend", "was aanwezig bij de ondertekening"},
        }

    async def test_claims_know_what_had_been_published_by_a_day(self, reader: httpx.AsyncClient) -> None:
        found = await everything(reader, "/v1/claims?publishedBy=2018-12-31")
        assert {one["publishedOn"] for one in found} == {"2017-10-03"}


class TestBeforeTheRegister:
    @pytest.mark.parametrize("kind", ["partners", "cohorts", "agreements", "consultations", "claims"])
    async def test_a_collection_is_empty_and_says_when_the_register_began(
        self, reader: httpx.AsyncClient, kind: str
    ) -> None:
        found = told(await reader.get(f"/v1/{kind}", params={"knownAt": BEFORE_THE_REGISTER}))
        assert (found["items"], found["total"]) == ([], 0)
        assert found["registerBegan"].startswith("2026-11-23T")

    @pytest.mark.parametrize("kind", ["partners", "cohorts", "agreements", "consultations"])
    async def test_an_object_is_not_found_and_the_answer_says_when_the_register_began(
        self, reader: httpx.AsyncClient, kind: str
    ) -> None:
        href = told(await reader.get(f"/v1/{kind}"))["items"][0]["href"]
        found = refused(await reader.get(href, params={"knownAt": BEFORE_THE_REGISTER}), 404, "register.notBegun")
        assert found["began"].startswith("2026-11-23T")
        assert "2026-11-23" in found["detail"]


def _private(document: Json) -> list[str]:
    """Every name, address and text of a person or about one in an import file."""
    private: list[str] = []
    for row in document["rows"]:
        body = row["body"]
        if row["do"] == "addPerson":
            private += [body["name"], *filter(None, (body.get("email"), body.get("role")))]
        private += [body[name] for name in ("findings", "reason", "text") if name in body]
        private += [one["text"] for one in body.get("improvementPoints", [])]
    return private


class TestWhatTheLogMustNotHold:
    async def test_no_event_names_a_person_or_quotes_prose(self, demo: World, reader: httpx.AsyncClient) -> None:
        private = _private(example("demo.json"))
        assert len(private) >= 8
        events: list[Json] = []
        while page := told(await reader.get(f"/v1/events?limit=1000&after={len(events)}"))["items"]:
            events += page
        assert len(events) == await demo.size()
        log = json.dumps(events, ensure_ascii=False)
        assert [text for text in private if text in log] == []

    async def test_no_file_on_disk_holds_them_in_clear(self, demo: World) -> None:
        private = _private(example("demo.json"))
        for file in demo.house.settings.data_dir.iterdir():
            content = file.read_bytes()
            assert [text for text in private if text.encode() in content] == [], file.name


def renewal(second: Json, ids: dict[str, str], **changes: Any) -> Json:
    """The second cohort goes on without two of its partners and with an old one back."""
    leaving = {ids["FLEGA"]: "Gaat verder zonder overeenkomst.", ids["Flux50"]: None}
    members = [*second["stayed"], *second["joined"]]
    return {
        "name": "Structurele partners 2027-2031",
        "runsFrom": "2027-01-01",
        "runsUntil": "2031-12-31",
        "signedOn": "2026-11-20",
        "stays": [one for one in members if one not in leaving],
        "joins": [ids["Euka"]],
        "leaves": [
            {"partnerId": partner, **({"reason": reason} if reason else {})} for partner, reason in leaving.items()
        ],
        **changes,
    }


async def renew_and_look(world: World) -> None:
    client = await world.client()
    ids = by_name(await everything(client, "/v1/partners"))
    _, second = await cohorts_of(client)
    address = f"{second['href']}/renewals"
    version = (await client.get(second["href"])).headers["ETag"]
    body = renewal(second, ids)

    size = await world.size()
    rehearsed = told(await client.post(address, json={**body, "dryRun": True}, headers={"If-Match": version}))
    assert await world.size() == size
    assert rehearsed["dryRun"] is True
    assert "cohortId" not in rehearsed
    assert (len(rehearsed["stayed"]), len(rehearsed["joined"]), len(rehearsed["left"])) == (19, 1, 2)
    assert rehearsed["wouldRecord"].count("AgreementSigned") == 20
    assert told(await client.get("/v1/cohorts"))["total"] == 2

    answer = await client.post(address, json=body, headers={"If-Match": version})
    third = written(answer)
    recorded = told(await client.get(f"/v1/events?after={size}&limit=1000"))["items"]
    assert [one["type"].split(".")[1] for one in recorded] == rehearsed["wouldRecord"]
    assert third["position"] == recorded[-1]["position"] == await world.size()
    assert third["predecessorId"] == second["cohortId"]
    assert (len(third["stayed"]), third["joined"], len(third["left"])) == (19, [ids["Euka"]], 2)
    reasons = {one["partnerId"]: one.get("reason") for one in third["left"]}
    assert reasons == {ids["FLEGA"]: "Gaat verder zonder overeenkomst.", ids["Flux50"]: None}
    assert "terms" not in third

    for name, kind in (
        ("Voka", "PartnerStayedInCohort"),
        ("Euka", "PartnerJoinedCohort"),
        ("FLEGA", "PartnerLeftCohort"),
    ):
        history = await everything(client, f"/v1/partners/{ids[name]}/history")
        assert kind in [one["type"] for one in history if one["position"] > size], name

    async def statuses(cohort: str, day: str) -> Counter[str]:
        found = await everything(client, f"/v1/agreements?cohortId={cohort}&asOf={day}")
        return Counter(one["status"] for one in found)

    assert await statuses(second["cohortId"], "2026-12-31") == {"inForce": 21}
    assert await statuses(second["cohortId"], "2027-06-01") == {"renewed": 19, "expired": 2}
    assert await statuses(third["cohortId"], "2026-12-31") == {"signed": 20}
    assert await statuses(third["cohortId"], "2027-06-01") == {"inForce": 20}

    again = await client.post(address, json={**body, "name": "Nog eens"}, headers={"If-Match": "*"})
    refused(again, 409, "cohort.alreadyRenewed")
    at_the_old_version = await client.post(address, json=body, headers={"If-Match": version})
    assert at_the_old_version.status_code in {409, 412}
    assert await world.size() == third["position"]


class TestRenewing:
    async def test_the_whole_of_it(self, copied: World) -> None:
        await renew_and_look(copied)

    async def test_terms_are_inherited_when_asked(self, empty: World) -> None:
        client = await empty.client()
        terms = {"evaluation": "yearly", "consultationMonths": [3, 5, 6, 9]}
        opened = written(
            await client.post(
                "/v1/cohorts", json={"name": "Proef", "runsFrom": "2024", "runsUntil": "2026", "terms": terms}
            )
        )
        follower = written(
            await client.post(
                f"{opened['href']}/renewals",
                json={"name": "Vervolg", "runsFrom": "2027", "runsUntil": "2029", "inheritTerms": True},
                headers={"If-Match": "*"},
            )
        )
        assert follower["terms"] == terms

    async def test_whoever_is_not_named_is_named_in_the_refusal(self, reader: httpx.AsyncClient) -> None:
        _, second = await cohorts_of(reader)
        ids = by_name(await everything(reader, "/v1/partners"))
        body = renewal(second, ids)
        forgotten = body["stays"].pop()
        answer = await reader.post(f"{second['href']}/renewals", json=body, headers={"If-Match": "*"})
        found = refused(answer, 400, "cohort.membersIncomplete")
        assert forgotten in json.dumps(found)

    @pytest.mark.parametrize(
        ("change", "code", "status"),
        [
            ("twice", "cohort.partnerTwice", 400),
            ("stranger stays", "cohort.notAMember", 400),
            ("leaves and joins", "cohort.partnerTwice", 400),
            ("nobody joins", "partner.notKnown", 400),
            ("overlap", "cohort.overlapsPredecessor", 409),
            ("backwards", "period.endBeforeStart", 400),
        ],
    )
    async def test_what_does_not_add_up_is_refused(
        self, reader: httpx.AsyncClient, change: str, code: str, status: int
    ) -> None:
        _, second = await cohorts_of(reader)
        ids = by_name(await everything(reader, "/v1/partners"))
        body = renewal(second, ids)
        match change:
            case "twice":
                body["stays"].append(body["stays"][0])
            case "stranger stays":
                body["stays"].append(ids["B-Hive"])
            case "leaves and joins":
                body["joins"].append(ids["FLEGA"])
            case "nobody joins":
                body["joins"].append("nobody")
            case "overlap":
                body |= {"runsFrom": "2026-12-15", "signedOn": "2025-12-01"}
            case _:
                body["runsUntil"] = "2026-12-31"
        for dry in (True, False):
            answer = await reader.post(
                f"{second['href']}/renewals", json={**body, "dryRun": dry}, headers={"If-Match": "*"}
            )
            refused(answer, status, code)


class TestAnotherProgramme:
    async def test_an_invented_one_loads_the_same_way(self, empty: World) -> None:
        reports = await empty.load("second-programme.json")
        assert {one.outcome for one in reports} == {"done"}
        client = await empty.client()
        [cohort] = await everything(client, "/v1/cohorts")
        assert cohort["terms"]["coFinancing"] == [
            {"party": "agency", "share": "60.00"},
            {"party": "partner", "share": "40.00"},
        ]
        assert Counter(one["status"] for one in await everything(client, "/v1/agreements")) == {"inForce": 3}
        assert Counter(one["status"] for one in await everything(client, "/v1/agreements?asOf=2028-01-01")) == {
            "expired": 3
        }

    async def test_beside_the_first_one(self, copied: World) -> None:
        reports = await copied.load("second-programme.json")
        assert {one.outcome for one in reports} == {"done"}
        client = await copied.client()
        assert told(await client.get("/v1/partners"))["total"] == 28
        assert told(await client.get("/v1/agreements?status=inForce&asOf=2023-06-01"))["total"] == 21

    async def test_loading_it_again_does_nothing(self, empty: World) -> None:
        await empty.load("second-programme.json")
        size = await empty.size()
        reports = await empty.load("second-programme.json")
        assert {one.outcome for one in reports} == {"already"}
        assert await empty.size() == size


@pytest_asyncio.fixture(loop_scope="module")
async def on_postgresql(postgresql_server: Databases, tmp_path: Path) -> AsyncIterator[World]:
    url = await postgresql_server.fresh_database()
    async with open_world(tmp_path / "data", url=url) as world:
        yield world
    await postgresql_server.drop_database(url)


@pytest.mark.postgresql
async def test_the_story_is_the_same_on_postgresql(on_postgresql: World) -> None:
    reports = await on_postgresql.load("demo.json")
    assert {one.outcome for one in reports} == {"done"}
    client = await on_postgresql.client()
    for kind, total in (("partners", 25), ("cohorts", 2), ("agreements", 38)):
        assert told(await client.get(f"/v1/{kind}"))["total"] == total
    assert told(await client.get("/v1/agreements?asOf=2018-06-01&status=inForce"))["total"] == 17
    assert told(await client.get("/v1/agreements?asOf=2027-06-01&status=expired"))["total"] == 25
    assert told(await client.get("/v1/partners", params={"knownAt": BEFORE_THE_REGISTER}))["items"] == []
    assert {one["value"] for one in await everything(client, "/v1/claims?open=true") if one["suggested"]} == {
        "15",
        "was aanwezig bij de ondertekening",
    }
    dossier = await client.get("/v1/dossiers?asOf=2019-02-28")
    [known_at] = re.findall(r"--known-at (\S+)\.", dossier.text)
    assert "KPI list: not in the record" in dossier.text
    await renew_and_look(on_postgresql)
    assert (await client.get(f"/v1/dossiers?asOf=2019-02-28&knownAt={known_at}")).content == dossier.content
    refused(await client.get("/v1/partners/%00"), 404)
    refused(await client.get("/v1/partners/%F0%9F%A7%AD"), 404)
    refused(await client.get("/v1/agreements?partnerId=%00"), 400)
