"""Read models follow the log: each event once, rows and checkpoint together."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from events.projections import folding, pumping
from events.projections import runner as machinery
from events.projections.runner import Projector
from events.projections.targets import Change
from events.store.database import Database
from events.store.schema import checkpoints
from events.store.sql import SqlStore
from service.read_models import AGENDA, AGREEMENTS, PARTNERS
from tests.domain.facts import signed
from tests.events.conftest import OpenStore
from tests.events.logs import append, pending, put, renamed
from tests.events.projecting import HAPPENED, catch_up, corrected, happen, over, rows, run_out, running


@pytest.fixture
async def projector(store: SqlStore) -> Projector:
    made = over(store)
    await made.open()
    return made


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machinery, "BATCH", 3)
    monkeypatch.setattr(pumping, "BATCH", 3)


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


async def survivors(store: SqlStore, monkeypatch: pytest.MonkeyPatch, *, commits_rows_first: bool) -> list[str]:
    """Which models differ from a replay when another projector goes on after one died between rows and checkpoint."""
    await happen(store)
    write, dying = folding.write, over(store)

    async def dies(connection: AsyncConnection, database: Database, changes: Sequence[Change]) -> None:
        await write(connection, database, changes)
        if changes[0].position < 6:
            return
        if commits_rows_first:  # the broken variant: the checkpoint would come in a transaction of its own
            await connection.execute(checkpoints.update().values(position=3))
            await connection.commit()
        raise KilledError

    monkeypatch.setattr(machinery, "write", dies)
    monkeypatch.setattr(pumping, "write", dies)
    await dying.open()
    with suppress(KilledError):
        await catch_up(dying)
    monkeypatch.setattr(machinery, "write", write)
    monkeypatch.setattr(pumping, "write", write)
    await run_out(store)
    after = over(store)
    await after.open()
    await catch_up(after)
    return [one.model for one in await after.verify()]


async def test_a_projector_that_dies_midway_leaves_rows_and_checkpoint_together(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await survivors(store, monkeypatch, commits_rows_first=False) == []


async def test_rows_without_their_checkpoint_would_be_noticed(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "partners" in await survivors(store, monkeypatch, commits_rows_first=True)


# Running


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
    assert await projectors[0].verify() == []
