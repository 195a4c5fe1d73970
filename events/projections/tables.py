"""The tables of a read model beside its live one: making them, putting them in its place, throwing them away."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.projections.pumping import writing
from events.projections.targets import named
from events.read_model import ReadModel, Slot, entries_of
from events.store.database import Database
from events.store.schema import checkpoints, parked

Mark: TypeAlias = tuple[str, int]
"""What a table's checkpoint and its parked streams go by: its model with its slot, and its version."""

_DELETED_AT_ONCE: Final = 5_000


async def create(connection: AsyncConnection, model: ReadModel[Any], slot: Slot) -> None:
    """An empty table without indexes but its key's, and its checkpoint at 0."""
    for table in model.tables(slot):
        await connection.run_sync(table.create)
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql(f"ALTER TABLE {table.name} SET UNLOGGED")
    await connection.execute(
        checkpoints.insert().values(name=named(model.name, slot), version=model.version, position=0)
    )


async def make_ready(connection: AsyncConnection, model: ReadModel[Any], slot: Slot) -> None:
    """Its indexes, under names that nothing else has had, and what PostgreSQL needs to trust and to plan with it."""
    found_by = [[[column] for column in model.found_by], model.entry_indexes]
    for table, indexes in zip(model.tables(slot), found_by, strict=False):
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql(f"ALTER TABLE {table.name} SET LOGGED")
        for columns in indexes:
            index = f"ix_{model.name}_{columns[0]}_{secrets.token_hex(4)}"
            over = ", ".join(f'"{column}"' for column in columns)
            await connection.exec_driver_sql(f'CREATE INDEX "{index}" ON {table.name} ({over})')
        if connection.dialect.name == "postgresql":
            await connection.exec_driver_sql(f"ANALYZE {table.name}")


async def switch(connection: AsyncConnection, model: ReadModel[Any], slot: Slot) -> None:
    """Put a table in the live one's place, with its checkpoint and what it parked; the live one becomes the old one."""
    for source, goal in (("live", "aside"), (slot, "live"), ("aside", "old")):
        for name, new_name in zip(_table_names(model, source), _table_names(model, goal), strict=True):
            await connection.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {new_name}")
        for table, column in ((checkpoints, checkpoints.c.name), (parked, parked.c.model)):
            await connection.execute(
                table.update()
                .where(column == _mark(model, source), table.c.version == model.version)
                .values({column.name: _mark(model, goal)})
            )


async def drop(database: Database, models: Sequence[ReadModel[Any]], slot: Slot) -> None:
    """Throw tables away, where they are."""
    there = await _there(database)
    going = {(named(model.name, slot), model.version): model.table(slot).name for model in models}
    await throw_away(database, {mark: name for mark, name in going.items() if name in there})


async def throw_away(database: Database, going: Mapping[Mark, str]) -> None:
    """These tables, by their marks, with their checkpoints and what they parked.

    SQLite overwrites what it frees, so there they go bit by bit. Several processes may throw away the same.
    """
    if not going:
        return
    names = {name for table in going.values() for name in (table, entries_of(table))}
    for name in sorted(await _there(database) & names) if database.sqlite else ():
        await _empty(database, name)
    async with writing(database) as connection:
        for name in sorted(names):
            await connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
        for marks, column in ((checkpoints, checkpoints.c.name), (parked, parked.c.model)):
            await connection.execute(marks.delete().where(sa.tuple_(column, marks.c.version).in_(list(going))))


async def _there(database: Database) -> set[str]:
    async with database.read() as connection:
        return set(await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names()))


async def _empty(database: Database, name: str) -> None:
    some = f"SELECT rowid FROM {name} LIMIT {_DELETED_AT_ONCE}"  # noqa: S608 - a table of ours
    statement = f"DELETE FROM {name} WHERE rowid IN ({some})"  # noqa: S608 - a table of ours
    while True:
        async with writing(database) as connection:
            if (await connection.exec_driver_sql(statement)).rowcount < _DELETED_AT_ONCE:
                return


def _table_names(model: ReadModel[Any], slot: str) -> Sequence[str]:
    if slot == "aside":
        return [f"{table.name}_aside" for table in model.tables()]
    return [table.name for table in model.tables(_slot(slot))]


def _mark(model: ReadModel[Any], slot: str) -> str:
    return f"{model.name}:aside" if slot == "aside" else named(model.name, _slot(slot))


def _slot(slot: str) -> Slot:
    match slot:
        case "live" | "new" | "old" | "check":
            return slot
        case _:
            raise ValueError(slot)
