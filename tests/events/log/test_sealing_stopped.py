"""A process is suspended before any statement of its sealing, and goes on when another has sealed more: one tree."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from events.log.sealing import Sealer
from events.store import engines
from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.log.sealing_logs import check_whole, checkpoints_of, grow, keys_of, seal_all
from tests.events.logs import CODEC
from tests.events.projecting import run_out

pytestmark = [pytest.mark.crash, pytest.mark.postgresql]

MOST = 100
"""Statements; a sealing of one stretch has fewer."""


@contextmanager
def stopping(url: str, folder: Path, seconds: int) -> Iterator[Callable[[object], Awaitable[str]]]:
    """Gives what tells the process something and awaits what it says."""
    command = [sys.executable, "-m", "tests.events.log.stopped", url, str(folder), str(seconds)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root) as zygote:
        told, says = zygote.stdin, zygote.stdout
        assert told
        assert says

        async def tell(line: object) -> str:
            told.write(f"{line}\n")
            told.flush()
            return (await asyncio.to_thread(says.readline)).strip()

        try:
            yield tell
        finally:
            zygote.kill()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[SqlStore]:
    database = Database(url)
    try:
        store = SqlStore(database, CODEC)
        await store.open()
        yield store
    finally:
        await database.dispose()


async def stopped_everywhere(url: str, folder: Path, seconds: int) -> list[str]:
    """How each of the suspended ended, when it went on after another had sealed in its place."""
    ended: list[str] = []
    async with opened(url) as store:
        keys = await keys_of(store, folder)
        other = Sealer(store, keys)
        with stopping(url, folder, seconds) as tell:
            for statement in range(1, MOST):
                await grow(store, 100)
                if await tell(statement) == "sealed":
                    return ended
                await run_out(store)
                await grow(store, 100)
                await seal_all(other)
                sealed = await check_whole(store, [keys])
                assert sealed == (await store.head()).size, "nobody waits for who is suspended"
                ended.append(await tell("go on"))
                assert await check_whole(store, [keys]) == sealed
                sizes = [one.checkpoint.size for one in await checkpoints_of(store)]
                assert sizes == sorted(set(sizes))
                await other.release()
    raise AssertionError("it never came to an end")


async def test_whoever_is_suspended_while_it_seals_holds_nobody_up_and_writes_nothing_after_it(
    postgresql_url: str, tmp_path: Path
) -> None:
    ended = await stopped_everywhere(postgresql_url, tmp_path, 1)
    assert len(ended) > 10
    assert {"lost", "failed"} <= set(ended), "some found their lease gone, and some their transaction"


async def test_one_whose_transaction_lasts_as_long_as_it_is_suspended_would_be_noticed(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "SECONDS", 2)
    with pytest.raises(TimeoutError):
        await stopped_everywhere(postgresql_url, tmp_path, 0)
