"""A log beside a checkpoint that was published of it: the same, shorter, or another, and from where on."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from events.log.checkpoint import Checkpoint
from events.log.continuity import Mismatch, mismatch
from events.log.keys import LogKeys
from events.log.sealing import Sealer
from events.store.schema import log_tiles
from events.store.sql import SqlStore
from tests.events.log import reference
from tests.events.log.sealing_logs import ORIGIN, entries_of, grow, keys_of, seal_all, sealed_log
from tests.events.log.test_sealing import without_guards


@pytest.fixture
async def keys(store: SqlStore, tmp_path: Path) -> LogKeys:
    return await keys_of(store, tmp_path)


async def published(store: SqlStore, size: int) -> Checkpoint:
    return Checkpoint(ORIGIN, size, reference.mth((await entries_of(store))[:size]))


async def compared(store: SqlStore, checkpoint: Checkpoint, *earlier: Checkpoint) -> Mismatch | None:
    async with asyncio.timeout(60):
        return await mismatch(store, sealed_log(store), checkpoint, "folder", earlier)


async def test_a_log_goes_on_from_what_was_published_sealed_that_far_or_not(store: SqlStore, keys: LogKeys) -> None:
    await grow(store, 300)
    await seal_all(Sealer(store, keys))
    await grow(store, 10)
    for size in (0, 256, 300, 310):
        assert await compared(store, await published(store, size)) is None


async def test_a_log_that_ends_before_is_shorter(store: SqlStore) -> None:
    await grow(store, 20)
    found = await compared(store, Checkpoint(ORIGIN, 21, b"\0" * 32))
    assert found == Mismatch(21, 21, shorter=True, where="folder")


async def test_earlier_checkpoints_say_from_where_on_it_is_another(store: SqlStore) -> None:
    await grow(store, 30)
    early, middle, last = [await published(store, size) for size in (10, 20, 30)]
    await without_guards(store, sa.text("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 15"))
    found = await compared(store, last, middle, early)
    assert found == Mismatch(30, 11, shorter=False, where="folder")


async def test_a_log_whose_last_entries_and_tiles_are_gone_is_another(store: SqlStore, keys: LogKeys) -> None:
    await grow(store, 20)
    await seal_all(Sealer(store, keys))
    last = await published(store, 20)
    await without_guards(store, sa.text("DELETE FROM events WHERE position = 20"), sa.delete(log_tiles))
    found = await compared(store, last)
    assert found == Mismatch(20, 1, shorter=False, where="folder")
