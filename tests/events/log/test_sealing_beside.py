"""Long stretches are hashed in a process beside: the same tree, and none the worse where that process comes to harm."""

import asyncio
import os
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from events.log import beside, hashing, sealing
from events.log.beside import Beside
from events.log.edge import Edge
from events.log.keys import LogKeys
from events.log.merkle import leaf_hash
from events.log.sealed import Sealed
from events.log.sealing import Sealer
from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.log.sealing_logs import check_whole, checkpoints_of, grow, keys_of, seal_all
from tests.events.log.test_sealing import comes_to, without_guards
from tests.events.logs import CODEC

_ANSWERS_HALF = "sys.stdout.buffer.write(bytes(4)); sys.stdout.flush()"


@pytest.fixture
async def keys(store: SqlStore, tmp_path: Path) -> LogKeys:
    return await keys_of(store, tmp_path)


@pytest.fixture(autouse=True)
def _few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "LONG", 100)


class Watched:
    """A sealer at work in the background."""

    def __init__(self, store: SqlStore, keys: LogKeys) -> None:
        self._told: asyncio.Queue[Sealed] = asyncio.Queue()
        self.sealer = Sealer(store, keys, self._told.put_nowait)

    async def sealed(self, size: int) -> None:
        """Once it is sealed up to there."""
        while (await self._told.get()).checkpoint.size < size:
            pass

    def process(self) -> int | None:
        return self.sealer._beside.pid if self.sealer._beside else None

    async def rests(self) -> bool:
        """Whether there comes to be no process."""
        for _ in range(10_000):
            if self.process() is None:
                return True
            await asyncio.sleep(0.001)
        return False


@asynccontextmanager
async def sealing_in_the_background(store: SqlStore, keys: LogKeys) -> AsyncIterator[Watched]:
    watched = Watched(store, keys)
    task = asyncio.create_task(watched.sealer.run(0.01))
    try:
        yield watched
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_long_stretch_is_hashed_beside_and_a_short_one_here(store: SqlStore, keys: LogKeys) -> None:
    await grow(store, 90)
    async with sealing_in_the_background(store, keys) as watched:
        await watched.sealed(90)
        assert watched.process() is None
        await grow(store, 700)
        await watched.sealed(790)
        assert watched.process() is not None
        await grow(store, 700)
        await watched.sealed(1_490)
    assert await check_whole(store, [keys]) == 1_490


async def test_the_process_ends_with_the_sealing(store: SqlStore, keys: LogKeys) -> None:
    await grow(store, 300)
    async with sealing_in_the_background(store, keys) as watched:
        await watched.sealed(300)
        pid = watched.process()
        assert pid is not None
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_process_that_is_not_used_is_stopped_and_started_again(
    store: SqlStore, keys: LogKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "SECONDS_IDLE", 0.0)
    async with sealing_in_the_background(store, keys) as watched:
        for size in (300, 600):
            await grow(store, 300)
            await watched.sealed(size)
            assert await watched.rests()
    assert await check_whole(store, [keys]) == 600


async def test_where_the_process_is_killed_the_work_goes_on_here(store: SqlStore, keys: LogKeys) -> None:
    await grow(store, 300)
    async with sealing_in_the_background(store, keys) as watched:
        await watched.sealed(300)
        pid = watched.process()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await grow(store, 700)
        await watched.sealed(1_000)
        assert watched.process() is None
        assert watched.sealer.failing is None
    assert await check_whole(store, [keys]) == 1_000


class Another(Beside):
    """A program that hears the question and then does something else."""

    does = ""

    async def _started(self) -> Process:
        program = f"import pickle, sys, time; [pickle.load(sys.stdin.buffer) for _ in 'ab']; {self.does}"
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdin=PIPE, stdout=PIPE)
        assert process.stdin
        process.stdin.write(b"N.")  # None, where it should be told a database
        return process


@pytest.mark.parametrize("does", ["sys.exit(1)", _ANSWERS_HALF, "time.sleep(600)"])
async def test_where_the_process_gives_no_answer_the_work_is_done_here(
    store: SqlStore, keys: LogKeys, monkeypatch: pytest.MonkeyPatch, does: str
) -> None:
    monkeypatch.setattr(Another, "does", does)
    monkeypatch.setattr(beside, "SECONDS_TO_ANSWER", 0.5)
    monkeypatch.setattr(sealing, "Beside", Another)
    await grow(store, 300)
    async with sealing_in_the_background(store, keys) as watched:
        await watched.sealed(300)
    assert await check_whole(store, [keys]) == 300


class Careless(Beside):
    """The broken variant: the tree it answers with is not of the entries."""

    async def grown(self, edge: Edge, until: int) -> Edge | None:
        edge.extend([leaf_hash(b"entry %d" % position) for position in range(edge.size, until)])
        return edge


async def test_a_tree_of_anything_else_would_be_noticed(
    store: SqlStore, keys: LogKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "Beside", Careless)
    await grow(store, 300)
    async with sealing_in_the_background(store, keys) as watched:
        await watched.sealed(300)
    with pytest.raises(AssertionError):
        await check_whole(store, [keys])


async def test_a_hole_that_is_found_beside_is_named_here(store: SqlStore, keys: LogKeys) -> None:
    await grow(store, 300)
    await without_guards(store, sa.text("DELETE FROM events WHERE position = 7"))
    async with sealing_in_the_background(store, keys) as watched:
        assert await comes_to(watched.sealer, "position 7 is missing: errera log verify")
    assert not await checkpoints_of(store)


async def test_however_long_entries_take_to_read_a_stretch_is_written_in_time(
    store: SqlStore, keys: LogKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "SECONDS", 0.0)
    await grow(store, 1_300)
    await seal_all(Sealer(store, keys))
    assert [one.checkpoint.size for one in await checkpoints_of(store)] == [512, 1024, 1300]
    assert await check_whole(store, [keys]) == 1_300


@pytest.mark.crash
def test_where_nobody_asks_any_more_the_process_ends(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "events.log.hashing"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[3]) as process:
        assert process.stdin
        process.stdin.close()
        assert process.wait() == 0


async def test_a_database_that_is_only_read_takes_no_writing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'errera.db'}"
    writing, reading = Database(url), Database(url, only_reads=True)
    store = SqlStore(writing, CODEC)
    await store.open()
    await grow(store, 3)
    assert len(await SqlStore(reading, CODEC).read_bodies(0, 10)) == 3
    with pytest.raises(sa.exc.OperationalError, match="readonly"):
        async with reading.read() as connection:
            await connection.execute(sa.text("DELETE FROM event_types"))
    await writing.dispose()
    await reading.dispose()
    assert length(tmp_path / "errera.db-wal"), "it was the last to close, and left the WAL alone"


def length(file: Path) -> int:
    return file.stat().st_size
