"""Processes at one log, to be killed: for every line `ROLE FILE [FORMER]` it is told, it forks one that plays that role.

    python -m tests.events.crowd URL

A writer carries commands out for ever and notes in FILE what it asks (`?`) and what was answered (`!`). First it sends
again what a writer before it, in FORMER, had not been answered. A reader follows the log and notes what it saw.
"""

import asyncio
import os
import random
import sys
from pathlib import Path
from typing import Any, Final

from events.envelope import new_command_id, to_micros
from events.store.database import Database
from events.store.port import VersionConflictError
from events.store.sql import SqlStore
from events.store.transaction import Work, transact
from tests.events.logs import CODEC, added, context

HOT: Final = "partner-hot"
SIZES: Final = {"one": 1, "five": 5, "hot": 1, "judged": 1, "nothing": 0}
"""Kinds of commands, and how many events each records. The id of a command begins with its kind."""


async def carry_out(store: SqlStore, command_id: str) -> tuple[int | None, int | None]:
    """The positions of what it recorded."""
    kind, _, own = command_id.partition("-")

    async def decide(work: Work) -> None:
        match kind:
            case "one":
                work.append(f"partner-{own}", added(command_id))
            case "five":
                for number in range(5):
                    work.append(f"partner-{own}{number}", added(command_id))
            case "hot":
                (events,) = await work.read(HOT)
                work.append(HOT, added(f"after {events[-1].event_id if events else 'nothing'}"))
            case "judged":
                (events,) = await work.read(HOT)
                work.append(f"cohort-{own}", added(f"after {events[-1].event_id if events else 'nothing'}"))
            case _:
                await work.read(HOT)

    record = (await transact(store, context(command_id), kind.encode(), decide)).appended.record
    return record.first_position, record.last_position


async def write(store: SqlStore, note: Any, former: Path | None) -> None:
    async def command(command_id: str) -> None:
        note(f"? {command_id}")
        while True:
            try:
                first, last = await carry_out(store, command_id)
                break
            except VersionConflictError:  # the others were first each time; it is told so, and tries again
                continue
        note(f"! {command_id} {first} {last}")

    async def writer() -> None:
        while True:
            kind = random.choice(list(SIZES))  # noqa: S311 - any will do
            await command(f"{kind}-{new_command_id()}")
            await asyncio.sleep(random.uniform(0, 0.02))  # noqa: S311 - so that no process keeps the hot stream to itself

    if former is not None:
        lines = [line.split() for line in former.read_text().splitlines()]  # noqa: ASYNC240 - before anything else runs
        answered = {line[1] for line in lines if line[0] == "!"}
        for line in lines:
            if line[0] == "?" and line[1] not in answered:
                await command(line[1])
    await asyncio.gather(*(writer() for _ in range(4)))


async def read(store: SqlStore, note: Any) -> None:
    async for batch in store.subscribe(0):
        note("\n".join(f"{one.position} {to_micros(one.recorded_at)}" for one in batch))


async def play(url: str, role: str, file: str, former: str | None) -> None:
    out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(line: str) -> None:
        os.write(out, f"{line}\n".encode())

    random.seed(os.getpid())
    store = SqlStore(Database(url), CODEC)
    await store.open()
    if role == "reader":
        await read(store, note)
        return
    if role == "careless":
        store._fault = None
    try:
        await write(store, note, Path(former) if former else None)
    except Exception as error:
        note(f"# {error!r}")
        raise


def main() -> None:
    [url] = sys.argv[1:]
    while line := sys.stdin.readline():
        role, file, *former = line.split()
        child = os.fork()
        if not child:
            asyncio.run(play(url, role, file, former[0] if former else None))
        os.write(1, f"{child}\n".encode())


if __name__ == "__main__":
    main()
