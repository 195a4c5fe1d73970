"""A stream whose event cannot be projected: who is told so, where, and what can be done about it."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from service.web.left_out import SHOWN
from tests.events.logs import added, put
from tests.events.projecting import corrected
from tests.service.pages_house import Visitor, visiting
from tests.service.served import quick


async def leave_out(visitor: Visitor, name: str) -> str:
    """A partner of which the last event is a correction that nobody can read. Returns its id."""
    await visitor.as_role("programmeManager")
    made = (await visitor.client.post("/v1/partners", json={"name": name})).json()
    wrong = msgspec.structs.replace(corrected(made["position"], added()), data={"partnerId": 7})
    await put(visitor.house.store, f"partner-{made['partnerId']}", 2, wrong)
    assert await visitor.house.projector.wait_for(made["position"] + 1, 10)
    return str(made["partnerId"])


async def test_the_overview_says_what_it_leaves_out_and_leads_there(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        await visitor.as_role("programmeManager")
        assert "niet volledig" not in (await visitor.get("/")).words
        agoria = await leave_out(visitor, "Agoria")
        page = await visitor.get("/")
        assert "niet volledig: van 1 stream konden gebeurtenissen" in page.words
        assert "Partner Agoria , vanaf gebeurtenis 2" in page.words
        assert f"/partners/{agoria}" in page.links
        assert page.faults() == []

        await leave_out(visitor, "Voka")
        page = await visitor.get("/?lang=en")
        assert "not complete: of 2 streams events could not be processed" in page.words
        assert "Partner Voka , from event 4 on" in page.words


async def test_whoever_sees_its_own_only_is_told_how_many_and_not_whose(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        agoria = await leave_out(visitor, "Agoria")
        await visitor.as_role("partner", partner_id="voka")
        page = await visitor.get("/")
        assert "niet volledig: van 1 stream" in page.words
        assert "Agoria" not in page.source
        assert agoria not in page.source


async def test_the_overview_names_the_first_of_many(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor:
        for number in range(SHOWN + 2):
            await leave_out(visitor, f"Partner {number}")
        page = await visitor.get("/")
        assert f"van {SHOWN + 2} streams" in page.words
        assert len([one for one in page.links if one.startswith("/partners/")]) == SHOWN
        assert "en nog 2" in page.words


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data directory of a register that leaves a partner out."""

    async def run() -> None:
        async with visiting(tmp_path / "data") as visitor:
            await leave_out(visitor, "Agoria")

    asyncio.run(run())
    return tmp_path / "data"


def test_a_command_says_which_stream_is_left_out_and_trying_it_again_ends_as_it_went(folder: Path) -> None:
    status = quick("projections", "status", folder=folder)
    assert (status.code, "1 stream left out" in status.out) == (1, True)
    [stream] = [line.split()[1] for line in status.out.splitlines() if line.startswith("partners  ")]
    again = quick("projections", "retry", "partners", stream, folder=folder)
    assert (again.code, again.out) == (1, "tried again: 1; still left out: 1.\n")


@pytest.mark.parametrize("of", ["partners", "history"])
def test_trying_again_what_is_not_left_out_is_refused(folder: Path, of: str) -> None:
    told = quick("projections", "retry", of, "partner-nobody", folder=folder)
    assert (told.code, told.out) == (1, "")
    assert told.err.startswith("errera: Stream 'partner-nobody' is left out nowhere")
    told = quick("projections", "retry", of, "partner-nobody", folder=folder, ERRERA_LANGUAGE="nl")
    assert told.err.startswith("errera: Stream 'partner-nobody' is nergens weggelaten")


def test_trying_all_again_where_nothing_is_left_out_is_well(tmp_path: Path) -> None:
    told = quick("projections", "retry", folder=tmp_path / "data")
    assert (told.code, told.out) == (0, "tried again: 0; still left out: 0.\n")
