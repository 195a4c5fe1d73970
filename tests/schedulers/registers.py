"""A small register whose clock the test holds: things happen in it, the scheduler ticks, and what it recorded is read."""

import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.timeline import correction_of
from events.catalogue import EVENT_TYPES
from events.catalogue.agreement import AgreementCommenced, AgreementExpired
from events.catalogue.cohort import Terms
from events.catalogue.consultation import ConsultationMoved
from events.catalogue.correction import EventCorrected
from events.catalogue.reminder import ReminderAcknowledged, ReminderRaised, ReminderSnoozed, ReminderSuperseded
from events.codec import Codec, Pending
from events.envelope import Context, Recorded, to_micros
from events.projections.runner import Projector
from events.store.database import Database
from events.store.port import Append
from events.store.sql import SqlStore
from schedulers.due import Due
from schedulers.subjects import Item
from service import read_models
from tests.domain import facts
from tests.spec import made

BRUSSELS: Final = ZoneInfo("Europe/Brussels")
CODEC: Final = Codec(EVENT_TYPES)
MICROSECOND: Final = timedelta(microseconds=1)


class StillDatabase(Database):
    """A database whose clock stands still where the test put it."""

    instant = datetime(2026, 1, 1, tzinfo=UTC)

    async def now(self) -> datetime:
        return self.instant

    def now_micros(self) -> sa.ColumnElement[int]:
        return sa.literal(self.clock_micros(), sa.BigInteger)

    def clock_micros(self) -> int:
        return to_micros(self.instant)

    @property
    def offset_micros(self) -> int:
        """PostgreSQL records by a clock that goes on, from that instant at each append."""
        return to_micros(self.instant) - to_micros(datetime.now(UTC))


def own_offsets(**offsets: tuple[str, ...]) -> Terms:
    """A cohort's terms: kind of obligation -> offsets."""
    return Terms(reminder_offsets=offsets)


def brussels(text: str) -> datetime:
    """`2027-03-28 09:00` on the wall in Brussels, not in a gap or a fold."""
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


def due_over(store: SqlStore, projector: Projector) -> Due:
    """It never looks at everything a second time, so that what it promises has to come from what it remembers."""
    models = (read_models.AGENDA, read_models.REMINDERS, read_models.POLICIES, read_models.OF_COHORTS)
    return Due(store, projector, *models, BRUSSELS, review=timedelta.max)


def projector_over(store: SqlStore) -> Projector:
    return Projector(store, read_models.ALL, partial(correction_of, revive=CODEC.revive), poll_seconds=0.05)


@dataclass
class Register:
    """One store with its read models and its scheduler."""

    database: StillDatabase
    store: SqlStore
    projector: Projector
    due: Due
    versions: Counter[str] = field(default_factory=Counter)

    def at(self, instant: str | datetime) -> datetime:
        """Move the clock: to an instant, or to a wall time in Brussels."""
        self.database.instant = instant if isinstance(instant, datetime) else brussels(instant).astimezone(UTC)
        return self.database.instant

    async def happen(self, stream: str, *happened: Any) -> int:
        """Record events. Returns the last one's position."""
        return await self.happen_together([(stream, event) for event in happened])

    async def happen_together(self, happened: Sequence[tuple[str, Any]]) -> int:
        """The same on several streams at once."""
        pending = []
        for stream, event in happened:
            self.versions[stream] += 1
            pending.append(
                Pending(stream=stream, version=self.versions[stream], event_id=str(uuid.uuid4()), event=event)
            )
        context = Context(command_id=str(uuid.uuid4()), actor="tester")
        done = await self.store.append(Append(context=context, request_hash=b"test", events=pending))
        assert done.record.last_position is not None
        return done.record.last_position

    async def correct(self, stream: str, position: int, event: Any) -> None:
        name, version = CODEC.name_of(event)
        correction = EventCorrected(
            position=position,
            corrected_type=name,
            corrected_version=version,
            data=CODEC.plain(event),
            reason=facts.REASON,
            corrected_effective_on=event.legal_date(),
        )
        await self.happen(stream, correction)

    async def follow(self) -> None:
        while await self.projector.run_once():
            pass

    async def tick(self, due: Due | None = None) -> int:
        """Let the read models follow, tick, and let them follow again."""
        await self.follow()
        done = await (due or self.due).tick()
        await self.follow()
        return done

    async def simulate(self, at: str | datetime | None = None) -> Sequence[Item]:
        await self.follow()
        instant = self.database.instant if at is None else at if isinstance(at, datetime) else brussels(at)
        return await self.due.simulate(instant)

    async def recorded(self) -> Sequence[Recorded[Any]]:
        return await everything(self.store)

    async def raised(self) -> Sequence[ReminderRaised]:
        return [one.event for one in await self.recorded() if isinstance(one.event, ReminderRaised)]

    async def offsets(self) -> Sequence[tuple[str, str, str]]:
        """Of what was raised: kind, offset, timing."""
        return [(one.kind, one.offset, one.timing) for one in await self.raised()]

    async def milestones(self) -> Sequence[tuple[str, str]]:
        return [milestone(one.event) for one in await self.recorded() if one.stream.startswith("milestone-")]

    # What happens, as short as a test wants to say it

    async def cohort(self, cohort_id: str = "c1", **said: Any) -> int:
        usual = {"cohort_id": cohort_id, "runs_from": "2025-01-01", "runs_until": "2032-12-31"}
        return await self.happen(f"cohort-{cohort_id}", facts.opened(**{**usual, **said}))

    async def moment(self, consultation_id: str = "m1", **said: Any) -> int:
        when = said.get("planned_on") or said["starts_at"]
        usual = {"consultation_id": consultation_id, "year": int(when[:4])}
        return await self.happen(f"consultation-{consultation_id}", facts.planned(**{**usual, **said}))

    async def move(self, consultation_id: str = "m1", **said: Any) -> int:
        today = self.database.instant.astimezone(BRUSSELS).date().isoformat()
        moved = made(ConsultationMoved, **{"consultation_id": consultation_id, "moved_on": today, **said})
        return await self.happen(f"consultation-{consultation_id}", moved)

    async def agreement(self, agreement_id: str = "a1", **said: Any) -> int:
        usual = {"agreement_id": agreement_id, "signed_on": "2025-01-01", "runs_from": "2025-01-01"}
        return await self.happen(f"agreement-{agreement_id}", facts.signed(**{**usual, **said}))

    async def acknowledge(self, reminder: ReminderRaised) -> None:
        await self._answer(reminder, ReminderAcknowledged, acknowledged_on=self.today())

    async def snooze(self, reminder: ReminderRaised, until: str) -> None:
        await self._answer(reminder, ReminderSnoozed, until=until, snoozed_on=self.today())

    async def _answer(self, reminder: ReminderRaised, answer: type[Any], **said: str) -> None:
        stream = f"reminder-{reminder.reminder_id}"
        self.versions[stream] = len(await self.store.read_stream(stream))
        await self.happen(
            stream, made(answer, reminder_id=reminder.reminder_id, obligation=reminder.obligation, **said)
        )

    def today(self) -> str:
        return self.database.instant.astimezone(BRUSSELS).date().isoformat()


@asynccontextmanager
async def open_register(url: str) -> AsyncIterator[Register]:
    database = StillDatabase(url)
    store = SqlStore(database, CODEC)
    projector = projector_over(store)
    try:
        await store.open()
        await projector.open()
        yield Register(database, store, projector, due_over(store, projector))
    finally:
        await database.dispose()


async def create_register(url: str) -> None:
    """An empty register, for a template database."""
    async with open_register(url):
        pass


async def everything(store: SqlStore) -> Sequence[Recorded[Any]]:
    return await store.read_log(0, 100_000)


def milestone(event: Any) -> tuple[str, str]:
    match event:
        case AgreementCommenced():
            return (f"{event.agreement_id} commenced", event.commenced_on)
        case AgreementExpired():
            return (f"{event.agreement_id} expired", event.expired_on)
        case other:
            raise AssertionError(f"{other} is no milestone")


def occurrence(event: ReminderRaised) -> tuple[str, ...]:
    """What makes it one occurrence, whatever it is called."""
    return (event.obligation, event.due_on, str(event.revision), event.offset, event.channel)


async def a_programme(register: Register) -> None:
    """A cohort, an agreement that is evaluated yearly, a moment at an hour, one on a day, one in a month."""
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.agreement(runs_until="2028-12-31", evaluation="yearly")
    await register.moment("m1", starts_at="2027-03-16T09:00:00+01:00")
    await register.moment("m2", planned_on="2027-05-20")
    await register.moment("m3", planned_on="2027-09")


def check_once(recorded: Sequence[Recorded[Any]]) -> None:
    """Positions without a gap; each occurrence raised once, and none of them superseded twice or both; milestones once."""
    assert [one.position for one in recorded] == list(range(1, len(recorded) + 1)), "positions have a gap"
    raised = Counter(occurrence(one.event) for one in recorded if isinstance(one.event, ReminderRaised))
    assert {name: count for name, count in raised.items() if count > 1} == {}, "raised more than once"
    superseded = Counter(one.event.reminder_id for one in recorded if isinstance(one.event, ReminderSuperseded))
    assert {name: count for name, count in superseded.items() if count > 1} == {}, "superseded more than once"
    both = superseded.keys() & {one.event.reminder_id for one in recorded if isinstance(one.event, ReminderRaised)}
    assert both == set(), "raised and superseded"
    milestones = Counter(milestone(one.event) for one in recorded if one.stream.startswith("milestone-"))
    assert {name: count for name, count in milestones.items() if count > 1} == {}, "a milestone more than once"


def check_never_early(recorded: Sequence[Recorded[Any]]) -> None:
    early = [
        one.event.reminder_id
        for one in recorded
        if isinstance(one.event, ReminderRaised) and one.recorded_at < datetime.fromisoformat(one.event.raise_at)
    ]
    assert early == [], "raised early"
