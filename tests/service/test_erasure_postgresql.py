"""Erasing a signatory on PostgreSQL: in no table and no dump."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.acceptance.world import World, open_world, told
from tests.service.erased import NAME, dump, erase, everything_said, left, signatory, tables

pytestmark = pytest.mark.postgresql


@pytest.fixture
async def world(tmp_path: Path, postgresql_url: str) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data", url=postgresql_url) as opened:
        yield opened


async def test_in_no_table_and_no_dump(world: World, postgresql_url: str) -> None:
    of = await signatory(world)
    assert left(await tables(postgresql_url), of), "the test can see what it looks for"
    assert left(dump(postgresql_url), of)
    done = await erase(world, of)
    assert done["state"] == "complete"
    assert left(await tables(postgresql_url), of) == set()
    assert left(dump(postgresql_url), of) == set()
    assert NAME not in await everything_said(world)


async def test_while_a_transaction_may_see_the_row_it_is_pending(world: World, postgresql_url: str) -> None:
    of = await signatory(world)
    reader = await asyncpg.connect(postgresql_url)
    try:
        await reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        assert await reader.fetchval("SELECT count(*) FROM vault.vault_rows")
        done = await erase(world, of, 202)
        assert done["state"] == "pending"
        await reader.execute("ROLLBACK")
    finally:
        await reader.close()
    manager = await world.client()
    await world.house.erasing.tick()
    assert told(await manager.get(done["href"]))["state"] == "complete"


async def test_the_dead_row_leaves_its_table(world: World, postgresql_url: str) -> None:
    of = await signatory(world)
    connection = await asyncpg.connect(postgresql_url)
    try:
        vacuums = "SELECT vacuum_count FROM pg_stat_user_tables WHERE relname = 'vault_rows'"
        before = await connection.fetchval(vacuums)
        await erase(world, of)
        await connection.execute("SELECT pg_stat_clear_snapshot()")
        assert await connection.fetchval(vacuums) > before
    finally:
        await connection.close()
