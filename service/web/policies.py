"""How reminders come: shown, and set by who may."""

from collections.abc import Mapping
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Form, Response
from starlette.responses import RedirectResponse

from domain.policy import USUAL_OFFSETS
from domain.refusals import Refused
from domain.streams import identity
from events.catalogue.policy import Shift
from service.auth.policy import Action, any_part
from service.policies import Policies
from service.policy_texts import closed_lines, closed_of, offset_lines, offsets_of, step_lines, steps_of
from service.texts import detail
from service.web.forms import carry_out
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)

_PATH = "/reminders/policy"


@router.get(_PATH)
async def show_policies(visit: Visiting) -> Response:
    """What the programme and its cohorts say, working days, and the programme managers."""
    return await _show(visit)


@router.post(_PATH)
async def set_policy(
    visit: Visiting,
    scope: Annotated[str, Form()] = "programme",
    offsets: Annotated[str, Form()] = "",
    shift: Annotated[str, Form()] = "",
    begins: Annotated[str, Form()] = "",
    ends: Annotated[str, Form()] = "",
    working_days: Annotated[str, Form(alias="workingDaysOnly")] = "",
    escalation: Annotated[str, Form()] = "",
) -> Response:
    """All that a scope says, instead of what it said before."""

    def given() -> Mapping[str, object]:
        kind, _, subject_id = scope.partition(":")
        quiet = {"begins": begins, "ends": ends, "workingDaysOnly": bool(working_days)}
        said: dict[str, object] = {"scope": kind}
        said |= {"subjectId": subject_id} if subject_id else {}
        said |= {"offsets": dict(some)} if (some := offsets_of(offsets.splitlines())) else {}
        said |= {"shift": shift} if shift else {}
        said |= {"quietHours": quiet} if begins or ends else {}
        return said | ({"escalation": steps} if (steps := steps_of(escalation.splitlines())) else {})

    return await _decided(visit, "setReminderPolicy", given)


@router.post(f"{_PATH}/days")
async def set_days(
    visit: Visiting, country: Annotated[str, Form()] = "", closed: Annotated[str, Form()] = ""
) -> Response:
    """Which days are no working days."""
    return await _decided(
        visit,
        "setAgencyCalendar",
        lambda: {"closed": closed_of(closed.splitlines()), **({"country": country} if country else {})},
    )


@router.post(f"{_PATH}/managers")
async def name_managers(visit: Visiting, persons: Annotated[list[str] | None, Form()] = None) -> Response:
    """Who is reminded as programme manager."""
    return await _decided(visit, "nameProgrammeManagers", lambda: {"personIds": persons or []})


async def _decided(visit: Visit, name: str, given: Any) -> Response:
    try:
        wrong = await carry_out(visit, name, "", given())
    except Refused as refused:
        wrong = detail(refused.code, visit.language, refused.facts), refused.status
    return await _show(visit, *wrong) if wrong else RedirectResponse(_PATH, 303)


async def _show(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    any_part(visit.caller, Action.READ_REMINDERS)
    policies = Policies(visit.house)
    said = {one.view.policy_id: one.view for one in await policies.all()}
    cohorts = {}
    names: dict[str, str] = {}
    if visit.may(Action.READ_AGREEMENTS):
        asked = await visit.ask(Action.READ_AGREEMENTS)
        cohorts = {f"cohort:{one.view.cohort_id}": one.view.name for one in await asked.cohorts()}
        names = dict(await asked.names([one.subject_id for one in said.values() if one.subject_id]))
    calendar = (await policies.calendar(visit.day.year, visit.language)).view
    managers = (await policies.managers()).view
    scope = visit.request.query_params.get("scope", "programme")
    return render(
        visit,
        "policies.html",
        section="reminders",
        status=status,
        wrong=wrong,
        said=list(said.values()),
        names=names,
        scope=scope,
        scopes={"programme": "", **cohorts, **({scope: names.get(identity(scope), scope)} if scope in said else {})},
        one=said.get(scope),
        usual=offset_lines(USUAL_OFFSETS),
        shifts=get_args(Shift),
        offset_lines=offset_lines,
        step_lines=step_lines,
        year=visit.day.year,
        calendar=calendar,
        closed=closed_lines(calendar.closed),
        managers=managers.person_ids,
        people=await visit.people(),
        may_set=visit.may(Action.SET_REMINDERS),
    )
