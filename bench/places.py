"""Where the benches keep their stores: SQLite files in a folder, databases on a PostgreSQL server of their own.

`BENCH_TMP` and `PGPORT` say where, as they do for the peers.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Literal

import asyncpg

from events.codec import Codec
from events.store.database import Database
from events.store.sql import SqlStore
from service.house import Errera, open_house
from service.settings import Settings

Variant = Literal["sqlite", "postgresql"]

MADE: Final = Path(__file__).parent.parent / ".bench"
"""Everything that a run makes; outside git."""
TMP: Final = Path(os.environ.get("BENCH_TMP", MADE / "tmp"))
PGPORT: Final = int(os.environ.get("PGPORT", "55432"))
_USER: Final = os.environ.get("BENCH_PGUSER", "bench")


def url_of(variant: Variant, name: str) -> str:
    """The store of that name."""
    if variant == "sqlite":
        return f"sqlite:///{TMP.absolute() / f'{name}.sqlite'}"
    return _postgresql(f"bench_{name}")


async def remove(variant: Variant, name: str) -> None:
    """The store is gone if there was one; on PostgreSQL an empty database stands in its place."""
    if variant == "sqlite":
        TMP.mkdir(parents=True, exist_ok=True)
        for path in (*TMP.glob(f"{name}.sqlite*"), *TMP.glob(f"{name}-vault.sqlite*")):
            path.unlink()
        return
    connection = await asyncpg.connect(_postgresql("postgres"))
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS bench_{name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE bench_{name}")
    finally:
        await connection.close()


@asynccontextmanager
async def house_of(variant: Variant, name: str) -> AsyncIterator[Errera]:
    """The whole of Errera over the store of that name; its other files lie beside."""
    settings = Settings(data_dir=TMP / f"{name}-{variant}", database_url=url_of(variant, name))
    async with open_house(settings) as house:
        yield house


@asynccontextmanager
async def opened(variant: Variant, name: str, codec: Codec) -> AsyncIterator[SqlStore]:
    """The store of that name, made if it is missing."""
    database = Database(url_of(variant, name))
    store = SqlStore(database, codec)
    try:
        database.acquire()
        await store.open()
        yield store
    finally:
        await database.dispose()


async def tidy(variant: Variant, name: str) -> None:
    """Statistics and visibility are as they would be on a store that has been in use: PostgreSQL's vacuum ran."""
    if variant == "postgresql":
        connection = await asyncpg.connect(_postgresql(f"bench_{name}"))
        try:
            await connection.execute("VACUUM ANALYZE")
        finally:
            await connection.close()


def _postgresql(database: str) -> str:
    return f"postgresql://{_USER}@127.0.0.1:{PGPORT}/{database}"
