"""What keeps a store whole, on both databases: nothing is rewritten, a hole is named, the future is not touched, one writes."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from events.catalogue import EVENT_TYPES
from events.codec import Codec, UnknownEventError
from events.store.database import StoreLockedError
from events.store.moving import MOVED_TO
from events.store.port import (
    CommandReusedError,
    EntryTooLargeError,
    ReadOnlyStoreError,
    StoreError,
    UnreadableEventError,
    VersionConflictError,
)
from events.store.schema import event_types, register
from events.store.sql import SqlStore
from tests.events.conftest import PGBOUNCER, POSTGRESQL, OpenStore, empty_log
from tests.events.logs import positions, put, renamed


@pytest.fixture(params=["sqlite", POSTGRESQL, PGBOUNCER])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    async with empty_log(request, tmp_path) as empty:
        yield empty


# Append-only


REWRITES = {
    "UPDATE events SET body = body": "events is append-only",
    "DELETE FROM events": "events is append-only",
    "UPDATE commands SET request_hash = request_hash": "commands is append-only",
    "DELETE FROM commands": "commands is append-only",
    "UPDATE head SET size = size - 1": "head only grows",
    "DELETE FROM head": "head",
}
ONLY_SQLITE = {
    "INSERT OR REPLACE INTO events SELECT * FROM events": "events is append-only",
    "INSERT OR REPLACE INTO events SELECT position + 9, stream, version, recorded_at, body FROM events": "events is",
    "INSERT OR REPLACE INTO commands SELECT * FROM commands": "commands is append-only",
    "INSERT OR REPLACE INTO head SELECT id, 0, 0 FROM head": "head only grows",
}
ONLY_POSTGRESQL = {
    "TRUNCATE events": "events is append-only",
    "TRUNCATE commands": "commands is append-only",
    "TRUNCATE head": "head is append-only",
    "INSERT INTO events SELECT * FROM events ON CONFLICT (position) DO UPDATE SET body = ''": "events is append-only",
}


async def test_nothing_is_rewritten(store: SqlStore) -> None:
    await put(store, "partner-a", 1)
    before = await store.read_bodies(0, 10)
    for statement, why in (REWRITES | (ONLY_SQLITE if store.database.sqlite else ONLY_POSTGRESQL)).items():
        with pytest.raises(sa.exc.DBAPIError, match=why):
            async with store.database.write() as connection:
                await connection.exec_driver_sql(statement)
    assert await store.read_bodies(0, 10) == before
    assert (await store.head()).size == 1
    await put(store, "partner-a", 2)


async def forget(store: SqlStore, position: int) -> None:
    """As someone does who may change the schema."""
    async with store.database.write() as connection:
        triggers = (
            ["DROP TRIGGER events_no_delete"] if store.database.sqlite else ["ALTER TABLE events DISABLE TRIGGER USER"]
        )
        for statement in [*triggers, f"DELETE FROM events WHERE position = {position}"]:
            await connection.exec_driver_sql(statement)


@pytest.mark.parametrize("position", [1, 2, 3])
async def test_a_missing_position_is_named_and_nothing_is_written(
    store: SqlStore, another: OpenStore, position: int
) -> None:
    for version in (1, 2, 3):
        await put(store, "partner-a", version)
    await forget(store, position)
    await store.database.dispose()
    reopened = another()
    await reopened.open()
    assert reopened.read_only == f"the log should hold 3 events and holds 2: position {position} is missing"
    with pytest.raises(ReadOnlyStoreError, match=f"position {position} is missing"):
        await put(reopened, "partner-b", 1)
    assert len(await positions(reopened)) == 2, "it can still be read"


async def test_a_whole_log_opens_again_and_goes_on(store: SqlStore, another: OpenStore) -> None:
    await put(store, "partner-a", 1)
    await store.database.dispose()
    reopened = another()
    await reopened.open()
    assert reopened.read_only is None
    await put(reopened, "partner-a", 2)
    assert await positions(reopened) == [1, 2]


async def test_two_processes_may_start_at_once(store: SqlStore, another: OpenStore) -> None:
    if store.database.sqlite:
        await store.open()
    else:
        await asyncio.gather(*(another().open() for _ in range(5)))
    await put(store, "partner-a", 1)


# What this release does not know


@pytest.mark.parametrize(("name", "version"), [("PartnerAdded", 2), ("PartnerTeleported", 1)])
async def test_an_event_from_the_future_refuses_to_open(
    store: SqlStore, another: OpenStore, name: str, version: int
) -> None:
    async with store.database.write() as connection:
        await connection.execute(event_types.insert().values(name=name, version=version))
    await store.database.dispose()
    with pytest.raises(UnknownEventError, match=f"{name} version {version}"):
        await another().open()


async def test_an_older_release_refuses_what_a_newer_one_wrote(store: SqlStore, another: OpenStore) -> None:
    await put(store, "partner-a", 1, renamed("AGORIA"))
    await store.database.dispose()
    older = Codec({key: cls for key, cls in EVENT_TYPES.items() if key != ("PartnerRenamed", 1)})
    with pytest.raises(UnknownEventError, match="PartnerRenamed"):
        await another(codec=older).open()


async def test_an_event_that_cannot_be_read_is_named(store: SqlStore, another: OpenStore) -> None:
    await put(store, "partner-a", 1)
    await put(store, "partner-a", 2, renamed("AGORIA"))
    older = another(codec=Codec({key: cls for key, cls in EVENT_TYPES.items() if key != ("PartnerRenamed", 1)}))
    for read in (older.read_log(0, 10), older.read_stream("partner-a"), older.read_streams(["partner-a", "partner-b"])):
        with pytest.raises(UnreadableEventError) as caught:
            await read
        assert caught.value.position == 2
    assert [one.position for one in await older.read_log(0, 10, until=1)] == [1], "what precedes can be read"


async def test_a_register_that_another_process_moved_is_noticed(store: SqlStore) -> None:
    assert await store.look_again() is None
    async with store.database.write() as connection:
        await connection.execute(register.insert().values(name=MOVED_TO, value="postgresql://there"))
    assert await store.look_again() == "this register has moved to postgresql://there"
    with pytest.raises(ReadOnlyStoreError):
        await put(store, "partner-a", 1)


# The clock


async def test_the_clock_is_the_database_s_plus_an_offset(store: SqlStore, another: OpenStore) -> None:
    now = await store.now()
    await store.database.dispose()
    ahead = another(offset=timedelta(days=400))
    await ahead.open()
    assert timedelta(days=399) < await ahead.now() - now < timedelta(days=401)
    done = await put(ahead, "partner-a", 1)
    assert timedelta(days=399) < done.record.recorded_at - now < timedelta(days=401)
    assert now.utcoffset() == timedelta()


async def test_a_clock_behind_the_last_event_still_records_forward(store: SqlStore, another: OpenStore) -> None:
    first = await put(store, "partner-a", 1)
    await store.database.dispose()
    behind = another(offset=timedelta(days=-1))
    await behind.open()
    second = await put(behind, "partner-a", 2)
    assert second.record.recorded_at == first.record.recorded_at
    assert await positions(behind) == [1, 2]


# One writing process


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
async def test_sqlite_has_one_writing_process(store: SqlStore, another: OpenStore) -> None:
    await put(store, "partner-a", 1)
    second = another()
    with pytest.raises(StoreLockedError, match="another process is writing"):
        await second.open()
    assert await positions(second) == [1], "reading is for everyone"
    script = f"from events.store.database import Database; Database({str(store.database.url)!r}).acquire()"
    child = subprocess.run(  # noqa: ASYNC221 - nothing else runs
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert "StoreLockedError" in child.stderr
    await store.database.dispose()
    await second.open()
    await put(second, "partner-a", 2)


def test_every_refusal_is_a_store_error() -> None:
    for refusal in (VersionConflictError, CommandReusedError, EntryTooLargeError, ReadOnlyStoreError):
        assert issubclass(refusal, StoreError)
