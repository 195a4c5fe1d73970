"""What earlier releases made of the log stays while one of them may still run, and goes after that."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from events.projections.superseded import KEPT, sweep
from events.read_model import metadata
from events.store.schema import checkpoints
from events.store.sql import SqlStore
from service.read_models import COHORTS, HISTORY, NAMES, PARTNERS
from tests.events.conftest import POSTGRESQL, OpenStore
from tests.events.logs import added, put
from tests.events.projecting import catch_up, happen, over, rows, running

BEFORE = (replace(PARTNERS, version=901), replace(NAMES, name="forms", version=901), COHORTS)
"""What the release before has: partners in another version, and a model that is no more."""

NOW = (PARTNERS, COHORTS, HISTORY)

LONG_AFTER = KEPT + timedelta(hours=1)


@pytest.fixture
async def upgraded(store: SqlStore) -> AsyncIterator[SqlStore]:
    """A log that the release before followed to its end, with tables from before a rebuild."""
    projector = over(store, BEFORE)
    await projector.open()
    await happen(store)
    await catch_up(projector)
    await projector.rebuild()
    yield store
    for model in BEFORE[:2]:
        metadata.remove(model.table())


async def there(store: SqlStore) -> Sequence[str]:
    """Which of the tables of the release before there are."""
    async with store.database.read() as connection:
        found = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
    return sorted(name for name in found if "_v901" in name)


ALL_OF_THEM = ["forms_v901", "forms_v901_old", "partners_v901", "partners_v901_old"]


async def test_they_stay_while_they_miss_nothing(upgraded: SqlStore, another: OpenStore) -> None:
    assert await there(upgraded) == ALL_OF_THEM
    later = another(offset=LONG_AFTER)
    assert await sweep(later.database, NOW) == []
    assert await there(upgraded) == ALL_OF_THEM


async def test_they_stay_for_a_day_after_they_missed_something(upgraded: SqlStore) -> None:
    await put(upgraded, "partner-voka", 1, added("Voka", "voka"))
    assert await sweep(upgraded.database, NOW) == []
    assert await there(upgraded) == ALL_OF_THEM


async def test_then_they_go_with_what_stood_beside_them(upgraded: SqlStore, another: OpenStore) -> None:
    await put(upgraded, "partner-voka", 1, added("Voka", "voka"))
    await upgraded.database.dispose()
    later = another(offset=LONG_AFTER)
    projector = over(later, NOW)
    await projector.open()
    await catch_up(projector)
    assert await sweep(later.database, NOW) == ALL_OF_THEM
    assert await there(later) == []
    async with later.database.read() as connection:
        versions = await connection.scalars(sa.select(checkpoints.c.version).where(checkpoints.c.version == 901))
        assert list(versions) == []
    assert (await rows(later, PARTNERS)).keys() == {"partner-agoria", "partner-voka"}
    assert await projector.verify() == []
    assert [one.kept is not None for one in await projector.progress()] == [True, False, False], "cohorts' kept table"


async def test_a_running_projector_sweeps_and_follows_meanwhile(upgraded: SqlStore, another: OpenStore) -> None:
    await put(upgraded, "partner-voka", 1, added("Voka", "voka"))
    await upgraded.database.dispose()
    later = another(offset=LONG_AFTER)
    projector = over(later, NOW)
    await projector.open()
    async with running(projector):
        assert await projector.wait_for((await later.head()).size, 10)
        async with asyncio.timeout(30):
            while await there(later):
                await later.grown(10_000, 0.02)


@pytest.mark.parametrize("url", [POSTGRESQL], indirect=True)
async def test_two_processes_may_sweep_at_once(upgraded: SqlStore, another: OpenStore) -> None:
    await put(upgraded, "partner-voka", 1, added("Voka", "voka"))
    processes = [another(offset=LONG_AFTER).database for _ in range(4)]
    await asyncio.gather(*(sweep(database, NOW) for database in processes))
    assert await there(upgraded) == []


async def test_a_release_that_went_back_makes_its_tables_anew(upgraded: SqlStore, another: OpenStore) -> None:
    await put(upgraded, "partner-voka", 1, added("Voka", "voka"))
    await upgraded.database.dispose()
    later = another(offset=LONG_AFTER)
    await over(later, NOW).open()
    await sweep(later.database, NOW)
    back = over(later, BEFORE)
    await back.open()
    await catch_up(back)
    assert (await rows(later, BEFORE[0])).keys() == {"partner-agoria", "partner-voka"}
    assert await back.verify() == []
