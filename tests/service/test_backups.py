"""A backup made while the service runs, put back in an empty place: the same register, and nobody erased is back."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from service.backups import LOG, VAULT, BackupError, back_up, checked, restore
from service.local_socket import listening_locally
from service.settings import Settings
from tests.acceptance.world import open_world, refused, told
from tests.postgresql import Databases
from tests.service.erased import CAPACITY, NAME, erase, signatory, traces
from tests.service.served import quick

KINDS = [
    ("sqlite", "sqlite"),
    pytest.param(("postgresql", "postgresql"), marks=pytest.mark.postgresql),
    pytest.param(("sqlite", "postgresql"), marks=pytest.mark.postgresql),
]


async def url_of(kind: str, request: pytest.FixtureRequest) -> str | None:
    if kind == "sqlite":
        return None
    databases: Databases = request.getfixturevalue("postgresql_server")
    return await databases.fresh_database()


def keys(source: Path, target: Path) -> None:
    """What a backup does not hold, put where it belongs."""
    target.mkdir(parents=True)
    for name in ("vault.key", "log.key"):
        if (source / name).exists():
            shutil.copy(source / name, target / name)


@pytest.mark.parametrize("kinds", KINDS, ids=lambda kinds: "-".join(kinds) if isinstance(kinds, tuple) else None)
async def test_the_same_register_in_another_place(
    kinds: tuple[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    start, end = [await url_of(kind, request) for kind in kinds]
    there, here, ledger = tmp_path / "there", tmp_path / "here", tmp_path / "ledger"
    async with open_world(here, url=start) as world:
        of = await signatory(world)
        manager = await world.client()
        made = await back_up(world.house.settings, tmp_path / "backup")
        assert made.events == await world.size()
        bodies = [body for _, _, body in await world.house.store.read_bodies(0, 1000)]
        agreement = told(await manager.get(of.agreement["href"]))
        token = manager.headers["Authorization"]
        await erase(world, of)
    assert sorted(path.name for path in (tmp_path / "backup").iterdir()) == sorted(["backup.json", LOG, VAULT])
    assert traces(tmp_path / "backup", of), "it was made before"
    keys(here, there)
    shutil.copytree(here / "erasures", ledger)
    settings = Settings(data_dir=there, database_url=end)
    assert await restore(settings, tmp_path / "backup") == checked(tmp_path / "backup")
    shutil.copytree(ledger, there / "erasures")
    async with open_world(there, url=end) as world:
        after = [body for _, _, body in await world.house.store.read_bodies(0, 1000)]
        assert after[: len(bodies)] == bodies, "the same log, as far as the backup knew it"
        assert len(after) == len(bodies) + 1, "and the declaration of who was erased since"
        await world.settled()
        again = await world.stranger(Authorization=token)
        found = told(await again.get(of.agreement["href"]))
        assert {**found, "signatories": 0} == {**agreement, "signatories": 0}
        refused(await again.get(f"/v1/persons/{of.person_id}"), 404, "person.erased")
    assert traces(there, of) == []


async def test_what_the_vault_holds_of_later_commands_is_not_in_it(tmp_path: Path, monkeypatch: Any) -> None:
    from service import backups

    async with open_world(tmp_path / "data") as world:
        of = await signatory(world)
        manager = await world.client()
        kept = backups._copy_file

        def copied(source: Path, target: Path) -> None:
            if target.name == VAULT:  # between the two, something happens
                writer.execute(
                    "INSERT INTO vault_rows SELECT id || 'x', kind, about, 'later', bound, wrapped_key, sealed, wrapped_by FROM vault_rows"
                )
            kept(source, target)

        with closing(
            sqlite3.connect(tmp_path / "data" / VAULT, isolation_level=None, check_same_thread=False)
        ) as writer:
            monkeypatch.setattr(backups, "_copy_file", copied)
            await back_up(world.house.settings, tmp_path / "backup")
        assert told(await manager.get(f"/v1/persons/{of.person_id}"))["name"] == NAME
    with closing(sqlite3.connect(tmp_path / "backup" / VAULT)) as connection:
        rows = connection.execute("SELECT id, command_id FROM vault_rows").fetchall()
    assert rows
    assert [row for row in rows if row[1] == "later"] == []


async def test_a_damaged_backup_is_not_put_back(tmp_path: Path) -> None:
    async with open_world(tmp_path / "data") as world:
        await back_up(world.house.settings, tmp_path / "backup")
    file = tmp_path / "backup" / LOG
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)
    with pytest.raises(BackupError) as refusal:
        await restore(Settings(data_dir=tmp_path / "there"), tmp_path / "backup")
    assert refusal.value.code == "damaged"
    assert not (tmp_path / "there" / LOG).exists()


@pytest.mark.parametrize("left", [f"{LOG}-wal", f"{VAULT}-wal", f"{LOG}-journal"])
async def test_nothing_is_put_beside_what_is_left_of_another_register(left: str, tmp_path: Path) -> None:
    async with open_world(tmp_path / "data") as world:
        await back_up(world.house.settings, tmp_path / "backup")
    there = tmp_path / "there"
    there.mkdir()
    (there / left).write_bytes(b"of another file")
    with pytest.raises(BackupError) as refusal:
        await restore(Settings(data_dir=there), tmp_path / "backup")
    assert (refusal.value.code, refusal.value.facts["file"]) == ("leftBehind", str(there / left))
    assert [path.name for path in there.iterdir()] == [left], "nothing was put there"


async def test_nothing_is_put_under_a_running_service_whose_files_are_gone(tmp_path: Path) -> None:
    async with open_world(tmp_path / "data") as world:
        await back_up(world.house.settings, tmp_path / "backup")
    there = Settings(data_dir=tmp_path / "there")
    there.data_dir.mkdir()
    with listening_locally(there) as listener:
        assert listener is not None
        listener.listen()
        with pytest.raises(BackupError) as refusal:
            await restore(there, tmp_path / "backup")
    assert refusal.value.code == "running"
    assert not (there.data_dir / LOG).exists()


def test_on_the_command_line(tmp_path: Path) -> None:
    data, backup, there = tmp_path / "data", tmp_path / "backup", tmp_path / "there"
    assert quick("projections", "status", folder=data).code == 0
    assert quick("backup", str(backup), folder=data).code == 0
    again = quick("backup", str(backup), folder=data)
    assert (again.code, "is not empty" in again.err) == (1, True)
    onto = quick("restore", str(backup), folder=data)
    assert (onto.code, "move it aside" in onto.err) == (1, True)
    keys(data, there)
    restored = quick("restore", str(backup), folder=there)
    assert (restored.code, "There is no erasure ledger" in restored.err) == (0, True)
    none = quick("restore", str(tmp_path), folder=tmp_path / "other")
    assert (none.code, "does not hold a backup" in none.err) == (1, True)


def test_without_its_key_it_says_so(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    quick("projections", "status", folder=data)
    quick("backup", str(backup), folder=data)
    there = tmp_path / "there"
    told = quick("restore", str(backup), folder=there)
    assert told.code == 1
    assert "there is a vault, and no key" in told.err
    assert CAPACITY not in told.err
    assert not (there / LOG).exists(), "nothing is put back before the keys open it"
    shutil.copy(data / "vault.key", there)
    told = quick("restore", str(backup), folder=there)
    assert told.code == 1
    assert "the register is back, but" in told.err
    assert "log.key" in told.err, "which may be lost for good"
    assert quick("log", "accept-key", "--new", folder=there).code == 0
    assert quick("log", "verify", folder=there).code == 0


async def test_a_log_that_others_have_seen_longer_is_put_back_and_says_so(tmp_path: Path) -> None:
    data, backup, there = tmp_path / "data", tmp_path / "backup", tmp_path / "there"
    async with open_world(data) as world:
        of = await signatory(world)
        await back_up(world.house.settings, backup)
        await erase(world, of)
    published = await asyncio.to_thread(quick, "log", "checkpoint", folder=data)
    (tmp_path / "published").mkdir()
    (tmp_path / "published" / "checkpoint").write_text(published.out, encoding="utf-8")
    keys(data, there)
    shutil.copytree(data / "erasures", there / "erasures")
    publish = str(tmp_path / "published")
    put_back = await asyncio.to_thread(quick, "restore", str(backup), folder=there, ERRERA_LOG_PUBLISH_DIR=publish)
    assert put_back.code == 1
    assert "Erased again: 1." in put_back.out
    assert "shorter than what was published" in put_back.err
    assert traces(there, of) == [], "erased all the same"


@pytest.mark.parametrize("noted", ['{"requestId":', "[]", "{}", '{"personId": "p", "requestId": "p.1"}', "\x00"])
def test_a_ledger_that_does_not_say_who_was_erased_is_named(noted: str, tmp_path: Path) -> None:
    ledger = tmp_path / "data" / "erasures"
    ledger.mkdir(parents=True)
    (ledger / "p.1.json").write_text(noted)
    told = quick("projections", "status", folder=tmp_path / "data")
    assert (told.code, f"{ledger / 'p.1.json'} in the erasure ledger" in told.err) == (1, True)
    assert "Traceback" not in told.err
