"""The clock is set back while the register is used: what is recorded stays in order, and so does what it says."""

from datetime import timedelta
from pathlib import Path

import pytest

from events.store.sql import SqlStore
from service.desk import Desk
from tests.acceptance.world import OPENED, World, open_world, refused, told, written
from tests.service.erased import GROUND


async def asked(folder: Path, url: str | None) -> tuple[str, str]:
    """A person and a request to erase, made on the day that the tests begin on."""
    async with open_world(folder, url=url) as world:
        manager = await world.client()
        person = str(written(await manager.post("/v1/persons", json={"name": "Zoë Ölçer"}))["personId"])
        answer = await manager.post(f"/v1/persons/{person}/erasureRequests", json=GROUND)
        return person, str(written(answer)["requestId"])


async def declined(world: World, person: str, request: str) -> None:
    manager, administrator = await world.client(), await world.client("administrator")
    body = {"requestId": request, "reason": "toch niet"}
    written(await manager.post(f"/v1/persons/{person}/erasureRefusals", json=body))
    answer = await administrator.post(f"/v1/persons/{person}/erasures", json={"requestId": request})
    refused(answer, 409, "erasure.notOpen")
    assert told(await manager.get(f"/v1/persons/{person}"))["name"] == "Zoë Ölçer"


async def test_a_request_that_was_declined_is_not_carried_out(tmp_path: Path, database_url: str | None) -> None:
    person, request = await asked(tmp_path / "data", database_url)
    async with open_world(tmp_path / "data", url=database_url, at=OPENED - timedelta(days=1)) as world:
        await declined(world, person, request)


async def test_by_dates_alone_it_would_be_and_that_would_be_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SqlStore, "not_before_the_last", lambda _self, instant: instant)
    monkeypatch.setattr(Desk, "so_far", lambda self, recorded, evolve: self.fold(recorded, None, evolve))
    person, request = await asked(tmp_path / "data", None)
    async with open_world(tmp_path / "data", at=OPENED - timedelta(days=1)) as world:
        with pytest.raises(AssertionError):
            await declined(world, person, request)


async def test_what_is_recorded_after_it_comes_after_it_in_instants_and_in_days(
    tmp_path: Path, database_url: str | None
) -> None:
    person, request = await asked(tmp_path / "data", database_url)
    async with open_world(tmp_path / "data", url=database_url, at=OPENED - timedelta(days=1)) as world:
        manager, administrator = await world.client(), await world.client("administrator")
        answer = await administrator.post(f"/v1/persons/{person}/erasures", json={"requestId": request})
        done = written(answer, 200)
        assert done["erasedOn"] == done["askedOn"] == OPENED.date().isoformat()
        again = await administrator.post(f"/v1/persons/{person}/erasures", json={"requestId": request})
        assert written(again, 200)["position"] == done["position"], "told twice, happened once"
        instants = [one["time"] for one in told(await manager.get("/v1/events?limit=1000"))["items"]]
        assert instants == sorted(instants)


async def test_a_moment_that_is_moved_on_a_day_before_it_was_moved_stands_where_it_was_moved_last(
    tmp_path: Path, database_url: str | None
) -> None:
    async with open_world(tmp_path / "data", url=database_url) as world:
        manager = await world.client()
        body = {"name": "Vaart", "runsFrom": "2024-01-01", "runsUntil": "2027-12-31"}
        cohort = written(await manager.post("/v1/cohorts", json=body))["cohortId"]
        planned = {"cohortId": cohort, "year": 2027, "plannedOn": "2027-03-04"}
        moment = written(await manager.post("/v1/consultations", json=planned))["href"]
        moved = {"plannedOn": "2027-04-05"}
        written(await manager.post(f"{moment}/movings", json=moved, headers={"If-Match": "*"}))
    async with open_world(tmp_path / "data", url=database_url, at=OPENED - timedelta(days=1)) as world:
        manager = await world.client()
        moved = {"plannedOn": "2027-05-06"}
        written(await manager.post(f"{moment}/movings", json=moved, headers={"If-Match": "*"}))
    async with open_world(tmp_path / "data", url=database_url) as world:
        assert told(await (await world.client()).get(moment))["plannedOn"] == "2027-05-06"
