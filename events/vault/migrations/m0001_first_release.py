"""The tables of the first release. Databases made by it are taken to be here."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """From an empty file, or an empty schema `vault`."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "vault"
    op.create_table(
        "vault_rows",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text, index=True),
        sa.Column("command_id", sa.Text, nullable=False, index=True),
        sa.Column("bound", sa.Boolean, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        schema=schema,
    )
    op.create_table(
        "vault_keys",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("probe", sa.LargeBinary, nullable=False),
        schema=schema,
    )
