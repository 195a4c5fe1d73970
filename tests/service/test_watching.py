"""Who looks over the log after a start holds nobody up when the service stops."""

import asyncio
import threading

import pytest

from service import watching
from tests.events.conftest import create_log
from tests.events.proxy import through_a_proxy
from tests.postgresql import Databases

pytestmark = [pytest.mark.server, pytest.mark.postgresql]
FOR_EVER = 3600.0


async def stopped_while_the_database_hangs(postgresql_server: Databases, patience: float) -> None:
    url = await postgresql_server.fresh_database(create_log)
    async with through_a_proxy(url) as (store, proxy):
        await store.open()
        proxy.hang()
        begun = [one for one in threading.enumerate() if one.name == "watching"]
        try:
            async with asyncio.timeout(patience):
                async with watching.watching(store, store.database.url.render_as_string(False), pooled=False):
                    await proxy.holding()
        finally:
            proxy.flow()
            for one in set(threading.enumerate()) - set(begun):
                if one.name == "watching":
                    await asyncio.to_thread(one.join)
    await postgresql_server.drop_database(url)


async def test_a_database_that_hangs_is_not_waited_for(postgresql_server: Databases) -> None:
    await stopped_while_the_database_hangs(postgresql_server, 30)


async def test_waiting_for_it_would_be_noticed(postgresql_server: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "_SECONDS_TO_END", FOR_EVER)
    with pytest.raises(TimeoutError):
        await stopped_while_the_database_hangs(postgresql_server, 2)
