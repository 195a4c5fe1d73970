"""Verifying a log that is as it should be, wherever it lies; what is done to one stands in test_tampering.py."""

import asyncio
import contextlib
import multiprocessing
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa

from events.log.checkpoint import SigningKey, sign
from events.log.keys import LogKeys
from events.log.sealing import Sealer
from events.log.tiles import Bundle, bundles_of, tiles_of
from events.log.verification import verifying
from events.log.verification.faults import LogError
from events.log.verification.folder import FolderPlace
from events.log.verification.places import Found
from events.log.verification.sqlite import SqlitePlace
from events.log.verification.verifying import Verified, verify
from events.store.schema import commands, events, log_tiles
from events.store.sql import SqlStore
from tests.events.log.places import place_of
from tests.events.log.sealing_logs import checkpoints_of, grow, keys_of, seal_all, sealed_log
from tests.events.logs import append, pending, renamed


@pytest.fixture
async def keys(store: SqlStore, tmp_path: Path) -> LogKeys:
    return await keys_of(store, tmp_path)


@pytest.fixture
def sealer(store: SqlStore, keys: LogKeys) -> Sealer:
    return Sealer(store, keys)


async def verified(store: SqlStore, **more: object) -> Verified:
    """In a thread: it blocks, as a command may."""
    return await asyncio.to_thread(verify, place_of(store), **more)  # type: ignore[arg-type] # what the test gives


async def exported(store: SqlStore, keys: LogKeys, folder: Path) -> FolderPlace:
    log = sealed_log(store)
    newest = await log.newest()
    assert newest is not None
    files = {"checkpoint": newest.note, "publicKey": "".join(f"{key}\n" for key in keys.verifiers).encode()}
    for tile in tiles_of(newest.checkpoint.size):
        files[tile.path] = await log.tile(tile) or b""
    for one in bundles_of(newest.checkpoint.size):
        files[one.path] = await log.entries(one) or b""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return FolderPlace(folder)


@pytest.mark.parametrize("counts", [(), (1,), (255, 1, 1), (300, 400)])
async def test_a_log_is_well_beside_whoever_writes_it(store: SqlStore, sealer: Sealer, counts: Sequence[int]) -> None:
    await seal_all(sealer)
    for count in counts:
        await grow(store, count)
        await seal_all(sealer)
    found = await verified(store)
    assert found.faults == []
    assert (found.size, found.sealed) == (sum(counts), sum(counts))
    assert [one.checkpoint for one in found.known] == [one.checkpoint for one in await checkpoints_of(store)]


async def test_what_is_not_sealed_yet_is_well_and_is_told(store: SqlStore, sealer: Sealer) -> None:
    await grow(store, 300)
    await seal_all(sealer)
    await grow(store, 10)
    found = await verified(store)
    assert (found.faults, found.size, found.sealed) == ([], 310, 300)


async def test_a_log_that_was_never_sealed_is_well(store: SqlStore) -> None:
    await grow(store, 20)
    found = await verified(store)
    assert (found.faults, found.size, found.sealed) == ([], 20, 0)


async def test_streams_of_many_versions_and_commands_of_many_events_are_well(store: SqlStore, sealer: Sealer) -> None:
    for start in range(1, 700, 50):
        several = [pending("partner-1", version, renamed(f"Naam {version}")) for version in range(start, start + 50)]
        await store.append(append(*several))
        await store.append(append())  # a command of no event
    await seal_all(sealer)
    assert (await verified(store, deep=True)).faults == []


@pytest.mark.parametrize("count", [1, 2])
async def test_stretches_fit_together(
    store: SqlStore, sealer: Sealer, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "STRETCH", 256)
    for start in range(1, 1200, 40):
        await store.append(append(*(pending("partner-1", version) for version in range(start, start + 40))))
        await seal_all(sealer)
    heard: list[tuple[int, int]] = []
    found = await verified(store, count=count, told=lambda done, of: heard.append((done, of)))
    assert (found.faults, found.sealed, len(found.known)) == ([], 1200, 30)
    assert heard == [(0, 1200), (256, 1200), (512, 1200), (768, 1200), (1024, 1200), (1200, 1200)]


@pytest.mark.parametrize("size", [1, 256, 700])
async def test_an_exported_log_is_well_without_its_database(
    store: SqlStore, keys: LogKeys, sealer: Sealer, tmp_path: Path, size: int
) -> None:
    await grow(store, size)
    await seal_all(sealer)
    place = await exported(store, keys, tmp_path / "export")
    found = verify(place)
    assert (found.faults, found.size, found.sealed) == ([], size, size)


async def test_any_changed_byte_of_an_exported_log_is_found(
    store: SqlStore, keys: LogKeys, sealer: Sealer, tmp_path: Path
) -> None:
    await grow(store, 300)
    await seal_all(sealer)
    place = await exported(store, keys, tmp_path / "export")
    for file in [one for one in (tmp_path / "export").rglob("*") if one.is_file()]:
        right = file.read_bytes()
        for at in {0, len(right) // 3, len(right) // 2, len(right) - 2}:
            file.write_bytes(right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :])
            try:
                assert verify(place).faults, f"{file} at {at}"
            except LogError:
                assert file.name in {"checkpoint", "publicKey"}
        file.write_bytes(right)
    entries = tmp_path / "export" / Bundle(1, 44).path
    entries.unlink()
    assert [(one.position, one.code) for one in verify(place).faults] == [(257, "position.missing")]


async def test_a_checkpoint_from_outside_counts_with_its_key_only(
    store: SqlStore, keys: LogKeys, sealer: Sealer
) -> None:
    await grow(store, 10)
    await seal_all(sealer)
    [kept] = await checkpoints_of(store)
    await grow(store, 10)
    assert (await verified(store, outside=[Found("kept", kept.note)])).faults == []
    stranger = SigningKey.of("stranger.example", bytes(32))
    unknown = sign(kept.checkpoint.text, [stranger])
    [fault] = (await verified(store, outside=[Found("forged", unknown)])).faults
    assert (fault.position, fault.code) == (10, "checkpoint.signature")
    assert (await verified(store, keys=[stranger.verifier], outside=[Found("theirs", unknown)])).faults != []


async def test_where_there_is_no_log_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="no such file"):
        verify(SqlitePlace(tmp_path / "none.sqlite"))
    (tmp_path / "text.sqlite").write_text("no database, but long enough to be taken for the header of one" * 20)
    with pytest.raises(LogError):
        verify(SqlitePlace(tmp_path / "text.sqlite"))
    with pytest.raises(LogError, match="No such file"):
        verify(FolderPlace(tmp_path))


async def test_what_is_done_to_the_tables_of_either_database_is_found(store: SqlStore, sealer: Sealer) -> None:
    await grow(store, 600)
    await seal_all(sealer)
    async with store.database.write() as connection:
        for table in ("events", "commands", "log_tiles"):
            if store.database.sqlite:
                found = await connection.scalars(
                    sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"),
                    {"table": table},
                )
                for trigger in found.all():
                    await connection.execute(sa.text(f"DROP TRIGGER {trigger}"))
            else:
                await connection.execute(sa.text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
    for change, position, code in (
        (commands.delete().where(commands.c.last_position == 600), 501, "command.missing"),
        (log_tiles.delete().where(log_tiles.c.level == 1), 1, "tile.level"),
        (events.update().where(events.c.position == 77).values(recorded_at=1), 77, "recordedAt.backwards"),
        (events.update().where(events.c.position == 60).values(version=2), 60, "body.disagrees"),
        (events.delete().where(events.c.position == 20), 20, "position.missing"),
    ):
        async with store.database.write() as connection:
            await connection.execute(change)
        first = (await verified(store)).faults[0]
        assert (first.position, first.code) == (position, code)


async def test_whoever_interrupts_leaves_no_process_behind(
    store: SqlStore, sealer: Sealer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "STRETCH", 256)
    await grow(store, 1500)
    await seal_all(sealer)

    def interrupting(done: int, _of: int) -> None:
        if done:
            raise KeyboardInterrupt

    def interrupted() -> bool:
        try:
            verify(place_of(store), told=interrupting, count=2)
        except KeyboardInterrupt:  # it would end the thread, and the test with it
            return True
        return False

    assert await asyncio.to_thread(interrupted)
    assert multiprocessing.active_children() == []


def test_what_the_first_release_wrote_is_well(tmp_path: Path) -> None:
    script = (Path(__file__).parents[2] / "golden" / "0.1.0" / "sqlite.sql").read_text(encoding="utf-8")
    with contextlib.closing(sqlite3.connect(tmp_path / "old.sqlite")) as connection:
        connection.executescript(script)
    found = verify(SqlitePlace(tmp_path / "old.sqlite"), deep=True)
    assert found.faults == []
    assert found.size > 20


async def test_deep_finds_a_body_that_is_not_canonical_though_it_was_sealed_so(store: SqlStore, sealer: Sealer) -> None:
    await grow(store, 5)
    async with store.database.write() as connection:
        if store.database.sqlite:
            await connection.execute(sa.text("DROP TRIGGER events_no_update"))
        else:
            await connection.execute(sa.text("ALTER TABLE events DISABLE TRIGGER ALL"))
        body = await connection.scalar(sa.select(events.c.body).where(events.c.position == 3))
        assert body is not None
        spaced = body.replace(b'"name":', b'"name": ')
        await connection.execute(events.update().where(events.c.position == 3).values(body=spaced))
    await seal_all(sealer)
    assert (await verified(store)).faults == []
    assert [(one.position, one.code) for one in (await verified(store, deep=True)).faults] == [(3, "body.notCanonical")]
