"""Registers to copy, and all that is in them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa

from events.log.keys import open_keys
from events.log.sealing import Sealer
from events.store import moving
from events.store.copying_places import Place
from events.store.database import Database
from events.store.schema import (
    commands,
    event_types,
    events,
    head,
    log_checkpoints,
    log_cosignatures,
    log_keys,
    register,
)
from events.store.sql import SqlStore
from events.vault.vault import Vault, part
from schedulers.outbox.rows import Outbox
from schedulers.outbox.tables import PART as OUTBOX
from service.auth import tokens
from service.settings import vault_url_of
from tests.events.logs import CODEC, append, pending, put, renamed
from tests.postgresql import Databases

KEY = bytes(range(32))


@asynccontextmanager
async def place(url: str) -> AsyncIterator[Place]:
    log, apart = Database(url), Database(vault_url_of(url))
    try:
        yield Place(log, [(log, tokens.PART), (log, OUTBOX), (apart, part(sqlite=apart.sqlite))])
    finally:
        await log.dispose()
        await apart.dispose()


@asynccontextmanager
async def store_of(url: str) -> AsyncIterator[SqlStore]:
    database = Database(url)
    try:
        store = SqlStore(database, CODEC)
        await store.open()
        yield store
    finally:
        await database.dispose()


async def fill(url: str, rounds: int = 20) -> None:
    """A register with events, commands of several and of no events, facts, tokens and prose; sealed and witnessed."""
    async with place(url) as there, store_of(url) as store:
        apart = there.beside[-1][0]
        vault, keys = Vault(apart, KEY), tokens.Tokens(store.database)
        await vault.open()
        await keys.open()
        await Outbox(store.database).open()
        for number in range(rounds):
            await put(store, f"partner-{number}", 1)
            several = [pending(f"partner-{number}", version, renamed(f"Naam {version} é")) for version in range(2, 9)]
            await store.append(append(*several, pending(f"cohort-{number}", 1)))
            await store.append(append(command_id=f"nothing {number}"))
            await vault.put("text", {"text": f"prose {number}"}, command_id=f"c{number}", about=None)
        await vault.settle([row for ids in (await vault.unbound()).values() for row in ids][: rounds // 2], [])
        await keys.create("auditor")
        _, revoked = await keys.create("client", scopes=["log:read"])
        await keys.revoke(revoked.token_id)
        async with store.database.write() as connection:
            await connection.execute(register.insert().values(name="demonstration", value="yes"))
        with TemporaryDirectory() as folder:
            sealer = Sealer(store, await open_keys(store.database, Path(folder) / "log.key", "errera.example/log"))
        while await sealer.seal():
            pass
        async with store.database.write() as connection:
            witnessed = [{"size": size, "name": name, "line": "…"} for size in (1, 2) for name in "ab"]
            await connection.execute(log_cosignatures.insert(), witnessed)
    async with place(url) as there:
        await fill_beside(there)


async def fill_beside(there: Place) -> None:
    """Something in each table that nothing above has written to."""
    values: dict[type[Any], Any] = {int: 1, str: "one", bytes: b"one"}
    for database, of in there.beside:
        async with database.write() as connection:
            for table in of.tables.sorted_tables:
                if await connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0:
                    row = {column.name: values[column.type.python_type] for column in table.columns}
                    await connection.execute(table.insert().values(row))


async def contents(url: str) -> dict[str, list[Any]]:
    """Every row of every table that is copied, in an order that does not depend on the database."""
    found = {}
    async with place(url) as there:
        signed = [log_keys, log_checkpoints, log_cosignatures]
        sides = [(there.log, [events, head, commands, event_types, register, *signed])]
        sides += [(database, list(of.tables.sorted_tables)) for database, of in there.beside]
        for database, tables in sides:
            async with database.read() as connection:
                for table in tables:
                    rows = [tuple(row) for row in await connection.execute(sa.select(table))]
                    found[table.name] = sorted(
                        (row for row in rows if table is not register or row[0] not in moving.NOTES), key=str
                    )
    assert all(found.values()), "every table has something to copy"
    return found


@asynccontextmanager
async def nowhere_yet(kind: str, folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'errera.sqlite'}"
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database()
    yield url
    await databases.drop_database(url)
