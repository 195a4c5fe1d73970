"""A process to be suspended: for every number it is told, it forks one that seals, and stops before that statement.

    python -m tests.events.log.stopped URL FOLDER SECONDS

It says `stopped`, and once it is told to go on how that ended (`lost`, `failed`, `sealed`), or `sealed` at once.
SECONDS is how long PostgreSQL waits for one that stalls in its transaction; 0, the broken variant, is for ever.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import sqlalchemy as sa

from events.log.sealing import Sealer
from events.store import leases
from events.store.database import Database
from events.store.leases import LeaseLostError
from events.store.sql import SqlStore
from tests.events.log.sealing_logs import keys_of, seal_all
from tests.events.logs import CODEC

LOST, FAILED = 3, 4
OUTCOMES = {0: b"sealed\n", LOST: b"lost\n", FAILED: b"failed\n"}


def stop_before(statement: int) -> None:
    """Statements and commits count."""
    left = statement

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGSTOP)

    for what in ("before_cursor_execute", "commit"):
        sa.event.listen(sa.Engine, what, count)


async def seal(url: str, folder: Path, statement: int) -> int:
    store = SqlStore(Database(url), CODEC)
    await store.open()
    sealer = Sealer(store, await keys_of(store, folder))
    stop_before(statement)
    try:
        await seal_all(sealer)
        await sealer.release()
    except LeaseLostError:
        return LOST
    except (sa.exc.DBAPIError, OSError):
        return FAILED
    return 0


def main() -> None:
    url, folder, seconds = sys.argv[1:]
    leases.IDLE = f"{seconds}s"
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.dup2(2, 1)  # what it logs is not an answer
            os._exit(asyncio.run(seal(url, Path(folder), int(line))))
        _, status = os.waitpid(child, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.write(1, b"stopped\n")
            sys.stdin.readline()
            os.kill(child, signal.SIGCONT)
            _, status = os.waitpid(child, 0)
        os.write(1, OUTCOMES[os.waitstatus_to_exitcode(status)])


if __name__ == "__main__":
    main()
