"""Who changes something says of which version: `ETag` and `If-Match`."""

import asyncio

import httpx
import pytest

from tests.acceptance.world import Json, World, post, refused, told, written

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
