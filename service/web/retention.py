"""How long what the vault holds is kept, and deciding on what is due."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Response
from starlette.responses import RedirectResponse

from service.auth.policy import Action, may
from service.problems import Problem
from service.retaining import retaining_for
from service.web.forms import carry_out
from service.web.persons import around
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)

_DECISIONS: Final = {"approve": "approveDisposition", "defer": "deferDisposition"}


@router.get("/retention")
async def show_retention(visit: Visiting) -> Response:
    """What is to be decided, the rules, and what was decided."""
    return await _show(visit)


@router.post("/retention/rules")
async def set_rule(
    visit: Visiting,
    kind: Annotated[str, Form()] = "",
    years: Annotated[str, Form()] = "",
    destination: Annotated[str, Form()] = "",
    selection_rule: Annotated[str, Form(alias="selectionRule")] = "",
) -> Response:
    """For a kind of record."""
    told = int(years) if years.isascii() and years.isdigit() and len(years) < len("1000") else 0
    given = {"kind": kind, "years": told, "destination": destination, "selectionRule": selection_rule}
    return await _decided(visit, "setRetentionRule", "", given)


@router.post("/retention/{disposition_id}/{decision}")
async def decide(
    visit: Visiting,
    disposition_id: str,
    decision: str,
    until: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    archived_as: Annotated[str, Form(alias="archivedAs")] = "",
) -> Response:
    """On one record."""
    if decision not in _DECISIONS:
        raise Problem.not_found()
    given: dict[str, object] = {"until": until, "reason": reason} if decision == "defer" else {}
    if decision == "approve" and archived_as.strip():
        given["archivedAs"] = archived_as
    return await _decided(visit, _DECISIONS[decision], disposition_id, given)


async def _decided(visit: Visit, name: str, target: str, given: dict[str, object]) -> Response:
    if wrong := await carry_out(visit, name, target, given):
        return await _show(visit, *wrong)
    return RedirectResponse("/retention", 303)


async def _show(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    retaining = retaining_for(visit.house, visit.caller)
    found = await retaining.dispositions()
    names = {}
    if visit.may(Action.READ_AGREEMENTS):
        asked = await visit.ask(Action.READ_AGREEMENTS)
        names = dict(await asked.names([one.subject_id for one in found if one.kind != "person"]))
    return render(
        visit,
        "retention.html",
        section="persons",
        status=status,
        open=[one for one in found if one.state == "proposed"],
        past=[one for one in found if one.state != "proposed"],
        rules=await retaining.rules(),
        names=names,
        people=await visit.people(),
        may_decide=may(visit.caller, Action.ERASE_PERSONS, part="request"),
        wrong=wrong,
        **around(visit),
    )
