"""What sealing the log costs those who append: the same 32 writers with and without it, in windows that take turns.

The log is sealed as the service does it: in the same process, every second. Between two windows nothing is written
until what is there is sealed, so that a window with sealing seals what it appended and no more.
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


async def measure(variant: Variant, seconds: float) -> tuple[Measured, Measured]:
    """Without and with sealing."""
    await remove(variant, "sealing")
    without, sealing = Measured(), Measured()
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
                found = await drive(steps, seconds)
            into = sealing if sealed else without
            into.events += found.events
            into.seconds += found.seconds
            into.latencies += found.latencies
    return without, sealing


async def main() -> None:
    """Measure, and print both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    asked = parser.parse_args()
    logs.configure("WARNING")
    for number in range(1, asked.rounds + 1):
        for contender, measured in zip(
            ("not sealed", "sealed"), await measure(asked.variant, asked.seconds), strict=True
        ):
            line = {"group": f"append while the log is sealed, {_TITLES[asked.variant]}", "round": number}
            print(measured.told(**line, contender=contender), flush=True)


if __name__ == "__main__":
    run(main())
