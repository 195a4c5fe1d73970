"""The metronome: APScheduler ticks, and nothing else (it keeps no jobs of ours and knows no time zone)."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

_log = structlog.get_logger(__name__)


class Metronome:
    """Calls `tick` at start and every few seconds, never two at once, and catches up after a pause."""

    def __init__(self, tick: Callable[[], Awaitable[object]], seconds: float) -> None:
        self._tick = tick
        self._seconds = seconds
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._job = self._scheduler.add_job(
            self._guarded, "interval", seconds=seconds, coalesce=True, max_instances=1, misfire_grace_time=None
        )
        self._watch: asyncio.Task[None] | None = None
        self.failing: str | None = None

    async def start(self) -> None:
        """The first tick, then the others."""
        await self._guarded()
        self._scheduler.start()
        self._watch = asyncio.create_task(self._watching())

    def stop(self) -> None:
        """No tick after this one."""
        if self._watch is not None:
            self._watch.cancel()
        self._scheduler.shutdown(wait=False)

    async def _watching(self) -> None:
        """APScheduler goes by the wall clock: where that is set back by a day, the next tick would be in a day."""
        while True:
            await asyncio.sleep(self._seconds)
            now, following = datetime.now(UTC), self._job.next_run_time
            if following is not None and following - now > 2 * timedelta(seconds=self._seconds):
                self._job.modify(next_run_time=now)

    async def _guarded(self) -> None:
        try:
            await self._tick()
        except Exception as error:  # noqa: BLE001 - the next tick may do better; health tells
            _log.exception("scheduler.tick.failed")
            self.failing = f"{type(error).__name__}: {error}"
        else:
            self.failing = None
