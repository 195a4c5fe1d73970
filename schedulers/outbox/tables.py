"""The tables of the outbox. They hold ids and instants, and of whatever a mail server answers its code only."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from events.store.migrating import Part

_metadata = sa.MetaData()

outbox = sa.Table(
    "outbox",
    _metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("reminder_id", sa.Text, nullable=False),
    sa.Column("obligation", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Column("raised_at", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("settled_at", sa.BigInteger),
    sa.Index("outbox_waiting", "state", "next_at"),
    sa.Index("outbox_obligation", "obligation", "position"),
)
"""One row for each event that is to be told: which one (`position`), whom by role, and since when it should have been
(`due_at`). `state` is `waiting`, `sent`, `dropped` (there is no need any more) or `dead` (it was refused). `reason`
says why it waits, was dropped or is dead; `failures` counts the tries that were put off. Instants are microseconds.
"""

outbox_mails = sa.Table(
    "outbox_mails",
    _metadata,
    sa.Column("outbox_id", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""The mails of a row, one for each person: `trying` (perhaps accepted), `sent`, `later` or `dead`, and the code."""

outbox_addresses = sa.Table(
    "outbox_addresses",
    _metadata,
    sa.Column("person_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)
"""The persons whose address was refused for good; a person's address never changes."""

outbox_progress = sa.Table(
    "outbox_progress",
    _metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)
"""Up to where in the log every event that is to be told has its row."""

PART: Final = Part(
    name="outbox",
    tables=_metadata,
    revision="0002",
    migrations=Path(__file__).parent / "migrations",
    known_by=outbox.name,
)
