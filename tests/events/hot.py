"""One of several processes whose writers all count on in one stream: prints how often each command was decided.

python -m tests.events.hot URL WRITERS COMMANDS TRIES
"""

import asyncio
import json
import sys

from events.store import transaction
from events.store.database import Database
from events.store.port import VersionConflictError
from events.store.sql import SqlStore
from events.store.transaction import Work, transact
from tests.events.logs import CODEC, added, context

STREAM = "partner-hot"


async def carry_out(store: SqlStore) -> int:
    """How often it was decided; 0 for one that was told of a conflict."""
    decided = 0

    async def decide(work: Work) -> None:
        nonlocal decided
        decided += 1
        (events,) = await work.read(STREAM)
        work.append(STREAM, added(f"after {len(events)}"))

    try:
        await transact(store, context(), b"", decide)
    except VersionConflictError:
        return 0
    return decided


async def count_on(url: str, writers: int, commands: int) -> list[int]:
    store = SqlStore(Database(url), CODEC)
    await store.open()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)

    async def writer() -> list[int]:
        return [await carry_out(store) for _ in range(commands)]

    done = await asyncio.gather(*(writer() for _ in range(writers)))
    await store.database.dispose()
    return [one for each in done for one in each]


def main() -> None:
    url, *numbers = sys.argv[1:]
    writers, commands, transaction.TRIES = map(int, numbers)  # type: ignore[misc] # for the broken variant
    print(json.dumps(asyncio.run(count_on(url, writers, commands))))


if __name__ == "__main__":
    main()
