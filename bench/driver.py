"""Closed loops and what came of them: the same measures as the peers' own drivers take."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from service.serve import calm_the_collector

T = TypeVar("T")

Step = Callable[[], Awaitable[object]]

_WARM_UP: Final = 20


@dataclass(slots=True)
class Measured:
    """So many events in so many seconds, and how long each call took."""

    events: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)

    def told(self, **more: object) -> str:
        """One JSON line, as the peers print it."""
        line: dict[str, Any] = {
            "rate": self.events / self.seconds if self.seconds else 0.0,
            "n": self.events,
            "secs": round(self.seconds, 3),
            "p50_ms": percentile(self.latencies, 0.5),
            "p99_ms": percentile(self.latencies, 0.99),
        }
        return json.dumps({**more, **line})


def percentile(seconds: Sequence[float], share: float) -> float | None:
    """In milliseconds."""
    if not seconds:
        return None
    return round(sorted(seconds)[min(len(seconds) - 1, int(len(seconds) * share))] * 1000, 3)


async def drive(steps: Sequence[Step], seconds: float, events_per_step: int = 1) -> Measured:
    """Each writer takes its step again and again, all at once."""
    for _ in range(max(1, _WARM_UP // len(steps))):
        await asyncio.gather(*(step() for step in steps))
    latencies: list[float] = []
    start = time.perf_counter()
    end = start + seconds

    async def write(step: Step) -> None:
        while (began := time.perf_counter()) < end:
            await step()
            latencies.append(time.perf_counter() - began)

    await asyncio.gather(*(write(step) for step in steps))
    return Measured(len(latencies) * events_per_step, time.perf_counter() - start, latencies)


async def repeat(step: Callable[[], Awaitable[int]], seconds: float) -> Measured:
    """One reader reads again and again; a step says how many events it read."""
    measured = Measured()
    start = time.perf_counter()
    while (began := time.perf_counter()) < start + seconds:
        measured.events += await step()
        measured.latencies.append(time.perf_counter() - began)
    measured.seconds = time.perf_counter() - start
    return measured


def run(work: Coroutine[Any, Any, T]) -> T:
    """As the service runs: on uvloop where it is installed, the collector calmed."""
    calm_the_collector()
    try:
        import uvloop  # noqa: PLC0415 - there is none for Windows
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)
