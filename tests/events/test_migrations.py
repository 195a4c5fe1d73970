"""Every released version's database opens in this release, and loses nothing; one from a later release is left alone."""

import asyncio
import hashlib
import json
import shutil
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from events.codec import Pending
from events.envelope import Context, Recorded, from_micros, to_micros
from events.log.entry import entry
from events.store import migrating
from events.store.database import Database
from events.store.migrating import Part, SchemaTooNewError, UpgradeFailedError, bring_up_to_date
from events.store.schema import LOG
from events.store.sql import SqlStore
from events.vault.vault import Vault
from schedulers.outbox.rows import Outbox
from schedulers.outbox.tables import PART as OUTBOX
from service.app import following
from service.auth import tokens
from service.auth.tokens import Tokens
from service.house import open_house
from service.settings import Settings
from tests.events.logs import CODEC, append, pending, positions
from tests.golden import schemas
from tests.golden.happened import FILE, golden
from tests.golden.release import PROSE, VAULT_KEY, made
from tests.postgresql import Databases

T = TypeVar("T")

RELEASED = sorted(folder for folder in FILE.parent.iterdir() if (folder / FILE.name).exists())
"""What each released version wrote, from its own hand."""


@dataclass(frozen=True)
class Place:
    """Where the log and the vault are."""

    url: str
    vault_url: str

    async def log(self, ask: Callable[[sa.Connection], T]) -> T:
        return await asked(self.url, ask)

    async def vault(self, ask: Callable[[sa.Connection], T]) -> T:
        return await asked(self.vault_url, ask)

    async def everything(self) -> Any:
        return [await ask(of) for ask in (self.log, self.vault) for of in (schemas.schema, schemas.rows)]


async def asked(url: str, ask: Callable[[sa.Connection], T]) -> T:
    database = Database(url)
    try:
        async with database.read() as connection:
            return await connection.run_sync(ask)
    finally:
        await database.dispose()


async def change(url: str, *statements: str) -> None:
    database = Database(url)
    async with database.write() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)
    await database.dispose()


async def bring(url: str, part: Part) -> None:
    database = Database(url)
    try:
        async with database.write() as connection:
            await connection.run_sync(bring_up_to_date, part)
    finally:
        await database.dispose()


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[tuple[SqlStore, Vault, Tokens]]:
    database, apart = Database(place.url), Database(place.vault_url)
    try:
        store, vault, keys = SqlStore(database, CODEC), Vault(apart, VAULT_KEY), Tokens(database)
        await store.open()
        await vault.open()
        await keys.open()
        await Outbox(database).open()
        yield store, vault, keys
    finally:
        await database.dispose()
        await apart.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def new(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    """Empty databases."""
    if request.param == "sqlite":
        yield Place(f"sqlite:///{tmp_path / 'new.sqlite'}", f"sqlite:///{tmp_path / 'new-vault.sqlite'}")
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database()
    yield Place(url, url)
    await databases.drop_database(url)


@pytest.fixture(params=RELEASED, ids=lambda folder: folder.name)
def released(request: pytest.FixtureRequest) -> Path:
    folder: Path = request.param
    return folder


@pytest.fixture
async def old(new: Place, released: Path, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    """The databases as a released version left them."""
    if new.url.startswith("sqlite"):
        for file, dump in (("errera.sqlite", "sqlite.sql"), ("errera-vault.sqlite", "sqlite-vault.sql")):
            connection = sqlite3.connect(tmp_path / file)
            connection.executescript((released / dump).read_bytes().decode())
            connection.close()
        yield Place(f"sqlite:///{tmp_path / 'errera.sqlite'}", f"sqlite:///{tmp_path / 'errera-vault.sqlite'}")
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database()
    connection = await asyncpg.connect(url)
    await connection.execute((released / "postgresql.sql").read_bytes().decode())
    await connection.close()
    yield Place(url, url)
    await databases.drop_database(url)


# The log of every release


def again(recorded: Recorded[Any]) -> bytes:
    """The entry that this release makes of what it read."""
    body = CODEC.encode(
        Pending(stream=recorded.stream, version=recorded.version, event_id=recorded.event_id, event=recorded.event),
        Context(
            command_id=recorded.command_id,
            actor=recorded.actor,
            correlation_id=recorded.correlation_id,
            causation_id=recorded.causation_id,
            sources=recorded.sources,
        ),
    )
    return entry(recorded.position, to_micros(recorded.recorded_at), body)


def test_every_entry_of_a_release_is_read_and_where_its_shape_stayed_made_alike(released: Path) -> None:
    for kept in golden(released / FILE.name):
        whole = kept["entry"].encode()
        assert hashlib.sha256(whole).hexdigest() == kept["sha256"]
        read = CODEC.decode(kept["position"], from_micros(kept["recordedAt"]), whole.split(b"\n", 3)[3])
        if CODEC.name_of(read.event) == (read.type, read.schema_version):
            assert again(read) == whole


def test_the_golden_log_begins_as_every_release_had_it(released: Path) -> None:
    kept = golden(released / FILE.name)
    assert golden()[: len(kept)] == kept


# An upgrade loses nothing


async def test_every_byte_position_and_instant_is_as_it_was(old: Place, released: Path) -> None:
    kept = golden(released / FILE.name)
    before = await old.log(schemas.rows)
    async with opened(old) as (store, vault, keys):
        assert store.read_only is None
        whole = [entry(*one) for one in await store.read_bodies(0, 1000)]
        assert whole == [one["entry"].encode() for one in kept]
        assert [to_micros(one.recorded_at) for one in await store.read_log(0, 1000)] == [
            one["recordedAt"] for one in kept
        ]
        assert (await store.head()).size == len(kept)
        (text_id,) = await vault.ids("text")
        assert await vault.compared([text_id]) == {text_id: PROSE}
        assert [one.token_id for one in await keys.list()] == ["token-1"]
    after = await old.log(schemas.rows)
    for table in ("events", "head", "commands", "event_types", "tokens"):
        gained = {row[len(was) :] for row, was in zip(after[table], before[table], strict=True)}
        assert gained <= {(None,) * len(one) for one in gained}, f"what {table} gained says nothing of what was there"
        assert [row[: len(was)] for row, was in zip(after[table], before[table], strict=True)] == before[table], table


async def test_commands_and_streams_go_on_where_they_were(old: Place, released: Path) -> None:
    first, *_, last = golden(released / FILE.name)
    body = first["entry"].encode().split(b"\n", 3)[3]
    async with opened(old) as (store, _, _):
        told_again = append(
            pending("partner-p1", 1), command_id="command-1", request_hash=hashlib.sha256(body).digest()
        )
        done = await store.append(told_again)
        assert (done.repeated, done.record.first_position) == (True, 1)
        stream = json.loads(last["entry"].split("\n", 3)[3])
        new = await store.append(append(pending(stream["stream"], stream["version"] + 1)))
        assert new.record.first_position == last["position"] + 1
        assert await positions(store) == list(range(1, last["position"] + 2))


async def test_a_second_start_changes_nothing(old: Place) -> None:
    async with opened(old):
        pass
    once = await old.everything()
    async with opened(old):
        pass
    assert await old.everything() == once


async def test_an_upgraded_schema_is_that_of_a_new_database(old: Place, new: Place) -> None:
    async with opened(old), opened(new):
        pass
    assert await old.log(schemas.schema) == await new.log(schemas.schema)
    assert await old.vault(schemas.schema) == await new.vault(schemas.schema)


async def test_the_read_models_go_on_and_equal_a_replay(old: Place, released: Path, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=old.url)
    settings.key_file.write_text(VAULT_KEY.hex())
    async with open_house(settings) as house, following(house):
        assert await house.projector.wait_for(len(golden(released / FILE.name)), 60)
        assert await house.projector.verify() == []
    assert (await old.log(schemas.rows))["parked"] == []


async def test_the_golden_log_passes_through_every_read_model(new: Place, tmp_path: Path) -> None:
    await made(Settings(data_dir=tmp_path / "data", database_url=new.url))
    assert (await new.log(schemas.rows))["events"] != []


# The migrations themselves


def parts(place: Place) -> dict[str, tuple[str, Part]]:
    """Each part, with the database it is in."""
    vault = Vault(Database(place.vault_url), VAULT_KEY)
    return {
        "log": (place.url, LOG),
        "tokens": (place.url, tokens.PART),
        "outbox": (place.url, OUTBOX),
        "vault": (place.vault_url, vault.part),
    }


NAMES = ("log", "tokens", "outbox", "vault")


@pytest.mark.parametrize("name", NAMES)
def test_a_new_database_is_at_the_last_migration(name: str, tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path / 'none.sqlite'}"
    _, part = parts(Place(nowhere, nowhere))[name]
    assert ScriptDirectory(part.migrations, version_locations=[part.migrations]).get_heads() == [part.revision]


@pytest.mark.parametrize("released", RELEASED[:1], indirect=True, ids=lambda folder: folder.name)
async def test_the_first_migrations_make_what_the_first_release_made(old: Place, new: Place) -> None:
    for url, part in parts(new).values():
        await migrate(url, replace(part, revision=migrating.FIRST))
    assert without_revisions(await new.log(schemas.schema)) == await old.log(schemas.schema)
    assert without_revisions(await new.vault(schemas.schema)) == await old.vault(schemas.schema)


async def migrate(url: str, part: Part) -> None:
    """From nothing, step by step, which no installation does."""
    database = Database(url)
    async with database.write() as connection:
        if part.tables.schema:
            await connection.exec_driver_sql(f"CREATE SCHEMA {part.tables.schema}")
        await connection.run_sync(migrating._upgrade, part)
    await database.dispose()


def without_revisions(found: dict[str, Any]) -> dict[str, Any]:
    return {name: of for name, of in found.items() if not name.endswith("_revision")}


BROKEN = """
from alembic import op
revision = "{revision}"
down_revision = "{before}"
def upgrade():
    op.execute("CREATE TABLE more (id INTEGER)")
    op.execute("INSERT INTO more VALUES (1)")
    op.execute("ALTER TABLE checkpoints DROP COLUMN position")
    op.execute("DELETE FROM register")
    op.execute("UPDATE head SET size = size + 1")
    {fails}
"""


def with_one_more(folder: Path, fails: str) -> Part:
    """The log's migrations, and one that fails when it has done much."""
    more = folder / "migrations"
    shutil.copytree(LOG.migrations, more, ignore=shutil.ignore_patterns("__pycache__"))
    (more / "broken.py").write_text(BROKEN.format(revision="9999", before=LOG.revision, fails=fails))
    return replace(LOG, revision="9999", migrations=more)


@pytest.mark.parametrize(
    ("fails", "how"),
    [
        ('op.execute("INSERT INTO nowhere VALUES (1)")', UpgradeFailedError),
        ('raise KeyError("no such thing")', KeyError),
    ],
    ids=["in the database", "in its own code"],
)
async def test_a_migration_that_fails_leaves_everything_as_it_was(
    old: Place, tmp_path: Path, fails: str, how: type[Exception]
) -> None:
    before = await old.everything()
    with pytest.raises(how, match=r"nowhere|no such thing"):
        await bring(old.url, with_one_more(tmp_path, fails))
    assert await old.everything() == before
    async with opened(old) as (store, _, _):
        await store.append(append(pending("partner-more", 1)))


async def test_a_migration_that_commits_midway_would_be_noticed(old: Place, tmp_path: Path) -> None:
    before = await old.everything()
    with pytest.raises(KeyError):
        await bring(old.url, with_one_more(tmp_path, 'op.get_bind().commit(); raise KeyError("killed")'))
    assert await old.everything() != before


@pytest.mark.postgresql
@pytest.mark.parametrize("new", ["postgresql"], indirect=True)
async def test_processes_that_start_at_once_upgrade_once(old: Place) -> None:
    program = (
        "import asyncio; from tests.events.test_migrations import Place, opened\n"
        "async def start():\n"
        f"    async with opened(Place({old.url!r}, {old.vault_url!r})): pass\n"
        "asyncio.run(start())"
    )
    holding = await asyncpg.connect(old.url)
    await holding.execute("SELECT pg_advisory_lock(hashtext('errera schema'))")
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", program, stderr=asyncio.subprocess.PIPE)
        for _ in range(3)
    ]
    while await holding.fetchval("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") < 3:
        assert [one.returncode for one in started] == [None, None, None], await started[0].communicate()
        await asyncio.sleep(0.05)
    await holding.close()  # all three have seen a database of old, and go on now
    for one in started:
        _, told = await one.communicate()
        assert (one.returncode, told) == (0, b"")
    async with opened(old) as (store, _, _):
        await store.append(append(pending("partner-more", 1)))
    assert (await old.log(schemas.rows))["log_revision"] == [(LOG.revision,)]


# What was taken away, and what this release does not know


async def test_a_guard_that_somebody_took_away_stands_again(old: Place) -> None:
    async with opened(old):
        pass
    whole = await old.log(schemas.schema)
    taken = "events_no_delete" if old.url.startswith("sqlite") else "events_append_only ON events"
    await change(old.url, f"DROP TRIGGER {taken}")
    assert await old.log(schemas.schema) != whole
    async with opened(old):
        pass
    assert await old.log(schemas.schema) == whole


@pytest.mark.parametrize("name", NAMES)
async def test_a_database_from_a_later_release_is_refused_and_left_alone(old: Place, name: str) -> None:
    async with opened(old):
        pass
    url, part = parts(old)[name]
    await change(url, f"UPDATE {part.revisions.fullname} SET version_num = '9999'")
    before = await old.everything()
    with pytest.raises(SchemaTooNewError, match=f"the schema of the {name} is at revision 9999") as refused:
        async with opened(old):
            pass
    assert (refused.value.part, refused.value.found, refused.value.known) == (name, "9999", part.revision)
    assert await old.everything() == before
