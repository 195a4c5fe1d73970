"""With a synchronous standby only what it has flushed is sealed: no failover undoes an entry under a checkpoint."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa

from events.log.keys import LogKeys
from events.log.replication import NotReplicatedError, replicated_size, standbys_needed
from events.log.sealing import Sealer
from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.conftest import create_log
from tests.events.log.sealing_logs import check_whole, checkpoints_of, grow, keys_of, seal_all
from tests.events.log.standby import NAME, Standby
from tests.events.logs import CODEC
from tests.postgresql import Databases


@pytest.mark.parametrize(
    ("names", "needed"),
    [
        ("", 0),
        ("  ", 0),
        ("a", 1),
        ("a, b", 1),
        ("*", 1),
        ('"FIRST"', 1),
        ("first_one, b", 1),
        ("FIRST 2 (a, b, c)", 2),
        ("first 1 (a)", 1),
        ("ANY 2 (a, b, c)", 2),
        ("any 3(a, b, c)", 3),
        ("2 (a, b)", 2),
        ("2(*)", 2),
    ],
)
def test_how_many_standbys_have_to_flush(names: str, needed: int) -> None:
    assert standbys_needed(names) == needed


async def run(database: Database, *statements: str) -> None:
    """Outside of any transaction, as ALTER SYSTEM needs it."""
    address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(address)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def follows(database: Database, *, sync: str) -> bool:
    query = sa.text("SELECT sync_state FROM pg_stat_replication WHERE application_name = :name AND state = 'streaming'")
    async with database.read() as connection:
        return sync in list(await connection.scalars(query, {"name": NAME}))


async def until(database: Database, *, sync: str) -> None:
    async with asyncio.timeout(30):
        while not await follows(database, sync=sync):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.05)


@pytest.fixture
async def store(postgresql_crashable: Databases) -> AsyncIterator[SqlStore]:
    """On a server of its own, which answers as soon as an append is on its own disk."""
    url = await postgresql_crashable.fresh_database(create_log)
    database = Database(url)
    name = url.rsplit("/", 1)[1]
    await run(database, f"ALTER DATABASE {name} SET synchronous_commit = local")
    await database.dispose()
    database = Database(url)
    made = SqlStore(database, CODEC)
    await made.open()
    yield made
    await database.dispose()


@pytest.fixture
async def standby(postgresql_crashable: Databases, store: SqlStore) -> AsyncIterator[Standby]:
    made = await asyncio.to_thread(Standby, postgresql_crashable.server)
    await asyncio.to_thread(made.start)
    await until(store.database, sync="async")
    yield made
    await asyncio.to_thread(made.stop)


async def asked_for(store: SqlStore, names: str) -> None:
    await run(store.database, f"ALTER SYSTEM SET synchronous_standby_names = '{names}'", "SELECT pg_reload_conf()")


@pytest.fixture
async def keys(store: SqlStore, tmp_path: Path) -> LogKeys:
    return await keys_of(store, tmp_path)


@pytest.mark.postgresql
@pytest.mark.crash
@pytest.mark.parametrize(("names", "sync"), [(f"FIRST 1 ({NAME})", "sync"), (f"ANY 1 ({NAME}, another)", "quorum")])
async def test_what_the_standby_has_not_flushed_is_not_sealed(
    store: SqlStore, standby: Standby, keys: LogKeys, names: str, sync: str
) -> None:
    await asked_for(store, names)
    await until(store.database, sync=sync)
    await grow(store, 10)
    sealer = Sealer(store, keys)
    await seal_all(sealer)

    await asyncio.to_thread(standby.stop)
    await grow(store, 10)
    with pytest.raises(NotReplicatedError, match="0 of 1"):
        await sealer.seal()
    assert (await store.head()).size == 20
    assert [one.checkpoint.size for one in await checkpoints_of(store)] == [10]

    await asyncio.to_thread(standby.start)
    await until(store.database, sync=sync)
    await seal_all(sealer)
    assert await check_whole(store, [keys]) == 20


@pytest.mark.postgresql
@pytest.mark.crash
async def test_where_two_have_to_flush_one_is_not_enough(store: SqlStore, standby: Standby, keys: LogKeys) -> None:
    del standby  # it follows; no more is asked of it
    await asked_for(store, f"2 ({NAME}, another)")
    await until(store.database, sync="sync")
    await grow(store, 10)
    with pytest.raises(NotReplicatedError, match="1 of 2"):
        await replicated_size(store.database, 1)
    await asked_for(store, "")
    await until(store.database, sync="async")
    await seal_all(Sealer(store, keys))
    assert await check_whole(store, [keys]) == 10


@pytest.mark.postgresql
@pytest.mark.crash
async def test_who_may_not_see_the_standbys_is_told_what_to_grant(store: SqlStore, standby: Standby) -> None:
    del standby  # it follows; no more is asked of it
    await asked_for(store, NAME)
    await until(store.database, sync="sync")
    await grow(store, 1)
    await run(
        store.database,
        "CREATE ROLE modest LOGIN PASSWORD 'secret'",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO modest",
    )
    modest = Database(
        store.database.url.set(username="modest", password="secret").render_as_string(hide_password=False)
    )
    with pytest.raises(NotReplicatedError, match="GRANT pg_monitor"):
        await replicated_size(modest, 1)
    await run(store.database, "GRANT pg_monitor TO modest")
    assert await replicated_size(modest, 10) == 1
    await modest.dispose()


@pytest.mark.postgresql
async def test_without_synchronous_standbys_all_of_it_is_sealed(postgresql_server: Databases) -> None:
    url = await postgresql_server.fresh_database(create_log)
    database = Database(url)
    store = SqlStore(database, CODEC)
    await store.open()
    await grow(store, 3)
    assert await replicated_size(database, 0) == 3
    await database.dispose()
    await postgresql_server.drop_database(url)
