"""The simulation of reminders: what is raised, or would be, by an instant. It writes nothing."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query

from domain.refusals import Refused
from domain.values import parse_instant
from schedulers.subjects import Item
from service.access import visible
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Lang
from service.auth.policy import Action
from service.problems import Issue, Problem
from service.simulating import Simulating, State, why, why_not
from service.texts import Language
from service.views import SubjectView, View

router = APIRouter(route_class=StrictRoute, tags=["reminders"])


class SimulatedReminder(View):
    """A reminder that is raised, or would be."""

    key: str
    kind: str
    subject: SubjectView
    due_on: str
    raise_at: str
    offset: str
    timing: str
    recipient: str
    reason: str
    before_register: bool | None = None
    supersedes: list[str] | None = None


class Simulation(View):
    """All of them."""

    items: list[SimulatedReminder]


class OutlookView(View):
    """What becomes of a reminder that was not raised."""

    key: str
    state: State
    due_on: str | None = None
    raise_at: datetime | None = None
    explanation: str


@router.get("/v1/reminders/simulation", operation_id="simulateReminders", response_model_exclude_none=True)
async def simulate_reminders(
    house: House,
    caller: Asking,
    language: Lang,
    at: Annotated[str, Query(description="By this instant.", examples=["2026-12-01T00:00:00Z"])],
) -> Simulation:
    """What is raised by an instant, or would be, from all that is known now, and still matters then."""
    simulating = Simulating(house, await visible(house, caller, Action.READ_REMINDERS))
    try:
        instant = parse_instant(at.replace(" ", "+"))  # a plus sign that nobody encoded arrives as a space
    except Refused as refused:
        raise Problem.bad_request([Issue.of(refused, place="query", name="at")]) from None
    return Simulation(items=[_view(item, language) for item in await simulating.items(instant)])


@router.get("/v1/reminders/simulation/{reminderId}", operation_id="foreseeReminder", response_model_exclude_none=True)
async def foresee_reminder(
    house: House, caller: Asking, language: Lang, reminder_id: Annotated[str, Path(alias="reminderId")]
) -> OutlookView:
    """Why a reminder was not raised, or when it will be."""
    simulating = Simulating(house, await visible(house, caller, Action.READ_REMINDERS))
    outlook = await simulating.outlook(reminder_id)
    return OutlookView(
        key=reminder_id,
        state=outlook.state,
        due_on=outlook.due_on,
        raise_at=outlook.raise_at,
        explanation=why_not(outlook, language),
    )


def _view(item: Item, language: Language) -> SimulatedReminder:
    occurrence, obligation = item.occurrence, item.occurrence.obligation
    return SimulatedReminder(
        key=occurrence.key,
        kind=obligation.kind,
        subject=SubjectView(type=obligation.subject_type, id=obligation.subject_id),
        due_on=obligation.due_on,
        raise_at=occurrence.raise_at.isoformat(),
        offset=occurrence.offset,
        timing=item.timing,
        recipient=item.recipient,
        reason=why(item, language),
        before_register=item.before_register or None,
        supersedes=[one.offset for one in item.earlier] or None,
    )
