"""Whether a reminder still stands when it is about to be sent, and when it may be."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain import calendar
from domain.calendar import Obligation
from domain.reminder import Reminder, evolve
from domain.streams import of_reminder
from domain.timeline import as_known, fold
from domain.values import parse_instant
from events.catalogue.reminder import ReminderRaised
from events.catalogue.values import ReminderId
from events.store.sql import SqlStore
from schedulers.outbox.following import ESCALATED
from schedulers.outbox.rows import Outbox, Row
from schedulers.subjects import Subject, Subjects


@dataclass(frozen=True, slots=True)
class Gone:
    """There is no need to tell it any more; why."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """Not before this instant; why."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Stands:
    """It is to be told now, of this obligation."""

    raised: ReminderRaised
    obligation: Obligation
    subject: Subject


class UnreadableSubjectError(Exception):
    """What the reminder is about cannot be read."""


class Standing:
    """Asks the streams, as the scheduler did when it raised the reminder."""

    def __init__(self, store: SqlStore, outbox: Outbox, zone: tzinfo) -> None:
        self._store = store
        self._outbox = outbox
        self._zone = zone
        self._subjects = Subjects(store, zone)

    async def of(self, row: Row, now: datetime) -> Gone | Later | Stands:
        """How a row stands. Raises UnreadableSubjectError."""
        recorded = await self._store.read_stream(of_reminder(ReminderId(row.reminder_id)))
        state = fold(Reminder(), evolve, as_known(recorded, self._store.codec.revive))
        raised = state.raised
        if raised is None or state.superseded or await self._outbox.later_one(row):
            return Gone("superseded")
        if state.acknowledged:
            return Gone("acknowledged")
        subject = await self._subject(f"{raised.subject_type}-{raised.subject_id}", now)
        open_now = [one for one in self._subjects.obligations(subject, now) if one.key == raised.obligation]
        if not open_now or not calendar.matters(open_now[0], now, self._zone):
            return Gone("closed")
        [obligation] = open_now
        if (obligation.due_on, obligation.revision) != (raised.due_on, raised.revision):
            return Gone("moved")
        if state.snoozed and not state.returned:
            until = parse_instant(state.snoozed.until)
            if not row.id.startswith(f"{row.reminder_id}{ESCALATED}"):
                return Gone("snoozed")  # it is told again when it returns
            if until > now:
                return Later(until, "snoozed")
        allowed = subject.policy.sent_at(now, self._zone)
        return Later(allowed, "quietHours") if allowed > now else Stands(raised, obligation, subject)

    async def _subject(self, stream: str, now: datetime) -> Subject:
        failed: set[str] = set()
        found = await self._subjects.whole([stream], self._subjects.day(now), failed)
        if stream not in found:
            raise UnreadableSubjectError(stream)
        return found[stream]
