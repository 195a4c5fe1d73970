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
    def key(self) -> str:
        """The column that names a row."""
        [column] = self.here.primary_key.columns
        return column.name

    async def mirror(self, source: AsyncConnection, target: Database) -> None:
        """Make the target's rows what the source's are."""
        async for page in pages(source, self.here, self.key):
            wanted = {row[self.key]: row for row in page}
            async with target.write() as connection:
                found = await rows_of(connection, self.there, self.key, list(wanted))
                fresh = [dict(row) for key, row in wanted.items() if key not in found]
                if fresh:
                    await connection.execute(self.there.insert(), fresh)
                for key, row in found.items():
                    if row != wanted[key]:
                        await connection.execute(
                            self.there.update().where(self.there.c[self.key] == key).values(dict(wanted[key]))
                        )
        async with target.read() as reading:
            gone = [key async for key in self._only(reading, self.there, source, self.here)]
        for start in range(0, len(gone), PAGE):
            async with target.write() as connection:
                await connection.execute(
                    self.there.delete().where(self.there.c[self.key].in_(gone[start : start + PAGE]))
                )

    async def compare(self, source: AsyncConnection, target: AsyncConnection) -> int:
        """How many rows there are. Raises DifferenceError for the first that is not the same."""
        count = 0
        async for page in pages(source, self.here, self.key):
            found = await rows_of(target, self.there, self.key, [row[self.key] for row in page])
            for row in page:
                same(self.here.name, row[self.key], row, found.get(row[self.key]))
            count += len(page)
        async for key in self._only(target, self.there, source, self.here):
            raise DifferenceError(self.here.name, key, "is only in the copy")
        return count

    async def _only(
        self, one: AsyncConnection, table: sa.Table, other: AsyncConnection, beside: sa.Table
    ) -> AsyncIterator[Any]:
        async for page in pages(one, table, self.key):
            known = await rows_of(other, beside, self.key, [row[self.key] for row in page])
            for row in page:
                if row[self.key] not in known:
                    yield row[self.key]


def same(table: str, key: object, one: Row, other: Row | None) -> None:
    """Raises DifferenceError if they are not."""
    if other is None:
        raise DifferenceError(table, key, "is missing in the copy")
    for column, value in one.items():
        if value != other[column]:
            raise DifferenceError(table, key, f"{column} differs")


async def pages(
    connection: AsyncConnection, table: sa.Table, key: str, *conditions: sa.ColumnElement[bool]
) -> AsyncIterator[Sequence[Row]]:
    """All rows, in the order of the key, some at a time."""
    column = table.c[key]
    query = sa.select(table).where(*conditions).order_by(column).limit(PAGE)
    page = await rows(connection, query)
    while page:
        yield page
        page = await rows(connection, query.where(column > page[-1][key]))


async def rows_of(connection: AsyncConnection, table: sa.Table, key: str, keys: Sequence[Any]) -> Mapping[Any, Row]:
    """The rows with these keys."""
    return {row[key]: row for row in await rows(connection, sa.select(table).where(table.c[key].in_(keys)))}


async def rows(connection: AsyncConnection, query: sa.Select[Any]) -> Sequence[Row]:
    """What is found, each by its columns' names."""
    return [dict(row) for row in (await connection.execute(query)).mappings()]
