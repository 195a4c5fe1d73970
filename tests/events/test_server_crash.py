"""PostgreSQL itself is killed, or its disk is full: what was acknowledged stands, and the store goes on by itself."""

import asyncio
import errno
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import NoReturn

import pytest

from events.store import group_commit
from events.store.database import Database
from events.store.port import Appended, StoreUnavailableError
from events.store.sql import SqlStore
from tests.events.conftest import create_log
from tests.events.logs import CODEC, added, positions, put
from tests.postgresql import Databases, start_or_skip
from tests.postgresql_server import Server, new_folder

ROUNDS = 20 if os.environ.get("SOAK") else 2
WRITERS = 6
PROSE = "x" * 20_000

pytestmark = [pytest.mark.postgresql, pytest.mark.crash]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "SECONDS_TO_RECONNECT", 0.0)


async def append_until_it_fails(store: SqlStore, name: str, acknowledged: set[str]) -> str:
    """Returns the command that nobody answered."""
    number = 0
    while True:
        number += 1
        command_id = f"{name}-{number}"
        try:
            await put(store, f"partner-{command_id}", 1, added(command_id), command_id=command_id)
        except StoreUnavailableError:
            return command_id
        acknowledged.add(command_id)


async def lost_and_twice(databases: Databases, rounds: int, *, careless: bool = False) -> tuple[set[str], set[str]]:
    """What was acknowledged and is not there after the server was killed and started, and what is there twice."""
    url = await databases.fresh_database(create_log)
    store = SqlStore(Database(url), CODEC)
    acknowledged: set[str] = set()
    try:
        for again in range(rounds):
            if careless:
                await put(store, f"cohort-{again}", 1)
                await store._log._writer.execute("SET synchronous_commit = off")  # type: ignore[attr-defined] # breaks it
            writers = [
                asyncio.create_task(append_until_it_fails(store, f"{again}-{one}", acknowledged))
                for one in range(WRITERS)
            ]
            await asyncio.sleep(random.uniform(0.1, 0.4))  # noqa: S311 - any moment will do
            await asyncio.to_thread(databases.server.crash)
            unanswered = await asyncio.gather(*writers)
            await asyncio.to_thread(databases.server.start)
            for command_id in unanswered:
                await put(store, f"partner-{command_id}", 1, added(command_id), command_id=command_id)
            acknowledged.update(unanswered)
        assert await positions(store) == list(range(1, len(await positions(store)) + 1))
        names = [one.event.name for one in await store.read_log(0, 1_000_000) if one.stream.startswith("partner")]
        return acknowledged - set(names), {name for name in names if names.count(name) > 1}
    finally:
        await store.database.dispose()


async def test_what_was_acknowledged_outlives_the_server(postgresql_crashable: Databases) -> None:
    assert await lost_and_twice(postgresql_crashable, ROUNDS) == (set(), set())


async def test_a_commit_that_does_not_wait_for_the_disk_would_be_noticed(postgresql_crashable: Databases) -> None:
    lost, _ = await lost_and_twice(postgresql_crashable, 3, careless=True)
    assert lost


# A disk that is full


def write_for_ever(file: FileIO) -> NoReturn:
    while True:
        file.write(bytes(4096))


class SmallDisk:
    """A file system of its own, which something else may fill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._other = folder / "other"

    def fill(self) -> None:
        with self._other.open("ab", buffering=0) as file, pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            write_for_ever(file)

    def free(self) -> None:
        self._other.unlink()


@pytest.fixture
def small_disk() -> Iterator[SmallDisk]:
    folder = new_folder()
    command = ["mount", "-t", "tmpfs", "-o", "size=512m,mode=0755", "errera", str(folder)]
    if not shutil.which("mount") or subprocess.run(command, capture_output=True, check=False).returncode:
        folder.rmdir()
        pytest.skip("a disk of a size of one's own: only root may mount one, and not everywhere")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
        folder.rmdir()


@pytest.fixture
def on_small_disk(small_disk: SmallDisk) -> Iterator[Databases]:
    server = Server(small_disk.folder, durable=True)
    start_or_skip(server)
    yield Databases(server)
    server.stop()


async def test_a_disk_that_is_full_says_so_and_works_again_with_room(
    on_small_disk: Databases, small_disk: SmallDisk
) -> None:
    store = SqlStore(Database(await on_small_disk.fresh_database(create_log)), CODEC)
    await put(store, "partner-first", 1)
    assert await positions(store) == [1]
    small_disk.fill()
    stood, refused = 1, dict[str, object]()
    while not refused:
        names = [f"{stood}-{one}" for one in range(8)]
        done = await asyncio.gather(
            *(put(store, f"partner-{name}", 1, added(PROSE), command_id=name) for name in names),
            return_exceptions=True,
        )
        stood += sum(isinstance(one, Appended) for one in done)
        refused = {name: one for name, one in zip(names, done, strict=True) if not isinstance(one, Appended)}
    assert {type(one) for one in refused.values()} == {StoreUnavailableError}
    assert all("No space left on device" in f"{one}" for one in refused.values())
    with pytest.raises(StoreUnavailableError):
        await put(store, "partner-first", 2, added(PROSE))
    assert await positions(store) == list(range(1, stood + 1)), "it can be read"
    small_disk.free()
    for name in refused:
        again = await put(store, f"partner-{name}", 1, added(PROSE), command_id=name)
        assert not again.repeated
    assert await positions(store) == list(range(1, stood + len(refused) + 1))
    await store.database.dispose()
