"""What whoever integrates may rely on, call by call: statuses, headers, versions, pages, both axes of time."""

import asyncio
from datetime import datetime

import httpx
import pytest
import pytest_asyncio

from service.api import reads
from tests.acceptance.world import Json, World, everything, refused, told, written

pytestmark = pytest.mark.asyncio(loop_scope="module")

COHORT = {"name": "Vaart", "runsFrom": "2024-01-01", "runsUntil": "2027-12-31"}
ANY = {"If-Match": "*"}


async def post(client: httpx.AsyncClient, address: str, body: Json | None = None, **headers: str) -> httpx.Response:
    return await client.post(
        address, json=body, headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


@pytest_asyncio.fixture(loop_scope="module")
async def client(empty: World) -> httpx.AsyncClient:
    return await empty.client()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reader(demo: World) -> httpx.AsyncClient:
    return await demo.client()


@pytest_asyncio.fixture(loop_scope="module")
async def partner(client: httpx.AsyncClient) -> Json:
    return written(await post(client, "/v1/partners", {"name": "Voka"}))


@pytest_asyncio.fixture(loop_scope="module")
async def cohort(client: httpx.AsyncClient) -> Json:
    return written(await post(client, "/v1/cohorts", COHORT))


@pytest_asyncio.fixture(loop_scope="module")
async def agreement(client: httpx.AsyncClient, cohort: Json, partner: Json) -> Json:
    body = {"cohortId": cohort["cohortId"], "partnerId": partner["partnerId"], "signedOn": "2023-12-11"}
    return written(await post(client, "/v1/agreements", body))


class TestEveryWrite:
    async def test_answers_with_the_object_its_version_and_its_position(  # noqa: PLR0915 - one life, call after call
        self, empty: World
    ) -> None:
        client = await empty.client()

        async def write(address: str, body: Json | None, *, made: bool = False) -> Json:
            answer = await client.post(address, json=body, headers=ANY)
            found = written(answer)
            assert found["position"] == await empty.size()
            assert (answer.headers.get("Location") == found["href"]) is made
            read = await client.get(found["href"], headers={"Errera-Position": str(found["position"])})
            assert told(read) | {"position": found["position"]} == found
            assert read.headers["ETag"] == answer.headers["ETag"]
            return found

        partner = await write("/v1/partners", {"name": "Voka", "kind": "businessOrganisation"}, made=True)
        other = await write("/v1/partners", {"name": "Unizo", "addedOn": "2017-10-03"}, made=True)
        person = await write("/v1/persons", {"name": "Ada Verzonnen", "email": "ada@example.org"}, made=True)
        cohort = await write("/v1/cohorts", {**COHORT, "announcedPartnerCount": 2}, made=True)
        signatories = [{"personId": person["personId"], "forParty": "partner", "capacity": "directeur"}]
        agreement = await write(
            "/v1/agreements",
            {
                "cohortId": cohort["cohortId"],
                "partnerId": partner["partnerId"],
                "signedOn": "2023-12-11",
                "place": "Brussel",
                "signatories": signatories,
            },
            made=True,
        )
        assert agreement["status"] == "inForce"
        assert agreement["certain"] is True
        assert agreement["partnerName"] == "Voka"
        assert agreement["signatories"] == signatories
        moment = await write(
            "/v1/consultations",
            {"cohortId": cohort["cohortId"], "year": 2027, "plannedOn": "2027-03", "title": "Overleg"},
            made=True,
        )
        assert moment["status"] == "toBeFixed"
        claim = await write(
            "/v1/claims",
            {
                "subject": {"type": "cohort", "id": cohort["cohortId"]},
                "predicate": "count",
                "value": "2",
                "source": "S",
            },
            made=True,
        )

        href = partner["href"]
        await write(f"{href}/renamings", {"name": "Voka Vlaanderen", "effectiveOn": "2025-01-01", "reason": "nieuw"})
        await write(f"{href}/aliases", {"name": "VOKA", "kind": "acronym", "language": "nl"})
        await write(f"{href}/executingUnits", {"name": "Voka Export"})
        await write(f"{href}/accountManagers", {"personId": person["personId"], "effectiveOn": "2024-01-01"})
        succeeded = await write(
            f"{other['href']}/successions",
            {"successorId": partner["partnerId"], "effectiveOn": "2025-06-01", "kind": "absorbed"},
        )
        assert succeeded["successorId"] == partner["partnerId"]

        href = agreement["href"]
        agreed = await write(f"{href}/kpis", {"name": "missies", "unit": "aantal", "target": "12"})
        kpi = agreed["kpis"][0]["kpiId"]
        await write(f"{href}/kpiMeasurements", {"kpiId": kpi, "value": "7.5", "measuredOn": "2025-06"})
        evaluated = await write(
            f"{href}/evaluations",
            {
                "year": 2025,
                "heldOn": "2026-02-10",
                "kpiResults": [{"kpiId": kpi, "value": "11"}],
                "findings": "Liep goed.",
                "improvementPoints": [{"text": "Sneller cijfers.", "dueOn": "2026-06"}],
            },
        )
        assert evaluated["evaluations"][0]["findings"] == "Liep goed."
        amended = await write(f"{href}/amendments", {"effectiveOn": "2026-01-01", "runsUntil": "2026-12-31"})
        assert amended["runsUntil"] == "2026-12-31"
        terminated = await write(f"{href}/terminations", {"effectiveOn": "2026-11-01", "reason": "gestopt"})
        assert terminated["status"] == "terminated"

        await write(f"{cohort['href']}/evaluations", {"year": 2025, "heldOn": "2026-01", "findings": "Goed."})
        await write(f"{cohort['href']}/improvementPoints", {"text": "Meer overleg."})
        moved = await write(f"{moment['href']}/movings", {"startsAt": "2027-03-11T14:00:00+01:00"})
        assert moved["status"] == "planned"
        cancelled = await write(f"{moment['href']}/cancellations", {"reason": "dubbel"})
        assert cancelled["status"] == "cancelled"
        past = await write(
            "/v1/consultations", {"cohortId": cohort["cohortId"], "year": 2026, "plannedOn": "2026-03-04"}, made=True
        )
        assert (await write(f"{past['href']}/holdings", {"heldOn": "2026-03-04"}))["status"] == "held"
        assert (await write(f"{claim['href']}/resolutions", {"reason": "de deed"}))["chosen"] is True
        first = (await everything(client, f"{partner['href']}/history"))[0]["position"]
        corrected = await write(
            f"{partner['href']}/corrections", {"position": first, "reason": "tikfout", "data": {"addedOn": "2020"}}
        )
        assert corrected["addedOn"] == "2020"

    async def test_told_twice_happened_once(self, empty: World, client: httpx.AsyncClient, agreement: Json) -> None:
        size = await empty.size()
        body = {name: agreement[name] for name in ("cohortId", "partnerId", "signedOn")}
        again = written(await post(client, "/v1/agreements", body), 200)
        assert again["agreementId"] == agreement["agreementId"]
        assert await empty.size() == size
        refused(
            await post(client, "/v1/agreements", {**body, "signedOn": "2023-12-12"}), 409, "agreement.alreadySigned"
        )

    async def test_only_whoever_has_a_token_is_let_in(self, empty: World) -> None:
        nobody = await empty.stranger()
        answer = await nobody.get("/v1/partners")
        refused(answer, 401, "noAccessToken")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        refused(await nobody.post("/v1/partners", json={"name": "x"}), 401)
        stranger = await empty.stranger(Authorization="Bearer errera_" + "x" * 43)
        refused(await stranger.get("/v1/partners"), 401, "invalidAccessToken")
        for open_to_all in ("/health", "/openapi.json"):
            assert (await nobody.get(open_to_all)).status_code == 200


class TestVersions:
    REQUIRED = (
        "renamings",
        "successions",
        "corrections",
        "amendments",
        "terminations",
        "movings",
        "cancellations",
        "renewals",
    )

    async def test_are_required_where_the_design_says_and_nowhere_else(self, demo: World) -> None:
        paths = (await (await demo.stranger()).get("/openapi.json")).json()["paths"]
        client = await demo.client()
        seen = set()
        for path, operations in paths.items():
            if "post" not in operations or "{" not in path or not path.startswith("/v1/"):
                continue
            act = path.rsplit("/", 1)[1]
            kind = path.split("/")[2]
            if act not in self.REQUIRED:
                continue
            seen.add((kind, act))
            [item, *_] = told(await client.get(f"/v1/{kind}"))["items"]
            answer = await client.post(f"{item['href']}/{act}", json=_body_for(act, item))
            refused(answer, 428, "preconditionRequired")
        assert {act for _, act in seen} == set(self.REQUIRED)

    @pytest.mark.parametrize("tag", ["*", '"1"', 'W/"1"', '"7", "1"', '"7",W/"1"'])
    async def test_any_form_that_names_the_current_one_does(
        self, client: httpx.AsyncClient, partner: Json, tag: str
    ) -> None:
        body = {"name": "Voka Vlaanderen", "effectiveOn": "2025-01-01"}
        answer = await post(client, f"{partner['href']}/renamings", body, If_Match=tag)
        written(answer)
        assert answer.headers["ETag"] == '"2"'

    async def test_a_stale_one_is_refused(self, empty: World, client: httpx.AsyncClient, partner: Json) -> None:
        body = {"name": "Voka Vlaanderen", "effectiveOn": "2025-01-01"}
        for tag in ('"0"', '"2"', 'W/"7"', "1x", '""', "x", '"*"'):
            refused(await post(client, f"{partner['href']}/renamings", body, If_Match=tag), 412, "preconditionFailed")
        assert await empty.size() == partner["position"]

    async def test_count_elsewhere_when_they_are_sent(self, client: httpx.AsyncClient, partner: Json) -> None:
        address = f"{partner['href']}/aliases"
        refused(await post(client, address, {"name": "VOKA"}, If_Match='"9"'), 412)
        written(await post(client, address, {"name": "VOKA"}, If_Match='"1"'))

    async def test_of_two_who_change_the_same_version_one_is_told(
        self, client: httpx.AsyncClient, partner: Json
    ) -> None:
        answers = await asyncio.gather(
            *(
                post(client, f"{partner['href']}/renamings", {"name": name, "effectiveOn": "2025"}, If_Match='"1"')
                for name in ("Een", "Twee", "Drie")
            )
        )
        assert sorted(one.status_code for one in answers) == [201, 412, 412]


def _body_for(act: str, item: Json) -> Json:
    bodies: dict[str, Json] = {
        "renamings": {"name": "Andere naam", "effectiveOn": "2026-01-01"},
        "successions": {"successorId": item.get("partnerId"), "effectiveOn": "2026-01-01", "kind": "merged"},
        "corrections": {"position": 1, "reason": "x", "data": {}},
        "amendments": {"effectiveOn": "2026-01-01", "summary": "x"},
        "terminations": {"effectiveOn": "2026-01-01"},
        "movings": {"plannedOn": "2019-04"},
        "cancellations": {"reason": "x"},
        "renewals": {"name": "x", "runsFrom": "2027", "runsUntil": "2031"},
    }
    return bodies[act]


class TestIdempotencyKeys:
    async def test_the_same_answer_even_after_later_changes(
        self, empty: World, client: httpx.AsyncClient, partner: Json
    ) -> None:
        address, body = f"{partner['href']}/renamings", {"name": "Twee", "effectiveOn": "2024-01-01"}
        first = await post(client, address, body, If_Match='"1"', Idempotency_Key="k1")
        await post(client, address, {"name": "Drie", "effectiveOn": "2025-01-01"}, If_Match="*")
        size = await empty.size()
        again = await post(client, address, body, If_Match='"1"', Idempotency_Key="k1")
        assert written(again) == written(first)
        assert again.headers["ETag"] == first.headers["ETag"] == '"2"'
        assert again.headers["Errera-Position"] == first.headers["Errera-Position"]
        assert await empty.size() == size

    async def test_creating_twice_makes_one(self, empty: World, client: httpx.AsyncClient) -> None:
        for address, body in (
            ("/v1/partners", {"name": "Voka"}),
            ("/v1/persons", {"name": "Ada Verzonnen"}),
            ("/v1/cohorts", COHORT),
            ("/v1/claims", {"subject": "programme", "predicate": "motto", "value": "1+1=3", "source": "S"}),
        ):
            first = await post(client, address, body, Idempotency_Key=address)
            size = await empty.size()
            again = await post(client, address, body, Idempotency_Key=address)
            assert written(again) == written(first)
            assert again.headers["Location"] == first.headers["Location"]
            assert await empty.size() == size

    async def test_a_command_that_changed_nothing_answers_the_same_too(
        self, client: httpx.AsyncClient, agreement: Json
    ) -> None:
        body = {name: agreement[name] for name in ("cohortId", "partnerId", "signedOn")}
        first = await post(client, "/v1/agreements", body, Idempotency_Key="again")
        assert first.status_code == 200
        moment = {"cohortId": agreement["cohortId"], "year": 2026, "ordinal": 1, "plannedOn": "2026-03"}
        planned = await post(client, "/v1/consultations", moment)
        same = await post(client, "/v1/consultations", moment, Idempotency_Key="moment")
        assert written(same, 200)["consultationId"] == planned.json()["consultationId"]
        written(await post(client, f"{planned.json()['href']}/movings", {"plannedOn": "2026-04"}, If_Match="*"))
        again = await post(client, "/v1/consultations", moment, Idempotency_Key="moment")
        assert written(again, 200) == written(same, 200)
        written(await post(client, f"{agreement['href']}/kpis", {"name": "missies"}))
        again = await post(client, "/v1/agreements", body, Idempotency_Key="again")
        assert written(again, 200) == written(first, 200)
        assert again.headers["ETag"] == first.headers["ETag"]

    async def test_another_body_is_refused_and_the_first_answer_stays(
        self, empty: World, client: httpx.AsyncClient
    ) -> None:
        first = await post(client, "/v1/partners", {"name": "Een"}, Idempotency_Key="k")
        refused(await post(client, "/v1/partners", {"name": "Twee"}, Idempotency_Key="k"), 409, "idempotency.reused")
        refused(await post(client, "/v1/cohorts", COHORT, Idempotency_Key="k"), 409, "idempotency.reused")
        assert written(await post(client, "/v1/partners", {"name": "Een"}, Idempotency_Key="k")) == written(first)
        assert await empty.size() == 1

    async def test_a_refusal_is_not_kept(self, client: httpx.AsyncClient, cohort: Json) -> None:
        body = {"cohortId": cohort["cohortId"], "partnerId": "nobody", "signedOn": "2023-12-11"}
        refused(await post(client, "/v1/agreements", body, Idempotency_Key="k"), 400, "partner.notKnown")
        partner = written(await post(client, "/v1/partners", {"name": "Voka"}))
        written(await post(client, "/v1/agreements", {**body, "partnerId": partner["partnerId"]}, Idempotency_Key="k"))

    async def test_each_token_has_its_own(self, empty: World, client: httpx.AsyncClient) -> None:
        other = await empty.client()
        written(await post(client, "/v1/partners", {"name": "Een"}, Idempotency_Key="k"))
        written(await post(other, "/v1/partners", {"name": "Twee"}, Idempotency_Key="k"))

    async def test_at_the_same_time_it_happens_once(self, empty: World, client: httpx.AsyncClient) -> None:
        answers = await asyncio.gather(
            *(post(client, "/v1/partners", {"name": "Voka"}, Idempotency_Key="k") for _ in range(8))
        )
        assert {one.status_code for one in answers} <= {201, 409}
        assert len({one.json()["partnerId"] for one in answers if one.status_code == 201}) == 1
        assert await empty.size() == 1

    @pytest.mark.parametrize("key", ["", " ", "x" * 256, "a\tb"])
    async def test_a_key_that_is_none_is_refused(self, empty: World, client: httpx.AsyncClient, key: str) -> None:
        refused(await post(client, "/v1/partners", {"name": "x"}, Idempotency_Key=key), 400, "idempotency.invalid")
        assert await empty.size() == 0


KINDS = ("partners", "persons", "cohorts", "agreements", "consultations", "claims", "reminders")
SHAPES = (
    "nobody", "1", "%00", "%20", "%C3%A9", "%F0%9F%A7%AD", "%E2%80%AE", "%ED%A0%80", "%FF", "a'b", "x;--", "%25", "*", "a" * 900,
    "partner-x", "..%2f..", "%0d%0a", "-1", "null", "{}",
)  # fmt: skip


class TestWhatIsNotThere:
    @pytest.mark.parametrize("shape", SHAPES)
    async def test_an_unknown_id_is_not_found_whatever_its_shape(self, demo: World, shape: str) -> None:
        client = await demo.client()
        for kind in KINDS:
            refused(await client.get(f"/v1/{kind}/{shape}"), 404)
            if kind in {"partners", "cohorts", "agreements", "consultations"}:
                refused(await client.get(f"/v1/{kind}/{shape}/history"), 404)

    @pytest.mark.parametrize("shape", SHAPES)
    async def test_nor_can_it_be_changed(self, demo: World, shape: str) -> None:
        client = await demo.client()
        for address, body in (
            (f"/v1/partners/{shape}/renamings", {"name": "x", "effectiveOn": "2026"}),
            (f"/v1/agreements/{shape}/terminations", {"effectiveOn": "2026-01-01"}),
            (f"/v1/cohorts/{shape}/renewals", {"name": "x", "runsFrom": "2027", "runsUntil": "2028"}),
            (f"/v1/cohorts/{shape}/evaluations", {"year": 2025, "heldOn": "2026", "findings": "x"}),
            (f"/v1/agreements/{shape}/evaluations", {"year": 2025, "heldOn": "2026", "findings": "x"}),
            (f"/v1/consultations/{shape}/cancellations", {"reason": "x"}),
            (f"/v1/partners/{shape}/corrections", {"position": 1, "reason": "x", "data": {}}),
            (f"/v1/claims/{shape}/resolutions", {"reason": "x"}),
            (f"/v1/reminders/{shape}/acknowledgements", {}),
        ):
            refused(await client.post(address, json=body, headers=ANY), 404)

    async def test_a_wrong_method_says_the_right_ones(self, demo: World) -> None:
        client = await demo.client()
        answer = await client.delete("/v1/partners")
        refused(answer, 405, "methodNotAllowed")
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "POST"}
        assert (await client.put("/v1/partners/x")).headers["Allow"] == "GET"
        assert (await client.get("/v1/partners/x/renamings")).headers["Allow"] == "POST"


class TestCollections:
    @pytest.mark.parametrize("kind", ["partners", "persons", "cohorts", "agreements", "consultations", "claims"])
    async def test_pages_together_are_everything_once(self, reader: httpx.AsyncClient, kind: str) -> None:
        whole = told(await reader.get(f"/v1/{kind}?pageSize=1000"))
        assert "next" not in whole
        assert whole["pageSize"] == 1000
        assert len(whole["items"]) == whole["total"]
        size = max(1, whole["total"] // 3)
        assert await everything(reader, f"/v1/{kind}?pageSize={size}") == whole["items"]

    async def test_the_usual_page_has_a_hundred(self, reader: httpx.AsyncClient) -> None:
        page = told(await reader.get("/v1/claims"))
        assert (page["pageSize"], len(page["items"])) == (100, min(100, page["total"]))

    async def test_pages_keep_the_filter(self, reader: httpx.AsyncClient) -> None:
        address = "/v1/agreements?status=inForce&asOf=2018-06-01&pageSize=5"
        assert {one["status"] for one in await everything(reader, address)} == {"inForce"}

    async def test_filters(self, reader: httpx.AsyncClient) -> None:
        agreements = await everything(reader, "/v1/agreements")
        one = agreements[0]
        for name in ("cohortId", "partnerId", "status"):
            found = await everything(reader, f"/v1/agreements?{name}={one[name]}")
            assert found == [other for other in agreements if other[name] == one[name]]
        assert await everything(reader, "/v1/agreements?cohortId=nobody") == []
        assert len(await everything(reader, "/v1/consultations?year=2019&status=toBeFixed")) == 4
        assert await everything(reader, "/v1/consultations?year=2020") == []

    @pytest.mark.parametrize(
        "query",
        [
            "pageSize=0", "pageSize=1001", "pageSize=x", "pageSize=-1", "pageSize=1e2", "pageSize=", "pagesize=5",
            "cursor=x", "cursor=", "cursor=%F0%9F%A7%AD", "cursor=AAAAAAAAAAAAAAAA", "unknown=1", "asOf=2026-02-29",
            "asOf=2026-02", "asOf=0", "asOf=", "asOf=0001-01-01", "asOf=9999-12-31", "asOf=%D9%A2%D9%A0%D9%A2%D9%A6-01-01",
            "asOf=2026-01-01&asOf=2026-01-02", "knownAt=2026-01-01", "knownAt=2026-01-01T00:00:00", "knownAt=x",
            "knownAt=2026-02-30T00:00:00Z", "knownAt=%00", "pageSize=99999999999999999999", "pageSize=%D9%A1",
        ],
    )  # fmt: skip
    async def test_a_query_that_is_not_understood_is_refused(self, reader: httpx.AsyncClient, query: str) -> None:
        found = refused(await reader.get(f"/v1/partners?{query}"), 400)
        assert {issue["in"] for issue in found["issues"]} == {"query"}
        assert found["issues"][0]["name"] == query.split("=", maxsplit=1)[0]

    async def test_a_cursor_that_was_tampered_with_is_refused(self, reader: httpx.AsyncClient) -> None:
        following = told(await reader.get("/v1/claims?pageSize=10"))["next"]
        cursor = httpx.URL(following).params["cursor"]
        for place in range(len(cursor)):
            other = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
            answer = await reader.get("/v1/claims", params={"pageSize": 10, "cursor": other})
            refused(answer, 400, "cursor.invalid", "cursor")

    @pytest.mark.parametrize(
        "address",
        [
            "/v1/agreements?status=unknown", "/v1/agreements?year=0", "/v1/consultations?year=x", "/v1/claims?open=maybe",
            "/v1/claims?publishedBy=2019-13", "/v1/consultations?status=inForce", "/v1/reminders?kind=x",
            "/v1/partners?status=inForce", "/v1/events?limit=0", "/v1/events?limit=1001", "/v1/events?after=-1",
            "/v1/events?waitSeconds=31", "/v1/events?after=x", "/v1/events?after=9223372036854775808",
        ],
    )  # fmt: skip
    async def test_a_filter_that_makes_no_sense_is_refused(self, reader: httpx.AsyncClient, address: str) -> None:
        refused(await reader.get(address), 400)


class TestReadingWhatWasWritten:
    async def test_a_reader_waits_for_a_position(self, client: httpx.AsyncClient) -> None:
        for number in range(5):
            made = written(await post(client, "/v1/partners", {"name": f"Partner {number}"}))
            found = await client.get("/v1/partners", headers={"Errera-Position": str(made["position"])})
            assert told(found)["total"] == number + 1

    async def test_one_that_does_not_come_is_told_when_to_try_again(
        self, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reads, "SECONDS_TO_WAIT", 0.05)
        answer = await client.get("/v1/partners", headers={"Errera-Position": "1000000"})
        refused(answer, 503)
        assert int(answer.headers["Retry-After"]) >= 1

    async def test_what_is_no_position_is_refused(self, reader: httpx.AsyncClient) -> None:
        for position in (b"x", b"-1", b"1.5", b"", b"99999999999999999999", "\u0661".encode()):
            answer = await reader.get("/v1/partners", headers={b"Errera-Position": position})
            refused(answer, 400, "position.invalid", "Errera-Position")


class TestTwoAxes:
    async def test_a_correction_holds_from_when_it_was_made(self, client: httpx.AsyncClient, agreement: Json) -> None:
        [signed, *_] = await everything(client, f"{agreement['href']}/history")
        before = signed["recordedAt"]
        corrected = written(
            await post(
                client,
                f"{agreement['href']}/corrections",
                {"position": signed["position"], "reason": "verkeerde dag", "data": {"signedOn": "2023-12-10"}},
                If_Match='"1"',
            )
        )
        assert corrected["signedOn"] == "2023-12-10"
        href = agreement["href"]
        assert told(await client.get(href, params={"knownAt": before}))["signedOn"] == "2023-12-11"
        assert told(await client.get(href))["signedOn"] == "2023-12-10"
        refused(await client.get(href, params={"knownAt": before, "asOf": "2023-12-10"}), 404)
        assert told(await client.get(href, params={"asOf": "2023-12-10"}))["status"] == "signed"
        history = await everything(client, f"{href}/history")
        assert [one["type"] for one in history] == ["AgreementSigned", "EventCorrected"]
        assert history[0]["correctedBy"] == history[1]["position"]
        assert len(await everything(client, f"{href}/history?knownAt={before}")) == 1
        assert (await client.get(href, params={"knownAt": before})).headers["ETag"] == '"1"'

    async def test_a_name_with_a_future_date_is_not_yet_its_name(
        self, client: httpx.AsyncClient, partner: Json
    ) -> None:
        body = {"name": "Morgen", "effectiveOn": "2030-01-01"}
        assert written(await post(client, f"{partner['href']}/renamings", body, If_Match="*"))["name"] == "Voka"
        assert told(await client.get(f"{partner['href']}?asOf=2030-01-01"))["name"] == "Morgen"

    async def test_the_status_on_the_days_that_matter(self, client: httpx.AsyncClient, agreement: Json) -> None:
        for day, status in (
            ("2023-12-11", "signed"),
            ("2023-12-31", "signed"),
            ("2024-01-01", "inForce"),
            ("2027-12-31", "inForce"),
            ("2028-01-01", "expired"),
        ):
            found = told(await client.get(agreement["href"], params={"asOf": day}))
            assert (found["status"], found["certain"]) == (status, True), day

    async def test_a_term_known_to_the_year_is_uncertain_in_between(self, reader: httpx.AsyncClient) -> None:
        address = "/v1/agreements?status=inForce&asOf="
        assert {one["certain"] for one in await everything(reader, f"{address}2018-06-01")} == {True}
        assert {one["certain"] for one in await everything(reader, f"{address}2021-06-01")} == {False}


class TestHistory:
    async def test_is_told_in_the_readers_language(self, reader: httpx.AsyncClient) -> None:
        href = told(await reader.get("/v1/cohorts"))["items"][0]["href"]
        for asked, language in (("nl", "nl"), ("en", "en"), ("fr, en;q=0.5", "en"), ("fr", "nl"), ("en;q=0, nl", "nl")):
            answer = await reader.get(f"{href}/history", headers={"Accept-Language": asked})
            sentence = told(answer)["items"][0]["sentence"]
            assert sentence.startswith({"nl": "Cohorte", "en": "Cohort "}[language]), sentence
            assert answer.headers["Content-Language"] == language

    async def test_says_what_when_who_and_by_which_source(self, reader: httpx.AsyncClient) -> None:
        href = told(await reader.get("/v1/cohorts"))["items"][0]["href"]
        opened = told(await reader.get(f"{href}/history"))["items"][0]
        assert opened["type"] == "CohortOpened"
        assert opened["effectiveOn"] == "2017-10-03"
        assert opened["actor"]
        assert datetime.fromisoformat(opened["recordedAt"]).tzinfo is not None
        assert opened["sources"][0]["lines"] == ["21"]

    async def test_refusals_are_told_in_the_readers_language(self, reader: httpx.AsyncClient) -> None:
        told_in = {}
        for language in ("nl", "en"):
            answer = await reader.get("/v1/partners/nobody", headers={"Accept-Language": language})
            told_in[language] = refused(answer, 404)["detail"]
            assert answer.headers["Content-Language"] == language
        assert told_in["nl"] != told_in["en"]


class TestTheFeed:
    async def test_is_cloudevents_in_position_order(self, demo: World, reader: httpx.AsyncClient) -> None:
        items: list[Json] = []
        while page := told(await reader.get(f"/v1/events?after={len(items)}&limit=100"))["items"]:
            items += page
        assert [one["position"] for one in items] == list(range(1, await demo.size() + 1))
        assert len({one["id"] for one in items}) == len(items)
        for one in items:
            assert one["specversion"] == "1.0"
            assert one["source"]
            assert one["type"].startswith("errera.")
            assert one["type"].endswith(".v1")
            assert one["subject"].split("-")[0] in {
                "partner", "cohort", "membership", "agreement", "consultation", "moments", "reservation", "person", "claim",
            }  # fmt: skip
            assert one["actor"]
            assert datetime.fromisoformat(one["recordedat"]).tzinfo is not None
            assert one["datacontenttype"] == "application/json"
        assert [one["recordedat"] for one in items] == sorted(one["recordedat"] for one in items)
        signed = next(one for one in items if one["type"] == "errera.AgreementSigned.v1")
        assert signed["subject"].startswith("agreement-")
        assert signed["effectiveon"] == "2017-10-03"

    async def test_wakes_up_whoever_waits(self, client: httpx.AsyncClient, partner: Json) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        waiting = asyncio.create_task(client.get(f"/v1/events?after={partner['position']}&waitSeconds=20"))
        await asyncio.sleep(0.1)
        made = written(await post(client, "/v1/partners", {"name": "Nieuw"}))
        [event] = told(await waiting)["items"]
        assert event["position"] == made["position"]
        assert loop.time() - began < 5

    async def test_gives_up_when_nothing_happens(self, client: httpx.AsyncClient) -> None:
        assert told(await client.get("/v1/events?waitSeconds=1"))["items"] == []


class TestOperations:
    async def test_health_and_metrics(self, demo: World, reader: httpx.AsyncClient) -> None:
        health = told(await reader.get("/health"))
        assert health["status"] == "UP"
        metrics = await reader.get("/metrics")
        assert metrics.status_code == 200
        assert f"errera_log_size {float(await demo.size())}" in metrics.text

    async def test_the_description_has_every_call_by_a_name_of_its_own(self, demo: World) -> None:
        described = told(await (await demo.stranger()).get("/openapi.json"))
        operations = [
            (path, operation) for path, methods in described["paths"].items() for operation in methods.values()
        ]
        ids = [operation["operationId"] for _, operation in operations]
        assert len(ids) == len(set(ids))
        for path, operation in operations:
            named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert {f"{{{name}}}" for name in named} == {part for part in path.split("/") if part.startswith("{")}, path

    @pytest.mark.parametrize("call", [
        "POST /v1/partners", "GET /v1/partners", "GET /v1/partners/{partnerId}", "POST /v1/partners/{partnerId}/renamings",
        "POST /v1/partners/{partnerId}/successions", "POST /v1/partners/{partnerId}/accountManagers",
        "POST /v1/partners/{partnerId}/aliases", "POST /v1/partners/{partnerId}/executingUnits", "POST /v1/persons",
        "GET /v1/persons", "GET /v1/persons/{personId}", "POST /v1/cohorts", "GET /v1/cohorts", "GET /v1/cohorts/{cohortId}",
        "POST /v1/cohorts/{cohortId}/evaluations", "POST /v1/cohorts/{cohortId}/renewals", "POST /v1/agreements",
        "GET /v1/agreements", "GET /v1/agreements/{agreementId}", "POST /v1/agreements/{agreementId}/evaluations",
        "POST /v1/agreements/{agreementId}/amendments", "POST /v1/agreements/{agreementId}/terminations",
        "POST /v1/agreements/{agreementId}/kpis", "POST /v1/agreements/{agreementId}/kpiMeasurements",
        "POST /v1/agreements/{agreementId}/corrections", "POST /v1/partners/{partnerId}/corrections",
        "POST /v1/cohorts/{cohortId}/corrections", "POST /v1/consultations/{consultationId}/corrections",
        "GET /v1/agreements/{agreementId}/history", "GET /v1/partners/{partnerId}/history",
        "GET /v1/cohorts/{cohortId}/history", "POST /v1/consultations", "GET /v1/consultations",
        "POST /v1/consultations/{consultationId}/movings", "POST /v1/consultations/{consultationId}/holdings",
        "POST /v1/consultations/{consultationId}/cancellations", "GET /v1/reminders",
        "POST /v1/reminders/{reminderId}/acknowledgements", "POST /v1/reminders/{reminderId}/snoozes",
        "GET /v1/reminders/{reminderId}/explanation", "GET /v1/events", "POST /v1/claims", "GET /v1/claims",
        "POST /v1/claims/{claimId}/resolutions", "GET /health", "GET /metrics",
    ])  # fmt: skip
    async def test_the_calls_that_others_rely_on_are_described(self, demo: World, call: str) -> None:
        method, path = call.split()
        described = (await (await demo.stranger()).get("/openapi.json")).json()["paths"]
        assert method.lower() in described[path]

    @pytest.mark.parametrize("address", ["/v1/partners/p1/", "/v1/partners//aliases", "/v1/cohorts/c1/aliases", "/v1"])
    async def test_what_only_resembles_a_command_s_address_is_none(
        self, empty: World, client: httpx.AsyncClient, address: str
    ) -> None:
        answer = await post(client, address, {"name": "Voka"})
        assert answer.status_code in {307, 404, 405}
        assert await empty.size() == 0

    async def test_every_answer_has_a_trace_of_its_own(self, reader: httpx.AsyncClient) -> None:
        answers = [await reader.get("/v1/cohorts", headers={"BelGov-Trace-Id": "theirs-1"}) for _ in range(2)]
        assert len({one.headers["BelGov-Trace-Id"] for one in answers}) == 2
        assert {one.headers["BelGov-Related-Trace-Id"] for one in answers} == {"theirs-1"}
