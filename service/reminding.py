"""Reminders for readers: which were raised, how they stand, and why, on a day, as known at an instant."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain import agreement, calendar, cohort, consultation
from domain.calendar import Obligation
from domain.labels import Language, Words, label
from domain.read_models.reminders import Row
from domain.reminder import Reminder, evolve
from domain.streams import category
from domain.values import parse_instant
from domain.wording import instant_text, listed, on_date, reminder_reason
from events.catalogue.reminder import ReminderRaised
from service import views
from service.finding import Page, WantedReminders, find_reminders
from service.house import Errera
from service.queries import Found, Several
from service.reading import Reader, Reading, Stream

_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class _Raised:
    """A reminder as it was under the reading."""

    row: Row
    state: Reminder
    stream: Stream

    @property
    def schedule(self) -> tuple[str, int] | None:
        """The date, and which one it was, that it was raised for."""
        raised = self.state.raised
        return (raised.due_on, raised.revision) if raised else None


class Reminding:
    """Reads reminders. `partners` are the ids whose reminders the reader may see (None: all).

    Which there are, the index says; how one stands is folded: from its own stream, from the other reminders of its
    obligation, and from what it is about, as the scheduler sees it: with what takes effect later.
    """

    def __init__(self, house: Errera, reading: Reading, partners: frozenset[str] | None = None) -> None:
        self.house = house
        self.reading = reading
        self._reader = Reader(house, reading)
        self._partners = partners

    async def all(
        self, *, kind: str | None = None, status: str | None = None, page: Page | None = None
    ) -> Several[views.ReminderView]:
        """All reminders, or a page of them, in the order in which they were raised."""
        wanted = WantedReminders(kind=kind, partner_ids=self._partners)
        found = await find_reminders(self.house, self.reading, wanted, page if status is None else None)
        shown = [one for one in await self._found(found.page) if status is None or one.view.status == status]
        if status is None:
            return Several(shown, found.total)
        return Several(shown[page.start : page.start + page.size] if page else shown, len(shown))

    async def about(self, subjects: Iterable[str]) -> Sequence[Found[views.ReminderView]]:
        """All reminders about what these streams are of."""
        shown: list[Found[views.ReminderView]] = []
        names = sorted(set(subjects))
        for start in range(0, len(names), _AT_ONCE):
            wanted = WantedReminders(partner_ids=self._partners, subjects=names[start : start + _AT_ONCE])
            shown += await self._found((await find_reminders(self.house, self.reading, wanted)).page)
        return shown

    async def one(self, reminder_id: str) -> Found[views.ReminderView] | None:
        """One reminder."""
        found = await self._found(await self._row(reminder_id))
        return found[0] if found else None

    async def explain(self, reminder_id: str) -> tuple[Found[views.ReminderView], ReminderRaised] | None:
        """The reminder with what was recorded when it, or the later one that names it, was raised."""
        rows = await self._row(reminder_id)
        found = await self._found(rows)
        if not found:
            return None
        others = {one.row.reminder_id: one for one in await self._of_obligations(rows)}
        raised = _raised(others[reminder_id], others)
        return (found[0], raised) if raised else None

    async def _row(self, reminder_id: str) -> Sequence[Row]:
        wanted = WantedReminders(reminder_id=reminder_id, partner_ids=self._partners)
        return (await find_reminders(self.house, self.reading, wanted)).page

    async def _of_obligations(self, rows: Sequence[Row]) -> Sequence[_Raised]:
        """These and all others of the same obligations."""
        keys, every = sorted({row.obligation for row in rows}), list[Row]()
        for start in range(0, len(keys), _AT_ONCE):
            wanted = WantedReminders(obligations=keys[start : start + _AT_ONCE])
            every += (await find_reminders(self.house, self.reading, wanted)).page
        streams = await self._reader.streams([_stream(row) for row in every])
        own = {row: streams[_stream(row)] for row in every}
        return [_Raised(row, stream.state(Reminder(), evolve), stream) for row, stream in own.items()]

    async def _found(self, rows: Sequence[Row]) -> Sequence[Found[views.ReminderView]]:
        at = self.reading.at(await self.house.now(), self.house.settings.zone)
        every = {one.row.reminder_id: one for one in await self._of_obligations(rows)}
        of_obligation: dict[str, list[_Raised]] = {}
        for one in every.values():
            of_obligation.setdefault(one.row.obligation, []).append(one)
        subjects = await self._reader.streams({row.subject for row in rows})
        open_now = {name: self._open(stream, at) for name, stream in subjects.items()}
        found = []
        for row in rows:
            raised = _raised(every[row.reminder_id], every)
            if raised is None:
                continue
            one = every[row.reminder_id]
            status = self._status(one, raised, of_obligation[row.obligation], open_now[row.subject], at)
            found.append(Found(_view(one, raised, status), one.stream.version))
        return found

    def _open(self, stream: Stream, at: datetime) -> Sequence[Obligation]:
        """What is open on a subject."""
        zone = self.house.settings.zone
        day = at.astimezone(zone).date()
        if not stream.recorded:
            return []
        match category(stream.recorded[0].stream):
            case "agreement":
                return calendar.obligations(stream.foreseen(None, agreement.evolve), None, None, day, zone)
            case "consultation":
                return calendar.obligations(None, stream.foreseen(None, consultation.evolve), None, day, zone)
            case _:
                return calendar.obligations(None, None, stream.foreseen(None, cohort.evolve), day, zone)

    def _status(
        self,
        one: _Raised,
        raised: ReminderRaised,
        of_obligation: Sequence[_Raised],
        obligations: Sequence[Obligation],
        at: datetime,
    ) -> str:
        same = [obligation for obligation in obligations if obligation.key == raised.obligation]
        schedule = (same[0].due_on, same[0].revision) if same else None
        told = [other for other in of_obligation if other.state.raised]
        latest = ([other for other in told if other.schedule == schedule] or told)[-1]  # a date may be corrected back
        if latest.row.reminder_id != one.row.reminder_id:
            return "superseded"
        if not same or not calendar.matters(same[0], at, self.house.settings.zone):
            return "closed"
        if schedule != one.schedule:
            return "superseded"
        if one.state.acknowledged:
            return "acknowledged"
        if one.state.snoozed and parse_instant(one.state.snoozed.until) > at:
            return "snoozed"
        return "raised"


def _stream(row: Row) -> str:
    return f"reminder-{row.reminder_id}"


def _raised(one: _Raised, by_id: Mapping[str, _Raised]) -> ReminderRaised | None:
    """What was recorded when it was raised, or the later one that names it."""
    later = by_id.get(one.state.superseded.by) if one.state.superseded else None
    return one.state.raised or (later.state.raised if later else None)


def _view(one: _Raised, raised: ReminderRaised, status: str) -> views.ReminderView:
    row, superseded, snoozed = one.row, one.state.superseded, one.state.snoozed
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
        raised_at=one.stream.recorded[0].recorded_at.isoformat().replace("+00:00", "Z"),
        snoozed_until=snoozed.until if snoozed else None,
        returned_on=one.state.returned.returned_on if one.state.returned else None,
        escalated_to=[step.to for step in one.state.escalated],
        supersedes=list(raised.supersedes) if one.state.raised else [],
    )


def explanation(found: Found[views.ReminderView], raised: ReminderRaised, language: Language) -> views.ExplanationView:
    """Why it was raised, when and to whom, as it was recorded; and what came of it."""
    said = reminder_reason(
        raised.kind, raised.due_on, raised.offset, raised.recipient, language, certain=raised.certain
    )
    return views.ExplanationView(
        reminder_id=found.view.reminder_id,
        key=found.view.key,
        explanation=" ".join([said, *_afterwards(found.view, language)]),
        kind=raised.kind,
        due_on=raised.due_on,
        offset=raised.offset,
        raise_at=raised.raise_at,
        raised_at=found.view.raised_at,
        recipient=raised.recipient,
        timing=raised.timing,
        snoozed_until=found.view.snoozed_until,
        returned_on=found.view.returned_on,
        escalated_to=found.view.escalated_to,
        supersedes=list(raised.supersedes),
    )


def _afterwards(view: views.ReminderView, language: Language) -> Sequence[str]:
    """Sentences: that it was snoozed or came back, and to whom it went since nobody acknowledged it."""
    said = []
    if view.returned_on:
        on = on_date(view.returned_on, language)
        said.append(Words(f"Uitgesteld, en teruggekomen {on}.", f"Snoozed, and back {on}.").of(language))
    elif view.snoozed_until:
        until = instant_text(view.snoozed_until, language)
        said.append(Words(f"Uitgesteld tot {until}.", f"Snoozed until {until}.").of(language))
    if view.escalated_to:
        whom = listed([label("role", one, language) for one in view.escalated_to], language)
        said.append(Words(f"Niet bevestigd; ook voor: {whom}.", f"Not acknowledged; for: {whom} too.").of(language))
    return said
