"""A process that copies a register in small steps, to be killed: it says after each how far it is.

python -m tests.events.copier FROM TO
"""

import asyncio
import os
import sys

from events.store import copying
from events.store.copying import Copying
from tests.events.places import place


async def main() -> None:
    copying.BATCH = 7  # type: ignore[misc] # so few that a kill finds it half way
    async with place(sys.argv[1]) as source, place(sys.argv[2]) as target:
        await Copying(source, target, keep=False, told=tell).run()


def tell(done: int, _: int) -> None:
    os.write(1, f"{done}\n".encode())


if __name__ == "__main__":
    asyncio.run(main())
