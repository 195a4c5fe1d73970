"""A process is killed at any moment: what it had said stands, stands is there once, and the log has no gap."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.appender import STREAM
from tests.events.logs import CODEC, positions, put

ROUNDS = 15

pytestmark = pytest.mark.crash


async def standing(url: str) -> int:
    """How many events there are; all of them, in order. The last command, sent again, has one effect."""
    database = Database(url)
    try:
        store = SqlStore(database, CODEC)
        await store.open()
        assert store.read_only is None
        before = await positions(store)
        assert before == list(range(1, len(before) + 1))
        last, following = len(before), len(before) + 1
        if last:
            again = await put(store, STREAM, last, command_id=f"command {last}")
            assert (again.repeated, again.record.last_position) == (True, last)
        unsure = await put(store, STREAM, following, command_id=f"command {following}")
        assert (unsure.repeated, unsure.record.last_position) == (False, following)
        assert await positions(store) == [*before, following]
        return last
    finally:
        await database.dispose()


def lost_by_killing(url: str, when: str, rounds: int, longest_wait: float) -> int:
    """How often something that was said to stand did not."""
    chance = random.Random(11)  # noqa: S311 - the same moments in every run, as far as a machine allows
    lost = 0
    command = [sys.executable, "-m", "tests.events.appender", url, when]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as zygote:
        assert zygote.stdin
        assert zygote.stdout
        for _ in range(rounds):
            zygote.stdin.write("go\n")
            zygote.stdin.flush()
            said, pid = 0, 0
            wanted = chance.randint(1, 8)
            heard = 0
            for line in zygote.stdout:
                word = line.strip()
                if word == "died":
                    break
                if word.startswith("pid"):
                    pid = int(word[4:])
                else:
                    said, heard = int(word), heard + 1
                if pid and heard >= wanted:
                    if longest_wait:
                        time.sleep(chance.uniform(0, longest_wait))
                    os.kill(pid, signal.SIGKILL)
                    wanted = 1 << 30
            lost += asyncio.run(standing(url)) < said
        zygote.stdin.close()
    return lost


def test_what_was_said_to_stand_stands(tmp_path: Path) -> None:
    assert lost_by_killing(f"sqlite:///{tmp_path / 'errera.db'}", "afterwards", ROUNDS, 0.01) == 0


def test_saying_so_before_the_commit_would_be_noticed(tmp_path: Path) -> None:
    assert lost_by_killing(f"sqlite:///{tmp_path / 'errera.db'}", "beforehand", ROUNDS, 0) > 0
