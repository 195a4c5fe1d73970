"""Subscribing to calendars: making an address, seeing which there are, taking one away."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Response
from starlette.responses import RedirectResponse

from domain import partner as partners
from service.auth.calendars import SCOPES
from service.auth.policy import Action, judge
from service.calendars import Wanted, check, whose
from service.problems import Problem
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)

_PERSON: Final = "person"


@router.get("/calendars")
async def show_calendars(visit: Visiting) -> Response:
    """Those there are, and a form for another."""
    return await _show(visit)


@router.post("/calendars")
async def make_calendar(visit: Visiting, which: Annotated[str, Form()] = "") -> Response:
    """Its address is on this page, and on no other."""
    told, _, of = which.partition(":")
    scope = next((one for one in SCOPES if one == told), None)
    if scope is None:
        raise Problem.not_found()
    wanted = Wanted(scope=scope, of=of or None, language=visit.language)
    await check(visit.house, visit.caller, wanted)
    token, _ = await visit.house.calendars.create(visit.caller, scope, wanted.of, wanted.language)
    return await _show(visit, f"{visit.request.base_url}v1/calendars/{token}.ics")


@router.post("/calendars/{calendar_id}/revoke")
async def revoke_calendar(visit: Visiting, calendar_id: str) -> Response:
    """From now on its address leads nowhere."""
    if not await visit.house.calendars.revoke(calendar_id, whose(visit.caller)):
        raise Problem.not_found("calendar.unknown")
    return RedirectResponse("/calendars", 303)


async def _show(visit: Visit, address: str = "") -> Response:
    names = await _names(visit)
    return render(
        visit,
        "calendars.html",
        section="agenda",
        calendars=await visit.house.calendars.list(whose(visit.caller, part="see")),
        choices=await _choices(visit, names) if visit.may(Action.READ_CONSULTATIONS) else [],
        names=names,
        address=address,
    )


async def _names(visit: Visit) -> dict[str, str]:
    """Of the cohorts and partners that it may see."""
    names: dict[str, str] = {}
    if visit.may(Action.READ_CONSULTATIONS):
        asked = await visit.ask(Action.READ_CONSULTATIONS)
        names |= {one.cohort_id: one.name for one in await asked.cohort_outlines()}
        names |= {
            one: state.name
            for one, stream in (await asked.streams("partner")).items()
            for state in [stream.state(None, partners.evolve)]
            if state is not None
        }
    return names


async def _choices(visit: Visit, names: dict[str, str]) -> list[tuple[str, str]]:
    """What a calendar can be of: scope, and id where it needs one."""
    asked = await visit.ask(Action.READ_CONSULTATIONS)
    choices: list[tuple[str, str]] = []
    if judge(visit.caller, Action.READ_CONSULTATIONS).everything:
        choices.append(("programme", ""))
    if visit.caller.person_id:
        choices.append((_PERSON, visit.caller.person_id))
    cohorts = [one.cohort_id for one in await asked.cohort_outlines()]
    others = [one for one in names if one not in cohorts]
    return [
        *choices,
        *(("cohort", one) for one in cohorts),
        *(("partner", one) for one in sorted(others, key=lambda one: names[one].casefold())),
    ]
