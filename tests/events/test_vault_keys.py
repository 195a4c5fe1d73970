"""The vault's key-encryption keys: found wrong at the start, changed while others go on, and killed on the way."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from events.store.database import Database
from events.vault.keys import FileKeys, FixedKeys, VaultKeyError, parse
from events.vault.rotating import rotate
from events.vault.vault import Vault
from tests.postgresql import Databases

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
CONTENT = {"name": "Marie Vandenbroucke"}
ROOT = Path(__file__).parents[2]


async def nothing(_url: str) -> None:
    """No schema."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'vault.db'}"
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    made = await databases.fresh_database(nothing)
    yield made
    await databases.drop_database(made)


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    yield opened
    await opened.dispose()


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    return FileKeys(tmp_path / "keys" / "vault.key")


async def opened(database: Database, keys: Any) -> Vault:
    vault = Vault(database, keys)
    await vault.open()
    return vault


async def wrapped(vault: Vault) -> dict[str, Any]:
    async with vault.database.read() as connection:
        rows = await connection.execute(sa.select(vault.rows))
        return {row.id: row for row in rows}


# The file


def test_a_key_is_made_once_and_for_its_owner_alone(keys: FileKeys) -> None:
    assert keys.load() == []
    keys.create()
    made = keys.load()
    keys.create()
    assert keys.load() == made
    assert [len(key) for key in made] == [32]
    assert keys.path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in keys.path.parent.iterdir()] == ["vault.key"]


@pytest.mark.parametrize("text", ["", "hello", "00" * 31, "zz" * 32, "é", f"{OLD.hex()}\n00"])
def test_a_file_that_holds_no_key_is_refused(keys: FileKeys, text: str) -> None:
    keys.path.parent.mkdir()
    keys.path.write_text(text)
    with pytest.raises(VaultKeyError, match=r"vault\.key does not hold keys"):
        keys.load()


def test_a_setting_may_hold_two() -> None:
    assert parse(f"{NEW.hex()}, {OLD.hex()}", "it") == [NEW, OLD]


# The start


async def test_a_lost_key_is_found_at_the_start_and_none_is_made_in_its_place(
    database: Database, keys: FileKeys
) -> None:
    await opened(database, keys)
    keys.path.unlink()
    with pytest.raises(VaultKeyError) as refusal:
        await opened(database, keys)
    assert refusal.value.code == "missing"
    assert not keys.path.exists()


async def test_what_lies_in_the_place_of_the_key_and_cannot_be_read_is_told_so(
    database: Database, keys: FileKeys
) -> None:
    await opened(database, keys)
    keys.path.unlink()
    keys.path.mkdir()
    with pytest.raises(VaultKeyError, match="cannot be read: Is a directory") as refusal:
        await opened(database, keys)
    assert (refusal.value.code, refusal.value.facts["place"]) == ("unreadable", str(keys.path))


async def test_a_wrong_key_is_found_at_the_start(database: Database) -> None:
    await opened(database, OLD)
    with pytest.raises(VaultKeyError) as refusal:
        await opened(database, NEW)
    assert refusal.value.code == "wrong"


async def test_a_new_key_before_the_old_is_used_for_what_is_new(database: Database) -> None:
    first = await opened(database, OLD)
    one, _ = await first.put("text", CONTENT, command_id="c1")
    both = await opened(database, FixedKeys([NEW, OLD]))
    two, _ = await both.put("text", CONTENT, command_id="c2")
    assert await both.compared([one, two]) == {one: CONTENT, two: CONTENT}
    rows = await wrapped(both)
    assert rows[one].wrapped_by != rows[two].wrapped_by == both.ring.current


# Changing it


async def test_every_row_gets_the_new_key_and_keeps_its_content(database: Database, keys: FileKeys) -> None:
    vault = await opened(database, keys)
    ids = [(await vault.put("text", {"text": str(number)}, command_id="c"))[0] for number in range(5)]
    before, [old], secret = await wrapped(vault), keys.load(), vault.secret
    assert await rotate(vault) == 5
    after, [new] = await wrapped(vault), keys.load()
    assert new != old
    assert {row.wrapped_by for row in after.values()} == {vault.ring.current}
    for row_id in ids:
        assert after[row_id].sealed == before[row_id].sealed
        assert after[row_id].wrapped_key != before[row_id].wrapped_key
    again = await opened(database, keys)
    assert [one["text"] for one in (await again.compared(ids)).values()] == ["0", "1", "2", "3", "4"]
    assert again.secret == secret, "what was hashed with it is found again"
    with pytest.raises(VaultKeyError):
        await opened(database, old)


async def test_a_key_in_a_setting_is_changed_by_whoever_set_it(database: Database) -> None:
    vault = await opened(database, OLD)
    row_id, _ = await vault.put("text", CONTENT, command_id="c1")
    with pytest.raises(VaultKeyError) as refusal:
        await rotate(vault)
    assert refusal.value.code == "notOurs"
    assert await rotate(await opened(database, FixedKeys([NEW, OLD]))) == 1
    assert await (await opened(database, NEW)).compared([row_id]) == {row_id: CONTENT}


async def test_another_process_goes_on_reading_and_writing(url: str, database: Database, keys: FileKeys) -> None:
    mine = await opened(database, keys)
    elsewhere = Database(url) if not database.sqlite else database  # SQLite has one writing process
    other = await opened(elsewhere, keys)
    one, _ = await mine.put("text", CONTENT, command_id="c1")
    await rotate(mine)
    assert await other.compared([one]) == {one: CONTENT}
    two, _ = await other.put("text", CONTENT, command_id="c2")
    assert await mine.compared([two]) == {two: CONTENT}
    assert {row.wrapped_by for row in (await wrapped(mine)).values()} == {mine.ring.current}
    if elsewhere is not database:
        await elsewhere.dispose()


async def test_a_process_that_only_has_the_old_key_writes_nothing_with_it(database: Database, keys: FileKeys) -> None:
    mine = await opened(database, keys)
    other = await opened(database, FixedKeys(keys.load()))
    await rotate(mine)
    with pytest.raises(VaultKeyError):
        await other.put("text", CONTENT, command_id="c1")
    assert await wrapped(mine) == {}


# Killed on the way

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from events.store.database import Database
from events.vault import rotating
from events.vault.keys import FileKeys
from events.vault.ring import KeyRing
from events.vault.vault import Vault

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

rotating._MANY = 2
owner, name, times = {"keys": (FileKeys, "replace", 1), "learnt": (KeyRing, "learn", 1), "half": (None, "", 0),
    "secret": (KeyRing, "rewrap_secret", 1), "retired": (KeyRing, "retire", 1), "cut": (FileKeys, "replace", 2)}[sys.argv[3]]

async def main():
    vault = Vault(Database(sys.argv[1]), FileKeys(Path(sys.argv[2])))
    await vault.open()
    if owner is None:
        await rotating.rotate(vault, lambda done, of: die() if done >= 4 else None)
    kept, called = getattr(owner, name), []
    def sync(self, *given):
        called.append(kept(self, *given))
        if len(called) == times:
            die()
    async def asynchronous(self, *given):
        done = await kept(self, *given)
        die()
    setattr(owner, name, sync if name == "replace" else asynchronous)
    await rotating.rotate(vault)

asyncio.run(main())
"""


@pytest.mark.crash
@pytest.mark.parametrize("step", ["keys", "learnt", "half", "secret", "retired", "cut"])
async def test_killed_anywhere_everything_opens_and_it_goes_on(step: str, url: str, keys: FileKeys) -> None:
    database = Database(url)
    vault = await opened(database, keys)
    ids = [(await vault.put("text", {"text": str(number)}, command_id="c"))[0] for number in range(7)]
    [old], secret = keys.load(), vault.secret
    await database.dispose()
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED, url, str(keys.path), step],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    database = Database(url)
    vault = await opened(database, keys)
    texts = [str(number) for number in range(7)]
    assert [one["text"] for one in (await vault.compared(ids)).values()] == texts
    await rotate(vault)
    again = await opened(database, keys)
    assert [one["text"] for one in (await again.compared(ids)).values()] == texts
    assert again.secret == secret
    assert len(keys.load()) == 1
    assert keys.load() != [old]
    assert {row.wrapped_by for row in (await wrapped(again)).values()} == {again.ring.current}
    await database.dispose()
