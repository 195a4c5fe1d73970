"""A register in two places: the one it left, and the one it has not wholly come to, take no events.

Where it left, triggers say so to whoever writes there, also to processes that run already and to earlier releases.
"""

from collections.abc import Iterable
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.store.schema import register

MOVED_TO: Final = "movedTo"
COPY_OF: Final = "copyOf"
NOTES: Final = (MOVED_TO, COPY_OF)
"""The facts of a register that are about where it is: they stay where they are."""

MOVED: Final = "this register has moved to "
COPY: Final = "this is an unfinished copy of "


async def note(connection: AsyncConnection, name: str) -> str | None:
    """What the register says under one of NOTES."""
    found: str | None = await connection.scalar(sa.select(register.c.value).where(register.c.name == name))
    return found


async def why_read_only(connection: AsyncConnection) -> str | None:
    """The reason, if this place takes no events."""
    if moved := await note(connection, MOVED_TO):
        return MOVED + moved
    if copied := await note(connection, COPY_OF):
        return f"{COPY}{copied}: run errera copy again, until it is finished"
    return None


def moved_reason(error: BaseException) -> str | None:
    """What a trigger said, if it refused because the register has moved."""
    _, moved, where = str(getattr(error, "orig", None) or error).partition(MOVED)
    return moved + where.partition("\n")[0] if moved else None


async def begin_copy(connection: AsyncConnection, of: str) -> None:
    """This place is a copy in the making."""
    await connection.execute(register.insert().values(name=COPY_OF, value=of))


async def end_copy(connection: AsyncConnection) -> None:
    """It is whole: from now on it takes events."""
    await connection.execute(register.delete().where(register.c.name == COPY_OF))


async def leave(connection: AsyncConnection, to: str, tables: Iterable[str]) -> None:
    """From the end of this transaction on, these tables take no more rows."""
    await connection.execute(register.insert().values(name=MOVED_TO, value=to))
    said = (MOVED + to).replace("'", "''")
    if connection.dialect.name == "sqlite":
        for table in tables:
            for action in ("INSERT", "UPDATE"):
                await connection.exec_driver_sql(
                    f"CREATE TRIGGER {table}_moved_{action.lower()} BEFORE {action} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
                )
        return
    await connection.exec_driver_sql(
        "CREATE FUNCTION errera_moved() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0]; END $$"
    )
    for table in tables:
        await connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_moved BEFORE INSERT OR UPDATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION errera_moved('{said}')"
        )
