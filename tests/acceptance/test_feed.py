"""The feed of events, and who waits for the next."""

import asyncio
from datetime import datetime

import httpx
import pytest

from tests.acceptance.world import Json, World, post, told, written

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
                "source",
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
