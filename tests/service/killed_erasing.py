"""A process to be killed: for every number it is told, it forks one that carries an erasure out, and dies there.

    python -m tests.service.killed_erasing (whole|hasty)

A line is the number, the data directory, the person, the request, and the address of a PostgreSQL where it is one.
Statements and commits of the log's and the vault's databases count from the event on, and the ledger's file. It says
`killed` or `done`. `hasty` is the broken variant: it notes how far it is before it does what is to be done.
"""

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa

from events.store.sql import SqlStore
from events.vault.schema import PROGRESS
from service.auth.tokens import Caller
from service.commands.registry import COMMANDS
from service.erasing import Erasing
from service.house import Errera, open_house
from service.perform import Asked, perform
from service.settings import Settings
from tests.acceptance.world import OPENED

ADMINISTRATOR = Caller(token_id="another", role="administrator")


def die_at(number: int) -> None:
    """Count from the moment that the event is handed to the store."""
    left = number

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    def audited(event: str, _: object) -> None:
        if event == "os.rename":
            count()

    submit, execute = SqlStore.submit, asyncpg.Connection.execute

    async def submitting(self: SqlStore, *given: Any) -> Any:
        count()
        outcome = await submit(self, *given)
        for what in ("before_cursor_execute", "commit"):
            sa.event.listen(sa.Engine, what, count)
        sys.addaudithook(audited)
        return outcome

    async def executing(self: Any, *given: Any, **named: Any) -> Any:
        if "VACUUM" in given[0]:
            count()
        return await execute(self, *given, **named)

    SqlStore.submit = submitting  # type: ignore[method-assign, assignment]
    asyncpg.Connection.execute = executing


def be_hasty() -> None:
    carry_out = Erasing._carry_out

    async def hasty(self: Erasing, one: Any) -> None:
        table = self.vault.table(PROGRESS)
        async with self.vault.database.write() as connection:
            row = {"name": "destructions", "position": one.position}
            await connection.execute(self.vault.database.insert_once(table).values(row))
            await connection.execute(table.update().values(position=one.position))
        await carry_out(self, one)

    Erasing._carry_out = hasty  # type: ignore[method-assign]


async def executed(house: Errera, person: str, request: str) -> None:
    command = COMMANDS["erasePerson"]
    body = command.body.model_validate({"requestId": request})
    await perform(house, command, body, Asked(caller=ADMINISTRATOR, target=person, follow=False))


async def erase(number: int, folder: str, person: str, request: str, url: str | None) -> None:
    async with open_house(
        Settings(data_dir=Path(folder), database_url=url), offset=OPENED - datetime.now(UTC)
    ) as house:
        die_at(number)
        await executed(house, person, request)


def main() -> None:
    if sys.argv[1] == "hasty":
        be_hasty()
    for line in sys.stdin:
        number, folder, person, request, *url = line.split()
        child = os.fork()
        if not child:
            os.dup2(2, 1)  # what it logs is not an answer
            asyncio.run(erase(int(number), folder, person, request, url[0] if url else None))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status not in {0, signal.SIGKILL}:
            sys.exit(f"it ended with {status}")
        os.write(1, b"killed\n" if status else b"done\n")


if __name__ == "__main__":
    main()
