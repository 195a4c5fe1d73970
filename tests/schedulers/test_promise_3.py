"""Promise 3: raised once, under any number of processes, killed wherever they are, and started again."""

import asyncio
import os
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events.catalogue.reminder import ReminderRaised
from service import importing
from service.auth.tokens import OPERATOR
from service.house import open_house
from service.settings import Settings
from tests.postgresql import Databases
from tests.schedulers import processes
from tests.schedulers.registers import (
    check_never_early,
    check_once,
    create_register,
    open_register,
    own_offsets,
)

ROOT = Path(__file__).parents[2]
THAT_DAY = "2026-11-22T12:00:00+00:00"

pytestmark = pytest.mark.crash


async def import_history(url: str) -> None:
    """The demonstration history, imported on 22 November 2026 by the store's clock; nothing has ticked yet."""
    import json

    document = importing.read(json.loads((ROOT / "examples" / "demo.json").read_text()))
    offset = datetime.fromisoformat(THAT_DAY) - datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder), database_url=url)
        async with open_house(settings, offset=offset) as house:
            outcomes = Counter([one.outcome async for one in importing.run(house, OPERATOR, document, dry_run=False)])
            while await house.projector.run_once():
                pass
    assert set(outcomes) == {"done"}, outcomes


async def program(url: str, instant: str, *arguments: object) -> Counter[str]:
    """Run the program; what became of its processes."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(processes.__file__)),
        url,
        instant,
        *map(str, arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    said, failed = await running.communicate()
    assert running.returncode == 0, failed.decode()[-3000:]
    return Counter(said.decode().split())


@pytest.mark.postgresql
async def test_promise_3_two_killed_processes_raise_the_history_s_obligations_once(
    postgresql_server: Databases,
) -> None:
    """Twenty-one agreements and their cohort end on 31 December 2026 at the latest."""
    url = await postgresql_server.fresh_database(import_history)
    became = await program(url, "2026-11-22T18:00:00+00:00", "crowd", 2, 10, 20261122)
    assert became["killed"] >= 10
    assert became["finished"] >= 2
    async with open_register(url) as register:
        recorded = await register.recorded()
        check_once(recorded)
        check_never_early(recorded)
        raised = Counter(one.event.obligation for one in recorded if isinstance(one.event, ReminderRaised))
        assert len(raised) == 22
        assert set(raised.values()) == {1}
        assert Counter(name.split()[1] for name, _ in await register.milestones()) == {"commenced": 38, "expired": 17}
        await register.follow()
        assert await register.projector.verify() == []
    await postgresql_server.drop_database(url)


@pytest.mark.postgresql
async def test_promise_3_a_broken_one_with_random_keys_is_caught(postgresql_server: Databases) -> None:
    url = await postgresql_server.fresh_database(import_history)
    await program(url, "2026-11-22T18:00:00+00:00", "crowd", 2, 0, 1, 2, "random-keys")
    async with open_register(url) as register:
        with pytest.raises(AssertionError, match="raised more than once"):
            check_once(await register.recorded())
    await postgresql_server.drop_database(url)


POINTS = 210
"""More than a tick has that records a milestone and raises a reminder, while the read models follow."""

STEP = 1 if os.environ.get("SOAK") else 20
"""A run takes every twentieth of them, the two databases others; with SOAK=1 it takes all of them."""


async def swept(url: str, first: int) -> None:
    """Each day an agreement commences and a moment comes near; each day the process is killed at another point."""
    day, points = datetime(2027, 1, 1, 12, tzinfo=UTC), range(first, POINTS + 1, STEP)
    async with open_register(url) as register:
        register.at("2026-12-31 12:00")
        await register.cohort(terms=own_offsets(consultation=("P40D", "P30D")))
        for at in points:
            commences = (day + timedelta(days=at)).date()
            moment = (commences + timedelta(days=30)).isoformat()
            await register.moment(f"m{at}", planned_on=moment)
            await register.agreement(f"a{at}", runs_from=commences.isoformat(), runs_until="2035-12-31")
    became = await program(url, day.isoformat(), "sweep", first, POINTS, STEP)
    assert became["finished"] == len(points)
    assert POINTS > became["killed"] * STEP > 60, f"a tick has more or fewer points: {became}"
    async with open_register(url) as register:
        recorded = await register.recorded()
        check_once(recorded)
        check_never_early(recorded)
        assert len(await register.milestones()) == len(points)
        last_words = {
            one.event.subject_id: one.event.offset for one in recorded if isinstance(one.event, ReminderRaised)
        }
        assert last_words == {f"m{at}": "P30D" for at in points}


async def test_promise_3_killed_at_every_point_of_a_tick_in_sqlite(sqlite_url: str) -> None:
    await swept(sqlite_url, 1)


@pytest.mark.postgresql
async def test_promise_3_killed_at_every_point_of_a_tick_in_postgresql(postgresql_server: Databases) -> None:
    url = await postgresql_server.fresh_database(create_register)
    await swept(url, 1 + STEP // 2)
    await postgresql_server.drop_database(url)
