"""What the next release changes. Open until then: what the table of `service/auth/tokens.py` gains is added here."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Tokens that open a calendar."""
    for name in ("made_with", "calendar", "calendar_of", "language"):
        op.add_column("tokens", sa.Column(name, sa.Text))
