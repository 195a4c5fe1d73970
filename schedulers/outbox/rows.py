"""Reading and writing the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.store.database import Database
from events.store.migrating import bring_up_to_date
from schedulers.outbox.tables import PART, outbox, outbox_addresses, outbox_mails

State = Literal["waiting", "sent", "dropped", "dead"]
STATES: Final[tuple[State, ...]] = ("waiting", "sent", "dropped", "dead")

LONGEST_PAUSE: Final = 4 * 3600 * 1_000_000
"""Microseconds. No row waits longer until it is looked at again, so one that seems to saw the clock set back."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of a row: to whom, and how that went."""

    person_id: str
    state: str
    code: str | None
    at: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row, as the table has it."""

    id: str
    position: int
    reminder_id: str
    obligation: str
    role: str
    due_at: int
    raised_at: int
    state: State
    reason: str | None
    failures: int
    next_at: int
    settled_at: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """How the outbox is: rows by state, microseconds from due to sent in all, since when the oldest could be sent."""

    states: Mapping[State, int]
    late: int
    oldest: int | None


class Outbox:
    """The rows of a database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def open(self) -> None:
        """Create or upgrade the tables. Raises as `bring_up_to_date`."""
        async with self.database.write(lasting=True) as connection:
            await connection.run_sync(bring_up_to_date, PART)

    async def due(self, now: int, limit: int) -> Sequence[str]:
        """The rows that may be sent now, those that wait longest first."""
        columns = outbox.c
        query = sa.select(columns.id).where(columns.state == "waiting", _due(now))
        async with self.database.read() as connection:
            return list(await connection.scalars(query.order_by(columns.next_at, columns.position).limit(limit)))

    async def still_due(self, connection: AsyncConnection, row_id: str, now: int) -> Row | None:
        """The row, if it may still be sent now."""
        query = sa.select(outbox).where(outbox.c.id == row_id, outbox.c.state == "waiting", _due(now))
        row = (await connection.execute(query)).first()
        return None if row is None else Row(*row)

    async def page(self, state: State | None, start: int, size: int) -> tuple[Sequence[Row], int]:
        """Rows, the newest first, and how many there are in all."""
        which = [] if state is None else [outbox.c.state == state]
        query = sa.select(outbox).where(*which).order_by(outbox.c.position.desc(), outbox.c.id)
        async with self.database.read() as connection:
            total = await connection.scalar(sa.select(sa.func.count()).select_from(outbox).where(*which)) or 0
            rows = (await connection.execute(query.offset(start).limit(size))).all()
        return [Row(*row) for row in rows], total

    async def one(self, row_id: str) -> Row | None:
        """A row."""
        async with self.database.read() as connection:
            row = (await connection.execute(sa.select(outbox).where(outbox.c.id == row_id))).first()
        return None if row is None else Row(*row)

    async def mails(self, row_ids: Sequence[str]) -> Mapping[str, Sequence[Mail]]:
        """The mails of some rows."""
        found: dict[str, list[Mail]] = {row_id: [] for row_id in row_ids}
        query = sa.select(outbox_mails).where(outbox_mails.c.outbox_id.in_(row_ids))
        async with self.database.read() as connection:
            for row_id, *mail in await connection.execute(query.order_by(outbox_mails.c.at, outbox_mails.c.person_id)):
                found[row_id].append(Mail(*mail))
        return found

    async def refused_addresses(self, person_ids: Sequence[str]) -> frozenset[str]:
        """Those of these persons whose address was refused for good."""
        query = sa.select(outbox_addresses.c.person_id).where(outbox_addresses.c.person_id.in_(person_ids))
        async with self.database.read() as connection:
            return frozenset(await connection.scalars(query))

    async def later_one(self, row: Row) -> bool:
        """Whether the same was raised again for the same role since."""
        columns = outbox.c
        query = sa.select(columns.id).where(
            columns.obligation == row.obligation, columns.position > row.position, columns.role == row.role
        )
        async with self.database.read() as connection:
            return await connection.scalar(query.limit(1)) is not None

    async def totals(self, now: int) -> Totals:
        """For whoever watches."""
        columns = outbox.c
        late = sa.func.sum(sa.case((columns.state == "sent", columns.settled_at - columns.due_at), else_=0))
        async with self.database.read() as connection:
            grouped = await connection.execute(sa.select(columns.state, sa.func.count(), late).group_by(columns.state))
            counted = {state: (count, int(sum_)) for state, count, sum_ in grouped}
            fresh = (columns.failures > 0) | (columns.next_at < columns.raised_at)
            since = sa.case((fresh, columns.raised_at), else_=columns.next_at)
            oldest = await connection.scalar(
                sa.select(sa.func.min(since)).where(columns.state == "waiting", _due(now) | (columns.failures > 0))
            )
        states: dict[State, int] = {state: counted.get(state, (0, 0))[0] for state in STATES}
        return Totals(states, counted.get("sent", (0, 0))[1], oldest)

    async def note(self, connection: AsyncConnection, row_id: str, mail: Mail) -> None:
        """How the mail to one person is."""
        values = {"state": mail.state, "code": mail.code, "at": mail.at}
        key = {"outbox_id": row_id, "person_id": mail.person_id}
        statement = self.database.insert_into(outbox_mails).values(**key, **values)
        await connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))

    async def mark(self, connection: AsyncConnection, mail: Mail) -> None:
        """The person's address is refused for good."""
        values: dict[str, Any] = {"person_id": mail.person_id, "code": mail.code, "at": mail.at}
        await connection.execute(self.database.insert_once(outbox_addresses).values(**values))

    async def settle(self, connection: AsyncConnection, row: Row) -> None:
        """How the row is from now on."""
        values = {
            "state": row.state,
            "reason": row.reason,
            "failures": row.failures,
            "next_at": row.next_at,
            "settled_at": row.settled_at,
        }
        await connection.execute(outbox.update().where(outbox.c.id == row.id).values(**values))

    async def replay(self, row_id: str, now: int) -> bool:
        """Try a dead row again, to those who did not get it. Returns whether it was dead."""
        mails = outbox_mails.c
        dead = sa.select(mails.person_id).where(mails.outbox_id == row_id, mails.state == "dead")
        async with self.database.write() as connection:
            revived = await connection.scalar(
                outbox.update()
                .where(outbox.c.id == row_id, outbox.c.state == "dead")
                .values(state="waiting", reason=None, failures=0, next_at=now, settled_at=None)
                .returning(outbox.c.id)
            )
            if revived is None:
                return False
            await connection.execute(outbox_addresses.delete().where(outbox_addresses.c.person_id.in_(dead)))
            await connection.execute(outbox_mails.delete().where(mails.outbox_id == row_id, mails.state != "sent"))
        return True


def _due(now: int) -> sa.ColumnElement[bool]:
    return (outbox.c.next_at <= now) | (outbox.c.next_at > now + LONGEST_PAUSE)
