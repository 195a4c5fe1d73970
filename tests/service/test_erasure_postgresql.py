"""Erasing a signatory on PostgreSQL: in no table and no dump."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.acceptance.world import World, open_world, told
from tests.postgresql_server import find_binaries
from tests.service.erased import NAME, Signatory, erase, everything_said, needles, signatory
from tests.system import missing

pytestmark = pytest.mark.postgresql


@pytest.fixture
async def world(tmp_path: Path, postgresql_url: str) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data", url=postgresql_url) as opened:
        yield opened


async def tables(url: str) -> bytes:
    """Every row of every table, as COPY writes it."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        found = []
        for schema, table in rows:
            texts = await connection.fetch(f'SELECT t::text AS row FROM "{schema}"."{table}" t')
            found += [row["row"].encode() for row in texts]
        return b"\n".join(found)
    finally:
        await connection.close()


def dump(url: str) -> bytes:
    program = find_binaries() / "pg_dump"
    if not program.exists():
        missing("pg_dump", "install PostgreSQL's client programs")
    return subprocess.run([program, url], capture_output=True, check=True).stdout


def left(content: bytes, of: Signatory) -> set[str]:
    return {name for name, needle in needles(of) if needle in content or needle.hex().encode() in content}


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
