"""The tables of the log, and the triggers that keep it append-only, for both databases."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

metadata = sa.MetaData()

_BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

events = sa.Table(
    "events",
    metadata,
    sa.Column("position", _BigId, primary_key=True, autoincrement=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("events_stream", "stream", "version", unique=True),
)
"""recorded_at: microseconds since 1970, UTC. body: the canonical bytes, as they were hashed."""

head = sa.Table(
    "head",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
)
"""One row: the log's size. An append locks it, so positions are contiguous and in commit order."""

commands = sa.Table(
    "commands",
    metadata,
    sa.Column("command_id", sa.Text, primary_key=True),
    sa.Column("request_hash", sa.LargeBinary, nullable=False),
    sa.Column("first_position", sa.BigInteger),
    sa.Column("last_position", sa.BigInteger),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
)
"""What each command did, without its body."""

event_types = sa.Table(
    "event_types",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
)
"""The types and schema versions in the log: a release that does not know one of them does not start."""

register = sa.Table(
    "register",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""Facts about this store: the schema's version, whether it is a demo, its key for command ids."""

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("stopped", sa.Text),
)
"""How far each projection has read; `stopped` says why one does not go on."""

SCHEMA_VERSION: Final = "1"

_SQLITE_TRIGGERS: Final = (
    *(
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{action.lower()} BEFORE {action} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in ("events", "commands")
        for action in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE deletes without asking the triggers for DELETE.
    (
        "CREATE TRIGGER IF NOT EXISTS events_no_replace BEFORE INSERT ON events WHEN EXISTS (SELECT 1 FROM events "
        "WHERE position = NEW.position OR (stream = NEW.stream AND version = NEW.version)) "
        "BEGIN SELECT RAISE(ABORT, 'events is append-only'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS commands_no_replace BEFORE INSERT ON commands "
        "WHEN EXISTS (SELECT 1 FROM commands WHERE command_id = NEW.command_id) "
        "BEGIN SELECT RAISE(ABORT, 'commands is append-only'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS head_no_replace BEFORE INSERT ON head WHEN EXISTS (SELECT 1 FROM head) "
        "BEGIN SELECT RAISE(ABORT, 'head only grows'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS head_only_grows BEFORE UPDATE ON head WHEN NEW.size < OLD.size "
        "BEGIN SELECT RAISE(ABORT, 'head only grows'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS head_no_delete BEFORE DELETE ON head "
        "BEGIN SELECT RAISE(ABORT, 'head only grows'); END"
    ),
)

_POSTGRESQL_TRIGGERS: Final = (
    (
        "CREATE OR REPLACE FUNCTION errera_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    ),
    (
        "CREATE OR REPLACE FUNCTION errera_head_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF NEW.size < OLD.size THEN RAISE EXCEPTION 'head only grows'; END IF; RETURN NEW; END $$"
    ),
    *(
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION errera_append_only()"
        for table in ("events", "commands")
    ),
    (
        "CREATE OR REPLACE TRIGGER head_append_only BEFORE DELETE OR TRUNCATE ON head "
        "FOR EACH STATEMENT EXECUTE FUNCTION errera_append_only()"
    ),
    (
        "CREATE OR REPLACE TRIGGER head_only_grows BEFORE UPDATE ON head "
        "FOR EACH ROW EXECUTE FUNCTION errera_head_only_grows()"
    ),
)


async def create_schema(connection: AsyncConnection) -> None:
    """Create what is missing. Safe to call at every start, by several processes."""
    postgresql = connection.dialect.name == "postgresql"
    if postgresql:
        await connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('errera schema'))"))
    await connection.run_sync(metadata.create_all)
    for statement in _POSTGRESQL_TRIGGERS if postgresql else _SQLITE_TRIGGERS:
        await connection.exec_driver_sql(statement)
    if await connection.scalar(sa.select(head.c.id)) is None:
        await connection.execute(head.insert().values(id=1, size=0, recorded_at=0))
    if await connection.scalar(sa.select(register.c.value).where(register.c.name == "schema")) is None:
        await connection.execute(register.insert().values(name="schema", value=SCHEMA_VERSION))
