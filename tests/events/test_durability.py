"""What is not durable leaves what follows it as durable as ever."""

import asyncio

import pytest
import sqlalchemy as sa

from events.store.sql import SqlStore


async def synchronous(store: SqlStore) -> object:
    if store.database.sqlite:
        return await store.database.on_writer(lambda one: one.execute("PRAGMA synchronous").fetchone()[0])
    async with store.database.write() as connection:
        return await connection.scalar(sa.text("SHOW synchronous_commit"))


@pytest.mark.parametrize("fails", [False, True])
async def test_a_transaction_that_is_not_durable_is_so_alone(store: SqlStore, *, fails: bool) -> None:
    usual = await synchronous(store)
    within = None
    try:
        async with store.database.write(durable=False) as connection:
            within = await connection.scalar(
                sa.text("PRAGMA synchronous" if store.database.sqlite else "SHOW synchronous_commit")
            )
            if fails:
                await connection.execute(sa.text("SELECT no_such_thing"))
    except sa.exc.DBAPIError:
        assert fails
    assert within == (1 if store.database.sqlite else "off")
    assert await synchronous(store) == usual
    if store.database.sqlite:
        assert usual == 2, "FULL"


async def test_one_that_is_cancelled_wherever_it_is_leaves_it_so_too(store: SqlStore) -> None:
    usual = await synchronous(store)

    async def careless() -> None:
        async with store.database.write(durable=False) as connection:
            await connection.execute(sa.text("SELECT 1"))

    for steps in range(40):
        task = asyncio.create_task(careless())
        for _ in range(steps):
            await asyncio.sleep(0.0002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled() or task.exception() is None
        assert await synchronous(store) == usual
