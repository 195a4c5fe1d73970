"""What is due at an instant, from the agenda; raising it once.

The agenda only says where to look. What is due is decided on the streams, and raising is an append on the condition
that these have not moved: the reminder's own stream is new, its name follows from the occurrence, so nobody can raise
it twice.
"""

from collections.abc import Iterable, Mapping, Sequence
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
from domain.streams import category, of_agreement, of_cohort, of_milestones, of_partner, of_reminder
from domain.timeline import as_known, as_of, fold
from events.catalogue.reminder import ReminderRaised, ReminderSuperseded
from events.catalogue.values import AgreementId, Instant, IsoDate, ReminderId
from events.envelope import Context, Recorded
from events.projector import Projector
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
    timing: str
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
        self._decode = agenda.decode
        self._reminders = reminders.table()
        self._zone = zone

    async def tick(self) -> int:
        """Record the milestones and raise the reminders whose time has come. Returns how many were."""
        now = await self._store.now()
        today = now.astimezone(self._zone).date()
        done = 0
        for key in await self._due_milestones(today):
            done += await self._guarded(key, self._record_milestones(key, now))
        began = await self._store.began_at()
        if began is None:
            return done
        rows = await self._candidates(now, only_open=True)
        known = await self._known(rows, now)
        for row in rows:
            for item in self._items(self._of_row(row, rows), now, began):
                if item.before_register or item.occurrence.key in known:
                    continue
                done += await self._guarded(item.occurrence.key, self._raise(row.stream, item.occurrence.key))
        return done

    async def simulate(self, at: datetime) -> Sequence[Item]:
        """What is raised, or would be, by an instant and still matters then, from all that is known now."""
        began = await self._store.began_at()
        if began is None:
            return []
        rows = await self._candidates(at, only_open=False)
        subjects = await self._subjects([row.stream for row in rows], at.astimezone(self._zone).date())
        items = [item for row in rows for item in self._items(subjects[row.stream], at, began)]
        before = at < began
        return sorted(
            (item for item in items if before or not item.before_register),
            key=lambda item: (item.occurrence.raise_at, item.occurrence.key),
        )

    async def _guarded(self, key: str, work: Any) -> int:
        try:
            done: int = await work
        except _NotDueError:
            return 0
        except Exception:  # noqa: BLE001 - whatever it is, the others are not to suffer
            _log.exception("scheduler.failed", key=key)  # one that fails never blocks another
            return 0
        self._projector.wake()
        return done

    async def _raise(self, stream: str, key: str) -> int:
        async def decide(work: Work) -> int:
            now = await self._store.now()
            began = await self._store.began_at()
            subject = await self._read_subject(work, stream, now.astimezone(self._zone).date())
            for item in self._items(subject, now, began or now):
                if item.occurrence.key == key and not item.before_register:
                    return await _append(work, item, now, self._zone)
            raise _NotDueError

        done = await transact(self._store, Context(command_id=f"raise.{key}", actor=ACTOR), _SAME, decide)
        return 0 if done.appended.repeated else done.result or 0

    async def _record_milestones(self, key: str, now: datetime) -> int:
        agreement_id = AgreementId(key.removeprefix("agreement-"))
        today = now.astimezone(self._zone).date()

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

        context = Context(command_id=f"milestone.{agreement_id}.{today.isoformat()}", actor=ACTOR)
        done = await transact(self._store, context, _SAME, decide)
        return 0 if done.appended.repeated else done.result or 0

    def _items(self, subject: _Subject, at: datetime, began: datetime) -> Sequence[Item]:
        """Due at an instant: for each obligation its latest occurrence, which stands for the earlier ones."""
        day = at.astimezone(self._zone).date()
        began_on = began.astimezone(self._zone).date()
        offsets = (subject.cohort.terms.reminder_offsets if subject.cohort else None) or {}
        found: list[Item] = []
        for obligation in self._obligations(subject, day):
            if not calendar.matters(obligation, at, self._zone):
                continue
            usual = calendar.USUAL_OFFSETS[obligation.kind]
            all_of_them = calendar.occurrences(obligation, offsets.get(obligation.kind, usual), self._zone)
            due = calendar.due(all_of_them, at)
            if due:
                found.append(
                    Item(
                        due[-1],
                        due[:-1],
                        calendar.timing(obligation, at, self._zone),
                        _recipient(obligation, subject.partner),
                        before_register=at < began or obligation.last_day < began_on,
                    )
                )
        return found

    def _obligations(self, subject: _Subject, day: date) -> Sequence[Obligation]:
        if subject.agreement:
            return calendar.of_agreement(subject.agreement, day)
        if subject.consultation:
            return calendar.of_consultation(subject.consultation, self._zone)
        return calendar.of_cohort(subject.cohort) if subject.cohort else []

    def _of_row(self, row: Row, rows: Sequence[Row]) -> _Subject:
        """A subject as the agenda has it: good enough to see whether there is anything to look at."""
        cohort_id = (row.agreement or row.consultation).cohort_id if row.agreement or row.consultation else None  # type: ignore[union-attr]
        cohort = row.cohort or next(
            (other.cohort for other in rows if other.cohort and other.cohort.cohort_id == cohort_id), None
        )
        return _Subject(row.agreement, cohort, row.consultation)

    async def _read_subject(self, work: Work, stream: str, day: date) -> _Subject:
        [recorded] = await work.read(stream)
        subject = self._subject_of(stream, recorded, day)
        related = _related(subject)
        streams = dict(zip(related, await work.read(*related), strict=True)) if related else {}
        return self._with_related(subject, streams, day)

    async def _subjects(self, wanted: Sequence[str], day: date) -> Mapping[str, _Subject]:
        recorded = await self._store.read_streams(wanted)
        alone = {stream: self._subject_of(stream, recorded[stream], day) for stream in wanted}
        related = await self._store.read_streams({one for subject in alone.values() for one in _related(subject)})
        return {stream: self._with_related(subject, related, day) for stream, subject in alone.items()}

    def _subject_of(self, stream: str, recorded: Iterable[Recorded[Any]], day: date) -> _Subject:
        match category(stream):
            case "agreement":
                return _Subject(agreement=self._fold(recorded, agreements.evolve, day))
            case "consultation":
                return _Subject(consultation=self._fold(recorded, consultations.evolve, day))
            case _:
                return _Subject(cohort=self._fold(recorded, cohorts.evolve, day))

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

    async def _candidates(self, at: datetime, *, only_open: bool) -> Sequence[Row]:
        horizon = (at.astimezone(self._zone).date() + calendar.LONGEST_OFFSET).isoformat()
        conditions = [self._agenda.c.due_from <= horizon]
        if only_open:
            conditions.append(self._agenda.c.open.is_(True))
        async with self._store.database.read() as connection:
            rows = await connection.execute(
                sa.select(self._agenda.c.row).where(*conditions).order_by(self._agenda.c.key)
            )
            return [self._decode(row) for (row,) in rows]

    async def _known(self, rows: Sequence[Row], now: datetime) -> set[str]:
        day = now.astimezone(self._zone).date()
        wanted = [one.key for row in rows for one in self._obligations(self._of_row(row, rows), day)]
        known: set[str] = set()
        async with self._store.database.read() as connection:
            for start in range(0, len(wanted), _MANY):
                found = await connection.execute(
                    sa.select(self._reminders.c.key).where(
                        self._reminders.c.obligation.in_(wanted[start : start + _MANY])
                    )
                )
                known |= {key.partition("-")[2] for (key,) in found}
        return known


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
            timing=item.timing,  # type: ignore[arg-type]
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
