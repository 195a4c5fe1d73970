"""Memory while a register of 1 million events is replayed through the read models; it should not grow with the log.

The register is written by a process of its own. What is printed is the highest resident memory in the first and in the
second half of the replay, after its first tenth. Needs /proc.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.driver import run
from bench.places import Variant, house_of, remove, tidy
from bench.recording import record

_NAME: Final = "replay"
_EVERY: Final = 0.1
_WARM: Final = 10
_TITLES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


async def load(variant: Variant, count: int) -> None:
    """Write the register."""
    await remove(variant, _NAME)
    async with house_of(variant, _NAME) as house:
        await record(house.store, count)
    await tidy(variant, _NAME)


async def replay(variant: Variant) -> tuple[float, list[float]]:
    """How many events a second, and the resident memory in MiB all along."""
    async with house_of(variant, _NAME) as house:
        start = time.perf_counter()
        with sampled() as samples:
            position = await house.projector.rebuild()
        return position / (time.perf_counter() - start), samples


@contextmanager
def sampled() -> Iterator[list[float]]:
    """Resident memory in MiB, noted by a thread for as long as the block takes."""
    samples: list[float] = []
    over = threading.Event()

    def note() -> None:
        while not over.wait(_EVERY):
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            samples.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)

    noting = threading.Thread(target=note)
    noting.start()
    try:
        yield samples
    finally:
        over.set()
        noting.join()


def main() -> None:
    """Load in another process, replay in this one, print both halves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--n", type=int, default=1_000_000)
    parser.add_argument("--load", action="store_true", help="only write the register")
    asked = parser.parse_args()
    if asked.load:
        run(load(asked.variant, asked.n))
        return
    subprocess.run([sys.executable, __file__, *sys.argv[1:], "--load"], check=True)
    rate, samples = run(replay(asked.variant))
    warm = samples[len(samples) // _WARM :]
    halves = {"first half": warm[: len(warm) // 2], "second half": warm[len(warm) // 2 :]}
    for half, some in halves.items():
        line = {"group": f"memory of a replay of 1 million events, {_TITLES[asked.variant]}", "contender": half}
        print(json.dumps({**line, "rate": rate, "mib": max(some, default=0.0)}), flush=True)


if __name__ == "__main__":
    main()
