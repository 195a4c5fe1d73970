"""Addresses at which there is nothing, or not that."""

import httpx
import pytest

from tests.acceptance.world import ANY, World, post, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

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

    @pytest.mark.parametrize("address", ["/v1/partners/p1/", "/v1/partners//aliases", "/v1/cohorts/c1/aliases", "/v1"])
    async def test_what_only_resembles_a_command_s_address_is_none(
        self, empty: World, client: httpx.AsyncClient, address: str
    ) -> None:
        answer = await post(client, address, {"name": "Voka"})
        assert answer.status_code in {307, 404, 405}
        assert await empty.size() == 0
