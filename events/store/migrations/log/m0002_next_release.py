"""What the next release changes. Open until then: what the tables of `events/store/schema.py` gain is added here."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Rebuilds beside the live tables, streams parked one by one, leases, the sealed log; a table for the revision."""
    op.drop_column("checkpoints", "stopped")
    op.create_table(
        "parked",
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("stream", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("parked_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "rebuilds",
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", sa.BigInteger, nullable=False),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("reason", sa.Text),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("token", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "log_tiles",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("sealed_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "log_keys",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("verifier", sa.Text, nullable=False, unique=True),
        sa.Column("from_size", sa.BigInteger, nullable=False),
        sa.Column("until_size", sa.BigInteger),
    )
    op.create_table(
        "log_cosignatures",
        sa.Column("size", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("line", sa.Text, nullable=False),
    )
    op.create_table(
        "log_publications",
        sa.Column("destination", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
    )
    op.execute("DELETE FROM register WHERE name = 'schema'")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER events_no_replace")
