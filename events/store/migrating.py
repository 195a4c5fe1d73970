"""Bringing a database to this release's schema: made where there is none, upgraded where an older release made it.

Each part of Errera that keeps tables (the log, the vault, the tokens) has its own revision in the database and its own
migrations beside its code. A new database is made from the tables as the code has them; an older one goes through the
migrations since. Both end alike, and a test holds them to it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.schema import CreateSchema

FIRST: Final = "0001"
"""What the first release made, which kept no revision."""

_ENVIRONMENT: Final = Path(__file__).parent / "migrations"
_GUARD: Final = re.compile(r"^CREATE (?:OR REPLACE )?(?:TRIGGER|FUNCTION) (?:IF NOT EXISTS )?(\w+)")
_GUARDS: Final = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal UNION SELECT proname FROM pg_proc",
}


class SchemaTooNewError(Exception):
    """A newer release has upgraded this database."""

    def __init__(self, part: str, found: str, known: str) -> None:
        super().__init__(
            f"the schema of the {part} is at revision {found}, and this release knows it up to {known}: "
            "a newer one upgraded it"
        )
        self.part = part
        self.found = found
        self.known = known


class SchemaTooOldError(Exception):
    """An earlier release made this database, and this release has not been started on it."""

    def __init__(self, part: str, found: str, known: str) -> None:
        super().__init__(f"the schema of the {part} is at revision {found}, and this release's is {known}")
        self.part = part


class UpgradeFailedError(Exception):
    """A migration did not succeed, and nothing of it stands."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"the schema of the {part}: {why}")
        self.part = part


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The tables that one part keeps, and how those of every earlier release become them.

    `revision` is what this release makes: the last file in `migrations`. `known_by` is a table of the first release.
    `guards` are the triggers and functions beside the tables, by dialect: laid down after every upgrade, and where one
    is missing; statements that do no harm where it stands. A migration only drops what is no longer among them.
    """

    name: str
    tables: sa.MetaData
    revision: str
    migrations: Path
    known_by: str
    guards: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def revisions(self) -> sa.Table:
        """The table with the one row that says the database's revision; its shape is alembic's."""
        apart = sa.MetaData(schema=self.tables.schema)
        return sa.Table(f"{self.name}_revision", apart, sa.Column("version_num", sa.String(32), primary_key=True))


def bring_up_to_date(connection: sa.Connection, part: Part) -> None:
    """Create or upgrade a part's tables, in the caller's transaction: all of it or nothing.

    Several processes may do so at once. Raises SchemaTooNewError, UpgradeFailedError.
    """
    if _revision(connection, part) == part.revision and _guarded(connection, part):
        return
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('errera schema'))"))
        if part.tables.schema:
            connection.execute(CreateSchema(part.tables.schema, if_not_exists=True))
    found = _revision(connection, part)  # again: another process may have been first
    if found is None and not _has_table(connection, part, part.known_by):
        part.tables.create_all(connection)
        _stamp(connection, part, part.revision)
    elif found != part.revision:
        if found is None:
            _stamp(connection, part, FIRST)
        _upgrade(connection, part)
    for statement in part.guards.get(connection.dialect.name, ()):
        connection.exec_driver_sql(statement)


def is_current(connection: sa.Connection, part: Part) -> bool:
    """Whether there are tables, as this release has them. Raises SchemaTooNewError, SchemaTooOldError."""
    found = _revision(connection, part)
    if found is None:
        if not _has_table(connection, part, part.known_by):
            return False
        found = FIRST
    if found != part.revision or not _has_table(connection, part, part.revisions.name):
        raise SchemaTooOldError(part.name, found, part.revision)
    return True


def _revision(connection: sa.Connection, part: Part) -> str | None:
    if not _has_table(connection, part, part.revisions.name):
        return None
    found: str | None = connection.scalar(sa.select(part.revisions.c.version_num))
    if found is not None and found > part.revision:
        raise SchemaTooNewError(part.name, found, part.revision)
    return found


def _guarded(connection: sa.Connection, part: Part) -> bool:
    """Whether all guards stand: someone may have taken one away to get at the rows."""
    guards = part.guards.get(connection.dialect.name)
    if not guards:
        return True
    there = set(connection.scalars(sa.text(_GUARDS[connection.dialect.name])))
    return there.issuperset(name for statement in guards for name in _GUARD.findall(statement))


def _has_table(connection: sa.Connection, part: Part, name: str) -> bool:
    return sa.inspect(connection).has_table(name, schema=part.tables.schema)


def _stamp(connection: sa.Connection, part: Part, revision: str) -> None:
    part.revisions.create(connection, checkfirst=True)
    connection.execute(part.revisions.insert().values(version_num=revision))


def _upgrade(connection: sa.Connection, part: Part) -> None:
    from alembic import command  # noqa: PLC0415 - takes half a second, and only an upgrade needs it
    from alembic.config import Config  # noqa: PLC0415 - as above
    from alembic.util import CommandError  # noqa: PLC0415 - as above

    config = Config()
    for option, value in {
        "script_location": str(_ENVIRONMENT),
        "version_locations": str(part.migrations),
        "path_separator": "newline",
    }.items():
        config.set_main_option(option, value.replace("%", "%%"))
    config.attributes.update(
        connection=connection, version_table=part.revisions.name, version_table_schema=part.tables.schema
    )
    try:
        command.upgrade(config, part.revision)
    except (sa.exc.SQLAlchemyError, CommandError) as error:
        why = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise UpgradeFailedError(part.name, why) from error
