"""Destroying rows of the vault, to the last byte that is this database's to destroy.

SQLite overwrites what is deleted with zeros (`secure_delete`), and what the log beside the file still holds goes when
that is truncated, which waits for every reader of the file. PostgreSQL takes a deleted row out of its table when it is
vacuumed, once no transaction can see it any more; what remains in `pg_wal` and in base backups stands in
docs/privacy.md.
"""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg
import sqlalchemy as sa
import structlog

from events.envelope import from_micros
from events.vault.schema import DESTRUCTIONS
from events.vault.vault import Vault

_log = structlog.get_logger(__name__)

_PATIENCE = 200
"""Milliseconds that a truncation waits for readers; whoever waits for it is told that it is pending."""

_MANY = 500

_VACUUM = "VACUUM (TRUNCATE FALSE) {}"
"""Several may be at it at once. To give empty pages back each would wait five seconds for the others to go."""

_SEEN = sa.text(
    "SELECT count(*) FROM ("
    "SELECT backend_xmin AS oldest FROM pg_stat_activity "
    "WHERE pid <> pg_backend_pid() AND (datname = current_database() OR datname IS NULL) "
    "UNION ALL SELECT xmin FROM pg_replication_slots "
    "UNION ALL SELECT transaction FROM pg_prepared_xacts WHERE database = current_database()"
    ") AS horizons WHERE oldest IS NOT NULL "
    "AND age(oldest) >= age(CAST(CAST(CAST(:mark AS bigint) % 4294967296 AS text) AS xid))"
)
"""Who may still see what this transaction deleted, and keeps a vacuum from it; other databases' transactions do not."""


@dataclass(frozen=True, slots=True)
class Destruction:
    """Rows are gone since `gone_at`; nothing of them is left in the database's files since `completed_at`."""

    destruction_id: str
    position: int
    rows: int
    gone_at: datetime
    completed_at: datetime | None


class Destroyer:
    """Destroys rows of a vault, and remembers what is not complete."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._database = vault.database
        self._table = vault.table(DESTRUCTIONS)

    async def destroy(self, destruction_id: str, position: int, *, ids: Sequence[str], about: str | None) -> None:
        """These rows and those about this one, because of the event at this position. Told again, it goes on."""
        rows = self._vault.rows
        wanted = sa.or_(rows.c.id.in_(ids), rows.c.about == about if about is not None else sa.false())
        async with self._database.write() as connection:
            deleted = await connection.execute(rows.delete().where(wanted))
            mark = None
            if not self._database.sqlite:
                mark = await connection.scalar(sa.text("SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint)"))
            note = self._database.insert_once(self._table).values(
                id=destruction_id,
                position=position,
                rows=deleted.rowcount,
                mark=mark,
                gone_at=self._database.now_micros(),
            )
            await connection.execute(note)
            if deleted.rowcount:  # after a restore there may be rows again
                again = self._table.update().where(self._table.c.id == destruction_id)
                await connection.execute(again.values(mark=mark, completed_at=None))

    async def complete(self) -> Collection[str]:
        """Have the database forget what is gone. Returns what is still pending: a reader may hold it."""
        async with self._database.read() as connection:
            open_ones = sa.select(self._table.c.id, self._table.c.mark).where(self._table.c.completed_at.is_(None))
            waiting = {row.id: row.mark for row in await connection.execute(open_ones)}
        if not waiting:
            return frozenset()
        gone = await (self._truncated(waiting) if self._database.sqlite else self._vacuumed(waiting))
        if gone:
            async with self._database.write() as connection:
                done = self._table.update().where(self._table.c.id.in_(gone))
                await connection.execute(done.values(completed_at=self._database.now_micros()))
        return waiting.keys() - gone

    async def find(self, destruction_id: str) -> Destruction | None:
        """How far it is."""
        return (await self.found([destruction_id])).get(destruction_id)

    async def found(self, destruction_ids: Sequence[str]) -> Mapping[str, Destruction]:
        """How far these are, as far as they are known, by id."""
        known = {}
        for start in range(0, len(destruction_ids), _MANY):
            async with self._database.read() as connection:
                some = self._table.c.id.in_(destruction_ids[start : start + _MANY])
                for row in await connection.execute(sa.select(self._table).where(some)):
                    completed_at = None if row.completed_at is None else from_micros(row.completed_at)
                    known[row.id] = Destruction(row.id, row.position, row.rows, from_micros(row.gone_at), completed_at)
        return known

    async def _truncated(self, waiting: Collection[str]) -> Collection[str]:
        return set(waiting) if await self._database.on_writer(_truncate) else frozenset()

    async def _vacuumed(self, waiting: dict[str, int | None]) -> Collection[str]:
        gone = set()
        async with self._database.read() as connection:
            for destruction_id, mark in waiting.items():
                if mark is None or not await connection.scalar(_SEEN, {"mark": mark}):
                    gone.add(destruction_id)
        if gone:
            connection = await self._database.connect()  # VACUUM runs in no transaction
            try:
                await connection.execute(_VACUUM.format(f"{self._vault.rows.schema}.{self._vault.rows.name}"))
            except (OSError, asyncpg.PostgresError) as error:  # another time; meanwhile it is pending
                _log.warning("vault.vacuum.failed", reason=str(error) or type(error).__name__)
                return frozenset()
            finally:
                await connection.close()
        return gone


def _truncate(connection: sqlite3.Connection) -> bool:
    """Whether the log beside the file is empty now."""
    [(before,)] = connection.execute("PRAGMA busy_timeout").fetchall()
    connection.execute(f"PRAGMA busy_timeout={_PATIENCE}").close()
    try:
        [(busy, _, _)] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.execute(f"PRAGMA busy_timeout={before}").close()
    return not busy
