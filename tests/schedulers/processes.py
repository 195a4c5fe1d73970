"""Scheduler processes to kill: a program that forks them, so that each starts at once.

    python processes.py URL INSTANT sweep FIRST LAST STEP   each day another: killed at its n-th point, then started again
    python processes.py URL INSTANT crowd PROCESSES KILLS SEED [MOST_TICKS random-keys]

A point lies before each statement, after it, and before each commit; the process kills itself there with SIGKILL. A process
runs what the service runs: a projector that follows, and a metronome that ticks. `crowd` also kills from outside, wherever
the process is then; after the last kill the processes go on until a tick finds nothing to do.
"""

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from events.envelope import Context
from events.store.database import Database
from events.store.sql import SqlStore
from events.store.transaction import transact
from schedulers import due as due_module
from schedulers.runner import Metronome
from tests.schedulers.registers import CODEC, due_over, projector_over

NEVER = 10**9
CLEAN = 0


class Killer:
    """Kills this process at its n-th point."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0
        self.armed = False

    def watch(self, store: SqlStore) -> None:
        database = store.database
        for name in ("write", "_fetch"):  # the log's own statements do not go through SQLAlchemy
            setattr(store._log, name, self._around(getattr(store._log, name)))
        for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
            sa.event.listen(database._writer.sync_engine, name, self._point)
            if database._reader is not database._writer:
                sa.event.listen(database._reader.sync_engine, name, self._point)

    def _around(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def called(*arguments: Any) -> Any:
            self._point()
            done = await call(*arguments)
            self._point()
            return done

        return called

    def _point(self, *_told: Any) -> None:
        if self.armed:
            self.passed += 1
            if self.passed == self.at:
                os.kill(os.getpid(), signal.SIGKILL)


def use_random_keys() -> None:
    """The broken variant: a reminder's name and its command's are drawn, so that nothing keeps it from coming twice."""
    honest, due = transact, vars(due_module)

    async def anew(store: Any, context: Context, *rest: Any) -> Any:
        return await honest(store, Context(command_id=uuid.uuid4().hex, actor=context.actor), *rest)

    due["transact"] = anew
    due["ReminderId"] = lambda key: f"{key}.{uuid.uuid4().hex}"


async def schedule(url: str, instant: str, killer: Killer, most_ticks: int) -> None:
    """The scheduler of a service, until a tick finds nothing to do; the points are those of its first tick."""
    database = Database(url, offset=datetime.fromisoformat(instant) - datetime.now(UTC))
    store = SqlStore(database, CODEC)
    killer.watch(store)
    projector = projector_over(store)
    due, idle = due_over(store, projector), asyncio.Event()
    try:
        while await projector.run_once():
            pass
        killer.armed = True

        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            done, ticks = await due.tick(), ticks + 1
            killer.armed = False  # the first tick is the one that has everything to do
            await projector.wait_for((await store.head()).size, 10)
            if not done or ticks == most_ticks:
                idle.set()

        following = asyncio.create_task(projector.run())
        metronome = Metronome(tick, 0.02)
        await metronome.start()
        await asyncio.wait_for(idle.wait(), 60)
        metronome.stop()
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
    finally:
        await database.dispose()


def fork(url: str, instant: str, at: int, most_ticks: int = NEVER) -> int:
    pid = os.fork()
    if pid:
        return pid
    failed = 1
    try:
        random.seed(os.getpid())
        asyncio.run(schedule(url, instant, Killer(at), most_ticks))
        failed = CLEAN
    except BaseException as error:  # noqa: BLE001 - whatever it is, the forked process ends here
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        os._exit(failed)


def died(pid: int) -> bool:
    """Wait for a process; whether it was killed. One that failed by itself ends the program."""
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status) != CLEAN:
        sys.exit(3)
    return False


def sweep(url: str, instant: str, first: int, last: int, step: int) -> None:
    for at in range(first, last + 1, step):
        that_day = (datetime.fromisoformat(instant) + timedelta(days=at)).isoformat()
        if died(fork(url, that_day, at)):
            print("killed")
            assert not died(fork(url, that_day, NEVER))
        print("finished")


def crowd(url: str, instant: str, processes: int, kills: int, seed: int, most_ticks: int = NEVER) -> None:
    chance, left, running = random.Random(seed), kills, set[int]()  # noqa: S311 - repeatable, not secret

    def start() -> None:
        by_itself = left > 0 and chance.random() < 0.5
        running.add(fork(url, instant, chance.randint(5, 200) if by_itself else NEVER, most_ticks))

    for _ in range(processes):
        start()
    while running:
        if left:
            time.sleep(chance.uniform(0.02, 0.25))
            with contextlib.suppress(ProcessLookupError):
                os.kill(chance.choice(sorted(running)), signal.SIGKILL)
        pid, status = os.wait()
        running.remove(pid)
        killed = os.WIFSIGNALED(status)
        if not killed and os.WEXITSTATUS(status) != CLEAN:
            sys.exit(3)
        print("killed" if killed else "finished")
        if killed or left:
            start()
        left -= min(left, killed)


def main(url: str, instant: str, way: str, *numbers: str) -> None:
    if "random-keys" in numbers:
        use_random_keys()
    counts: Sequence[int] = [int(one) for one in numbers if one.isdecimal()]
    (sweep if way == "sweep" else crowd)(url, instant, *counts)


if __name__ == "__main__":
    main(*sys.argv[1:])
