"""A process to be killed: for every line it is told, it forks one that appends as fast as it can and says what stands.

    python -m tests.events.appender URL (afterwards|beforehand)

`beforehand` is the broken variant: it says so before the append is committed.
"""

import asyncio
import os
import sys

from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.logs import CODEC, added, put

STREAM = "partner-a"


async def append_for_ever(url: str, *, beforehand: bool) -> None:
    store = SqlStore(Database(url), CODEC)
    await store.open()
    version = len(await store.read_stream(STREAM))
    while True:
        version += 1
        if beforehand:
            say(version)
        await put(store, STREAM, version, added(f"{version}"), command_id=f"command {version}")
        if not beforehand:
            say(version)


def say(word: object) -> None:
    os.write(1, f"{word}\n".encode())


def main() -> None:
    url, when = sys.argv[1:]
    while sys.stdin.readline():
        child = os.fork()
        if not child:
            asyncio.run(append_for_ever(url, beforehand=when == "beforehand"))
        say(f"pid {child}")
        os.waitpid(child, 0)
        say("died")


if __name__ == "__main__":
    main()
