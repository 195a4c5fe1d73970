"""The agenda for readers: subjects with obligations, those that a reader may see."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from domain import calendar
from domain.calendar import Obligation
from domain.read_models.agenda import Row
from service import read_models
from service.house import Errera


class Agenda:
    """`partners` are the ids whose things the reader may see (None: all)."""

    def __init__(self, house: Errera, partners: frozenset[str] | None = None) -> None:
        self._house = house
        self._partners = partners

    async def rows(self, streams: Iterable[str]) -> Mapping[str, Row]:
        """The subjects of these streams, as far as the reader may see them."""
        table = read_models.AGENDA.table()
        async with self._house.store.database.read() as connection:
            found = await connection.execute(
                sa.select(table.c.key, table.c.row).where(table.c.key.in_(sorted(set(streams))))
            )
            rows = {key: read_models.AGENDA.decode(row) for key, row in found}
        return {key: row for key, row in rows.items() if self._may_see(row)}

    def obligations(self, row: Row, now: datetime) -> Sequence[Obligation]:
        """What is open on a subject."""
        zone = self._house.settings.zone
        return calendar.obligations(row.agreement, row.consultation, row.cohort, now.astimezone(zone).date(), zone)

    def _may_see(self, row: Row) -> bool:
        if self._partners is None:
            return True
        return row.agreement is not None and row.agreement.partner_id in self._partners
