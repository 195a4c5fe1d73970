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
from events import projector as machinery
from events.catalogue import EVENT_TYPES
from events.catalogue.correction import EventCorrected
from events.catalogue.values import TextRef
from events.codec import Codec
from events.projector import Projector
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


async def stopped(projector: Projector) -> dict[str, str]:
    return {one.name: one.stopped for one in await projector.progress() if one.stopped}


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


# Rows and checkpoint together


class KilledError(Exception):
    """The process is gone."""


class KilledBeforeTheCheckpoint(Projector):
    async def _fold(self, connection: AsyncConnection, model: ReadModel[Any], recorded: Sequence[Any]) -> None:
        await super()._fold(connection, model, recorded)
        if model.name == "partners" and any(one.position >= 6 for one in recorded):
            raise KilledError


class CommitsRowsFirst(Projector):
    """The broken variant: rows in one transaction, the checkpoint in the next one, which does not come."""

    async def _fold(self, connection: AsyncConnection, model: ReadModel[Any], recorded: Sequence[Any]) -> None:
        await super()._fold(connection, model, recorded)
        if model.name == "partners" and any(one.position >= 6 for one in recorded):
            await connection.commit()
            raise KilledError


async def survivors(store: SqlStore, kind: type[Projector]) -> list[str]:
    """Which models differ from a replay when another projector goes on after this kind of death."""
    await happen(store)
    dying = over(store, kind=kind)
    await dying.open()
    with suppress(KilledError):
        await catch_up(dying)
    before = await dying.verify() if kind is KilledBeforeTheCheckpoint else []
    after = over(store)
    await after.open()
    await catch_up(after)
    return [one.model for one in [*before, *await after.verify()]]


async def test_a_projector_that_dies_midway_leaves_rows_and_checkpoint_together(store: SqlStore) -> None:
    assert await survivors(store, KilledBeforeTheCheckpoint) == []


async def test_rows_without_their_checkpoint_would_be_noticed(store: SqlStore) -> None:
    assert "partners" in await survivors(store, CommitsRowsFirst)


# What cannot be read stops what needs it, visibly


async def test_an_unknown_event_stops_only_the_models_that_follow_it(store: SqlStore, another: OpenStore) -> None:
    await happen(store)
    await store.database.dispose()
    older = Codec({key: cls for key, cls in EVENT_TYPES.items() if key != ("PartnerRenamed", 1)})
    old = over(another(codec=older))
    await old.open()
    await catch_up(old)
    assert (await stopped(old)).keys() == {"partners", "history", "names"}
    for why in (await stopped(old)).values():
        assert why.startswith("position 6: event type PartnerRenamed version 1 is not known")
    assert {one.name: one.position for one in await old.progress()} == {
        model.name: 5 if model.name in {"partners", "history", "names"} else len(HAPPENED) for model in ALL
    }
    assert await old.wait_for(len(HAPPENED), 1), "nobody waits for what stopped"
    assert (await rows(store, PARTNERS))["partner-agoria"].names == ("Agoria",)

    await old.rebuild()
    assert (await stopped(old)).keys() == {"partners", "history", "names"}, "a rebuild does not step over it either"
    assert {one.position for one in await old.progress()} == {5, len(HAPPENED)}

    await old._database.dispose()
    newer = over(store)
    await newer.open()
    await catch_up(newer)
    assert (await stopped(newer), await newer.verify()) == ({}, [])


@pytest.mark.parametrize("where", ["project", "keys", "correction_of"])
async def test_an_event_that_breaks_a_model_stops_that_model_alone(store: SqlStore, where: str) -> None:
    def breaks(*_: Any) -> Any:
        raise KeyError("no such thing")

    broken = PARTNERS if where == "correction_of" else changed(PARTNERS, where, breaks)
    projector = over(store, [broken, CLAIMS, REMINDERS])
    await projector.open()
    await happen(store)
    if where == "correction_of":
        wrong = replace_data(corrected(6, renamed("x")), {"partnerId": 7})
        await put(store, "partner-agoria", 4, wrong)
    await catch_up(projector)
    assert (await stopped(projector)).keys() == {"partners"}
    (why,) = (await stopped(projector)).values()
    assert why.startswith("position 18: ValidationError" if where == "correction_of" else "position 1: KeyError")
    assert (await rows(store, REMINDERS)).keys() == {"reminder-r1"}


def changed(model: ReadModel[Any], where: str, function: Any) -> ReadModel[Any]:
    return replace(model, project=function) if where == "project" else replace(model, keys=function)


def replace_data(event: EventCorrected, data: dict[str, Any]) -> EventCorrected:
    return EventCorrected(
        position=event.position,
        corrected_type=event.corrected_type,
        corrected_version=event.corrected_version,
        data=data,
        reason=event.reason,
    )


async def test_a_model_that_stopped_gets_another_try_at_the_next_start(store: SqlStore) -> None:
    def breaks(*_: Any) -> Any:
        raise KeyError

    broken = over(store, [replace(PARTNERS, project=breaks)])
    await broken.open()
    await happen(store)
    await catch_up(broken)
    mended = over(store, [PARTNERS])
    await mended.open()
    await catch_up(mended)
    assert (await stopped(mended), await mended.verify()) == ({}, [])


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
