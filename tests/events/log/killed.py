"""A process to be killed: for every number it is told, it forks one that seals, and dies before that statement.

    python -m tests.events.log.killed URL FOLDER (whole|torn)

It says `killed` or `done`. `torn` is the broken variant: it commits the tiles before the checkpoint.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.log import sealing
from events.log.checkpoint import Checkpoint
from events.log.sealing import Sealer, Tiles
from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.log.sealing_logs import keys_of, seal_all
from tests.events.logs import CODEC
from tests.events.projecting import run_out


class Torn(Sealer):
    """Each of its tiles stands before the checkpoint does."""

    async def _write(
        self, connection: AsyncConnection, tiles: Tiles, checkpoint: Checkpoint, note: bytes | None
    ) -> None:
        for tile in tiles:
            await super()._write(connection, [tile], checkpoint, None)
            await connection.exec_driver_sql("COMMIT")  # past SQLAlchemy, whose transaction goes on
            await connection.exec_driver_sql("BEGIN")
        await super()._write(connection, (), checkpoint, note)


def die_before(statement: int) -> None:
    """Statements and commits count."""
    left = statement

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    for what in ("before_cursor_execute", "commit"):
        sa.event.listen(sa.Engine, what, count)


async def seal(url: str, folder: Path, kind: type[Sealer], statement: int) -> None:
    store = SqlStore(Database(url), CODEC)
    await store.open()
    keys = await keys_of(store, folder)
    await run_out(store)  # whoever was killed before holds the lease for ten seconds
    die_before(statement)
    await seal_all(kind(store, keys))


def main() -> None:
    url, folder, kind = sys.argv[1:]
    sealing.STRETCH = 512  # type: ignore[misc] # several stretches, in little time
    for line in sys.stdin:
        child = os.fork()
        if not child:
            os.dup2(2, 1)  # what it logs is not an answer
            asyncio.run(seal(url, Path(folder), Torn if kind == "torn" else Sealer, int(line)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status not in {0, signal.SIGKILL}:
            sys.exit(f"it ended with {status}")
        os.write(1, b"killed\n" if status else b"done\n")


if __name__ == "__main__":
    main()
