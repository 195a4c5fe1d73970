"""Looking through the log, and at one event with all that is on record around it."""

import base64
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio

from service.app import due_of
from service.browsing import Browsing, Filter
from tests.acceptance.world import Json, World, open_world, refused, told, written


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data") as opened:
        yield opened


async def signed(world: World) -> tuple[Any, Json]:
    """An agreement that was signed, misread, and put right; and what time brought of it."""
    client = await world.client()
    partner = written(await client.post("/v1/partners", json={"name": "Kring van Lezers"}))
    cohort = written(
        await client.post("/v1/cohorts", json={"name": "Lezers", "runsFrom": "2026-01-01", "runsUntil": "2026-12-31"})
    )
    agreement = written(
        await client.post(
            "/v1/agreements",
            json={
                "cohortId": cohort["cohortId"],
                "partnerId": partner["partnerId"],
                "signedOn": "2026-01-01",
                "place": "Gent",
            },
        )
    )
    written(
        await client.post(
            f"{agreement['href']}/corrections",
            json={"position": agreement["position"] - 1, "reason": "misread", "data": {"place": "Brugge"}},
            headers={"If-Match": "*"},
        )
    )
    await due_of(world.house).tick()
    await world.settled()
    return client, agreement


async def events(client: Any, query: str) -> list[Json]:
    found: list[Json] = told(await client.get(f"/v1/events?{query}"))["items"]
    return found


async def test_events_are_found_by_stream_by_category_and_by_what_they_came_of(world: World) -> None:
    client, agreement = await signed(world)
    stream = f"agreement-{agreement['agreementId']}"

    own = await events(client, f"stream={stream}")
    assert [one["type"] for one in own] == ["errera.AgreementSigned.v1", "errera.EventCorrected.v1"]
    assert {one["subject"] for one in own} == {stream}
    assert [one["subject"] for one in await events(client, "category=cohort")] != []
    assert {one["subject"].partition("-")[0] for one in await events(client, "category=milestone")} == {"milestone"}

    signing, correction = own
    chain = await events(client, f"correlationId={correction['correlationid']}")
    assert {one["type"] for one in chain} >= {"errera.EventCorrected.v1", "errera.AgreementCommenced.v1"}
    caused = await events(client, f"causationId={correction['id']}")
    assert caused, "time speaks because of what last dated the agreement"
    assert {one["causationid"] for one in caused} == {correction["id"]}
    assert {one["actor"] for one in caused} == {"system:scheduler"}
    assert {one["correlationid"] for one in caused} == {correction["correlationid"]}
    assert await events(client, f"causationId={signing['id']}") == []
    assert await events(client, f"stream={stream}&category=partner") == []
    assert [one["position"] for one in await events(client, f"stream={stream}&after={signing['position']}")] == [
        correction["position"]
    ]


async def test_one_event_says_what_stands_around_it(world: World) -> None:
    client, agreement = await signed(world)
    [signing, correction] = await events(client, f"stream=agreement-{agreement['agreementId']}")

    answer = await client.get(f"/v1/events/{signing['position']}")
    found = told(answer)
    assert answer.headers["content-language"] == "en"
    assert signing.items() <= found.items(), "what the feed says, and more"
    assert "Kring van Lezers" in found["sentence"]
    assert (found["correctedBy"], found["streamVersion"]) == ([correction["position"]], 1)
    assert found["recordedWith"] == [signing["position"] + 1], "the signature reserves the partner's place"
    [(position, recorded_at, body)] = await world.house.store.read_bodies(signing["position"] - 1, 1)
    entry = b"errera/1\n%d\n%s\n" % (position, signing["recordedat"].encode()) + body
    assert recorded_at
    assert found["entrySize"] == len(entry)
    assert base64.b64decode(found["entryHash"]) == hashlib.sha256(b"\0" + entry).digest()
    assert found["inclusionProof"] == f"/v1/log/inclusionProofs?position={signing['position']}"

    correcting = told(await client.get(f"/v1/events/{correction['position']}"))
    assert (correcting["corrects"], correcting["correctedBy"]) == (signing["position"], [])
    commenced = next(one for one in await events(client, "category=milestone"))
    assert told(await client.get(f"/v1/events/{commenced['position']}"))["cause"] == correction["position"]
    assert commenced["position"] in correcting["caused"]


async def test_who_may_not_read_the_feed_reads_no_event(world: World) -> None:
    client, agreement = await signed(world)
    partner = await world.client("partner", partner_id=agreement["partnerId"])
    refused(await partner.get(f"/v1/events/{agreement['position']}"), 403)
    auditor = await world.client("auditor")
    told(await auditor.get(f"/v1/events/{agreement['position']}"))
    refused(await client.get("/v1/events/999999"), 404, "event.unknown")
    refused(await client.get("/v1/events/0"), 400)


async def test_no_sentence_calls_a_person_erased_whom_the_reader_may_not_see(world: World) -> None:
    client = await world.client()
    person = written(await client.post("/v1/persons", json={"name": "Ann Lezer"}))
    partner = written(await client.post("/v1/partners", json={"name": "Kring van Lezers"}))
    assigned = written(
        await client.post(
            f"{partner['href']}/accountManagers",
            json={"personId": person["personId"], "effectiveOn": "2026-01-01"},
        )
    )
    sentence = told(await client.get(f"/v1/events/{assigned['position']}"))["sentence"]
    assert "Ann Lezer" not in sentence
    assert "erased" not in sentence


async def test_the_log_is_looked_through_from_its_end(world: World) -> None:
    client, agreement = await signed(world)
    browsing, size = Browsing(world.house), await world.size()

    newest = await browsing.before(None, 3, Filter())
    assert [one.position for one in newest.events] == [size, size - 1, size - 2]
    older = await browsing.before(newest.before, 1_000, Filter())
    assert [one.position for one in older.events] == list(range(size - 3, 0, -1))
    assert older.before is None
    partners = await browsing.before(None, 10, Filter(category="partner"))
    assert [one.stream for one in partners.events] == [f"partner-{agreement['partnerId']}"]
    own = await browsing.before(None, 1, Filter(stream=f"agreement-{agreement['agreementId']}"))
    assert [one.type for one in own.events] == ["EventCorrected"]
    assert [
        one.type
        for one in (await browsing.before(own.before, 1, Filter(stream=f"agreement-{agreement['agreementId']}"))).events
    ] == ["AgreementSigned"]
    assert told(await client.get("/health"))["status"] == "UP"
