"""Many processes at one PostgreSQL, killed at any moment: what they and those who follow the log may count on."""

# ruff: noqa: ASYNC110, ASYNC240 - it watches files that other processes write

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from events.envelope import from_micros
from tests.events.conftest import create_log
from tests.events.crowd import HOT, SIZES
from tests.events.logs import CODEC
from tests.postgresql import Databases

RUNS = 10 if os.environ.get("SOAK") else 1
KILLS = 60 if os.environ.get("SOAK") else 12

pytestmark = [pytest.mark.postgresql, pytest.mark.crash]

WITHOUT_THE_LOCK = """\
CREATE SEQUENCE positions;
CREATE OR REPLACE FUNCTION errera_append(
    taken_streams text[], taken_versions integer[], free_streams text[], free_versions integer[],
    command_ids text[], request_hashes bytea[], firsts integer[], lasts integer[],
    event_streams text[], event_versions integer[], bodies bytea[], clock_offset bigint,
    OUT base bigint, OUT instant bigint
) LANGUAGE plpgsql AS $$
BEGIN
    instant := floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    INSERT INTO events (position, stream, version, recorded_at, body)
    SELECT nextval('positions'), e.stream, e.version, instant, e.body
    FROM unnest(event_streams, event_versions, bodies) AS e (stream, version, body);
    PERFORM pg_sleep(random() * 0.01);
    SELECT last_value - cardinality(bodies) INTO base FROM positions;
    INSERT INTO commands (command_id, request_hash, first_position, last_position, recorded_at)
    SELECT c.id, c.hash, base + c.first, base + c.last, instant
    FROM unnest(command_ids, request_hashes, firsts, lasts) AS c (id, hash, first, last);
    UPDATE head SET size = greatest(size, base + cardinality(bodies));
END $$;
CREATE OR REPLACE FUNCTION errera_append_one(
    to_stream text, next_version integer, command text, request bytea, event bytea, clock_offset bigint,
    OUT base bigint, OUT instant bigint
) LANGUAGE sql AS $$
    SELECT * FROM errera_append(
        '{}', '{}', '{}', '{}', ARRAY[command], ARRAY[request], ARRAY[1], ARRAY[1],
        ARRAY[to_stream], ARRAY[next_version], ARRAY[event], clock_offset
    )
$$"""
"""The broken variant: positions from a sequence, as most stores on PostgreSQL take them."""


@dataclass
class Seen:
    """What stood in the end, what the readers saw, and what the writers were told."""

    log: list[Any] = field(default_factory=list)
    by_readers: list[list[tuple[int, int]]] = field(default_factory=list)
    answered: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def positions(self) -> list[int]:
        return [one.position for one in self.log]

    def skipped(self) -> int:
        """By a reader, out of what stands."""
        return sum(len(set(self.positions) - {position for position, _ in one}) for one in self.by_readers)

    def gaps(self) -> int:
        return sum(after - before != 1 for before, after in zip([0, *self.positions], self.positions, strict=False))

    def backwards(self) -> int:
        """In position or in time."""
        return sum(
            after[0] <= before[0] or after[1] < before[1] for one in self.by_readers for before, after in pairwise(one)
        )

    def lost_or_twice(self) -> list[str]:
        """Commands that were answered and are not there once, whole and at the positions that the answer said."""
        at: dict[str, list[int]] = {}
        for one in self.log:
            at.setdefault(one.command_id, []).append(one.position)
        wrong = []
        for command_id, (first, last) in self.answered.items():
            if at.get(command_id, []) != ([] if first == "None" else list(range(int(first), int(last) + 1))):
                wrong.append(command_id)
        wrong += [one for one, where in at.items() if len(where) != SIZES[one.partition("-")[0]]]
        return wrong

    def decided_on_something_old(self) -> int:
        """Events that name as the hot stream's last event one that was not when they were recorded."""
        last, wrong = "nothing", 0
        for one in self.log:
            wrong += one.command_id.startswith(("hot", "judged")) and one.event.name != f"after {last}"
            if one.stream == HOT:
                last = one.event_id
        return wrong


@pytest.fixture
async def log(postgresql_server: Databases) -> AsyncIterator[str]:
    url = await postgresql_server.fresh_database(create_log)
    yield url
    await postgresql_server.drop_database(url)


class Crowd:
    """The processes."""

    def __init__(self, zygote: asyncio.subprocess.Process, folder: Path) -> None:
        self.zygote = zygote
        self.folder = folder
        self.count = 0

    async def start(self, role: str, former: Path | None = None) -> tuple[int, Path]:
        assert self.zygote.stdin
        assert self.zygote.stdout
        self.count += 1
        file = self.folder / f"{role}-{self.count}"
        self.zygote.stdin.write(f"{role} {file} {former or ''}\n".encode())
        return int(await self.zygote.stdout.readline()), file


async def crowd_at(url: str, folder: Path, kills: int, role: str = "writer") -> Seen:
    """Four processes append while two follow the log; one after the other is killed and another takes its place."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.events.crowd", url]
    zygote = await asyncio.create_subprocess_exec(
        *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    crowd = Crowd(zygote, folder)
    readers = [await crowd.start("reader") for _ in range(2)]
    writers = [await crowd.start(role) for _ in range(4)]
    try:
        for _ in range(kills):
            await until_answered(writers[-1][1])
            await asyncio.sleep(random.uniform(0, 0.2))  # noqa: S311 - any moment will do
            pid, file = writers.pop(random.randrange(4))  # noqa: S311
            os.kill(pid, signal.SIGKILL)
            writers.append(await crowd.start(role, file))
        for _, file in writers:
            await until_answered(file)
        for pid, _ in writers:
            os.kill(pid, signal.SIGKILL)
        writers.clear()
        seen = Seen()
        await until_idle(url)
        connection = await asyncpg.connect(url)
        rows = await connection.fetch("SELECT position, recorded_at, body FROM events ORDER BY position")
        await connection.close()
        seen.log = [CODEC.decode(position, from_micros(at), body) for position, at, body in rows]
        async with asyncio.timeout(30):
            while not all(f"\n{seen.positions[-1]} " in file.read_text() for _, file in readers):
                await asyncio.sleep(0.02)
    finally:
        for pid, _ in [*writers, *readers]:
            os.kill(pid, signal.SIGKILL)
        zygote.kill()
        await zygote.wait()
    for _, file in readers:
        lines = [line.split() for line in file.read_text().splitlines()]
        seen.by_readers.append([(int(position), int(at)) for position, at in lines])
    for file in folder.glob(f"{role}-*"):
        for line in file.read_text().splitlines():
            word, command_id, *where = line.split()
            assert word != "#" or role == "careless", line
            if word == "!":
                seen.answered[command_id] = (where[0], where[1])
    return seen


async def until_answered(file: Path) -> None:
    """Until a writer was answered once: it is at work."""
    async with asyncio.timeout(30):
        while not file.exists() or not any(word in file.read_text() for word in "!#"):
            await asyncio.sleep(0.01)


async def until_idle(url: str) -> None:
    """Until the statements that killed processes left behind have ended."""
    connection = await asyncpg.connect(url)
    while await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' "
        "AND pid <> pg_backend_pid() AND query LIKE '%errera_append%'"
    ):
        await asyncio.sleep(0.02)
    await connection.close()


@pytest.mark.parametrize("run", range(RUNS))
async def test_nothing_is_skipped_lost_or_there_twice(log: str, tmp_path: Path, run: int) -> None:
    seen = await crowd_at(log, tmp_path / "crowd", KILLS)
    assert (seen.skipped(), seen.gaps(), seen.backwards(), seen.lost_or_twice()) == (0, 0, 0, [])
    assert seen.decided_on_something_old() == 0
    times = [one.recorded_at for one in seen.log]
    assert times == sorted(times)
    kinds = Counter(command_id.partition("-")[0] for command_id in seen.answered)
    assert set(kinds) == set(SIZES), "every kind of command had its turn"


async def test_positions_from_a_sequence_would_be_noticed(log: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(log)
    await connection.execute(WITHOUT_THE_LOCK)
    await connection.close()
    seen = await crowd_at(log, tmp_path / "crowd", 12, "careless")
    assert seen.gaps() + seen.skipped()
    assert seen.lost_or_twice(), "answered with positions that are not its own"
