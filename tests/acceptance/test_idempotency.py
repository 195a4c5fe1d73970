"""The same `Idempotency-Key` twice happens once, and answers the same."""

import asyncio

import httpx
import pytest

from tests.acceptance.world import COHORT, Json, World, post, refused, written

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
