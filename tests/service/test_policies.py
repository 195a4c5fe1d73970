"""How reminders come, over HTTP: set, read, refused."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.world import World, open_world, told, written


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data") as opened:
        yield opened


async def cohort_of(world: World) -> str:
    manager = await world.client()
    body = {"name": "Cohort", "runsFrom": "2027-01-01", "runsUntil": "2031-12-31"}
    return str(written(await manager.post("/v1/cohorts", json=body))["cohortId"])


async def test_a_policy_is_set_read_and_told_apart_by_its_version(world: World) -> None:
    manager, cohort_id = await world.client(), await cohort_of(world)
    programme = {
        "scope": "programme",
        "offsets": {"evaluation": ["P60D"], "fixDay": []},
        "shift": "back",
        "quietHours": {"begins": "20:00", "ends": "07:00", "workingDaysOnly": True},
        "escalation": [{"after": "P3D", "to": "deputy"}, {"after": "P7D", "to": "programmeManager"}],
    }
    first = await manager.post("/v1/reminderPolicies", json=programme)
    made = written(first)
    assert (first.status_code, made["href"]) == (201, "/v1/reminderPolicies/programme")
    assert {name: made[name] for name in programme} == programme
    again = await manager.post("/v1/reminderPolicies", json=programme)
    assert (again.status_code, again.headers["etag"]) == (200, first.headers["etag"])
    narrow = written(
        await manager.post("/v1/reminderPolicies", json={"scope": "cohort", "subjectId": cohort_id, "shift": "none"})
    )
    listed = told(await manager.get("/v1/reminderPolicies"))["items"]
    assert [one["policyId"] for one in listed] == ["programme", f"cohort:{cohort_id}"]
    assert told(await manager.get(narrow["href"]))["shift"] == "none"
    assert (await manager.get("/v1/reminderPolicies/cohort:nobody")).status_code == 404
    stale = await manager.post("/v1/reminderPolicies", json={"scope": "programme"}, headers={"If-Match": '"7"'})
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"scope": "programme", "subjectId": "x"}, "policy.subjectNeeded"),
        ({"scope": "cohort"}, "policy.subjectNeeded"),
        ({"scope": "programme", "escalation": [{"after": "-P3D", "to": "deputy"}]}, "policy.stepsNotInOrder"),
        ({"scope": "programme", "quietHours": {"begins": "20:00", "ends": "20:00"}}, "policy.hourInvalid"),
    ],
)
async def test_a_policy_that_cannot_be_says_where(world: World, body: dict[str, Any], code: str) -> None:
    manager = await world.client()
    refused = await manager.post("/v1/reminderPolicies", json=body)
    assert refused.status_code == 400
    assert code in refused.text
    missing = await manager.post("/v1/reminderPolicies", json={"scope": "agreement", "subjectId": "nobody"})
    assert missing.status_code == 404


async def test_the_agency_says_when_it_is_closed(world: World) -> None:
    manager = await world.client()
    usual = told(await manager.get("/v1/agencyCalendar", params={"year": 2027}))
    assert (usual["country"], usual["closed"]) == ("BE", [])
    assert {"day": "2027-03-29", "name": "Easter Monday"} in usual["days"]
    body = {"country": "BE", "closed": [{"name": "Feestdag", "first": "--07-11"}]}
    assert written(await manager.post("/v1/agencyCalendar", json=body))["closed"] == body["closed"]
    days = told(await manager.get("/v1/agencyCalendar", params={"year": 2028}))["days"]
    assert {"day": "2028-07-11", "name": "Feestdag"} in days
    refused = await manager.post("/v1/agencyCalendar", json={"closed": [{"name": "x", "first": "--02-30"}]})
    assert (refused.status_code, "calendar.daysInvalid" in refused.text) == (400, True)


async def test_programme_managers_are_persons_that_are_known(world: World) -> None:
    manager = await world.client()
    person = written(await manager.post("/v1/persons", json={"name": "Jo Jansen"}))["personId"]
    assert told(await manager.get("/v1/programmeManagers"))["personIds"] == []
    assert written(await manager.post("/v1/programmeManagers", json={"personIds": [person]}))["personIds"] == [person]
    refused = await manager.post("/v1/programmeManagers", json={"personIds": ["nobody"]})
    assert (refused.status_code, "person.notKnown" in refused.text) == (400, True)


async def test_only_a_programme_manager_says_how_reminders_come(world: World) -> None:
    for role in ("accountManager", "auditor"):
        client = await world.client(role)
        assert (await client.post("/v1/reminderPolicies", json={"scope": "programme"})).status_code == 403
        assert (await client.get("/v1/reminderPolicies")).status_code == 200


async def test_an_offset_that_is_set_is_simulated(world: World) -> None:
    manager, cohort_id = await world.client(), await cohort_of(world)
    policy = {"scope": "cohort", "subjectId": cohort_id, "offsets": {"cohortEnd": ["P1Y"]}}
    written(await manager.post("/v1/reminderPolicies", json=policy))
    at = datetime.fromisoformat("2031-06-01T00:00:00+02:00").isoformat()
    found = told(await manager.get("/v1/reminders/simulation", params={"at": at}))["items"]
    assert [(one["kind"], one["offset"]) for one in found] == [("cohortEnd", "P1Y")]
