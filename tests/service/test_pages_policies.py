"""How reminders come, on its page: set as lines, days and names."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from service.web.visiting import LANGUAGE_COOKIE
from tests.acceptance.world import COHORT, World, open_world, told, written
from tests.service.pages_house import Page

PATH = "/reminders/policy"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data") as opened:
        yield opened


async def test_what_the_form_says_is_the_policy(world: World) -> None:
    manager = await world.client()
    given = {
        "scope": "programme",
        "offsets": "evaluation: P60D, P30D\n\nfixDay:\n",
        "shift": "forward",
        "begins": "20:00",
        "ends": "07:00",
        "workingDaysOnly": "yes",
        "escalation": "P3D deputy\nP7D programmeManager",
    }
    assert (await manager.post(PATH, data=given)).status_code == 303
    await world.settled()
    said = told(await manager.get("/v1/reminderPolicies/programme"))
    assert said["offsets"] == {"evaluation": ["P60D", "P30D"], "fixDay": []}
    assert said["quietHours"] == {"begins": "20:00", "ends": "07:00", "workingDaysOnly": True}
    assert [step["to"] for step in said["escalation"]] == ["deputy", "programmeManager"]
    shown = (await manager.get(PATH)).text
    assert "evaluation: P60D, P30D\nfixDay: " in shown, "the form says what was set"
    assert "P3D deputy\nP7D programmeManager" in shown


async def test_a_cohort_has_a_policy_of_its_own(world: World) -> None:
    manager = await world.client()
    cohort_id = written(await manager.post("/v1/cohorts", json=COHORT))["cohortId"]
    await world.settled()
    assert f"cohort:{cohort_id}" in (await manager.get(PATH)).text
    assert (await manager.post(PATH, data={"scope": f"cohort:{cohort_id}", "shift": "back"})).status_code == 303
    assert told(await manager.get(f"/v1/reminderPolicies/cohort:{cohort_id}"))["shift"] == "back"
    await world.settled()
    page = Page.read((await manager.get(PATH, params={"scope": f"cohort:{cohort_id}"})).text)
    assert "Cohorte Vaart" in page.words


@pytest.mark.parametrize(
    ("path", "given", "said"),
    [
        (PATH, {"offsets": "evaluation P60D"}, "evaluation P60D"),
        (PATH, {"offsets": "birthday: P1D"}, "fixDay"),
        (PATH, {"escalation": "P3D"}, "P3D deputy"),
        (PATH, {"begins": "20:00", "ends": "20:00"}, "20:00"),
        (f"{PATH}/days", {"closed": "elf juli"}, "elf juli"),
        (f"{PATH}/days", {"country": "XX"}, "XX"),
        (f"{PATH}/managers", {"persons": ["nobody"]}, "nobody"),
    ],
)
async def test_a_line_that_cannot_be_read_is_said_on_the_page(
    world: World, path: str, given: dict[str, object], said: str
) -> None:
    answer = await (await world.client()).post(path, data=given)
    assert answer.status_code == 400
    [_, alert] = answer.text.split('role="alert"')
    assert said in alert


async def test_the_agency_s_days_and_managers_are_set(world: World) -> None:
    manager = await world.client()
    days = {"country": "BE", "closed": "--07-11 Feestdag van de Vlaamse Gemeenschap\n--12-26/--12-31 Kerstverlof"}
    assert (await manager.post(f"{PATH}/days", data=days)).status_code == 303
    assert [one["first"] for one in told(await manager.get("/v1/agencyCalendar"))["closed"]] == ["--07-11", "--12-26"]
    person = written(await manager.post("/v1/persons", json={"name": "Jo Jansen"}))["personId"]
    await world.settled()
    assert (await manager.post(f"{PATH}/managers", data={"persons": [person]})).status_code == 303
    await world.settled()
    words = Page.read((await manager.get(PATH)).text).words
    assert "Jo Jansen" in words
    assert "Kerstverlof" in words


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_the_page_is_whole_and_others_set_nothing(world: World, language: str) -> None:
    for role, sets in (("programmeManager", True), ("auditor", False)):
        client = await world.client(role)
        client.cookies.set(LANGUAGE_COOKIE, language)
        page = Page.read((await client.get(PATH)).text)
        assert page.faults() == []
        assert bool([one for one in page.all("form") if one.get("action") == PATH]) is sets
        assert (await client.post(PATH, data={"shift": "back"})).status_code == (303 if sets else 403)
