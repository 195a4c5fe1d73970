"""What the next release changes. Open until then: what the tables of `events/vault/schema.py` gain is added here."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Keys that change, destructions that are followed to their end, and the access log."""
    schema = None if op.get_bind().dialect.name == "sqlite" else "vault"
    op.add_column("vault_rows", sa.Column("wrapped_by", sa.Text, nullable=False, server_default="first"), schema=schema)
    op.create_table(
        "vault_secrets",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("wrapped_by", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        schema=schema,
    )
    op.create_table(
        "vault_destructions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("mark", sa.BigInteger),
        sa.Column("gone_at", sa.BigInteger, nullable=False),
        sa.Column("completed_at", sa.BigInteger),
        schema=schema,
    )
    op.create_table(
        "vault_progress",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        schema=schema,
    )
    op.create_table(
        "access_records",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False, index=True),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("reason_id", sa.Text),
        sa.Column("ids", sa.Text, nullable=False),
        schema=schema,
    )
