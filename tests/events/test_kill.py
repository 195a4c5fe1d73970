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
from events.store.transaction import Work, transact
from tests.events.appender import STREAM
from tests.events.logs import CODEC, added, context, positions

ROUNDS = 1000 if os.environ.get("SOAK") else 20

pytestmark = pytest.mark.crash


async def standing(url: str, said: int, *, by_id: bool) -> tuple[int, int]:
    """How many events are there, and how many the command that nobody answered has after it was sent again."""
    database = Database(url)
    try:
        store = SqlStore(database, CODEC)
        await store.open()
        assert store.read_only is None
        before = await positions(store)
        assert before == list(range(1, len(before) + 1))
        unanswered = f"{said + 1}"

        async def decide(work: Work) -> None:
            await work.read(STREAM)
            work.append(STREAM, added(unanswered))

        await transact(store, context(f"command {unanswered}" if by_id else None), b"same", decide)
        names = [one.event.name for one in await store.read_stream(STREAM)]
        assert names[: len(before)] == [f"{number}" for number in range(1, len(before) + 1)]
        return len(before), names.count(unanswered)
    finally:
        await database.dispose()


def killed(folder: Path, when: str, rounds: int, longest_wait: float, *, by_id: bool = True) -> tuple[int, int]:
    """How often something that was said to stand did not, and how often a command sent again had two effects."""
    chance = random.Random(11)  # noqa: S311 - the same moments in every run, as far as a machine allows
    lost = twice = 0
    for epoch in range(0, rounds, 100):  # a log that is read through in each round must not grow for ever
        url = f"sqlite:///{folder / f'errera-{epoch}.db'}"
        command = [sys.executable, "-m", "tests.events.appender", url, when]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        ) as zygote:
            for _ in range(min(100, rounds - epoch)):
                said = kill_one(zygote, chance, longest_wait)
                if said is None:
                    continue  # killed before it said a word, so nothing is known to be unanswered
                there, effects = asyncio.run(standing(url, said, by_id=by_id))
                lost += there < said
                twice += effects > 1
                if lost or twice:
                    break  # from here on the versions no longer say what the commands were
            assert zygote.stdin
            zygote.stdin.close()
        if lost or twice:
            break
    return lost, twice


def kill_one(zygote: "subprocess.Popen[str]", chance: random.Random, longest_wait: float) -> int | None:
    """The last version that it said stands."""
    assert zygote.stdin
    assert zygote.stdout
    zygote.stdin.write("go\n")
    zygote.stdin.flush()
    said, pid, heard = None, 0, 0
    wanted = chance.randint(1, 8)
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
                time.sleep(chance.uniform(0, longest_wait))  # so that the kill falls anywhere in an append
            os.kill(pid, signal.SIGKILL)
            wanted = 1 << 30
    return said


def test_what_was_said_to_stand_stands_and_a_retry_has_one_effect(tmp_path: Path) -> None:
    assert killed(tmp_path, "afterwards", ROUNDS, 0.01) == (0, 0)


def test_saying_so_before_the_commit_would_be_noticed(tmp_path: Path) -> None:
    lost, _ = killed(tmp_path, "beforehand", 40, 0)
    assert lost


def test_a_retry_without_the_command_s_id_would_be_noticed(tmp_path: Path) -> None:
    _, twice = killed(tmp_path, "afterwards", 200, 0.01, by_id=False)
    assert twice
