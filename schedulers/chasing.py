"""Reminders that come back after a snooze, and that climb the chain while nobody acknowledges them.

Both are recorded in the reminder's own stream, on the condition that nothing moved that says whether it still matters.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any, Final

import sqlalchemy as sa

from domain import calendar
from domain.calendar import Obligation
from domain.chase import chased
from domain.streams import of_reminder
from events.catalogue.reminder import ReminderEscalated, ReminderRaised, ReminderReturned
from events.catalogue.values import IsoDate, ReminderId
from events.envelope import Context, Recorded
from events.read_model import ReadModel
from events.store.sql import SqlStore
from events.store.transaction import Work, transact
from schedulers.subjects import ACTOR, Subject, Subjects, apart, filled

_SAME: Final = b"scheduler"
_MANY: Final = 200


class _NothingToDoError(Exception):
    """Something moved meanwhile, or it does not matter any more."""


class Chasing:
    """Brings snoozed reminders back, and tells others of those that nobody acknowledged."""

    def __init__(self, store: SqlStore, subjects: Subjects, reminders: ReadModel[Any], zone: tzinfo) -> None:
        self._store = store
        self._subjects = subjects
        self._reminders = reminders.table()
        self._zone = zone

    async def chase(self, streams: Sequence[str], now: datetime, again: set[str]) -> int:
        """Do what is due about these reminders. Those where that did not succeed are added to `again`."""
        done = 0
        for start in range(0, len(streams), _MANY):
            for stream, version in (await self._worthwhile(streams[start : start + _MANY], now, again)).items():
                with apart(stream, again):
                    done += await self._chase(stream, version)
        return done

    async def _worthwhile(self, streams: Sequence[str], now: datetime, again: set[str]) -> Mapping[str, int]:
        """Those of these with something to do, as far as can be seen at once, and how much is recorded of them."""
        recorded = await self._subjects.readable(streams, again)
        pending = {stream: (raised, found) for stream, found in recorded.items() if (raised := _pending(found))}
        about = sorted({_subject(raised) for raised, _ in pending.values()})
        subjects = await self._subjects.whole(about, self._subjects.day(now), set())
        worthwhile: dict[str, int] = {}
        for stream, (raised, found) in pending.items():
            with apart(stream, again):
                subject = subjects[_subject(raised)]
                if self._due(subject, raised, found, now):
                    worthwhile[stream] = len(found)
        return worthwhile

    def _due(self, subject: Subject, raised: ReminderRaised, recorded: Sequence[Recorded[Any]], now: datetime) -> bool:
        """Whether time has something to do about it, unless a later one stands in its place."""
        pending, obligation = chased(recorded), self._still(subject, raised, now)
        if pending is None or obligation is None:
            return False
        return self._returns(pending.returns(now), obligation, now) or bool(
            pending.steps(subject.policy.escalation, now, self._zone)
        )

    def _returns(self, over: bool, obligation: Obligation, now: datetime) -> bool:  # noqa: FBT001 - read with its name
        """Never past the legal date: then the obligation's later offsets speak, and whom it is escalated to."""
        return over and calendar.timing(obligation, now, self._zone) == "upcoming"

    def _still(self, subject: Subject, raised: ReminderRaised, now: datetime) -> Obligation | None:
        """The obligation as it was when this was raised, if there is still something to do about it."""
        for one in self._subjects.obligations(subject, now):
            same = one.key == raised.obligation and (one.due_on, one.revision) == (raised.due_on, raised.revision)
            if same and calendar.matters(one, now, self._zone):
                return one
        return None

    async def _chase(self, stream: str, version: int) -> int:
        context = await self._because_of(stream, version)

        async def decide(work: Work) -> int:
            now = await self._store.now()
            [recorded] = await work.read(stream)
            pending, raised = chased(recorded), _pending(recorded)
            if pending is None or raised is None:
                raise _NothingToDoError
            subject = await self._subjects.read(work, _subject(raised), self._subjects.day(now))
            obligation = self._still(subject, raised, now)
            if obligation is None or await self._superseded(work, subject, obligation, recorded[0], now):
                raise _NothingToDoError
            today = IsoDate(self._subjects.day(now).isoformat())
            about: dict[str, Any] = {"reminder_id": raised.reminder_id, "obligation": raised.obligation}
            happened: list[object] = []
            if self._returns(pending.returns(now), obligation, now):
                happened.append(ReminderReturned(**about, returned_on=today))
            steps = pending.steps(subject.policy.escalation, now, self._zone)
            for number, step in enumerate(steps, len(pending.told) + 1):
                to = filled(step.to, subject.partner)
                happened.append(ReminderEscalated(**about, step=number, role=step.to, to=to, escalated_on=today))
            if not happened:
                raise _NothingToDoError
            work.append(stream, *happened)
            return len(happened)

        try:
            done = await transact(self._store, context, _SAME, decide)
        except _NothingToDoError:
            return 0
        return 0 if done.appended.repeated else done.result or 0

    async def _superseded(
        self, work: Work, subject: Subject, obligation: Obligation, first: Recorded[Any], now: datetime
    ) -> bool:
        """Whether a later reminder of the same obligation stands in its place, or is about to."""
        found = calendar.due(calendar.occurrences(obligation, subject.policy, self._zone), now)
        if found and (latest := of_reminder(ReminderId(found[-1].key))) != first.stream:
            [recorded] = await work.read(latest)
            if not recorded or recorded[0].position > first.position:
                return True
        later = await self._raised_later(obligation.key, first.position)
        schedule = (obligation.due_on, obligation.revision)
        raised = [_raised(recorded) for recorded in (await work.read(*later) if later else [])]
        return any((one.due_on, one.revision) == schedule for one in raised if one)

    async def _raised_later(self, obligation: str, position: int) -> Sequence[str]:
        """Reminders of an obligation that the read model knows of, also with offsets that nobody uses any more."""
        reminders = self._reminders.c
        wanted = (reminders.obligation == obligation, reminders.first_position > position)
        async with self._store.database.read() as connection:
            return list(await connection.scalars(sa.select(reminders.key).where(*wanted).order_by(reminders.key)))

    async def _because_of(self, stream: str, version: int) -> Context:
        """It comes of what was last recorded of the reminder. The same done twice is done once."""
        cause = (await self._store.read_stream(stream))[version - 1]
        return Context(
            command_id=f"chase.{stream}.{version}",
            actor=ACTOR,
            correlation_id=cause.correlation_id,
            causation_id=cause.event_id,
        )


def _raised(recorded: Sequence[Recorded[Any]]) -> ReminderRaised | None:
    return next((one.event for one in recorded if isinstance(one.event, ReminderRaised)), None)


def _pending(recorded: Sequence[Recorded[Any]]) -> ReminderRaised | None:
    """What was raised, where nobody acknowledged it."""
    return _raised(recorded) if chased(recorded) else None


def _subject(raised: ReminderRaised) -> str:
    return f"{raised.subject_type}-{raised.subject_id}"
