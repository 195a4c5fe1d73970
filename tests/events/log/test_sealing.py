"""Sealing: every checkpoint is of the entries as they are stored, whoever sealed, and however often it was interrupted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.log import sealing
from events.log.checkpoint import Checkpoint
from events.log.edge import Edge
from events.log.keys import LogKeys
from events.log.sealed import BrokenTreeError, Sealed
from events.log.sealing import Sealer, SealingError, Tiles
from events.store.leases import LeaseLostError
from events.store.schema import log_checkpoints, log_tiles
from events.store.sql import SqlStore
from tests.events.conftest import OpenStore
from tests.events.log import reference
from tests.events.log.killed import Torn
from tests.events.log.sealing_logs import (
    check_whole,
    checkpoints_of,
    grow,
    keys_of,
    seal_all,
    sealed_log,
)
from tests.events.projecting import run_out


@pytest.fixture
async def keys(store: SqlStore, tmp_path: Path) -> LogKeys:
    return await keys_of(store, tmp_path)


@pytest.fixture
def sealer(store: SqlStore, keys: LogKeys) -> Sealer:
    return Sealer(store, keys)


async def test_an_empty_log_has_a_checkpoint_too(store: SqlStore, keys: LogKeys, sealer: Sealer) -> None:
    await seal_all(sealer)
    await seal_all(sealer)
    [only] = await checkpoints_of(store)
    assert (only.checkpoint.size, only.checkpoint.root) == (0, reference.mth([]))
    assert await check_whole(store, [keys]) == 0


async def test_what_is_appended_is_sealed_and_nothing_twice(store: SqlStore, keys: LogKeys, sealer: Sealer) -> None:
    for count in (1, 1, 253, 1, 1, 300):
        await grow(store, count)
        await seal_all(sealer)
        await seal_all(sealer)
    assert [one.checkpoint.size for one in await checkpoints_of(store)] == [1, 2, 255, 256, 257, 557]
    assert await check_whole(store, [keys]) == 557


async def test_a_long_log_is_sealed_in_stretches_and_goes_on_where_it_was(
    store: SqlStore, keys: LogKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "STRETCH", 512)
    await grow(store, 1_800)
    assert await Sealer(store, keys).seal()
    await run_out(store)
    other = Sealer(store, keys)
    assert await other.seal()
    await seal_all(other)
    assert [one.checkpoint.size for one in await checkpoints_of(store)] == [512, 1024, 1536, 1800]
    assert await check_whole(store, [keys]) == 1_800


class Disturbed(Sealer):
    """Stops before it writes, once told to."""

    stop: bool = False
    error: Exception = OSError("the connection is gone")

    async def _write(
        self, connection: AsyncConnection, tiles: Tiles, checkpoint: Checkpoint, note: bytes | None
    ) -> None:
        if self.stop:
            await super()._write(connection, tiles[:1], checkpoint, None)
            self.stop = False
            raise self.error
        await super()._write(connection, tiles, checkpoint, note)


async def test_a_sealing_that_fails_half_way_leaves_nothing_and_is_done_again(store: SqlStore, keys: LogKeys) -> None:
    sealer = Disturbed(store, keys)
    await grow(store, 300)
    await seal_all(sealer)
    await grow(store, 300)
    sealer.stop = True
    with pytest.raises(OSError, match="gone"):
        await sealer.seal()
    assert await check_whole(store, [keys]) == 300
    await seal_all(sealer)
    assert await check_whole(store, [keys]) == 600


async def test_one_process_seals_at_a_time(store: SqlStore, keys: LogKeys, another: OpenStore) -> None:
    if store.database.sqlite:
        pytest.skip("a SQLite store has one writing process")
    one, other = Sealer(store, keys), Sealer(another(), keys)
    await grow(store, 10)
    assert not await one.seal()
    await grow(store, 10)
    assert not await other.seal()
    assert await check_whole(store, [keys]) == 10
    await one.release()
    await other.seal()
    assert await check_whole(store, [keys]) == 20


async def test_two_processes_that_race_seal_one_tree(store: SqlStore, keys: LogKeys, another: OpenStore) -> None:
    if store.database.sqlite:
        pytest.skip("a SQLite store has one writing process")
    racers = [Sealer(another(), keys) for _ in range(3)]

    async def race(sealer: Sealer) -> None:
        for _ in range(15):
            with suppress(LeaseLostError):
                await sealer.seal()
            await sealer.release()

    await asyncio.gather(*(race(one) for one in racers), grow(store, 40))
    await grow(store, 300)
    await asyncio.gather(*(race(one) for one in racers))
    await check_whole(store, [keys])


class Overslept(Sealer):
    """Has its stretch ready, and wakes when another process has sealed."""

    meanwhile: Callable[[], Awaitable[None]]

    async def _hashed(self, head: int) -> tuple[Edge, Checkpoint | None]:
        found = await super()._hashed(head)
        await self.meanwhile()
        return found


async def test_a_sealer_that_overslept_writes_nothing(store: SqlStore, keys: LogKeys) -> None:
    await grow(store, 10)
    late, other = Overslept(store, keys), Sealer(store, keys)

    async def meanwhile() -> None:
        await run_out(store)
        await grow(store, 5)
        await seal_all(other)

    late.meanwhile = meanwhile
    with pytest.raises(LeaseLostError):
        await late.seal()
    assert await check_whole(store, [keys]) == 15


class Unfenced(Overslept):
    """The broken variant: it does not look whether the lease is still its own."""

    async def _hashed(self, head: int) -> tuple[Edge, Checkpoint | None]:
        found = await super()._hashed(head)

        async def hold(_: AsyncConnection) -> None:
            pass

        self._lease.hold = hold  # type: ignore[method-assign, assignment]
        return found


async def test_without_the_lease_s_token_it_would_write_and_the_tables_would_refuse(
    store: SqlStore, keys: LogKeys
) -> None:
    await grow(store, 10)
    late, other = Unfenced(store, keys), Sealer(store, keys)

    async def meanwhile() -> None:
        await run_out(store)
        await grow(store, 5)
        await seal_all(other)

    late.meanwhile = meanwhile
    with pytest.raises(sa.exc.DBAPIError, match="log_tiles only grow"):
        await late.seal()
    assert await check_whole(store, [keys]) == 15


async def test_tiles_that_are_missing_are_made_again_up_to_what_was_signed(
    store: SqlStore, keys: LogKeys, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "STRETCH", 256)
    await grow(store, 700)
    await seal_all(sealer)
    signed = len(await checkpoints_of(store))
    await grow(store, 100)
    await without_guards(store, sa.delete(log_tiles))
    await run_out(store)
    await seal_all(Sealer(store, keys))
    assert [one.checkpoint.size for one in await checkpoints_of(store)][signed:] == [768, 800]
    assert await check_whole(store, [keys]) == 800


async def test_another_log_than_was_signed_is_never_signed(store: SqlStore, keys: LogKeys, sealer: Sealer) -> None:
    await grow(store, 300)
    await seal_all(sealer)
    await without_guards(store, sa.text("UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 7"))
    await without_guards(store, sa.delete(log_tiles))
    await grow(store, 10)
    await run_out(store)
    with pytest.raises(SealingError, match="sealed at 300"):
        await seal_all(Sealer(store, keys))
    assert [one.checkpoint.size for one in await checkpoints_of(store)] == [300]


async def test_a_hole_in_the_log_is_not_sealed(store: SqlStore, keys: LogKeys, sealer: Sealer) -> None:
    await grow(store, 20)
    await without_guards(store, sa.text("DELETE FROM events WHERE position = 7"))
    with pytest.raises(SealingError, match="position 7 is missing"):
        await seal_all(sealer)
    assert not await checkpoints_of(store)


async def test_a_tile_that_was_shortened_is_noticed(store: SqlStore, keys: LogKeys, sealer: Sealer) -> None:
    await grow(store, 300)
    await seal_all(sealer)
    short = sa.text("UPDATE log_tiles SET hashes = :short WHERE level = 0 AND number = 1").bindparams(short=b"x" * 64)
    await without_guards(store, short)
    await run_out(store)
    with pytest.raises(BrokenTreeError):
        await sealed_log(store).inclusion_proof(300)
    await grow(store, 1)
    with pytest.raises(SealingError):
        await seal_all(Sealer(store, keys))


async def test_nobody_changes_a_checkpoint_or_a_tile(store: SqlStore, sealer: Sealer) -> None:
    await grow(store, 300)
    await seal_all(sealer)
    for forbidden in (
        log_checkpoints.update().values(note=b"another"),
        log_checkpoints.delete(),
        log_tiles.delete(),
        log_tiles.update().values(hashes=b"another"),
        sa.text("DELETE FROM log_keys"),
    ):
        with pytest.raises(sa.exc.DBAPIError, match=r"append-only|only grow"):
            async with store.database.write() as connection:
                await connection.execute(forbidden)


async def test_the_background_task_seals_what_comes_and_says_so(store: SqlStore, keys: LogKeys) -> None:
    told: asyncio.Queue[Sealed] = asyncio.Queue()
    task = asyncio.create_task(Sealer(store, keys, told.put_nowait).run(0.01))
    try:
        assert (await told.get()).checkpoint.size == 0
        await grow(store, 3)
        assert (await told.get()).checkpoint.size == 3
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert await check_whole(store, [keys]) == 3


@pytest.mark.parametrize("error", [OSError("the connection is gone"), ValueError("nobody thought of this")])
async def test_the_background_task_says_what_is_wrong_and_goes_on_once_it_is_not(
    store: SqlStore, keys: LogKeys, error: Exception
) -> None:
    sealer = Disturbed(store, keys)
    sealer.error = error
    sealer.stop = True
    await grow(store, 1)
    task = asyncio.create_task(sealer.run(0.01))
    try:
        assert await comes_to(sealer, str(error))
        assert await comes_to(sealer, None)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert await check_whole(store, [keys]) == 1


@asynccontextmanager
async def full_disk(store: SqlStore) -> AsyncIterator[None]:
    """SQLite has room for a tile and no more; PostgreSQL says at the last statement what it says of a full disk."""
    if store.database.sqlite:
        [(pages,)] = await store.database.on_writer(lambda one: one.execute("PRAGMA page_count").fetchall())
        room = f"PRAGMA max_page_count={pages + 4}"
        await store.database.on_writer(lambda one: one.execute(room).close())
        yield
        await store.database.on_writer(lambda one: one.execute("PRAGMA max_page_count=100000").close())
        return
    async with store.database.write() as connection:
        await connection.exec_driver_sql(
            "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'No space left on device'; END $$"
        )
        await connection.exec_driver_sql(
            "CREATE TRIGGER disk_full AFTER INSERT ON log_checkpoints FOR EACH ROW EXECUTE FUNCTION disk_full()"
        )
    yield
    async with store.database.write() as connection:
        await connection.exec_driver_sql("DROP TRIGGER disk_full ON log_checkpoints")


async def sealed_on_a_full_disk(store: SqlStore, keys: LogKeys, sealer: Sealer) -> None:
    """It says what is wrong, keeps nothing of it, and goes on once there is room."""
    await grow(store, 200)
    await seal_all(sealer)
    await grow(store, 1_000)  # their hashes take pages of their own
    async with full_disk(store):
        task = asyncio.create_task(sealer.run(0.01))
        try:
            assert await comes_to(sealer, "database or disk is full", "No space left on device")
            assert await check_whole(store, [keys]) == 200
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    task = asyncio.create_task(sealer.run(0.01))
    try:
        assert await comes_to(sealer, None)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert await check_whole(store, [keys]) == 1_200


async def test_on_a_full_disk_nothing_is_half_sealed_and_it_goes_on_once_there_is_room(
    store: SqlStore, keys: LogKeys, sealer: Sealer
) -> None:
    await sealed_on_a_full_disk(store, keys, sealer)


async def test_tiles_that_stand_without_their_checkpoint_would_be_noticed(store: SqlStore, keys: LogKeys) -> None:
    with pytest.raises((AssertionError, SealingError)):
        await sealed_on_a_full_disk(store, keys, Torn(store, keys))


async def comes_to(sealer: Sealer, *failing: str | None) -> bool:
    for _ in range(10_000):
        if sealer.failing in failing:
            return True
        await asyncio.sleep(0.0005)
    return False


async def without_guards(store: SqlStore, *changes: sa.Executable) -> None:
    """As whoever owns the database can."""
    async with store.database.write() as connection:
        if store.database.sqlite:
            for (name,) in list(
                await connection.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            ):
                await connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            await connection.exec_driver_sql("SET session_replication_role = replica")
        for change in changes:
            await connection.execute(change)
        if not store.database.sqlite:
            await connection.exec_driver_sql("SET session_replication_role = origin")
