"""Many processes count on in one stream: each command is carried out, none is told of a conflict, nobody starves."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from events.store.database import Database
from events.store.sql import SqlStore
from events.store.transaction import TRIES
from tests.events.conftest import POSTGRESQL
from tests.events.hot import STREAM
from tests.events.logs import CODEC

PROCESSES, WRITERS = 4, 4
COMMANDS = 250 if os.environ.get("SOAK") else 25

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.crash,
    pytest.mark.parametrize("url", [POSTGRESQL], indirect=True),
]


async def counted_on(url: str, tries: int, commands: int) -> list[int]:
    """How often each command was decided; 0 for one that was told of a conflict."""
    command = [sys.executable, "-m", "tests.events.hot", url, *(f"{one}" for one in (WRITERS, commands, tries))]
    processes = [
        await asyncio.create_subprocess_exec(
            *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
        )
        for _ in range(PROCESSES)
    ]
    try:
        for one in processes:
            assert one.stdout
            assert await one.stdout.readline() == b"ready\n"
        said = await asyncio.gather(*(one.communicate(b"go\n") for one in processes))
    finally:
        for one in processes:
            if one.returncode is None:
                one.kill()
                await one.wait()
    return [decided for out, _ in said for decided in json.loads(out)]


async def test_each_command_of_every_process_is_carried_out_once(url: str) -> None:
    decided = await counted_on(url, TRIES, COMMANDS)
    print(f"decided {sum(decided) / len(decided):.2f} times, at most {max(decided)}")
    assert len(decided) == PROCESSES * WRITERS * COMMANDS
    assert 0 not in decided, "told of a conflict"
    database = Database(url)
    names = [one.event.name for one in await SqlStore(database, CODEC).read_stream(STREAM)]
    await database.dispose()
    assert names == [f"after {number}" for number in range(len(decided))]


async def test_giving_up_at_once_would_be_noticed(url: str) -> None:
    assert 0 in await counted_on(url, 1, 25)
