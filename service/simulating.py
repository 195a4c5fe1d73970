"""What would be raised by an instant, and what becomes of one reminder: the scheduler asked, nothing written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain import calendar
from domain.calendar import Obligation, Occurrence
from domain.labels import Language
from domain.wording import on_instant, reminder_reason
from schedulers.due import Due
from schedulers.subjects import Item, Subject, Subjects
from service import read_models
from service.agenda import Agenda
from service.house import Errera

State = Literal["due", "notYetDue", "superseded", "beforeRegister", "moved", "closed", "unknown"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of a reminder that is not raised. Where its date moved, `due_on` is the new one."""

    state: State
    due_on: str | None = None
    raise_at: datetime | None = None


class Simulating:
    """The simulation for a reader. `partners` are the ids whose reminders the reader may see (None: all)."""

    def __init__(self, house: Errera, partners: frozenset[str] | None = None) -> None:
        self._house = house
        self._zone = house.settings.zone
        self._partners = partners
        self._agenda = Agenda(house, partners)

    async def items(self, at: datetime) -> Sequence[Item]:
        """What is raised, or would be, by an instant and still matters then."""
        house = self._house
        models = (read_models.AGENDA, read_models.REMINDERS, read_models.POLICIES, read_models.OF_COHORTS)
        due = Due(house.store, house.projector, *models, self._zone)
        found = await due.simulate(at)
        if self._partners is None:
            return found
        rows = await self._agenda.rows(_subject_key(one.occurrence.obligation) for one in found)
        return [one for one in found if _subject_key(one.occurrence.obligation) in rows]

    async def outlook(self, key: str) -> Outlook:
        """Why there is no reminder under this key."""
        _, subject_type, subject_id = calendar.parts_of(key)
        subject = f"{subject_type}-{subject_id}"
        if subject not in await self._agenda.rows({subject}):
            return Outlook("unknown")
        now, began = await self._house.now(), await self._house.store.began_at()
        subjects = Subjects(self._house.store, self._zone)
        whole = (await subjects.whole([subject], self._house.day_of(now), set())).get(subject, Subject())
        for obligation in subjects.obligations(whole, now):
            if key.startswith(f"{obligation.key}."):
                found = calendar.occurrences(obligation, whole.policy, self._zone)
                return self._judge(key, obligation, found, now, began or now)
        return Outlook("closed")

    def _judge(
        self, key: str, obligation: Obligation, found: Sequence[Occurrence], now: datetime, began: datetime
    ) -> Outlook:
        mine = next((one for one in found if one.key == key), None)
        if mine is None:
            same = _same_revision(key, obligation)
            return Outlook("unknown") if same else Outlook("moved", due_on=obligation.due_on)
        return Outlook(self._state(mine, found, now, began), obligation.due_on, mine.raise_at)

    def _state(self, mine: Occurrence, found: Sequence[Occurrence], now: datetime, began: datetime) -> State:
        if mine.obligation.last_day < began.astimezone(self._zone).date():
            return "beforeRegister"
        if not calendar.matters(mine.obligation, now, self._zone):
            return "closed"
        if mine.raise_at > now:
            return "notYetDue"
        return "due" if calendar.due(found, now)[-1] == mine else "superseded"


def why(item: Item, language: Language) -> str:
    """One sentence: what is due, when, how long before, and for whom."""
    obligation = item.occurrence.obligation
    return reminder_reason(
        obligation.kind, obligation.due_on, item.occurrence.offset, item.recipient, language, certain=obligation.certain
    )


def why_not(outlook: Outlook, language: Language) -> str:
    """One sentence: why there is no such reminder (yet)."""
    dutch = language == "nl"
    match outlook.state:
        case "unknown":
            return "Geen herinnering heeft die sleutel." if dutch else "No reminder has that key."
        case "notYetDue":
            at = on_instant(outlook.raise_at.isoformat(), language) if outlook.raise_at else ""
            return f"Nog niet: ze komt {at}." if dutch else f"Not yet: it will be raised {at}."
        case "due":
            if dutch:
                return "Ze is nu aan de orde: de dienst legt ze vast bij de volgende tik."
            return "It is due now: the service raises it at its next tick."
        case "superseded":
            return (
                "Een latere herinnering voor hetzelfde neemt haar plaats in."
                if dutch
                else "A later reminder of the same thing takes its place."
            )
        case "beforeRegister":
            return (
                "Ze valt voor het begin van het register en wordt dus niet verstuurd."
                if dutch
                else "It falls before the register began, so it is not raised."
            )
        case "moved":
            return f"De datum is verplaatst naar {outlook.due_on}." if dutch else f"The date moved to {outlook.due_on}."
        case "closed":
            return "Er is niets meer te doen: het is afgehandeld of voorbij." if dutch else "It is done with, or over."


def _subject_key(obligation: Obligation) -> str:
    return f"{obligation.subject_type}-{obligation.subject_id}"


def _same_revision(key: str, obligation: Obligation) -> bool:
    return key.startswith(f"{obligation.key}.{obligation.due_on}.r{obligation.revision}.")
