"""The reminders that were raised, how they stand, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Response

from domain.wording import reminder_reason
from service.auth.policy import Action
from service.views import ReminderView
from service.web.duties import About, visible_reminders
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)

OPEN = ("raised", "snoozed", "acknowledged")
_PATHS = {"agreement": "/agreements/", "cohort": "/cohorts/", "partner": "/partners/"}


@dataclass(slots=True)
class Group:
    """Reminders that say the same of several things."""

    first: ReminderView
    explanation: str
    about: list[About] = field(default_factory=list)


@router.get("/reminders")
async def show_reminders(visit: Visiting) -> Response:
    """The open ones first."""
    reminding = await visible_reminders(visit)
    found = [one.view for one in await reminding.all()]
    names = await _names(visit, found)
    return render(
        visit,
        "reminders.html",
        section="reminders",
        open=_grouped(visit, [one for one in found if one.status in OPEN], names),
        past=_grouped(visit, [one for one in found if one.status not in OPEN], names),
        total=len(found),
    )


async def _names(visit: Visit, reminders: Sequence[ReminderView]) -> dict[str, About]:
    """How things are called, and where their pages are."""
    if not visit.may(Action.READ_AGREEMENTS):
        return {}
    asked = await visit.ask(Action.READ_AGREEMENTS)
    names = await asked.names({one.subject.id for one in reminders if one.subject.id})
    found = {one: About("", name) for one, name in names.items()}
    for one in reminders:
        moment = await asked.consultation(one.subject.id or "") if one.subject.type == "consultation" else None
        if moment is not None:
            place = f"/cohorts/{moment.view.cohort_id}#consultations"
            found[moment.view.consultation_id] = About(place, names.get(moment.view.consultation_id, ""))
    return found


def _grouped(visit: Visit, reminders: Sequence[ReminderView], names: dict[str, About]) -> Sequence[Group]:
    groups: dict[tuple[object, ...], Group] = {}
    for one in reminders:
        since = (one.snoozed_until, one.returned_on, *one.escalated_to)
        key = (one.kind, one.due_on, one.offset, one.status, one.recipient, one.raised_at[:16], *since)
        if key not in groups:
            text = reminder_reason(one.kind, one.due_on, one.offset, one.recipient, visit.language, certain=one.certain)
            groups[key] = Group(one, text)
        groups[key].about.append(_about(one, names))
    return sorted(groups.values(), key=lambda group: (group.first.due_on, group.first.kind, group.first.raised_at))


def _about(one: ReminderView, names: dict[str, About]) -> About:
    identity = one.subject.id or ""
    known = names.get(identity, About("", identity))
    return About(f"{_PATHS[one.subject.type]}{identity}", known.name) if one.subject.type in _PATHS else known
