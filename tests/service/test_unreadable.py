"""An event that nobody can read, written past every rule: it is named to whoever needs it, and holds up nobody else."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from events.catalogue.correction import EventCorrected
from events.catalogue.partner import PartnerRenamed
from events.catalogue.values import IsoDate, PartnerId, TextRef
from service.app import due_of
from tests.acceptance.world import ANY, COHORT, Json, World, open_world, refused, told, written
from tests.events.logs import put
from tests.postgresql import Databases
from tests.spec import made

NOWHERE = TextRef(text_id="t", commitment="c")
INSTANT = "2020-01-01T00:00:00Z"


@dataclass
class Two:
    """Two partners with an agreement each: one whose record is sound, and one to be spoilt."""

    world: World
    client: httpx.AsyncClient
    sound: Json
    spoilt: Json
    agreements: list[Json]

    async def spoil(self, category: str, event: object) -> int:
        """Append to the second one's stream what no rule would let through. Returns its position."""
        identity = self.spoilt["partnerId"] if category == "partner" else self.agreements[1]["agreementId"]
        house = self.world.house
        stream = f"{category}-{identity}"
        await put(house.store, stream, len(await house.store.read_stream(stream)) + 1, event)
        await self.world.settled()
        return await self.world.size()

    async def answers(self, *addresses: str) -> dict[str, httpx.Response]:
        return {address: await self.client.get(address) for address in addresses}


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def two(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Two]:
    url = None
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("postgresql_server")
        url = await databases.fresh_database()
    async with open_world(tmp_path / "data", url=url) as world:
        client = await world.client()
        cohort = written(await client.post("/v1/cohorts", json=COHORT))
        partners, agreements = [], []
        for name in ("Kring van Lezers", "Kring van Schrijvers"):
            partners.append(written(await client.post("/v1/partners", json={"name": name})))
            signing = {"cohortId": cohort["cohortId"], "partnerId": partners[-1]["partnerId"], "signedOn": "2023-12-01"}
            agreements.append(written(await client.post("/v1/agreements", json=signing)))
        await world.settled()
        yield Two(world, client, partners[0], partners[1], agreements)


def correction_of(two: Two, **data: Any) -> EventCorrected:
    """A correction of the second agreement's signing."""
    return made(
        EventCorrected,
        position=two.agreements[1]["position"] - 1,
        corrected_type="AgreementSigned",
        corrected_version=1,
        data=data,
        reason=NOWHERE,
    )


def named_by_a_figure(two: Two) -> PartnerRenamed:
    """What no codec reads back: written as it is, since nothing looks at an event's own types on the way in."""
    figure: Any = 7
    partner = PartnerId(two.spoilt["partnerId"])
    return PartnerRenamed(partner_id=partner, name=figure, effective_on=IsoDate("2024-01-01"))


def unreadable(answer: httpx.Response, position: int) -> None:
    found = refused(answer, 503, "store.unreadable")
    assert found["position"] == position
    assert str(position) in found["detail"]
    assert "Retry-After" in answer.headers


def whole(two: Two) -> dict[str, Any]:
    return {
        "agreementId": two.agreements[1]["agreementId"],
        "partnerId": two.spoilt["partnerId"],
        "cohortId": two.agreements[1]["cohortId"],
        "signedOn": "2023-12-01",
        "runsFrom": "2024-01-01",
        "runsUntil": "2027-12-31",
    }


@pytest.mark.parametrize("spoil", [{}, {"signedOn": 7}, {"signedOn": "yesterday"}], ids=["empty", "figure", "no date"])
async def test_a_correction_that_says_nothing_readable_is_named(two: Two, spoil: Json) -> None:
    position = await two.spoil("agreement", correction_of(two, **({**whole(two), **spoil} if spoil else {})))
    own = two.agreements[1]["href"]
    needing = await two.answers(
        own, f"{own}?asOf=2025-01-01", "/v1/agreements", f"{own}/knowledgeChanges?from={INSTANT}"
    )
    for answer in needing.values():
        unreadable(answer, position)
    unreadable(await two.client.post(f"{own}/terminations", json={"effectiveOn": "2026-01-01"}, headers=ANY), position)
    for answer in (await two.answers(two.agreements[0]["href"], two.spoilt["href"], "/v1/partners")).values():
        told(answer)
    [event] = told(await two.client.get(f"/v1/events?after={position - 1}"))["items"]
    assert event["type"] == "errera.EventCorrected.v1", "what was recorded can still be seen"


async def test_an_event_whose_data_cannot_be_decoded_is_named(two: Two) -> None:
    event = named_by_a_figure(two)
    position = await two.spoil("partner", event)
    own = two.spoilt["href"]
    needing = await two.answers(own, f"{own}/history", "/v1/partners", f"{own}/knowledgeChanges?from={INSTANT}")
    for answer in needing.values():
        unreadable(answer, position)
    for answer in (await two.answers(two.sound["href"], f"{two.sound['href']}/history", "/v1/cohorts")).values():
        told(answer)


@pytest.mark.parametrize("category", ["agreement", "partner"])
async def test_nothing_fails_without_naming_it(two: Two, category: str) -> None:
    renaming = named_by_a_figure(two)
    position = await two.spoil(category, correction_of(two) if category == "agreement" else renaming)
    health = told(await two.client.get("/health"))
    assert health["status"] == "DEGRADED"
    assert f"from {position}:" in " ".join(health["checks"]["projections"]["details"].values())
    ids = (two.agreements[1]["agreementId"], two.spoilt["partnerId"], two.agreements[1]["cohortId"])
    objects = [f"{kind}s/{one}" for kind, one in zip(("agreement", "partner", "cohort"), ids, strict=True)]
    pages = ["/", "/partners", "/agreements", "/agenda", "/events", "/claims", f"/events/{position}"]
    collections = ["partners", "cohorts", "agreements", "consultations", "claims", "reminders", "events", *objects]
    addresses = [
        *pages,
        *(f"/{one}" for one in objects),
        *(f"/v1/{one}" for one in collections),
        *(f"/v1/{one}?asOf=2025-01-01&knownAt=2030-01-01T00:00:00Z" for one in objects),
        *(f"/v1/{one}/history" for one in objects),
        "/v1/partners?format=csv",
        f"/knowledge?from={INSTANT}",
        f"/v1/knowledgeChanges?from={INSTANT}",
        "/v1/dossiers?asOf=2025-01-01",
        "/v1/reminders/simulation?at=2027-01-01T00:00:00Z",
        "/v1/projections",
    ]
    found = await two.answers(*addresses)
    assert {
        address: answer.status_code for address, answer in found.items() if answer.status_code not in {200, 503}
    } == {}
    silent = [one for one, answer in found.items() if answer.status_code == 503 and str(position) not in answer.text]
    assert silent == []
    assert {one for one, answer in found.items() if answer.status_code == 503}, "they would hide it"


@pytest.mark.parametrize("category", ["agreement", "partner"])
async def test_what_is_due_on_the_others_is_done_all_the_same(two: Two, category: str) -> None:
    renaming = named_by_a_figure(two)
    await two.spoil(category, correction_of(two) if category == "agreement" else renaming)
    house, sound = two.world.house, two.agreements[0]["agreementId"]
    due = due_of(house)
    await due.tick()
    assert (await house.store.read_stream(f"milestone-{sound}"))[0].type == "AgreementCommenced"
    ahead = await due.simulate(datetime(2027, 12, 1, tzinfo=UTC))
    assert sound in {item.occurrence.obligation.subject_id for item in ahead}
