"""The vault's tables, for both databases."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from events.store.migrating import Part

ROWS: Final = "vault_rows"
KEYS: Final = "vault_keys"
SECRETS: Final = "vault_secrets"
DESTRUCTIONS: Final = "vault_destructions"
PROGRESS: Final = "vault_progress"
ACCESS: Final = "access_records"

_SCHEMA: Final = "vault"
"""On PostgreSQL; on SQLite it is a file."""

_SQLITE_GUARDS: Final = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {ACCESS}_no_{action.lower()} BEFORE {action} ON {ACCESS} "
    f"BEGIN SELECT RAISE(ABORT, '{ACCESS} is append-only'); END"
    for action in ("UPDATE", "DELETE")
)
_POSTGRESQL_GUARDS: Final = (
    (
        "CREATE OR REPLACE FUNCTION errera_access_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{ACCESS} is append-only'; END $$"
    ),
    (
        f"CREATE OR REPLACE TRIGGER {ACCESS}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {_SCHEMA}.{ACCESS} "
        "FOR EACH STATEMENT EXECUTE FUNCTION errera_access_append_only()"
    ),
)


def part(*, sqlite: bool) -> Part:
    """The vault's tables: what lies in them can be copied without the key."""
    metadata = sa.MetaData(schema=None if sqlite else _SCHEMA)
    sa.Table(
        ROWS,
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text, index=True),
        sa.Column("command_id", sa.Text, nullable=False, index=True),
        sa.Column("bound", sa.Boolean, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("wrapped_by", sa.Text, nullable=False, server_default="first"),
    )
    # The key-encryption keys in use, each by something that only it opens.
    sa.Table(
        KEYS,
        metadata,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("probe", sa.LargeBinary, nullable=False),
    )
    # What has to outlive a key-encryption key.
    sa.Table(
        SECRETS,
        metadata,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("wrapped_by", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    # What the log says is to be destroyed, and how far that is; `mark` is what a database waits for (see destroying).
    sa.Table(
        DESTRUCTIONS,
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("mark", sa.BigInteger),
        sa.Column("gone_at", sa.BigInteger, nullable=False),
        sa.Column("completed_at", sa.BigInteger),
    )
    # How far the log was followed.
    sa.Table(
        PROGRESS,
        metadata,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
    )
    # Who was shown what; `ids` with a space between them, `reason_id` names a row of the vault.
    sa.Table(
        ACCESS,
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("reason_id", sa.Text),
        sa.Column("ids", sa.Text, nullable=False),
    )
    return Part(
        name="vault",
        tables=metadata,
        revision="0002",
        migrations=Path(__file__).parent / "migrations",
        known_by=ROWS,
        guards={"sqlite": _SQLITE_GUARDS, "postgresql": _POSTGRESQL_GUARDS},
    )
