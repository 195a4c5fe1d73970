"""The tables of a read model beside its live one: making them, putting them in its place, throwing them away."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.projections.pumping import writing
from events.projections.targets import named
from events.read_model import ReadModel, Slot
from events.store.database import Database
from events.store.schema import checkpoints, parked

Mark: TypeAlias = tuple[str, int]
"""What a table's checkpoint and its parked streams go by: its model with its slot, and its version."""

_DELETED_AT_ONCE: Final = 5_000


async def create(connection: AsyncConnection, model: ReadModel[Any], slot: Slot) -> None:
    """An empty table without indexes but its key's, and its checkpoint at 0."""
    table = model.table(slot)
    await connection.run_sync(table.create)
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"ALTER TABLE {table.name} SET UNLOGGED")
    await connection.execute(
        checkpoints.insert().values(name=named(model.name, slot), version=model.version, position=0)
    )


async def make_ready(connection: AsyncConnection, model: ReadModel[Any], slot: Slot) -> None:
    """Its indexes, under names that nothing else has had, and what PostgreSQL needs to trust and to plan with it."""
    name = model.table(slot).name
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"ALTER TABLE {name} SET LOGGED")
    for column in model.found_by:
        index = f"ix_{model.name}_{column}_{secrets.token_hex(4)}"
        await connection.exec_driver_sql(f'CREATE INDEX "{index}" ON {name} ("{column}")')
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"ANALYZE {name}")


async def switch(connection: AsyncConnection, model: ReadModel[Any], slot: Slot) -> None:
    """Put a table in the live one's place, with its checkpoint and what it parked; the live one becomes the old one."""
    for source, goal in (("live", "aside"), (slot, "live"), ("aside", "old")):
        await connection.exec_driver_sql(
            f"ALTER TABLE {_table_name(model, source)} RENAME TO {_table_name(model, goal)}"
        )
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
    for name in sorted(await _there(database) & set(going.values())) if database.sqlite else ():
        await _empty(database, name)
    async with writing(database) as connection:
        for name in sorted(going.values()):
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


def _table_name(model: ReadModel[Any], slot: str) -> str:
    return f"{model.table().name}_aside" if slot == "aside" else model.table(_slot(slot)).name


def _mark(model: ReadModel[Any], slot: str) -> str:
    return f"{model.name}:aside" if slot == "aside" else named(model.name, _slot(slot))


def _slot(slot: str) -> Slot:
    match slot:
        case "live" | "new" | "old" | "check":
            return slot
        case _:
            raise ValueError(slot)
