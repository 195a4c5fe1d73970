"""What sealing the log costs those who append: the same 32 writers with and without it, in windows that take turns.

The log is sealed as the service does it, every second. Between two windows nothing is written until what is there is
sealed. Before each comes one like it that does not count: in that, what is started once is started, and so a window
with sealing seals as much as it appends, though what comes in its last second is sealed after it. How much is told.
"""

import argparse
from contextlib import AsyncExitStack
from typing import Final

from bench.driver import Measured, Step, drive, run
from bench.places import TMP, Variant, opened, remove
from bench.workload import CODEC, new_stream
from events.log.keys import open_keys
from service import logs
from service.audit import Audit

_WRITERS: Final = 32
_WINDOWS: Final = 4
"""Of each kind, in a round; the kind that begins takes turns too."""
_TITLES: Final = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


async def measure(variant: Variant, seconds: float) -> tuple[Measured, Measured, int]:
    """Without and with sealing, and how many entries were sealed meanwhile."""
    await remove(variant, "sealing")
    without, sealing, entries = Measured(), Measured(), 0
    async with opened(variant, "sealing", CODEC) as store:
        audit = Audit(store, await open_keys(store.database, TMP / "sealing.key", "bench.example/log"))

        async def append() -> None:
            await store.append(new_stream())

        steps: list[Step] = [append] * _WRITERS
        await drive(steps, 1)
        for window in range(2 * _WINDOWS):
            await audit.seal()
            sealed = window % 4 in {1, 2}
            async with AsyncExitStack() as stack:
                if sealed:
                    await stack.enter_async_context(audit.sealing(1))
                await drive(steps, seconds)
                size = await audit.log.size()
                found = await drive(steps, seconds)
                entries += await audit.log.size() - size
            into = sealing if sealed else without
            into.events += found.events
            into.seconds += found.seconds
            into.latencies += found.latencies
    return without, sealing, entries


async def main() -> None:
    """Measure, and print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    asked = parser.parse_args()
    logs.configure("WARNING")
    for number in range(1, asked.rounds + 1):
        without, sealing, entries = await measure(asked.variant, asked.seconds)
        line = {"group": f"append while the log is sealed, {_TITLES[asked.variant]}", "round": number}
        print(without.told(**line, contender="not sealed"), flush=True)
        print(sealing.told(**line, contender="sealed", sealed=entries), flush=True)


if __name__ == "__main__":
    run(main())
