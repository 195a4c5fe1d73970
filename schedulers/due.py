"""What is due at an instant, from the agenda; raising it once.

The agenda only says where to look. What is due is decided on the streams, and raising is an append on the condition
that these have not moved: the reminder's own stream is new, its name follows from the occurrence, so nobody can raise
it twice.
"""

from collections.abc import Awaitable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any, Final

import sqlalchemy as sa
import structlog

from domain import agreement as agreements
from domain import calendar
from domain import cohort as cohorts
from domain import consultation as consultations
from domain import partner as partners
from domain.agreement import Agreement
from domain.calendar import Obligation, Occurrence
from domain.cohort import Cohort
from domain.consultation import Consultation
from domain.partner import Partner
from domain.read_models.agenda import Row
from domain.streams import category, identity, of_agreement, of_cohort, of_milestones, of_partner, of_reminder
from domain.timeline import as_known, as_of, fold
from events.catalogue.reminder import ReminderRaised, ReminderSuperseded, Timing
from events.catalogue.values import AgreementId, Instant, IsoDate, ReminderId
from events.envelope import Context, Recorded
from events.projections.runner import Projector
from events.read_model import ReadModel
from events.store.sql import SqlStore
from events.store.transaction import Work, transact

_log = structlog.get_logger(__name__)

ACTOR: Final = "system:scheduler"
_SAME: Final = b"scheduler"
_MANY: Final = 500


@dataclass(frozen=True, slots=True)
class Item:
    """An occurrence that is due, the earlier ones of its obligation that it stands for, and who gets it."""

    occurrence: Occurrence
    earlier: Sequence[Occurrence]
    timing: Timing
    recipient: str
    before_register: bool


class _NotDueError(Exception):
    """Something moved meanwhile: there is nothing to raise."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What obligations are found on, as it stands on a day."""

    agreement: Agreement | None = None
    cohort: Cohort | None = None
    consultation: Consultation | None = None
    partner: Partner | None = None


class Due:
    """Finds and raises what is due."""

    def __init__(
        self,
        store: SqlStore,
        projector: Projector,
        agenda: ReadModel[Row],
        reminders: ReadModel[Any],
        zone: tzinfo,
    ) -> None:
        self._store = store
        self._projector = projector
        self._agenda = agenda.table()
        self._reminders = reminders.table()
        self._zone = zone

    async def tick(self) -> int:
        """Record the milestones and raise the reminders whose time has come. Returns how many were."""
        now = await self._store.now()
        done = 0
        for key in await self._due_milestones(self._day(now)):
            done += await self._guarded(key, self._record_milestones(key, now))
        began = await self._store.began_at()
        if began is None:
            return done
        found = await self._found(await self._candidates(now, only_open=True), now, began, None)
        known = await self._known([item.occurrence.key for _, item in found])
        for stream, item in found:
            key = item.occurrence.key
            if not item.before_register and key not in known:
                done += await self._guarded(key, self._raise(stream, key))
        return done

    async def simulate(self, at: datetime) -> Sequence[Item]:
        """What is raised, or would be, by an instant and still matters then, from all that is known now.

        For a past instant, of what had taken effect by then.
        """
        began = await self._store.began_at()
        if began is None:
            return []
        until = self._day(at) if at < await self._store.now() else None
        found = await self._found(await self._candidates(at, only_open=False), at, began, until)
        before = at < began
        return sorted(
            (item for _, item in found if before or not item.before_register),
            key=lambda item: (item.occurrence.raise_at, item.occurrence.key),
        )

    async def _guarded(self, key: str, work: Awaitable[int]) -> int:
        done = 0
        with _apart(key), suppress(_NotDueError):
            done = await work
        return done

    async def _raise(self, stream: str, key: str) -> int:
        async def decide(work: Work) -> int:
            now = await self._store.now()
            began = await self._store.began_at()
            subject = await self._read_subject(work, stream, self._day(now))
            for item in self._items(subject, now, began or now):
                if item.occurrence.key == key and not item.before_register:
                    return await _append(work, item, now, self._zone)
            raise _NotDueError

        done = await transact(self._store, Context(command_id=f"raise.{key}", actor=ACTOR), _SAME, decide)
        return 0 if done.appended.repeated else done.result or 0

    async def _record_milestones(self, key: str, now: datetime) -> int:
        agreement_id = AgreementId(key.removeprefix("agreement-"))
        today = self._day(now)

        async def decide(work: Work) -> int:
            recorded, noted = await work.read(of_agreement(agreement_id), of_milestones(agreement_id))
            state: Agreement | None = self._fold(recorded, agreements.evolve, None)
            if state is None:
                raise _NotDueError
            happened = agreements.milestones(state, [one.event for one in noted], today)
            if not happened:
                raise _NotDueError
            work.append(of_milestones(agreement_id), *happened)
            return len(happened)

        noted_before = len(await self._store.read_stream(of_milestones(agreement_id)))
        context = Context(command_id=f"milestone.{agreement_id}.{noted_before}", actor=ACTOR)
        done = await transact(self._store, context, _SAME, decide)
        return 0 if done.appended.repeated else done.result or 0

    async def _found(
        self, streams: Sequence[str], at: datetime, began: datetime, until: date | None
    ) -> Sequence[tuple[str, Item]]:
        """What is due at an instant, and on which stream. `until` leaves out what took effect later."""
        recorded = await self._store.read_streams(streams)
        subjects: dict[str, _Subject] = {}
        for stream in streams:
            with _apart(stream):
                subjects[stream] = self._subject_of(stream, recorded[stream], until)
        related = await self._store.read_streams({one for subject in subjects.values() for one in _related(subject)})
        found: list[tuple[str, Item]] = []
        for stream, subject in subjects.items():
            with _apart(stream):
                whole = self._with_related(subject, related, self._day(at))
                found += [(stream, item) for item in self._items(whole, at, began)]
        return found

    def _items(self, subject: _Subject, at: datetime, began: datetime) -> Sequence[Item]:
        """Due at an instant: for each obligation its latest occurrence, which stands for the earlier ones."""
        offsets = (subject.cohort.terms.reminder_offsets if subject.cohort else None) or {}
        found: list[Item] = []
        for obligation in calendar.obligations(
            subject.agreement, subject.consultation, subject.cohort, self._day(at), self._zone
        ):
            if not calendar.matters(obligation, at, self._zone):
                continue
            usual = calendar.USUAL_OFFSETS[obligation.kind]
            all_of_them = calendar.occurrences(obligation, offsets.get(obligation.kind, usual), self._zone)
            due = calendar.due(all_of_them, at)
            if due:
                over = calendar.over_at(obligation, self._zone)
                found.append(
                    Item(
                        due[-1],
                        due[:-1],
                        calendar.timing(obligation, at, self._zone),
                        _recipient(obligation, subject.partner),
                        before_register=at < began or over <= began,
                    )
                )
        return found

    async def _read_subject(self, work: Work, stream: str, day: date) -> _Subject:
        [recorded] = await work.read(stream)
        subject = self._subject_of(stream, recorded, None)
        related = _related(subject)
        streams = dict(zip(related, await work.read(*related), strict=True)) if related else {}
        return self._with_related(subject, streams, day)

    def _subject_of(self, stream: str, recorded: Iterable[Recorded[Any]], until: date | None) -> _Subject:
        match category(stream):
            case "agreement":
                return _Subject(agreement=self._fold(recorded, agreements.evolve, until))
            case "consultation":
                return _Subject(consultation=self._fold(recorded, consultations.evolve, until))
            case _:
                return _Subject(cohort=self._fold(recorded, cohorts.evolve, until))

    def _with_related(self, subject: _Subject, streams: Mapping[str, Sequence[Recorded[Any]]], day: date) -> _Subject:
        cohort, partner = subject.cohort, None
        for stream in _related(subject):
            if category(stream) == "cohort":
                cohort = self._fold(streams[stream], cohorts.evolve, None)
            else:
                partner = self._fold(streams[stream], partners.evolve, day)
        return _Subject(subject.agreement, cohort, subject.consultation, partner)

    def _fold(self, recorded: Iterable[Recorded[Any]], evolve: Any, day: date | None) -> Any:
        return fold(None, evolve, as_of(as_known(recorded, self._store.codec.revive), day))

    async def _due_milestones(self, today: date) -> Sequence[str]:
        async with self._store.database.read() as connection:
            rows = await connection.execute(
                sa.select(self._agenda.c.key)
                .where(self._agenda.c.next_milestone <= today.isoformat())
                .order_by(self._agenda.c.next_milestone, self._agenda.c.key)
            )
            return [key for (key,) in rows]

    async def _candidates(self, at: datetime, *, only_open: bool) -> Sequence[str]:
        """The streams to look at: those that may have something due by now, and still to be said."""
        day = self._day(at)
        conditions = [self._agenda.c.due_from <= (day + calendar.LONGEST_OFFSET).isoformat()]
        if only_open:
            conditions += [self._agenda.c.open.is_(True), self._agenda.c.due_until >= day.isoformat()]
        async with self._store.database.read() as connection:
            rows = await connection.execute(
                sa.select(self._agenda.c.key).where(*conditions).order_by(self._agenda.c.key)
            )
            return [key for (key,) in rows]

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

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


@contextmanager
def _apart(key: str) -> Iterator[None]:
    try:
        yield
    except Exception:  # noqa: BLE001 - whatever it is, one that fails never blocks another
        _log.exception("scheduler.failed", key=key)


def _related(subject: _Subject) -> Sequence[str]:
    if subject.agreement:
        return [of_cohort(subject.agreement.cohort_id), of_partner(subject.agreement.partner_id)]
    if subject.consultation:
        return [of_cohort(subject.consultation.cohort_id)]
    return []


def _recipient(obligation: Obligation, partner: Partner | None) -> str:
    """The role that gets it: without an account manager, the programme managers."""
    if obligation.slot == "accountManager" and (partner is None or partner.account_manager is None):
        return "programmeManager"
    return obligation.slot


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
