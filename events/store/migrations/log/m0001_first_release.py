"""The tables of the first release. Databases made by it are taken to be here."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SQLITE: Final = (
    "CREATE TRIGGER events_no_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END",
    "CREATE TRIGGER events_no_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'events is append-only'); END",
    (
        "CREATE TRIGGER commands_no_update BEFORE UPDATE ON commands "
        "BEGIN SELECT RAISE(ABORT, 'commands is append-only'); END"
    ),
    (
        "CREATE TRIGGER commands_no_delete BEFORE DELETE ON commands "
        "BEGIN SELECT RAISE(ABORT, 'commands is append-only'); END"
    ),
    (
        "CREATE TRIGGER events_no_replace BEFORE INSERT ON events WHEN EXISTS (SELECT 1 FROM events "
        "WHERE position = NEW.position OR (stream = NEW.stream AND version = NEW.version)) "
        "BEGIN SELECT RAISE(ABORT, 'events is append-only'); END"
    ),
    (
        "CREATE TRIGGER commands_no_replace BEFORE INSERT ON commands "
        "WHEN EXISTS (SELECT 1 FROM commands WHERE command_id = NEW.command_id) "
        "BEGIN SELECT RAISE(ABORT, 'commands is append-only'); END"
    ),
    (
        "CREATE TRIGGER head_no_replace BEFORE INSERT ON head WHEN EXISTS (SELECT 1 FROM head) "
        "BEGIN SELECT RAISE(ABORT, 'head only grows'); END"
    ),
    (
        "CREATE TRIGGER head_only_grows BEFORE UPDATE ON head WHEN NEW.size < OLD.size "
        "BEGIN SELECT RAISE(ABORT, 'head only grows'); END"
    ),
    "CREATE TRIGGER head_no_delete BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'head only grows'); END",
)

_POSTGRESQL: Final = (
    (
        "CREATE FUNCTION errera_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    ),
    (
        "CREATE FUNCTION errera_head_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF NEW.size < OLD.size THEN RAISE EXCEPTION 'head only grows'; END IF; RETURN NEW; END $$"
    ),
    (
        "CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events "
        "FOR EACH STATEMENT EXECUTE FUNCTION errera_append_only()"
    ),
    (
        "CREATE TRIGGER commands_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON commands "
        "FOR EACH STATEMENT EXECUTE FUNCTION errera_append_only()"
    ),
    (
        "CREATE TRIGGER head_append_only BEFORE DELETE OR TRUNCATE ON head "
        "FOR EACH STATEMENT EXECUTE FUNCTION errera_append_only()"
    ),
    "CREATE TRIGGER head_only_grows BEFORE UPDATE ON head FOR EACH ROW EXECUTE FUNCTION errera_head_only_grows()",
)


def upgrade() -> None:
    """From an empty database."""
    position = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "events",
        sa.Column("position", position, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("events_stream", "events", ["stream", "version"], unique=True)
    op.create_table(
        "head",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "commands",
        sa.Column("command_id", sa.Text, primary_key=True),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("first_position", sa.BigInteger),
        sa.Column("last_position", sa.BigInteger),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "event_types",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
    )
    op.create_table(
        "register",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("stopped", sa.Text),
    )
    connection = op.get_bind()
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)
    op.execute("INSERT INTO head (id, size, recorded_at) VALUES (1, 0, 0)")
    op.execute("INSERT INTO register (name, value) VALUES ('schema', '1')")
