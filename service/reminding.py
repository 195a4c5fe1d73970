"""Reminders for readers: which were raised, how they stand, and why."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from domain import calendar
from domain.labels import Language, by_date, label, offset_text, on_date
from domain.read_models.agenda import Row as AgendaRow
from domain.read_models.reminders import Row
from domain.values import parse_instant
from events.catalogue.reminder import ReminderRaised
from service import read_models, views
from service.agenda import Agenda
from service.house import Errera
from service.queries import Found


class Reminding:
    """Reads reminders. `partners` are the ids whose reminders the reader may see (None: all)."""

    def __init__(self, house: Errera, partners: frozenset[str] | None = None) -> None:
        self._house = house
        self._agenda = Agenda(house, partners)

    async def all(self, *, kind: str | None = None, status: str | None = None) -> Sequence[Found[views.ReminderView]]:
        """All reminders, in the order in which they were raised."""
        found = await self._found(await self._rows())
        return [
            one
            for one in found
            if (kind is None or one.view.kind == kind) and (status is None or one.view.status == status)
        ]

    async def one(self, reminder_id: str) -> Found[views.ReminderView] | None:
        """One reminder."""
        row = await self._row(reminder_id)
        found = await self._found([row], await self._of_obligation(row)) if row else []
        return found[0] if found else None

    async def explain(self, reminder_id: str) -> tuple[Found[views.ReminderView], ReminderRaised] | None:
        """The reminder with what was recorded when it, or the later one that names it, was raised."""
        row = await self._row(reminder_id)
        found = await self.one(reminder_id)
        if row is None or found is None:
            return None
        others = {other.reminder_id: other for other in await self._of_obligation(row)}
        raised = row.state.raised or _named_in(row, others)
        return (found, raised) if raised else None

    async def _rows(self) -> Sequence[Row]:
        table = read_models.REMINDERS.table()
        async with self._house.store.database.read() as connection:
            rows = await connection.execute(sa.select(table.c.row).order_by(table.c.first_position))
            return [read_models.REMINDERS.decode(row) for (row,) in rows]

    async def _row(self, reminder_id: str) -> Row | None:
        table = read_models.REMINDERS.table()
        async with self._house.store.database.read() as connection:
            stored = await connection.scalar(sa.select(table.c.row).where(table.c.key == f"reminder-{reminder_id}"))
        return None if stored is None else read_models.REMINDERS.decode(stored)

    async def _of_obligation(self, row: Row) -> Sequence[Row]:
        table = read_models.REMINDERS.table()
        async with self._house.store.database.read() as connection:
            rows = await connection.execute(
                sa.select(table.c.row).where(table.c.obligation == row.obligation).order_by(table.c.first_position)
            )
            return [read_models.REMINDERS.decode(stored) for (stored,) in rows]

    async def _found(
        self, rows: Sequence[Row], context: Sequence[Row] | None = None
    ) -> Sequence[Found[views.ReminderView]]:
        now = await self._house.now()
        by_id = {row.reminder_id: row for row in (context or rows)}
        of_obligation: dict[str, list[Row]] = {}
        for row in context or rows:
            of_obligation.setdefault(row.obligation, []).append(row)
        everything = [raised for row in rows if (raised := row.state.raised or _named_in(row, by_id))]
        agenda = await self._agenda.rows(f"{one.subject_type}-{one.subject_id}" for one in everything)
        found = []
        for row in rows:
            raised = row.state.raised or _named_in(row, by_id)
            subject = agenda.get(f"{raised.subject_type}-{raised.subject_id}") if raised else None
            if raised is None or subject is None:
                continue
            status = self._status(row, raised, of_obligation[row.obligation], subject, now)
            found.append(Found(_view(row, raised, status), row.version))
        return found

    def _status(
        self, row: Row, raised: ReminderRaised, of_obligation: Sequence[Row], subject: AgendaRow, now: datetime
    ) -> str:
        same = [one for one in self._agenda.obligations(subject, now) if one.key == raised.obligation]
        schedule = (same[0].due_on, same[0].revision) if same else None
        told = [one for one in of_obligation if one.state.raised]
        latest = ([one for one in told if _schedule(one) == schedule] or told)[-1]  # a corrected date may come back
        if latest.reminder_id != row.reminder_id:
            return "superseded"
        if not same or not calendar.matters(same[0], now, self._house.settings.zone):
            return "closed"
        if schedule != _schedule(row):
            return "superseded"
        if row.state.acknowledged:
            return "acknowledged"
        if row.state.snoozed and parse_instant(row.state.snoozed.until) > now:
            return "snoozed"
        return "raised"


def _schedule(row: Row) -> tuple[str, int] | None:
    raised = row.state.raised
    return (raised.due_on, raised.revision) if raised else None


def _named_in(row: Row, by_id: Mapping[str, Row]) -> ReminderRaised | None:
    later = by_id.get(row.state.superseded.by) if row.state.superseded else None
    return later.state.raised if later else None


def _view(row: Row, raised: ReminderRaised, status: str) -> views.ReminderView:
    superseded = row.state.superseded
    return views.ReminderView(
        href=f"/v1/reminders/{row.reminder_id}",
        reminder_id=row.reminder_id,
        key=row.reminder_id,
        kind=raised.kind,
        subject=views.SubjectView(type=raised.subject_type, id=raised.subject_id),
        due_on=raised.due_on,
        certain=raised.certain,
        offset=superseded.offset if superseded else raised.offset,
        timing=raised.timing,
        recipient=raised.recipient,
        channel=raised.channel,
        status=status,
        raised_at=row.raised_at,
        snoozed_until=row.state.snoozed.until if row.state.snoozed else None,
        supersedes=list(raised.supersedes) if row.state.raised else [],
    )


def explanation(found: Found[views.ReminderView], raised: ReminderRaised, language: Language) -> views.ExplanationView:
    """Why it was raised, when and to whom, as it was recorded."""
    return views.ExplanationView(
        reminder_id=found.view.reminder_id,
        key=found.view.key,
        explanation=reason(
            raised.kind, raised.due_on, raised.offset, raised.recipient, language, certain=raised.certain
        ),
        kind=raised.kind,
        due_on=raised.due_on,
        offset=raised.offset,
        raise_at=raised.raise_at,
        raised_at=found.view.raised_at,
        recipient=raised.recipient,
        timing=raised.timing,
        supersedes=list(raised.supersedes),
    )


def reason(kind: str, due_on: str, offset: str, recipient: str, language: Language, *, certain: bool) -> str:
    """One sentence: what is due, when, how long before or after, and for whom."""
    when = on_date(due_on, language) if certain else by_date(due_on, language)
    what = label("reminderKind", kind, language)
    whom = label("role", recipient, language)
    said = f"{what[0].upper()}{what[1:]} {when}; {offset_text(offset, language)}"
    return f"{said}; voor: {whom}." if language == "nl" else f"{said}; for: {whom}."
