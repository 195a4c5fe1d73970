"""Collections: pages, filters and queries that are not understood."""

import httpx
import pytest

from tests.acceptance.world import everything, refused, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = ("partners", "persons", "cohorts", "agreements", "consultations", "claims", "reminders")


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
