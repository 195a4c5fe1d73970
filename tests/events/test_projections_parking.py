"""What cannot be projected parks its stream for that model, visibly; all other streams go on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from events.catalogue import EVENT_TYPES
from events.catalogue.agreement import AgreementCommenced
from events.codec import Codec
from events.projections import pumping
from events.projections import runner as machinery
from events.projections.runner import Projector
from events.read_model import ReadModel
from events.store.sql import SqlStore
from service.read_models import AGENDA, CLAIMS, HISTORY, PARTNERS, REMINDERS
from tests.domain.facts import signed
from tests.events.conftest import OpenStore
from tests.events.logs import added, put, renamed
from tests.events.projecting import HAPPENED, catch_up, corrected, happen, over, parked, rows
from tests.spec import made

AFTER: Sequence[tuple[str, object]] = (*HAPPENED, ("partner-voka", added("Voka", "voka")))

COMMENCED = made(AgreementCommenced, agreement_id="a1", partner_id="agoria", cohort_id="c1", commenced_on="2018-01-01")


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machinery, "BATCH", 3)
    monkeypatch.setattr(pumping, "BATCH", 3)


class Poison:
    """A function of a model that fails for one stream, until it is mended."""

    def __init__(self, function: Callable[..., Any], stream: str, position: int = 0) -> None:
        self.function = function
        self.stream = stream
        self.position = position
        self.mended = False

    def of_row(self, row: Any, happened: Any) -> Any:
        self._fail(happened)
        return self.function(row, happened)

    def of_keys(self, happened: Any) -> Any:
        self._fail(happened)
        return self.function(happened)

    def _fail(self, happened: Any) -> None:
        if not self.mended and happened.stream == self.stream and happened.position >= self.position:
            raise KeyError("no such thing")


async def opened_over(store: SqlStore, *models: ReadModel[Any]) -> Projector:
    projector = over(store, models)
    await projector.open()
    return projector


THAT_TAKE_A_RENAMING = {"partners", "history", "names", "timelines", "chains"}


async def test_an_unknown_event_parks_its_stream_and_everything_else_goes_on(
    store: SqlStore, another: OpenStore
) -> None:
    await happen(store, AFTER)
    await store.database.dispose()
    older = Codec({key: cls for key, cls in EVENT_TYPES.items() if key != ("PartnerRenamed", 1)})
    old = over(another(codec=older))
    await old.open()
    await catch_up(old)
    found = await parked(old)
    assert {model: {stream: position for stream, (position, _) in of.items()} for model, of in found.items()} == {
        model: {"partner-agoria": 6} for model in THAT_TAKE_A_RENAMING
    }
    assert found["partners"]["partner-agoria"][1].startswith(
        "UnknownEventError: event type PartnerRenamed version 1 is not known"
    )
    assert {one.position for one in await old.progress()} == {len(AFTER)}
    assert await old.wait_for(len(AFTER), 1)
    found_rows = await rows(old._store, PARTNERS)
    assert found_rows["partner-agoria"].names == ("Agoria",)
    assert "partner-voka" in found_rows
    assert await old.verify() == [], "a replay leaves out the same"

    await old.rebuild()
    assert (await parked(old)).keys() == THAT_TAKE_A_RENAMING, "a rebuild does not step over it either"
    assert await old.retry() == (5, 5)

    await old._database.dispose()
    newer = over(another())
    await newer.open()
    await catch_up(newer)
    assert (await parked(newer), await newer.verify()) == ({}, [])
    assert (await rows(newer._store, PARTNERS))["partner-agoria"].names == ("Agoria", "AGORIA", "Agoria vzw")


@pytest.mark.parametrize("where", ["project", "keys"])
async def test_an_event_that_breaks_a_model_parks_its_stream_for_that_model(store: SqlStore, where: str) -> None:
    poison = Poison(getattr(PARTNERS, where), "partner-agoria", 6)
    broken = replace(PARTNERS, project=poison.of_row) if where == "project" else replace(PARTNERS, keys=poison.of_keys)
    projector = await opened_over(store, broken, HISTORY, REMINDERS)
    await happen(store, AFTER)
    await catch_up(projector)
    assert await parked(projector) == {"partners": {"partner-agoria": (6, "KeyError: 'no such thing'")}}
    assert (await rows(store, PARTNERS)).keys() == {"partner-agoria", "partner-voka"}
    assert (await rows(store, PARTNERS))["partner-agoria"].names == ("Agoria",), "nothing later is applied either"
    assert (await rows(store, REMINDERS)).keys() == {"reminder-r1"}

    assert await projector.retry() == (1, 1)
    poison.mended = True
    assert await projector.retry("partners", "partner-voka") == (0, 0)
    assert await projector.retry("history") == (0, 0)
    assert await projector.retry("partners", "partner-agoria") == (1, 0)
    assert (await parked(projector), await projector.verify()) == ({}, [])
    await put(store, "partner-agoria", 4, renamed("Agoria Brussels"))
    await catch_up(projector)
    assert (await rows(store, PARTNERS))["partner-agoria"].names[-1] == "Agoria Brussels"


async def test_a_correction_that_cannot_be_read_parks_its_stream(store: SqlStore) -> None:
    projector = await opened_over(store, PARTNERS, HISTORY)
    await happen(store)
    wrong = msgspec.structs.replace(corrected(6, renamed("x")), data={"partnerId": 7})
    await put(store, "partner-agoria", 4, wrong)
    await catch_up(projector)
    found = await parked(projector)
    assert found.keys() == {"partners"}, "a history tells it without reading it"
    position, reason = found["partners"]["partner-agoria"]
    assert (position, reason.split(":")[0]) == (len(HAPPENED) + 1, "ValidationError")

    assert await projector.retry() == (1, 1)
    await put(store, "partner-voka", 1, added("Voka", "voka"))
    restarted = await opened_over(store, PARTNERS, HISTORY)
    await catch_up(restarted)
    assert await parked(restarted) == found, "tried again, it is left out for the same reason"
    assert (await rows(store, PARTNERS)).keys() == {"partner-agoria", "partner-voka"}


async def test_a_correction_of_nothing_parks_its_stream(store: SqlStore) -> None:
    projector = await opened_over(store, PARTNERS)
    await happen(store)
    await put(store, "partner-agoria", 4, corrected(999, renamed("x")))
    await catch_up(projector)
    assert (await parked(projector))["partners"]["partner-agoria"] == (len(HAPPENED) + 1, "KeyError: 999")
    assert await projector.retry() == (1, 1)


async def test_a_row_that_cannot_be_stored_parks_the_stream_that_made_it(store: SqlStore) -> None:
    def columns(row: Any) -> Any:
        return {"first_position": row.first_position if "AGORIA" not in row.names else 1 // 0}

    projector = await opened_over(store, replace(PARTNERS, columns=columns))
    await happen(store, AFTER)
    await catch_up(projector)
    assert await parked(projector) == {
        "partners": {"partner-agoria": (6, "ZeroDivisionError: integer division or modulo by zero")}
    }
    assert (await rows(store, PARTNERS)).keys() == {"partner-agoria", "partner-voka"}


async def test_a_row_of_two_streams_goes_on_with_the_other(store: SqlStore) -> None:
    poison = Poison(AGENDA.project, "milestone-a1")
    projector = await opened_over(store, replace(AGENDA, project=poison.of_row))
    await put(store, "agreement-a1", 1, signed(runs_until="2020-12-31"))
    await put(store, "milestone-a1", 1, COMMENCED)
    await put(store, "agreement-a1", 2, corrected(1, signed(runs_until="2022-12-31")))
    await catch_up(projector)
    assert (await parked(projector)).keys() == {"agenda"}
    row = (await rows(store, AGENDA))["agreement-a1"]
    assert (row.agreement.signed.runs_until, row.commenced) == ("2022-12-31", False)
    poison.mended = True
    assert await projector.retry() == (1, 0)
    row = (await rows(store, AGENDA))["agreement-a1"]
    assert (row.agreement.signed.runs_until, row.commenced) == ("2022-12-31", True)
    assert await projector.verify() == []


async def test_what_is_parked_gets_another_try_at_the_next_start(store: SqlStore) -> None:
    poison = Poison(PARTNERS.project, "partner-agoria")
    broken = await opened_over(store, replace(PARTNERS, project=poison.of_row), CLAIMS)
    await happen(store)
    await catch_up(broken)
    assert (await parked(broken)).keys() == {"partners"}
    mended = await opened_over(store, PARTNERS, CLAIMS)
    await mended.run_once()
    assert (await parked(mended), await mended.verify()) == ({}, [])
