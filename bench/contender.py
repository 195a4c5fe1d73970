"""Errera's store as one contender among the peers: it takes their arguments and prints one JSON line.

`contender.py append|load|read_stream|read_all|rebuild|lag --variant sqlite|postgresql [--writers N] [--batch B]
[--mode unique|hot] [--seconds S] [--n N] [--tag T]`. `load` comes before the reads: it writes a log of the peers'
payload (a stream of 1,000 events, then streams of 100), and a register of real events for `rebuild`.
"""

import argparse
import asyncio
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

from bench.driver import Measured, Step, drive, repeat, run
from bench.places import house_of, opened, remove, tidy
from bench.recording import record
from bench.workload import CODEC, HASH, SIGNED, context, new_stream
from events.store.sql import SqlStore
from events.store.transaction import Work, transact

_BIG: Final = "agreement-big"
_PAGE: Final = 5000
_PER_SECOND: Final = 100
_UNTIL_TOLD: Final = 0.3


async def append(asked: argparse.Namespace) -> Measured:
    """Writers append one after another, each to streams of its own or all to one hot stream."""
    await remove(asked.variant, "append")
    async with opened(asked.variant, "append", CODEC) as store:
        step = _hot(store) if asked.mode == "hot" else _unique(store, asked.batch)
        return await drive([step] * asked.writers, asked.seconds, asked.batch)


def _unique(store: SqlStore, batch: int) -> Step:
    async def step() -> None:
        await store.append(new_stream(batch))

    return step


def _hot(store: SqlStore) -> Step:
    async def decide(work: Work) -> None:
        await work.read("agreement-hot")
        work.append("agreement-hot", SIGNED)

    async def step() -> None:
        await transact(store, context(), HASH, decide)

    return step


async def load(asked: argparse.Namespace) -> Measured:
    """Both logs, through the store's own append."""
    start = time.perf_counter()
    await remove(asked.variant, "read")
    async with opened(asked.variant, "read", CODEC) as store:
        await store.append(new_stream(1000, _BIG))
        for _ in range((asked.n - 1000) // 100):
            await store.append(new_stream(100))
    await tidy(asked.variant, "read")
    await remove(asked.variant, "register")
    async with house_of(asked.variant, "register") as house:
        await record(house.store, asked.n)
    await tidy(asked.variant, "register")
    return Measured(2 * asked.n, time.perf_counter() - start)


async def read_stream(asked: argparse.Namespace) -> Measured:
    """One stream of 1,000 typed events, again and again."""
    async with opened(asked.variant, "read", CODEC) as store:

        async def step() -> int:
            return len(await store.read_stream(_BIG))

        return await repeat(step, asked.seconds)


async def read_all(asked: argparse.Namespace) -> Measured:
    """The log from its beginning, typed, in pages."""
    async with opened(asked.variant, "read", CODEC) as store:
        start, position = time.perf_counter(), 0
        while position < asked.n and (page := await store.read_log(position, _PAGE)):
            position = page[-1].position
        return Measured(position, time.perf_counter() - start)


async def rebuild(asked: argparse.Namespace) -> Measured:
    """All read models of the service, made anew from the register."""
    async with house_of(asked.variant, "register") as house:
        start = time.perf_counter()
        position = await house.projector.rebuild()
        return Measured(position, time.perf_counter() - start)


async def lag(asked: argparse.Namespace) -> Measured:
    """From the call of append until a subscription in the same process yields the event; 100 appends a second."""
    await remove(asked.variant, "lag")
    async with opened(asked.variant, "lag", CODEC) as store:
        called: dict[str, float] = {}
        measured = Measured()

        async def follow() -> None:
            async for batch in store.subscribe(0):
                told = time.perf_counter()
                measured.latencies.extend(told - called[one.stream] for one in batch)

        following = asyncio.create_task(follow())
        start = time.perf_counter()
        while (now := time.perf_counter()) < start + asked.seconds:
            one = new_stream()
            called[one.events[0].stream] = now
            await store.append(one)
            await asyncio.sleep(max(0, start + len(called) / _PER_SECOND - time.perf_counter()))
        await asyncio.sleep(_UNTIL_TOLD)
        following.cancel()
        measured.events, measured.seconds = len(measured.latencies), asked.seconds
        return measured


_WORK: Final[Mapping[str, Callable[[argparse.Namespace], Coroutine[Any, Any, Measured]]]] = {
    "append": append,
    "load": load,
    "read_stream": read_stream,
    "read_all": read_all,
    "rebuild": rebuild,
    "lag": lag,
}


def main() -> None:
    """Measure what was asked and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cmd", choices=_WORK)
    parser.add_argument("--variant", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--writers", type=int, default=1)
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--mode", choices=("unique", "hot"), default="unique")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--n", type=int, default=200_000)
    parser.add_argument("--tag", default="")
    asked = parser.parse_args()
    measured = run(_WORK[asked.cmd](asked))
    print(measured.told(peer=f"errera {asked.variant}", workload=asked.tag or asked.cmd), flush=True)


if __name__ == "__main__":
    main()
