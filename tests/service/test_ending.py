"""What runs beside the work is ended, also while its database hangs."""

import asyncio
from datetime import datetime
from typing import NoReturn

import pytest

from service import ending
from tests.events.conftest import create_log
from tests.events.proxy import through_a_proxy
from tests.postgresql import Databases

pytestmark = [pytest.mark.server, pytest.mark.postgresql]
FOR_EVER = 3600.0


async def ended_while_the_database_hangs(postgresql_server: Databases, patience: float) -> None:
    url = await postgresql_server.fresh_database(create_log)
    async with through_a_proxy(url) as (store, proxy):
        await asyncio.gather(store.now(), store.now())  # connections, of which a ping is asked before they serve again
        proxy.hang()
        asking: asyncio.Task[datetime] = asyncio.create_task(store.now())
        await proxy.holding()
        try:
            async with asyncio.timeout(patience):
                await ending.end(asking)
                await ending.attempt(store.now())
        finally:
            asking.cancel()
            proxy.flow()
            await asyncio.wait([asking])
    await postgresql_server.drop_database(url)


async def test_a_database_that_hangs_is_not_waited_for(postgresql_server: Databases) -> None:
    await ended_while_the_database_hangs(postgresql_server, 30)


async def test_waiting_for_it_would_be_noticed(postgresql_server: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ending, "_SECONDS", FOR_EVER)
    with pytest.raises(TimeoutError):
        await ended_while_the_database_hangs(postgresql_server, 2)


async def test_what_it_failed_with_is_told() -> None:
    async def fail() -> NoReturn:
        raise ValueError("before")

    failed = asyncio.create_task(fail())
    await asyncio.wait([failed])
    with pytest.raises(ValueError, match="before"):
        await ending.end(failed)
    await ending.attempt(fail())
