"""The first release kept no outbox."""

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing."""
