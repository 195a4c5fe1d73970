"""The demonstration: a history loaded into an empty store, and a clock that may be moved forward in such a store."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from events.store.schema import register
from service import importing
from service.api.strict_json import parse
from service.auth.tokens import OPERATOR
from service.house import Errera

_NAME: Final = "demo"
_LOADING: Final = "loading"
_LOADED: Final = "loaded"


class DemoError(Exception):
    """The demonstration's history was refused."""


class NotADemoError(Exception):
    """The clock of a register in use is nobody's to move."""


class BackwardsError(Exception):
    """The clock may only move forward of `last`."""

    def __init__(self, last: datetime) -> None:
        super().__init__(last.isoformat())
        self.last = last


async def may_load(house: Errera) -> bool:
    """Whether the store is empty, or its loading was interrupted."""
    return (await house.store.head()).size == 0 or await _mark(house) == _LOADING


def read(file: Path) -> importing.Document:
    """The history. Raises OSError, JsonRefusedError, ImportFileError."""
    return importing.read(parse(file.read_bytes(), most_items=importing.MOST_ROWS))


async def load(house: Errera, document: importing.Document, report: Callable[[int, int], None]) -> int:
    """Load the history; `report` hears how many of how many rows are done. Returns how many rows. Raises DemoError."""
    await _set_mark(house, _LOADING)
    done = 0
    async for row in importing.run(house, OPERATOR, document, dry_run=False):
        if row.outcome == "refused":
            raise DemoError(f"row {row.row}: {row.problems[0].code}")
        done += 1
        report(done, len(document.rows))
    await _set_mark(house, _LOADED)
    return done


async def offset_to(house: Errera, now: datetime, *, demo: bool) -> timedelta:
    """What the clock must be moved by to show `now`: in an empty store to anywhere, later forward of what is recorded.

    Raises NotADemoError, BackwardsError.
    """
    head, own = await house.store.head(), await house.now()
    if await _mark(house) is None and not (demo and head.size == 0):
        raise NotADemoError
    if head.recorded_at is not None and now < head.recorded_at:
        raise BackwardsError(head.recorded_at)
    return now - own


async def _mark(house: Errera) -> str | None:
    async with house.store.database.read() as connection:
        mark: str | None = await connection.scalar(sa.select(register.c.value).where(register.c.name == _NAME))
        return mark


async def _set_mark(house: Errera, value: str) -> None:
    async with house.store.database.write() as connection:
        await connection.execute(register.delete().where(register.c.name == _NAME))
        await connection.execute(register.insert().values(name=_NAME, value=value))
