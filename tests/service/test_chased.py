"""Readers see that a reminder came back from its snooze, and to whom it went since nobody acknowledged it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.app import due_of
from tests.acceptance.world import Json, World, open_world, told, written
from tests.service.pages_house import Page

FIRST = datetime(2026, 11, 24, 9, tzinfo=UTC)


async def tick(world: World) -> None:
    await world.settled()
    await due_of(world.house).tick()
    await world.settled()


async def raised(world: World) -> Json:
    found: list[Json] = told(await (await world.client()).get("/v1/reminders?status=raised"))["items"]
    [one] = found
    return one


async def test_what_came_of_a_reminder_is_told(tmp_path: Path) -> None:
    async with open_world(tmp_path / "data", at=FIRST) as world:
        client = await world.client()
        partner = written(await client.post("/v1/partners", json={"name": "Kring"}))
        terms = {"reminderOffsets": {"agreementEnd": ["P3M"]}}
        body: Json = {"name": "Lezers", "runsFrom": "2022-01-01", "runsUntil": "2030-12-31", "terms": terms}
        cohort = written(await client.post("/v1/cohorts", json=body))
        body = {"cohortId": cohort["cohortId"], "partnerId": partner["partnerId"], "signedOn": "2022-01-01"}
        written(await client.post("/v1/agreements", json={**body, "runsFrom": "2022-01-01", "runsUntil": "2027-02-15"}))
        body = {"scope": "programme", "escalation": [{"after": "P3D", "to": "deputy"}]}
        written(await client.post("/v1/reminderPolicies", json=body))
        await tick(world)
        one = await raised(world)
        assert (one["escalatedTo"], "returnedOn" in one) == ([], False)
        until = (FIRST + timedelta(days=2)).isoformat()
        written(await client.post(f"{one['href']}/snoozes", json={"until": until}))
    async with open_world(tmp_path / "data", at=FIRST + timedelta(days=2)) as world:
        await tick(world)
        assert (await raised(world))["returnedOn"] == "2026-11-26"
    async with open_world(tmp_path / "data", at=FIRST + timedelta(days=6)) as world:
        await tick(world)
        one = await raised(world)
        assert (one["returnedOn"], one["escalatedTo"]) == ("2026-11-26", ["programmeManager"])
        client = await world.client()
        said = told(await client.get(f"{one['href']}/explanation", headers={"Accept-Language": "en"}))["explanation"]
        assert said.endswith("Snoozed, and back on 26 November 2026. Not acknowledged; for: programme manager too.")
        page = Page.read((await client.get("/reminders", params={"lang": "nl"})).text)
        assert "Teruggekomen op 26 november 2026" in page.words
        assert "Niet bevestigd, ook voor: programmamanager" in page.words
        before = told(await client.get(one["href"], params={"asOf": "2026-11-25"}))
        assert (before["status"], before["escalatedTo"]) == ("snoozed", [])
