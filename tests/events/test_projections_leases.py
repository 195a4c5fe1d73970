"""One owner at a time, by the database's clock; an owner who overslept writes nothing."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.projections import pumping
from events.projections import runner as machinery
from events.projections.folding import Folding
from events.projections.targets import Change
from events.store.database import Database
from events.store.leases import Lease, LeaseLostError, free_the_dead
from events.store.schema import checkpoints
from events.store.sql import SqlStore
from service.read_models import PARTNERS
from tests.events.logs import put, renamed
from tests.events.projecting import HAPPENED, catch_up, happen, over, rows, run_out


async def take(store: SqlStore, lease: Lease) -> bool:
    async with store.database.write() as connection:
        return await lease.take(connection)


async def hold(store: SqlStore, lease: Lease) -> None:
    async with store.database.write() as connection:
        await lease.hold(connection)


async def release(store: SqlStore, lease: Lease) -> None:
    async with store.database.write() as connection:
        await lease.release(connection)


async def test_one_owner_at_a_time(store: SqlStore) -> None:
    one, other = Lease(store.database, "something"), Lease(store.database, "something")
    assert await take(store, one)
    assert not await take(store, other)
    assert await take(store, Lease(store.database, "something else"))
    await hold(store, one)
    with pytest.raises(LeaseLostError):
        await hold(store, other)
    await release(store, other)
    await hold(store, one)
    await release(store, one)
    assert await take(store, other)


async def test_who_takes_it_again_knows_whether_somebody_else_had_it(store: SqlStore) -> None:
    one, other = Lease(store.database, "something"), Lease(store.database, "something")
    known: list[bool] = []
    for owner in (one, one, one, other, one):
        assert await take(store, owner)
        await release(store, owner)
        known.append(owner.continuous)
    assert known == [False, True, True, False, False]


async def test_a_lease_that_ran_out_is_lost_also_if_nobody_took_it(store: SqlStore) -> None:
    one, other = Lease(store.database, "something"), Lease(store.database, "something")
    await take(store, one)
    await run_out(store)
    with pytest.raises(LeaseLostError):
        await hold(store, one)
    assert await take(store, other)
    with pytest.raises(LeaseLostError):
        await hold(store, one)


async def test_where_the_clock_is_set_back_a_lease_is_free_and_its_last_owner_writes_nothing(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = Lease(store.database, "something"), Lease(store.database, "something")
    assert await take(store, one)
    clock = Database.true_micros
    monkeypatch.setattr(Database, "true_micros", lambda self: clock(self) - 60 * 60 * 1_000_000)
    assert await take(store, other), "an hour is not waited for"
    with pytest.raises(LeaseLostError):
        await hold(store, one)
    assert not await take(store, one), "and from then on it lasts as ever"


async def test_a_transaction_that_fails_leaves_the_lease_as_it_was(store: SqlStore) -> None:
    one, other = Lease(store.database, "something"), Lease(store.database, "something")
    with suppress(RuntimeError):
        async with store.database.write() as connection:
            await one.take(connection)
            raise RuntimeError
    assert await take(store, other)
    await release(store, other)
    assert await take(store, one)
    assert not one.continuous


async def test_the_only_writing_process_frees_the_leases_of_the_dead(store: SqlStore) -> None:
    dead, other = Lease(store.database, "something"), Lease(store.database, "something")
    await take(store, dead)
    async with store.database.write() as connection:
        await free_the_dead(connection)
    assert await take(store, other)


# A projector that stalls


class Stall:
    """Holds up whoever would write a batch, once."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.over = asyncio.Event()
        self.left_at: int | None = None
        self._write = pumping.write_batch

    async def write_batch(self, folding: Folding, lease: Lease, changes: Sequence[Change]) -> None:
        first = not self.reached.is_set()
        if first:
            self.reached.set()
            await self.over.wait()
        await self._write(folding, lease, changes)
        if first:
            async with folding.database.read() as connection:
                self.left_at = await connection.scalar(sa.select(sa.func.min(checkpoints.c.position)))


@pytest.fixture
def stall(monkeypatch: pytest.MonkeyPatch) -> Stall:
    monkeypatch.setattr(machinery, "BATCH", 3)
    made = Stall()
    monkeypatch.setattr(pumping, "write_batch", made.write_batch)
    return made


@asynccontextmanager
async def overslept(store: SqlStore, stall: Stall) -> AsyncIterator["asyncio.Task[bool]"]:
    """A projector that prepared a batch and fell asleep over it until long after its lease."""
    await happen(store)
    sleeper = over(store)
    await sleeper.open()
    sleeping = asyncio.create_task(sleeper.run_once())
    await stall.reached.wait()
    await run_out(store)
    yield sleeping
    stall.over.set()
    await asyncio.gather(sleeping, return_exceptions=True)


async def take_over(store: SqlStore) -> None:
    other = over(store)
    await put(store, "partner-agoria", 4, renamed("Agoria Brussels"))
    await catch_up(other)
    assert {one.position for one in await other.progress()} == {len(HAPPENED) + 1}


async def test_a_zombie_writes_nothing(store: SqlStore, stall: Stall) -> None:
    async with overslept(store, stall) as sleeping:
        await take_over(store)
        stall.over.set()
        with pytest.raises(LeaseLostError):
            await sleeping
    assert {one.position for one in await over(store).progress()} == {len(HAPPENED) + 1}
    assert await over(store).verify() == []


async def test_a_zombie_without_the_fence_would_be_noticed(
    store: SqlStore, stall: Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def trusting(_lease: Lease, _connection: AsyncConnection) -> None:
        """The broken variant: who had the lease once writes."""

    async with overslept(store, stall) as sleeping:
        await take_over(store)
        monkeypatch.setattr(Lease, "hold", trusting)
        stall.over.set()
        await sleeping
    assert stall.left_at == len(HAPPENED), "back to where the zombie was, though somebody else was further"


async def test_who_overslept_goes_on_from_what_the_database_says(store: SqlStore, stall: Stall) -> None:
    async with overslept(store, stall) as sleeping:
        stall.over.set()
        with pytest.raises(LeaseLostError):
            await sleeping
    assert {one.position for one in await over(store).progress()} == {3}, "only what was before it fell asleep"
    after = over(store)
    await catch_up(after)
    assert await after.verify() == []


async def test_nobody_projects_while_somebody_has_the_lease_and_at_once_when_it_is_idle(store: SqlStore) -> None:
    busy = Lease(store.database, machinery.LEASE)
    one, other = over(store), over(store)
    await one.open()
    await happen(store)
    await take(store, busy)
    assert not await one.run_once()
    assert await rows(store, PARTNERS) == {}
    await release(store, busy)
    assert await one.run_once()
    await put(store, "partner-agoria", 4, renamed("Agoria Brussels"))
    assert await other.run_once()
    await put(store, "partner-agoria", 5, renamed("Agoria Gent"))
    assert await one.run_once()
    assert await one.verify() == []
