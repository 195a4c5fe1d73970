"""The access log: who was shown what of the vault, when, through which door and why. It only grows.

It names ids, never contents. A reason is prose, so it is kept in the vault, and can be destroyed there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from events.envelope import from_micros, new_command_id
from events.vault.reading import Reader
from events.vault.schema import ACCESS
from events.vault.vault import Vault

REASON = "reason"
"""The kind of the vault's rows that say why somebody read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRecord:
    """Somebody was shown these rows of the vault."""

    record_id: str
    at: datetime
    actor: str
    role: str
    channel: str
    purpose: str
    reason_id: str | None
    ids: Sequence[str]


class AccessLog:
    """Writes and reads the records of a vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._database = vault.database
        self._table = vault.table(ACCESS)

    async def record(self, reader: Reader) -> None:
        """Note what the reader has been shown since the last time; durable before it sees any of it."""
        ids, reason_id, command_id = list(reader.shown), None, new_command_id()
        if not ids:
            return
        if reader.reason is not None:
            reason_id, _ = await self._vault.put(REASON, {"text": reader.reason}, command_id=command_id, bound=True)
        async with self._database.write() as connection:
            await connection.execute(
                self._table.insert().values(
                    id=command_id,
                    at=self._database.now_micros(),
                    actor=reader.actor,
                    role=reader.role,
                    channel=reader.channel,
                    purpose=reader.purpose,
                    reason_id=reason_id,
                    ids=" ".join(ids),
                )
            )
        for row_id in ids:
            reader.shown.pop(row_id, None)

    async def reasons(self, shown: str) -> frozenset[str]:
        """The ids of the reasons for which a row was shown."""
        columns = self._table.c
        wanted = sa.select(columns.reason_id).where(columns.reason_id.is_not(None), _names(columns.ids, shown))
        async with self._database.read() as connection:
            return frozenset(await connection.scalars(wanted))

    async def page(
        self, *, limit: int, before: str | None = None, about: Sequence[str] | None = None
    ) -> tuple[Sequence[AccessRecord], int]:
        """The latest records, or those before one; and how many there are in all. `about`: of these ids only."""
        columns = self._table.c
        wanted = [] if about is None else [sa.or_(sa.false(), *(_names(columns.ids, one) for one in about))]
        query = sa.select(self._table).where(*wanted).order_by(columns.id.desc()).limit(limit)
        if before is not None:
            query = query.where(columns.id < before)
        async with self._database.read() as connection:
            total = await connection.scalar(sa.select(sa.func.count()).select_from(self._table).where(*wanted)) or 0
            return [_record(row) for row in (await connection.execute(query)).mappings()], total


def _names(column: sa.ColumnElement[str], row_id: str) -> sa.ColumnElement[bool]:
    """Whether a record is about that row; ids are of one length and hexadecimal."""
    return column.contains(row_id, autoescape=True)


def _record(row: Any) -> AccessRecord:
    return AccessRecord(
        record_id=row["id"],
        at=from_micros(row["at"]),
        actor=row["actor"],
        role=row["role"],
        channel=row["channel"],
        purpose=row["purpose"],
        reason_id=row["reason_id"],
        ids=tuple(row["ids"].split()),
    )
