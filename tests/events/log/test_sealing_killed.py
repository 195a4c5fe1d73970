"""A process is killed before any statement of its sealing: what was sealed is whole, and the next one goes on."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from events.log.sealing import SealingError
from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.log.sealing_logs import check_whole, checkpoints_of, grow, keys_of
from tests.events.logs import CODEC

pytestmark = pytest.mark.crash

MOST = 200
"""Statements; a sealing of three stretches has fewer."""


async def fill(url: str, folder: Path, count: int) -> None:
    database = Database(url)
    store = SqlStore(database, CODEC)
    await store.open()
    await keys_of(store, folder)
    await grow(store, count)
    await database.dispose()


async def found(url: str, folder: Path) -> list[bytes]:
    """Every note, once the sealed log is seen to be whole."""
    database = Database(url)
    try:
        store = SqlStore(database, CODEC)
        await store.open()
        notes = [one.note for one in await checkpoints_of(store)]
        if notes:
            await check_whole(store, [await keys_of(store, folder)])
        return notes
    finally:
        await database.dispose()


def killed(url: str, folder: Path, kind: str) -> tuple[int, list[bytes]]:
    """How often it was killed until it was done, and all that it then had signed."""
    before: list[bytes] = []
    command = [sys.executable, "-m", "tests.events.log.killed", url, str(folder), kind]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    ) as zygote:
        assert zygote.stdin
        assert zygote.stdout
        for statement in range(1, MOST):
            zygote.stdin.write(f"{statement}\n")
            zygote.stdin.flush()
            told = zygote.stdout.readline().strip()
            notes = asyncio.run(found(url, folder))
            assert notes[: len(before)] == before, "what was signed stands"
            before = notes
            if told == "done":
                zygote.stdin.close()
                return statement - 1, notes
            assert told == "killed"
    raise AssertionError("it never came to an end")


def test_a_sealing_that_is_killed_before_any_of_its_statements_is_finished_by_the_next(
    url: str, tmp_path: Path
) -> None:
    asyncio.run(fill(url, tmp_path, 1_200))
    deaths, notes = killed(url, tmp_path, "whole")
    assert deaths > 10
    assert [int(note.split(b"\n")[1]) for note in notes] == [512, 1024, 1200]


def test_tiles_that_are_committed_before_their_checkpoint_would_be_noticed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'errera.db'}"
    asyncio.run(fill(url, tmp_path, 1_200))
    with pytest.raises((AssertionError, SealingError)):
        killed(url, tmp_path, "torn")
