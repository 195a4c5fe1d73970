"""Made anew beside the live tables, which serve and follow meanwhile; compared with them; and the way back."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.projections import bulk, pumping, rebuild, tables, targets, verify
from events.projections import runner as machinery
from events.projections.bulk import Entry
from events.projections.folding import Folding
from events.projections.rebuild import NothingKeptError, Places, Rebuild, RebuildingError
from events.projections.runner import Projector
from events.read_model import ReadModel, Slot
from events.store.leases import Lease
from events.store.schema import checkpoints
from events.store.sql import SqlStore
from service.read_models import ALL, HISTORY, PARTNERS
from tests.events.logs import added, put, renamed
from tests.events.projecting import HAPPENED, catch_up, happen, over, rows, run_out, running


class KilledError(Exception):
    """The process is gone."""


@pytest.fixture
async def projector(store: SqlStore) -> Projector:
    made = over(store)
    await made.open()
    await happen(store)
    await catch_up(made)
    return made


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machinery, "BATCH", 3)
    monkeypatch.setattr(pumping, "BATCH", 3)
    monkeypatch.setattr(rebuild, "REBUILD_BATCH", 3)
    monkeypatch.setattr(verify, "REPLAY_BATCH", 3)


async def states(projector: Projector) -> dict[str, str]:
    return {one.name: one.rebuilding.state for one in await projector.progress() if one.rebuilding}


async def plant(store: SqlStore, first_position: int = 4711) -> None:
    async with store.database.write() as connection:
        await connection.execute(PARTNERS.table().update().values(first_position=first_position))


@asynccontextmanager
async def reading(store: SqlStore) -> AsyncIterator[Sequence[Sequence[int]]]:
    """Readers that look at every live table all the time; what each of them saw in one."""

    async def read(seen: list[int]) -> None:
        while True:
            async with store.database.read() as connection:
                for model in ALL:
                    await connection.execute(sa.select(model.table()))
                found = await connection.execute(
                    sa.select(PARTNERS.table().c.row).where(PARTNERS.table().c.key == "partner-agoria")
                )
                seen.extend(len(PARTNERS.decode(row).names) for (row,) in found)
            await asyncio.sleep(0)

    all_seen: list[list[int]] = [[], [], []]
    readers = [asyncio.create_task(read(seen)) for seen in all_seen]
    try:
        yield all_seen
        assert [reader.exception() for reader in readers if reader.done()] == []
    finally:
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)


# While others write and read


async def test_rebuilds_during_writes_end_equal_and_no_reader_notices(store: SqlStore, projector: Projector) -> None:
    async with running(projector), reading(store) as all_seen:

        async def write() -> None:
            for version in range(4, 44):
                await put(store, "partner-agoria", version, renamed(f"name {version}"))

        writing = asyncio.create_task(write())
        for _ in range(3):
            assert await projector.rebuild() >= len(HAPPENED)
        await writing
        assert await projector.wait_for(len(HAPPENED) + 40, 10)
        assert await projector.verify() == []
    for seen in all_seen:
        assert len(seen) > 3
        assert seen == sorted(seen), "what a reader has seen does not go away again"
    assert len((await rows(store, PARTNERS))["partner-agoria"].names) == 43


async def ends_equal(store: SqlStore, projector: Projector, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a rebuild ends equal when the last event comes, and is projected, just before the change of places."""
    make_ready = tables.make_ready

    async def made_ready(connection: AsyncConnection, model: ReadModel[Any], slot: Slot) -> None:
        await make_ready(connection, model, slot)
        monkeypatch.setattr(rebuild, "pump", too_early)

    async def too_early(*_: Any, **__: Any) -> None:
        await put(store, "partner-agoria", 4, renamed("Agoria Brussels"))
        await catch_up(projector)

    monkeypatch.setattr(tables, "make_ready", made_ready)
    await projector.rebuild(["partners"])
    await catch_up(projector)
    return await projector.verify() == []


async def test_what_comes_last_is_caught_up_within_the_change(
    store: SqlStore, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await ends_equal(store, projector, monkeypatch)


async def test_a_change_that_catches_nothing_up_would_be_noticed(
    store: SqlStore, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: the new table takes the place, and the checkpoint, of the old one as it is."""
    switch = tables.switch

    async def nothing(_places: Places, connection: AsyncConnection, folding: Folding) -> None:
        await folding.load(connection)

    async def only_the_table(connection: AsyncConnection, model: ReadModel[Any], slot: Slot) -> None:
        mine = (checkpoints.c.name == model.name) & (checkpoints.c.version == model.version)
        position = await connection.scalar(sa.select(checkpoints.c.position).where(mine))
        await switch(connection, model, slot)
        await connection.execute(checkpoints.update().where(mine).values(position=position))

    monkeypatch.setattr(Places, "catch_up", nothing)
    monkeypatch.setattr(tables, "switch", only_the_table)
    assert not await ends_equal(store, projector, monkeypatch)


async def test_a_rebuild_mends_and_has_no_other_effect(store: SqlStore, projector: Projector) -> None:
    await plant(store)
    before = (await store.head(), await rows(store, HISTORY))
    assert await projector.rebuild(["partners"]) == len(HAPPENED)
    assert (await store.head(), await rows(store, HISTORY)) == before
    assert await states(projector) == {"partners": "done"}
    assert await projector.verify() == []


async def test_columns_are_found_by_an_index_before_and_after(store: SqlStore, projector: Projector) -> None:
    async def indexed() -> dict[str, set[str]]:
        async with store.database.read() as connection:
            return await connection.run_sync(
                lambda sync: {
                    model.name: {
                        str(column)
                        for index in sa.inspect(sync).get_indexes(model.table().name)
                        for column in index["column_names"]
                    }
                    for model in ALL
                }
            )

    before = await indexed()
    assert before["agreements"] == {"first_position", "cohort_id", "partner_id"}
    await projector.rebuild()
    await projector.rebuild()
    assert await indexed() == before


# Interrupted


async def test_a_rebuild_that_fails_leaves_the_live_tables_and_can_be_run_again(
    store: SqlStore, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    switch = tables.switch

    async def dies(*_: Any) -> None:
        raise KilledError

    monkeypatch.setattr(tables, "switch", dies)
    with pytest.raises(KilledError):
        await projector.rebuild()
    assert set((await states(projector)).values()) == {"failed"}
    await put(store, "partner-agoria", 4, renamed("Agoria Brussels"))
    await catch_up(projector)
    assert await projector.verify() == []
    monkeypatch.setattr(tables, "switch", switch)
    await projector.rebuild()
    assert set((await states(projector)).values()) == {"done"}
    assert await projector.verify() == []


async def test_a_rebuild_that_was_killed_is_free_to_be_run_again_when_its_lease_runs_out(
    store: SqlStore, projector: Projector
) -> None:
    killed = Rebuild(store, [PARTNERS], projector._correction_of, Lease(store.database, machinery.LEASE))
    await killed.begin()
    assert await states(projector) == {"partners": "running"}
    with pytest.raises(RebuildingError):
        await projector.rebuild()
    with pytest.raises(RebuildingError):
        await projector.start_rebuild(["cohorts"])
    await run_out(store)
    assert await states(projector) == {"partners": "interrupted"}
    await projector.rebuild()
    assert await projector.verify() == []


async def test_a_rebuild_in_the_background_shows_how_it_goes_and_stops_with_the_process(
    store: SqlStore, projector: Projector, monkeypatch: pytest.MonkeyPatch
) -> None:
    building, going_on = asyncio.Event(), asyncio.Event()
    write_batch = pumping.write_batch

    async def held_up(*told: Any) -> None:
        await write_batch(*told)
        building.set()
        await going_on.wait()

    monkeypatch.setattr(pumping, "write_batch", held_up)
    await projector.start_rebuild(["partners"])
    await building.wait()
    [one] = [one.rebuilding for one in await projector.progress() if one.rebuilding]
    assert (one.state, one.position, one.size) == ("running", 3, len(HAPPENED))
    assert one.events_per_second
    assert one.seconds_left
    await projector.close()
    assert await states(projector) == {"partners": "interrupted"}
    going_on.set()
    await projector.rebuild(["partners"])
    assert await projector.verify() == []


# Going back


async def test_the_tables_from_before_are_kept_and_brought_up_to_date(store: SqlStore, projector: Projector) -> None:
    with pytest.raises(NothingKeptError):
        await projector.revert(["partners"])
    await projector.rebuild()
    await put(store, "partner-agoria", 4, renamed("Agoria Brussels"))
    await catch_up(projector)
    await plant(store)
    assert [one.model for one in await projector.verify()] == ["partners"]
    assert await projector.revert(["partners"]) == ["partners"]
    assert await projector.verify() == []
    assert (await rows(store, PARTNERS))["partner-agoria"].names[-1] == "Agoria Brussels"
    await projector.revert(["partners"])
    assert [one.model for one in await projector.verify()] == ["partners"], "forth and back"


# Comparing


async def test_every_kind_of_difference_is_named(store: SqlStore, projector: Projector) -> None:
    history, partners = HISTORY.table(), PARTNERS.table()
    async with store.database.write() as connection:
        await connection.execute(partners.update().values(first_position=4711))
        await connection.execute(history.delete().where(history.c.key.like("cohort-c1/%1")))
        await connection.execute(history.insert().values(key="nobody/1", row=b"{}", subject="nobody"))
    found = await projector.verify()
    assert ("partners", "partner-agoria") in {(one.model, one.key) for one in found}
    assert {one.key.partition("/")[0] for one in found if one.model == "history"} >= {"nobody"}
    async with store.database.read() as connection:
        names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    assert [name for name in names if name.endswith("_check")] == [], "what it made is thrown away"


async def test_verifying_while_others_write_finds_nothing(store: SqlStore, projector: Projector) -> None:
    async with running(projector):

        async def write() -> None:
            for version in range(4, 44):
                await put(store, "partner-agoria", version, renamed(f"name {version}"))

        writing = asyncio.create_task(write())
        while not writing.done():
            assert await projector.verify() == []
        await writing


# Memory


async def test_a_replay_has_no_more_than_a_batch_in_memory(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "KEPT_BYTES", 2_000)
    monkeypatch.setattr(rebuild, "REBUILD_BATCH", 10)
    monkeypatch.setattr(verify, "REPLAY_BATCH", 10)
    read: list[int] = []
    kept: list[int] = []
    log_after, take = bulk.log_after, Folding.take

    async def counted(*told: Any) -> Sequence[Entry]:
        entries = await log_after(*told)
        read.append(len(entries))
        return entries

    def weighed(folding: Folding, position: int) -> Any:
        changes = take(folding, position)
        kept.append(len(folding._kept))
        return changes

    monkeypatch.setattr(bulk, "log_after", counted)
    monkeypatch.setattr(Folding, "take", weighed)
    projector = over(store)
    await projector.open()
    for number in range(60):
        await put(store, f"partner-p{number}", 1, added(f"Name {number}", f"p{number}"))
        await put(store, f"partner-p{number}", 2, renamed(f"Other {number}", f"p{number}"))
    await projector.rebuild()
    assert await projector.verify() == []
    assert max(read) == 10
    assert max(kept) < 25, "of 60 rows"
