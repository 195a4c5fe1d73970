"""What is due at an instant, and raising it once.

The agenda only says where to look. What is due is decided on the streams, and raising is an append on the condition
that these have not moved: the reminder's own stream is new, its name follows from the occurrence, so nobody can raise
it twice.
"""

from collections.abc import Awaitable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

import sqlalchemy as sa

from domain import agreement as agreements
from domain import calendar
from domain.agreement import Agreement
from domain.read_models.agenda import Row
from domain.read_models.timelines import dates
from domain.streams import identity, of_agreement, of_milestones, of_reminder
from events.catalogue.reminder import ReminderRaised, ReminderSuperseded
from events.catalogue.values import AgreementId, Instant, IsoDate, ReminderId
from events.envelope import Context
from events.projections.runner import Projector
from events.read_model import ReadModel
from events.store.sql import SqlStore
from events.store.transaction import Work, transact
from schedulers.chasing import Chasing
from schedulers.lookout import A_DAY, Lookout
from schedulers.subjects import ACTOR, Item, Subjects, apart

_SAME: Final = b"scheduler"
_MANY: Final = 200
"""How many subjects are looked at in one go: other work gets its turn in between."""


class _NotDueError(Exception):
    """Something moved meanwhile: there is nothing to raise."""


class Due:
    """Finds and raises what is due.

    `members` are the read models that find the subjects of a cohort. Every `review`, a tick looks at everything, should
    anything have escaped.
    """

    def __init__(
        self,
        store: SqlStore,
        projector: Projector,
        agenda: ReadModel[Row],
        reminders: ReadModel[Any],
        policies: ReadModel[Any],
        members: Sequence[ReadModel[Any]],
        zone: tzinfo,
        *,
        review: timedelta = A_DAY,
    ) -> None:
        self._store = store
        self._agenda = agenda.table()
        self._reminders = reminders.table()
        self._zone = zone
        self._subjects = Subjects(store, zone)
        self._chasing = Chasing(store, self._subjects, reminders, zone)
        self._lookout = Lookout(store, projector, agenda, reminders, policies, members, zone, review)

    async def tick(self) -> int:
        """Record the milestones, raise the reminders whose time has come, and see to those that were raised.

        Returns how much was recorded.
        """
        now = await self._store.now()
        done = 0
        for key in await self._keys(self.milestones_due(self._subjects.day(now))):
            done += await self._guarded(key, self._record_milestones(key, now))
        look = await self._lookout.look(now)
        again: set[str] = set()
        raised: set[str] = set()
        for start in range(0, len(look.streams), _MANY):
            done += await self._raise_on(look.streams[start : start + _MANY], now, again, raised)
        done += await self._chasing.chase(sorted({*look.reminders, *raised}), now, again)
        self._lookout.keep(look.then, again)
        return done

    async def simulate(self, at: datetime) -> Sequence[Item]:
        """What is raised, or would be, by an instant and still matters then, from all that is known now.

        For a past instant, of what had taken effect by then.
        """
        began = await self._store.began_at()
        if began is None:
            return []
        until = self._subjects.day(at) if at < await self._store.now() else None
        streams, before = await self._ever_due(at), at < began
        found: list[Item] = []
        for start in range(0, len(streams), _MANY):
            some = await self._subjects.due(streams[start : start + _MANY], at, began, until)
            found += [item for _, item in some.items if before or not item.before_register]
        return sorted(found, key=lambda item: (item.occurrence.raise_at, item.occurrence.key))

    async def _raise_on(self, streams: Sequence[str], now: datetime, again: set[str], told: set[str]) -> int:
        """Raise what is due on these. Those where that did not succeed are added to `again`, what was to `told`."""
        began = await self._store.began_at()
        if began is None:
            return 0
        found = await self._subjects.due(streams, now, began, None)
        again |= found.failed
        wanted = [(stream, item) for stream, item in found.items if not item.before_register]
        known = await self._known([item.occurrence.key for _, item in wanted])
        done = 0
        for stream, item in wanted:
            key = item.occurrence.key
            if key not in known:
                raised = await self._guarded(key, self._raise(stream, key))
                done += raised
                if raised:
                    told.add(of_reminder(ReminderId(key)))
                else:
                    again.add(stream)
        return done

    async def _guarded(self, key: str, work: Awaitable[int]) -> int:
        done = 0
        with apart(key), suppress(_NotDueError):
            done = await work
        return done

    async def _raise(self, stream: str, key: str) -> int:
        async def decide(work: Work) -> int:
            now = await self._store.now()
            began = await self._store.began_at()
            subject = await self._subjects.read(work, stream, self._subjects.day(now))
            for item in self._subjects.items(subject, now, began or now):
                if item.occurrence.key == key and not item.before_register:
                    return await _append(work, item, now, self._zone)
            raise _NotDueError

        context = await self._because_of(stream, f"raise.{key}")
        done = await transact(self._store, context, _SAME, decide)
        return 0 if done.appended.repeated else done.result or 0

    async def _record_milestones(self, key: str, now: datetime) -> int:
        agreement_id = AgreementId(key.removeprefix("agreement-"))
        today = self._subjects.day(now)

        async def decide(work: Work) -> int:
            recorded, noted = await work.read(of_agreement(agreement_id), of_milestones(agreement_id))
            state: Agreement | None = self._subjects.fold(recorded, agreements.evolve, None)
            if state is None:
                raise _NotDueError
            happened = agreements.milestones(state, [one.event for one in noted], today)
            if not happened:
                raise _NotDueError
            work.append(of_milestones(agreement_id), *happened)
            return len(happened)

        noted_before = len(await self._store.read_stream(of_milestones(agreement_id)))
        context = await self._because_of(key, f"milestone.{agreement_id}.{noted_before}")
        done = await transact(self._store, context, _SAME, decide)
        return 0 if done.appended.repeated else done.result or 0

    async def _because_of(self, stream: str, command_id: str) -> Context:
        """What time brings comes of the last event that dated its subject."""
        dated = [one for one in await self._store.read_stream(stream) if dates(one.event)]
        if not dated:
            return Context(command_id=command_id, actor=ACTOR)
        cause = dated[-1]
        return Context(
            command_id=command_id,
            actor=ACTOR,
            correlation_id=cause.correlation_id,
            causation_id=cause.event_id,
        )

    def milestones_due(self, today: date) -> sa.Select[tuple[str]]:
        """The agreements with a milestone that has come and is not on record."""
        agenda = self._agenda.c
        by_then = agenda.next_milestone <= today.isoformat()
        return sa.select(agenda.key).where(by_then).order_by(agenda.next_milestone, agenda.key)

    async def _ever_due(self, at: datetime) -> Sequence[str]:
        """The streams on which something may have been due by an instant, whatever became of it."""
        horizon = self._subjects.day(at) + calendar.LONGEST_OFFSET
        agenda = self._agenda.c
        return await self._keys(
            sa.select(agenda.key).where(agenda.due_from <= horizon.isoformat()).order_by(agenda.key)
        )

    async def _keys(self, query: sa.Select[tuple[str]]) -> Sequence[str]:
        async with self._store.database.read() as connection:
            return list(await connection.scalars(query))

    async def _known(self, wanted: Sequence[str]) -> set[str]:
        """Those of these reminders that are on record, as far as the read model is."""
        streams = [of_reminder(ReminderId(key)) for key in wanted]
        known: set[str] = set()
        async with self._store.database.read() as connection:
            for start in range(0, len(streams), _MANY):
                found = await connection.execute(
                    sa.select(self._reminders.c.key).where(self._reminders.c.key.in_(streams[start : start + _MANY]))
                )
                known |= {identity(key) for (key,) in found}
        return known


async def _append(work: Work, item: Item, now: datetime, zone: tzinfo) -> int:
    raised_on = IsoDate(now.astimezone(zone).date().isoformat())
    occurrence, obligation = item.occurrence, item.occurrence.obligation
    reminder_id = ReminderId(occurrence.key)
    streams = [of_reminder(ReminderId(one.key)) for one in item.earlier]
    earlier = await work.read(*streams) if streams else []
    unraised = [one for one, recorded in zip(item.earlier, earlier, strict=True) if not recorded]
    [existing] = await work.read(of_reminder(reminder_id))
    if existing:
        raise _NotDueError
    work.append(
        of_reminder(reminder_id),
        ReminderRaised(
            reminder_id=reminder_id,
            obligation=obligation.key,
            kind=obligation.kind,
            subject_type=obligation.subject_type,
            subject_id=obligation.subject_id,
            due_on=IsoDate(obligation.due_on),
            certain=obligation.certain,
            offset=occurrence.offset,
            timing=item.timing,
            recipient=item.recipient,
            channel=occurrence.channel,
            revision=obligation.revision,
            raise_at=Instant(occurrence.raise_at.isoformat()),
            raised_on=raised_on,
            supersedes=tuple(one.offset for one in item.earlier),
        ),
    )
    for one in unraised:
        work.append(
            of_reminder(ReminderId(one.key)),
            ReminderSuperseded(
                reminder_id=ReminderId(one.key),
                obligation=obligation.key,
                offset=one.offset,
                by=reminder_id,
                superseded_on=raised_on,
            ),
        )
    return 1
