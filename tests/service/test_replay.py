"""A register that is not as it should be: what is told, on the command line and over HTTP, and that nothing is written."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from events.store.database import Database
from service.app import create_app
from service.cli.inprocess import InProcess
from service.house import open_house
from service.settings import Settings
from tests.events.logs import put
from tests.golden import schemas
from tests.golden.happened import FILE
from tests.golden.release import VAULT_KEY
from tests.postgresql import Databases
from tests.service.served import ROOT, Told, quick

SMALL = str(ROOT / "examples" / "second-programme.json")


class Register:
    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url

    def errera(self, *arguments: str, **more: str) -> Told:
        return quick(*arguments, folder=self.folder, ERRERA_DATABASE_URL=self.url, **more)

    def change(self, *statements: str) -> None:
        async def do() -> None:
            database = Database(self.url)
            async with database.write() as connection:
                for statement in statements:
                    await connection.exec_driver_sql(statement)
            await database.dispose()

        asyncio.run(do())

    def holds(self) -> Any:
        async def look() -> Any:
            database = Database(self.url)
            try:
                async with database.read() as connection:
                    return [await connection.run_sync(ask) for ask in (schemas.schema, schemas.rows)]
            finally:
                await database.dispose()

        return asyncio.run(look())

    def forget(self, position: int) -> None:
        """As someone does who may change the schema."""
        sqlite = self.url.startswith("sqlite")
        self.change(
            "DROP TRIGGER events_no_delete" if sqlite else "ALTER TABLE events DISABLE TRIGGER USER",
            f"DELETE FROM events WHERE position = {position}",
        )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Register]:
    folder = tmp_path / "data"
    if request.param == "sqlite":
        yield Register(folder, f"sqlite:///{folder / 'errera.sqlite'}")
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database()
    yield Register(folder, url)
    await databases.drop_database(url)


@pytest.fixture
async def register(empty: Register) -> Register:
    """With three events."""
    async with open_house(Settings(data_dir=empty.folder, database_url=empty.url)) as house:
        for version in (1, 2, 3):
            await put(house.store, "partner-agoria", version)
    return empty


FUTURE = {
    "an event type": (
        "INSERT INTO event_types VALUES ('PartnerTeleported', 1)",
        "the log is from a later release: event type PartnerTeleported version 1",
        "het logboek is van een latere versie",
    ),
    "a version of an event type": (
        "INSERT INTO event_types VALUES ('PartnerAdded', 99)",
        "the log is from a later release: event type PartnerAdded version 99",
        "het logboek is van een latere versie",
    ),
    "a schema": (
        "UPDATE log_revision SET version_num = '9999'",
        "the database is from a later release (schema log-9999",
        "de databank is van een latere versie",
    ),
}


@pytest.mark.parametrize("what", FUTURE)
def test_what_a_later_release_wrote_is_told_and_left_alone(register: Register, what: str) -> None:
    statement, english, dutch = FUTURE[what]
    register.change(statement)
    before = register.holds()
    for command in (("serve", "--port", "0"), ("import", SMALL), ("token", "list")):
        told = register.errera(*command)
        assert (told.code, english in told.err) == (1, True), told
        assert dutch in register.errera(*command, ERRERA_LANGUAGE="nl").err
    told = register.errera("doctor")
    assert (told.code, english in told.out) == (1, True), told
    assert register.holds() == before


def test_an_upgrade_that_fails_is_told(empty: Register, tmp_path: Path) -> None:
    released = (
        FILE.parent / "0.1.0" / ("sqlite.sql" if empty.url.startswith("sqlite") else "postgresql.sql")
    ).read_bytes()
    lay_down(empty, released.decode())
    empty.change("CREATE TABLE parked (in_the_way INTEGER)")
    before = empty.holds()
    told = empty.errera("serve", "--port", "0")
    assert (told.code, "could not be upgraded and has stayed as it was: the schema of the log: " in told.err) == (
        1,
        True,
    )
    assert "kon niet bijgewerkt worden" in empty.errera("serve", "--port", "0", ERRERA_LANGUAGE="nl").err
    assert "could not be upgraded" in empty.errera("doctor").out
    assert empty.holds() == before
    empty.change("DROP TABLE parked")
    assert empty.errera("export").out.count("\n") == 44


def lay_down(register: Register, script: str) -> None:
    async def do() -> None:
        connection = await asyncpg.connect(register.url)
        await connection.execute(script)
        await connection.close()

    register.folder.mkdir(mode=0o700)
    (register.folder / "vault.key").write_text(VAULT_KEY.hex())
    if register.url.startswith("sqlite"):
        connection = sqlite3.connect(register.folder / "errera.sqlite")
        connection.executescript(script)
        connection.close()
    else:
        asyncio.run(do())


def test_a_missing_position_is_named_and_the_register_can_only_be_read(register: Register) -> None:
    register.forget(2)
    place = "the log should hold 3 events and holds 2: position 2 is missing"
    told = register.errera("doctor")
    assert (told.code, place in told.out) == (1, True), told
    assert register.errera("export").out.count("\n") == 2

    before = register.holds()
    health, refused = asyncio.run(asked(register))
    assert (health["status"], health["checks"]["store"]["details"]) == ("DOWN", {"readOnly": place})
    assert refused["type"] == "urn:problem-type:belgif:serviceUnavailable"
    assert register.holds()[1]["events"] == before[1]["events"]


async def asked(register: Register) -> tuple[Any, Any]:
    """Its health, and what it answers to a write."""

    async with (
        open_house(Settings(data_dir=register.folder, database_url=register.url)) as house,
        httpx.AsyncClient(transport=InProcess(create_app(house)), base_url="http://errera") as client,
    ):
        health = await client.get("/health")
        refused = await client.post("/v1/partners", json={"name": "Kring van Lezers"})
        assert (health.status_code, refused.status_code) == (503, 503)
        return health.json(), refused.json()
