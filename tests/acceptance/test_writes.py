"""What every write answers, whoever tells it and however often."""

import httpx
import pytest

from tests.acceptance.world import ANY, COHORT, Json, World, everything, post, refused, told, written

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
