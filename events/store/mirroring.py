"""Tables that stand beside the log, made the same in another database, and compared.

Unlike the log they change: rows come, change and go. They have a key of one column, and no order that both databases
agree on, so they are walked in the order of whichever is read.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.store.database import Database

PAGE: Final = 500

Row: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, ...]
"""The columns that name a row."""


class DifferenceError(Exception):
    """The two places do not hold the same."""

    def __init__(self, table: str, key: object, what: str) -> None:
        super().__init__(f"{table} {key}: {what}")
        self.table = table
        self.key = key
        self.what = what


@dataclass(frozen=True, slots=True)
class Pair:
    """A table, and the same in another database."""

    here: sa.Table
    there: sa.Table

    @property
    def key(self) -> Key:
        """What names a row."""
        return tuple(column.name for column in self.here.primary_key.columns)

    async def mirror(self, source: AsyncConnection, target: Database) -> None:
        """Make the target's rows what the source's are."""
        async for page in pages(source, self.here, self.key):
            wanted = {named(row, self.key): row for row in page}
            async with target.write() as connection:
                found = await rows_of(connection, self.there, self.key, list(wanted))
                fresh = [dict(row) for key, row in wanted.items() if key not in found]
                if fresh:
                    await connection.execute(self.there.insert(), fresh)
                for key, row in found.items():
                    if row != wanted[key]:
                        await connection.execute(
                            self.there.update().where(_among(self.there, self.key, [key])).values(dict(wanted[key]))
                        )
        async with target.read() as reading:
            gone = [key async for key in self._only(reading, self.there, source, self.here)]
        for start in range(0, len(gone), PAGE):
            async with target.write() as connection:
                await connection.execute(
                    self.there.delete().where(_among(self.there, self.key, gone[start : start + PAGE]))
                )

    async def compare(self, source: AsyncConnection, target: AsyncConnection) -> int:
        """How many rows there are. Raises DifferenceError for the first that is not the same."""
        count = 0
        async for page in pages(source, self.here, self.key):
            found = await rows_of(target, self.there, self.key, [named(row, self.key) for row in page])
            for row in page:
                name = named(row, self.key)
                same(self.here.name, ", ".join(map(str, name)), row, found.get(name))
            count += len(page)
        async for key in self._only(target, self.there, source, self.here):
            raise DifferenceError(self.here.name, key, "is only in the copy")
        return count

    async def _only(
        self, one: AsyncConnection, table: sa.Table, other: AsyncConnection, beside: sa.Table
    ) -> AsyncIterator[Any]:
        async for page in pages(one, table, self.key):
            known = await rows_of(other, beside, self.key, [named(row, self.key) for row in page])
            for row in page:
                if named(row, self.key) not in known:
                    yield named(row, self.key)


def same(table: str, key: object, one: Row, other: Row | None) -> None:
    """Raises DifferenceError if they are not."""
    if other is None:
        raise DifferenceError(table, key, "is missing in the copy")
    for column, value in one.items():
        if value != other[column]:
            raise DifferenceError(table, key, f"{column} differs")


async def pages(
    connection: AsyncConnection, table: sa.Table, key: Key, *conditions: sa.ColumnElement[bool]
) -> AsyncIterator[Sequence[Row]]:
    """All rows, in the order of the key, some at a time."""
    columns = [table.c[one] for one in key]
    query = sa.select(table).where(*conditions).order_by(*columns).limit(PAGE)
    page = await rows(connection, query)
    while page:
        yield page
        last = [sa.literal(value, column.type) for value, column in zip(named(page[-1], key), columns, strict=True)]
        page = await rows(connection, query.where(sa.tuple_(*columns) > sa.tuple_(*last)))


async def rows_of(
    connection: AsyncConnection, table: sa.Table, key: Key, names: Sequence[tuple[Any, ...]]
) -> Mapping[tuple[Any, ...], Row]:
    """The rows that are named so."""
    found = await rows(connection, sa.select(table).where(_among(table, key, names)))
    return {named(row, key): row for row in found}


def named(row: Row, key: Key) -> tuple[Any, ...]:
    """What names it."""
    return tuple(row[one] for one in key)


def _among(table: sa.Table, key: Key, names: Sequence[tuple[Any, ...]]) -> sa.ColumnElement[bool]:
    if len(key) == 1:
        return table.c[key[0]].in_([name for (name,) in names])
    return sa.or_(
        sa.false(), *(sa.and_(*(table.c[one] == value for one, value in zip(key, name, strict=True))) for name in names)
    )


async def rows(connection: AsyncConnection, query: sa.Select[Any]) -> Sequence[Row]:
    """What is found, each by its columns' names."""
    return [dict(row) for row in (await connection.execute(query)).mappings()]
