"""Read models follow the log: each event once, rows and checkpoint together, and nothing skipped silently."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.timeline import correction_of
from events.catalogue import EVENT_TYPES
from events.catalogue.correction import EventCorrected
from events.catalogue.values import TextRef
from events.codec import Codec
from events.projections import runner as machinery
from events.projections.runner import Projector
from events.read_model import ReadModel
from events.store.sql import SqlStore
from service.read_models import AGENDA, AGREEMENTS, ALL, CLAIMS, HISTORY, PARTNERS, REMINDERS
from tests.domain.facts import (
    acknowledged,
    amended,
    cohort_evaluated,
    evaluated,
    held,
    joined,
    member_signed,
    moved,
    opened,
    planned,
    raised,
    reserved,
    signed,
    terms_followed,
)
from tests.events.conftest import OpenStore
from tests.events.logs import CODEC, added, append, pending, put, renamed

HAPPENED: Sequence[tuple[str, object]] = (
    ("partner-agoria", added()),
    ("cohort-c1", opened()),
    ("membership-c1", joined("agoria")),
    ("agreement-a1", signed(evaluation="yearly")),
    ("membership-c1", member_signed()),
    ("partner-agoria", renamed("AGORIA")),
    ("agreement-a1", evaluated(2018)),
    ("agreement-a1", amended(runs_until="2022")),
    ("moments-c1:2019", reserved()),
    ("consultation-m1", planned()),
    ("consultation-m1", moved(planned_on="2019-03-14")),
    ("consultation-m1", held()),
    ("cohort-c1", cohort_evaluated(2019)),
    ("agreement-a1", terms_followed(runs_from="2017-01-01")),
    ("reminder-r1", raised()),
    ("reminder-r1", acknowledged()),
    ("partner-agoria", renamed("Agoria vzw")),
)


def over(store: SqlStore, models: Sequence[ReadModel[Any]] = ALL, kind: type[Projector] = Projector) -> Projector:
    return kind(store, models, partial(correction_of, revive=store.codec.revive), poll_seconds=0.02)


async def happen(store: SqlStore, happened: Sequence[tuple[str, object]] = HAPPENED) -> None:
    versions: dict[str, int] = {}
    for stream, event in happened:
        versions[stream] = versions.get(stream, 0) + 1
        await put(store, stream, versions[stream], event)


def corrected(position: int, event: Any) -> EventCorrected:
    name, version = CODEC.name_of(event)
    return EventCorrected(
        position=position,
        corrected_type=name,
        corrected_version=version,
        data=CODEC.plain(event),
        reason=TextRef(text_id="t", commitment="c"),
    )


async def catch_up(projector: Projector) -> None:
    while await projector.run_once():
        pass


async def rows(store: SqlStore, model: ReadModel[Any]) -> dict[str, Any]:
    async with store.database.read() as connection:
        return {row.key: model.decode(row.row) for row in await connection.execute(sa.select(model.table()))}


async def parked(projector: Projector) -> dict[str, dict[str, tuple[int, str]]]:
    return {
        one.name: {each.stream: (each.position, each.reason) for each in one.parked}
        for one in await projector.progress()
        if one.parked
    }


@pytest.fixture
async def projector(store: SqlStore) -> Projector:
    made = over(store)
    await made.open()
    return made


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machinery, "BATCH", 3)


async def test_live_rows_equal_a_replay(store: SqlStore, projector: Projector) -> None:
    await happen(store)
    await catch_up(projector)
    assert await projector.verify() == []
    assert {one.position for one in await projector.progress()} == {len(HAPPENED)}
    partners = await rows(store, PARTNERS)
    assert partners["partner-agoria"].names == ("Agoria", "AGORIA", "Agoria vzw")
    assert not await projector.run_once(), "there is nothing more"


async def test_a_row_that_somebody_changed_is_found_and_mended(store: SqlStore, projector: Projector) -> None:
    await happen(store)
    await catch_up(projector)
    async with store.database.write() as connection:
        await connection.execute(PARTNERS.table().update().values(first_position=4711))
        await connection.execute(AGREEMENTS.table().delete())
    assert {(one.model, one.key) for one in await projector.verify()} == {
        ("partners", "partner-agoria"),
        ("agreements", "agreement-a1"),
    }
    assert await projector.rebuild(["partners"]) == len(HAPPENED)
    assert [one.model for one in await projector.verify()] == ["agreements"]
    await projector.rebuild()
    assert await projector.verify() == []


async def test_a_correction_makes_its_row_anew(store: SqlStore, projector: Projector) -> None:
    await happen(store)
    await catch_up(projector)
    await put(store, "partner-agoria", 4, corrected(6, renamed("Agoria Brussels")))
    await put(store, "agreement-a1", 5, corrected(4, signed(runs_until="2020-12-31")))
    await catch_up(projector)
    assert (await rows(store, PARTNERS))["partner-agoria"].names == ("Agoria", "Agoria Brussels", "Agoria vzw")
    agreement = (await rows(store, AGENDA))["agreement-a1"].agreement
    assert (agreement.signed.runs_until, list(agreement.evaluations), str(agreement.period.runs_until)) == (
        "2020-12-31",
        [2018],
        "2022",  # the amendment still stands
    )
    assert await projector.verify() == []
    await projector.rebuild()
    assert await projector.verify() == []


async def test_a_correction_in_the_batch_of_what_it_corrects(
    store: SqlStore, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machinery, "BATCH", 100)
    await happen(store)
    await put(store, "partner-agoria", 4, corrected(6, renamed("Agoria Brussels")))
    await put(store, "partner-agoria", 5, corrected(6, renamed("Agoria Gent")))
    await catch_up(projector)
    assert (await rows(store, PARTNERS))["partner-agoria"].names == ("Agoria", "Agoria Gent", "Agoria vzw")
    assert await projector.verify() == []


# Running


@asynccontextmanager
async def running(*projectors: Projector) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one.run()) for one in projectors]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_it_follows_the_log_and_whoever_wrote_can_wait(store: SqlStore, projector: Projector) -> None:
    assert not await projector.wait_for(1, 0.05), "nobody runs it yet"
    async with running(projector):
        await happen(store)
        assert await projector.wait_for(len(HAPPENED), 5)
        assert "partner-agoria" in await rows(store, PARTNERS)
        assert not await projector.wait_for(len(HAPPENED) + 1, 0.05)


@pytest.mark.postgresql
@pytest.mark.parametrize("url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
async def test_two_projectors_at_once_apply_each_event_once(store: SqlStore, another: OpenStore) -> None:
    async with AsyncExitStack() as stack:
        projectors = [over(store), over(another()), over(another())]
        await asyncio.gather(*(one.open() for one in projectors))
        await stack.enter_async_context(running(*projectors))
        names = [f"name {number}" for number in range(60)]
        await store.append(append(pending("partner-agoria", 1)))
        for version, name in enumerate(names, 2):
            await put(store, "partner-agoria", version, renamed(name))
            if version % 10 == 0:
                assert await projectors[version // 10 % 3].verify() == [], "also while it moves"
        for one in projectors:
            assert await one.wait_for(61, 10)
    assert (await rows(store, PARTNERS))["partner-agoria"].names == ("Agoria", *names)
    assert len(await rows(store, HISTORY)) == 61
    assert await projectors[0].verify() == []
