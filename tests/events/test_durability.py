"""What is not durable leaves what follows it as durable as ever."""

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
