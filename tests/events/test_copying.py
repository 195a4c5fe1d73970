"""A register copied from one database to another: whole, or recognisably unfinished, never two that take events."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from events.log.keys import open_keys
from events.store import copying, moving
from events.store.copying import Copied, Copying
from events.store.copying_places import CopyRefusedError
from events.store.database import StoreLockedError
from events.store.migrating import SchemaTooOldError
from events.store.mirroring import DifferenceError
from events.store.port import ReadOnlyStoreError
from events.store.sql import first_fault
from service.auth.tokens import Tokens
from tests.events.logs import positions, put
from tests.events.places import contents, fill, nowhere_yet, place, store_of
from tests.golden.happened import FILE

DIRECTIONS = [
    pytest.param(("sqlite", "postgresql"), marks=pytest.mark.postgresql, id="to-postgresql"),
    pytest.param(("postgresql", "sqlite"), marks=pytest.mark.postgresql, id="to-sqlite"),
]
PATIENCE = 60


@pytest.fixture(params=DIRECTIONS)
async def ends(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[str, str]]:
    """A filled register, and an empty database of the other kind."""
    one, other = request.param
    async with (
        nowhere_yet(one, tmp_path / "from", request) as start,
        nowhere_yet(other, tmp_path / "to", request) as end,
    ):
        await fill(start)
        yield start, end


@pytest.fixture
async def sqlite_ends(tmp_path: Path) -> tuple[str, str]:
    start, end = (f"sqlite:///{tmp_path / name / 'errera.sqlite'}" for name in ("from", "to"))
    await fill(start)
    return start, end


@pytest.fixture
async def from_postgresql(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[str, str]]:
    async with nowhere_yet("postgresql", tmp_path, request) as start:
        await fill(start)
        yield start, f"sqlite:///{tmp_path / 'to.sqlite'}"


async def copied(
    start: str,
    end: str,
    *,
    keep: bool = False,
    told: Callable[[int, int], None] = lambda _done, _size: None,
    way: type[Copying] = Copying,
) -> Copied:
    async with place(start) as source, place(end) as target:
        return await way(source, target, keep=keep, told=told).run()


async def read_only(url: str) -> str:
    async with store_of(url) as store:
        return store.read_only or ""


# Every byte


async def test_every_row_is_the_same_and_the_copy_goes_on(
    ends: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH", 50)
    start, end = ends
    before = await contents(start)
    done = await copied(start, end)
    assert (done.events, done.commands) == (180, 60) == (len(before["events"]), len(before["commands"]))
    assert await contents(end) == before == await contents(start)
    async with store_of(end) as store:
        assert store.read_only is None
        repeated = await put(store, "partner-x", 1, command_id="again")
        assert repeated.record.last_position == 181


async def test_the_old_place_takes_nothing_any_more(ends: tuple[str, str]) -> None:
    start, end = ends
    await copied(start, end)
    assert "this register has moved to " in await read_only(start)
    async with store_of(start) as store:
        with pytest.raises(ReadOnlyStoreError, match="has moved"):
            await put(store, "partner-x", 1)
        with pytest.raises(ReadOnlyStoreError, match="has moved"):
            await Tokens(store.database).create("auditor")
        store._fault = None  # an earlier release looks for no note: it meets the triggers
        with pytest.raises(Exception, match="has moved"):
            await put(store, "partner-x", 1)
        assert len(await positions(store)) == 180


async def test_a_copy_that_is_kept_apart_leaves_the_register_as_it_was(ends: tuple[str, str]) -> None:
    start, end = ends
    before = await contents(start)
    await copied(start, end, keep=True)
    assert await contents(end) == before
    for url in (start, end):
        async with store_of(url) as store:
            await put(store, "partner-x", 1)


async def test_there_and_back_again(ends: tuple[str, str], tmp_path: Path) -> None:
    start, end = ends
    before = await contents(start)
    await copied(start, end)
    back = f"sqlite:///{tmp_path / 'back' / 'errera.sqlite'}"
    await copied(end, back)
    assert await contents(back) == before


# Killed


async def test_a_killed_copy_is_shorter_and_whole_and_is_gone_on_with(ends: tuple[str, str]) -> None:
    start, end = ends
    before = await contents(start)
    reached = 0
    for steps in (1, 4, 9):
        size = await asyncio.to_thread(kill_after, start, end, steps)
        assert size > reached
        reached = size
        assert "an unfinished copy" in await read_only(end)
        async with store_of(end) as store, store.database.read() as connection:
            assert await first_fault(connection) is None
            log = await positions(store)
            assert size <= len(log) < 180
            commands = [await store.command(one.command_id) for one in await store.read_log(0, 1000)]
            assert all(one and one.last_position and one.last_position <= log[-1] for one in commands)
            with pytest.raises(ReadOnlyStoreError):
                await put(store, "partner-x", 1)
    await copied(start, end)
    assert await contents(end) == before


def kill_after(start: str, end: str, steps: int) -> int:
    """Kill the copying process once it said so many times how far it is; returns how far that was."""
    command = [sys.executable, "-m", "tests.events.copier", start, end]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout
        said = [int(process.stdout.readline()) for _ in range(steps)]
        os.kill(process.pid, signal.SIGKILL)
    return said[-1]


async def test_one_that_died_after_the_register_had_moved_is_finished(
    sqlite_ends: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(_: AsyncConnection) -> None:
        raise KeyboardInterrupt

    start, end = sqlite_ends
    with monkeypatch.context() as patched:
        patched.setattr(moving, "end_copy", die)
        with pytest.raises(KeyboardInterrupt):
            await copied(start, end)
    assert "has moved" in await read_only(start)
    assert "unfinished" in await read_only(end)
    await copied(start, end)
    assert await read_only(end) == ""
    assert await contents(end) == await contents(start)


# While it runs


@pytest.mark.postgresql
async def test_what_is_acknowledged_while_it_moves_is_there(
    from_postgresql: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH", 50)
    start, end = from_postgresql
    acknowledged: list[str] = []

    async def write(number: int) -> None:
        async with store_of(start) as store:
            version = 0
            try:
                while True:
                    version += 1
                    await put(store, f"partner-w{number}", version, command_id=f"w{number} {version}")
                    acknowledged.append(f"w{number} {version}")
                    await asyncio.sleep(0.005)
            except ReadOnlyStoreError:
                assert "has moved" in (store.read_only or "")

    writers = [asyncio.create_task(write(number)) for number in range(3)]
    while len(acknowledged) < 20:  # noqa: ASYNC110 - until all is under way
        await asyncio.sleep(0.01)
    async with asyncio.timeout(PATIENCE):
        await copied(start, end)
        await asyncio.gather(*writers)
    async with store_of(end) as store:
        assert len(acknowledged) > 20
        records = [await store.command(one) for one in acknowledged]
        assert None not in records
        assert len(await positions(store)) == 180 + len(acknowledged)
    assert await contents(end) == await contents(start)


async def test_a_sqlite_register_in_use_is_copied_but_for_the_last_step(sqlite_ends: tuple[str, str]) -> None:
    start, end = sqlite_ends
    async with store_of(start) as service:
        service.database.acquire()
        with pytest.raises(StoreLockedError):
            await copied(start, end)
        async with store_of(end) as store:
            assert len(await positions(store)) == 180
        await put(service, "partner-x", 1)
    assert (await copied(start, end)).events == 181


async def test_a_copy_to_keep_is_made_of_a_sqlite_register_in_use(sqlite_ends: tuple[str, str]) -> None:
    start, end = sqlite_ends
    async with store_of(start) as service:
        service.database.acquire()
        await copied(start, end, keep=True)
        await put(service, "partner-x", 1)
    assert await read_only(end) == ""


# Refused


async def refusal(start: str, end: str) -> str:
    with pytest.raises(CopyRefusedError) as caught:
        await copied(start, end)
    return caught.value.code


async def test_a_place_with_a_register_is_no_target(ends: tuple[str, str], tmp_path: Path) -> None:
    start, end = ends
    await fill(end, 3)
    before = await contents(end)
    assert await refusal(start, end) == "targetNotEmpty"
    assert await contents(end) == before
    assert await refusal(start, start) == "samePlace"
    assert await refusal(f"sqlite:///{tmp_path / 'no.sqlite'}", end) == "noSource"
    assert not (tmp_path / "no.sqlite").exists()


async def test_a_place_whose_log_has_a_key_of_its_own_is_no_target(
    sqlite_ends: tuple[str, str], tmp_path: Path
) -> None:
    start, end = sqlite_ends
    async with store_of(end) as store:
        await open_keys(store.database, tmp_path / "log.key", "errera.example/another")
    assert await refusal(start, end) == "targetNotEmpty"


async def test_the_unfinished_copy_of_another_register_is_no_target(
    sqlite_ends: tuple[str, str], tmp_path: Path
) -> None:
    start, end = sqlite_ends
    await asyncio.to_thread(kill_after, start, end, 3)
    another = f"sqlite:///{tmp_path / 'another.sqlite'}"
    await fill(another)
    assert await refusal(another, end) == "targetOfAnother"
    assert await refusal(end, another) == "sourceUnfinished"


async def test_a_register_that_has_moved_is_copied_from_where_it_is(
    sqlite_ends: tuple[str, str], tmp_path: Path
) -> None:
    start, end = sqlite_ends
    await copied(start, end)
    assert await refusal(start, f"sqlite:///{tmp_path / 'late.sqlite'}") == "sourceMoved"
    assert await refusal(end, start) == "targetNotEmpty"


async def test_a_register_of_the_first_release_is_to_be_upgraded_first(tmp_path: Path) -> None:
    for name, dump in {"old": "sqlite", "old-vault": "sqlite-vault"}.items():
        connection = sqlite3.connect(tmp_path / f"{name}.sqlite")
        connection.executescript((FILE.parent / "0.1.0" / f"{dump}.sql").read_text(encoding="utf-8"))
        connection.close()
    with pytest.raises(SchemaTooOldError):
        await copied(f"sqlite:///{tmp_path / 'old.sqlite'}", f"sqlite:///{tmp_path / 'new.sqlite'}")


# A difference


def spoiling(*statements: str, beside: bool = False) -> type[Copying]:
    """The broken variant: a copy that ends up other than what was copied."""

    class Spoiling(Copying):
        async def _verify(self, source: AsyncConnection, until: int) -> None:
            vault = next(one for one, part in self._target.beside if part.name == "vault")
            database = vault if beside else self._target.log
            async with database.write() as connection:
                for statement in statements:
                    await connection.exec_driver_sql(statement)
            await super()._verify(source, until)

    return Spoiling


@pytest.mark.parametrize(
    ("way", "named"),
    [
        (
            spoiling("DROP TRIGGER IF EXISTS events_no_update", "UPDATE events SET recorded_at = recorded_at + 1 WHERE position = 77"),
            "events 77: recorded_at differs",
        ),
        (
            spoiling("DROP TRIGGER IF EXISTS events_no_update", "UPDATE events SET body = CAST(body || ' ' AS BLOB) WHERE position = 180"),
            "events 180: body differs",
        ),
        (
            spoiling("DROP TRIGGER IF EXISTS commands_no_delete", "DELETE FROM commands WHERE command_id = 'nothing 3'"),
            "commands nothing 3: is missing in the copy",
        ),
        (spoiling("INSERT OR IGNORE INTO event_types VALUES ('AgreementSigned', 1)"), "event_types AgreementSigned"),
        (spoiling("UPDATE tokens SET revoked_at = NULL"), "revoked_at differs"),
        (spoiling("DELETE FROM vault_rows WHERE bound", beside=True), "is missing in the copy"),
        (spoiling("UPDATE register SET value = 'no' WHERE name = 'demonstration'"), "register demonstration"),
    ],
)  # fmt: skip
async def test_a_difference_is_found_and_named(sqlite_ends: tuple[str, str], way: type[Copying], named: str) -> None:
    start, end = sqlite_ends
    with pytest.raises(DifferenceError, match=named):
        await copied(start, end, way=way)
    assert await read_only(start) == ""
    assert "unfinished" in await read_only(end)
