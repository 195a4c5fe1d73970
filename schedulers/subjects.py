"""What obligations are found on, read from the streams, and which of their reminders are due at an instant."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, tzinfo
from typing import Any, Final

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
from domain.policy import Policy, policy_of
from domain.streams import AGENCY_CALENDAR, category, of_cohort, of_partner, of_policy
from domain.timeline import as_known, as_of, fold
from events.catalogue.policy import AgencyCalendarSet, ReminderPolicySet
from events.catalogue.reminder import Timing
from events.envelope import Recorded
from events.store.port import UnreadableEventError
from events.store.sql import SqlStore
from events.store.transaction import Work

ACTOR: Final = "system:scheduler"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Item:
    """An occurrence that is due, the earlier ones of its obligation that it stands for, and who gets it."""

    occurrence: Occurrence
    earlier: Sequence[Occurrence]
    timing: Timing
    recipient: str
    before_register: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """What obligations are found on, as it stands."""

    agreement: Agreement | None = None
    cohort: Cohort | None = None
    consultation: Consultation | None = None
    partner: Partner | None = None
    said: tuple[ReminderPolicySet, ...] = ()
    """Of its reminders, by the programme, its cohort and itself: those of them that said something."""
    days: AgencyCalendarSet | None = None

    @property
    def policy(self) -> Policy:
        """How it is reminded of."""
        terms = self.cohort.terms.reminder_offsets if self.cohort else None
        return policy_of(self.said, self.days, terms)


@dataclass(frozen=True, slots=True)
class Found:
    """What is due, each with its stream; and the streams that could not be looked at."""

    items: Sequence[tuple[str, Item]]
    failed: frozenset[str]


class Subjects:
    """Reads subjects, and says what is due on them."""

    def __init__(self, store: SqlStore, zone: tzinfo) -> None:
        self._store = store
        self._zone = zone

    async def due(self, streams: Sequence[str], at: datetime, began: datetime, until: date | None) -> Found:
        """What is due on these at an instant. `until` leaves out what took effect later."""
        failed: set[str] = set()
        items: list[tuple[str, Item]] = []
        for stream, subject in (await self.whole(streams, self.day(at), failed, until)).items():
            with apart(stream, failed):
                items += [(stream, item) for item in self.items(subject, at, began)]
        return Found(items, frozenset(failed))

    async def whole(
        self, streams: Sequence[str], day: date, failed: set[str], until: date | None = None
    ) -> Mapping[str, Subject]:
        """Subjects with all that says what is due on them; those that cannot be looked at are added to `failed`."""
        recorded = await self.readable(streams, failed)
        subjects: dict[str, Subject] = {}
        for stream in recorded:
            with apart(stream, failed):
                subjects[stream] = self.subject_of(stream, recorded[stream], until)
        related = await self.readable({one for subject in subjects.values() for one in _related(subject)})
        states: dict[str, Any] = {}  # many have the same cohort
        found: dict[str, Subject] = {}
        for stream, subject in subjects.items():
            with apart(stream, failed):
                found[stream] = self._with_related(subject, related, day, states)
        return found

    def obligations(self, subject: Subject, at: datetime) -> Sequence[Obligation]:
        """What is open on a subject at an instant."""
        return calendar.obligations(subject.agreement, subject.consultation, subject.cohort, self.day(at), self._zone)

    async def readable(
        self, streams: Collection[str], failed: set[str] | None = None
    ) -> Mapping[str, Sequence[Recorded[Any]]]:
        """Those of these streams that can be read."""
        try:
            return await self._store.read_streams(streams)
        except UnreadableEventError:
            found: dict[str, Sequence[Recorded[Any]]] = {}
            for stream in streams:
                with apart(stream, failed):
                    found[stream] = await self._store.read_stream(stream)
            return found

    def items(self, subject: Subject, at: datetime, began: datetime) -> Sequence[Item]:
        """Due at an instant: for each obligation its latest occurrence, which stands for the earlier ones."""
        policy = subject.policy
        found: list[Item] = []
        for obligation in self.obligations(subject, at):
            if not calendar.matters(obligation, at, self._zone):
                continue
            due = calendar.due(calendar.occurrences(obligation, policy, self._zone), at)
            if due:
                over = calendar.over_at(obligation, self._zone)
                found.append(
                    Item(
                        due[-1],
                        due[:-1],
                        calendar.timing(obligation, at, self._zone),
                        filled(obligation.slot, subject.partner),
                        before_register=at < began or over <= began,
                    )
                )
        return found

    async def read(self, work: Work, stream: str, day: date) -> Subject:
        """A subject, on condition that it does not move until what is decided on it is recorded."""
        [recorded] = await work.read(stream)
        subject = self.subject_of(stream, recorded, None)
        related = _related(subject)
        streams = dict(zip(related, await work.read(*related), strict=True))
        return self._with_related(subject, streams, day, {})

    def subject_of(self, stream: str, recorded: Iterable[Recorded[Any]], until: date | None) -> Subject:
        """The subject that a stream is about."""
        match category(stream):
            case "agreement":
                return Subject(agreement=self.fold(recorded, agreements.evolve, until))
            case "consultation":
                return Subject(consultation=self.fold(recorded, consultations.evolve, until))
            case _:
                return Subject(cohort=self.fold(recorded, cohorts.evolve, until))

    def fold(self, recorded: Iterable[Recorded[Any]], evolve: Any, day: date | None) -> Any:
        """The state that events make, corrections in place; those in effect by a day (None: all)."""
        return fold(None, evolve, as_of(as_known(recorded, self._store.codec.revive), day))

    def day(self, at: datetime) -> date:
        """The day it is on the agency's wall clock."""
        return at.astimezone(self._zone).date()

    def _with_related(
        self, subject: Subject, streams: Mapping[str, Sequence[Recorded[Any]]], day: date, states: dict[str, Any]
    ) -> Subject:
        for stream in _related(subject):
            if stream not in states:
                states[stream] = self._related_state(stream, streams[stream], day)
            match state := states[stream]:
                case Cohort():
                    subject = replace(subject, cohort=state)
                case Partner():
                    subject = replace(subject, partner=state)
                case ReminderPolicySet():
                    subject = replace(subject, said=(*subject.said, state))
                case AgencyCalendarSet():
                    subject = replace(subject, days=state)
                case _:
                    pass  # nothing was said there
        return subject

    def _related_state(self, stream: str, recorded: Sequence[Recorded[Any]], day: date) -> Any:
        match category(stream):
            case "cohort":
                return self.fold(recorded, cohorts.evolve, None)
            case "partner":
                return self.fold(recorded, partners.evolve, day)
            case _:
                return recorded[-1].event if recorded else None


@contextmanager
def apart(key: str, failed: set[str] | None = None) -> Iterator[None]:
    """One that fails never blocks another. `failed` gets its key."""
    try:
        yield
    except Exception:  # noqa: BLE001 - whatever it is
        _log.exception("scheduler.failed", key=key)
        if failed is not None:
            failed.add(key)


def _related(subject: Subject) -> Sequence[str]:
    """What else says what is due on it and when; of policies the widest first."""
    everywhere = [AGENCY_CALENDAR, of_policy("programme")]
    if subject.agreement:
        cohort_id, agreement_id = subject.agreement.cohort_id, subject.agreement.agreement_id
        own = [of_cohort(cohort_id), of_partner(subject.agreement.partner_id)]
        return [*own, *everywhere, of_policy("cohort", cohort_id), of_policy("agreement", agreement_id)]
    if subject.consultation:
        cohort_id = subject.consultation.cohort_id
        return [of_cohort(cohort_id), *everywhere, of_policy("cohort", cohort_id)]
    return [*everywhere, of_policy("cohort", subject.cohort.cohort_id)] if subject.cohort else []


def filled(role: str, partner: Partner | None) -> str:
    """Who is told where a role is: the programme managers stand in for one that nobody fills."""
    match role:
        case "accountManager" if partner and partner.account_manager:
            return role
        case _:
            return "programmeManager"  # nothing in the record says who is a deputy, or a partner's contact
