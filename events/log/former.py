"""Names that the log had before it was begun anew."""

import json
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.store.schema import register

FORMER: Final = "logFormerOrigins"


async def former_origins(connection: AsyncConnection) -> Sequence[str]:
    """All of them, the first one first."""
    kept: str | None = await connection.scalar(sa.select(register.c.value).where(register.c.name == FORMER))
    return [] if kept is None else list(json.loads(kept))


async def note_former(connection: AsyncConnection, origin: str) -> None:
    """From now on it is one of them."""
    told = json.dumps([*await former_origins(connection), origin])
    await connection.execute(register.delete().where(register.c.name == FORMER))
    await connection.execute(register.insert().values(name=FORMER, value=told))
