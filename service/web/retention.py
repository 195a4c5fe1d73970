"""How long what the vault holds is kept, and deciding on what is due."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Response
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from domain.refusals import Refused
from service.auth.policy import Action, any_part
from service.commands.registry import COMMANDS
from service.issues import issues_of
from service.perform import Asked, perform
from service.problems import Problem
from service.retaining import Retaining
from service.texts import detail
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
    return await _carry_out(visit, "setRetentionRule", "", given)


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
    return await _carry_out(visit, _DECISIONS[decision], disposition_id, given)


async def _carry_out(visit: Visit, name: str, target: str, given: dict[str, object]) -> Response:
    command = COMMANDS[name]
    try:
        body = command.body.model_validate(given)
        await perform(visit.house, command, body, Asked(caller=visit.caller, target=target))
    except ValidationError as error:
        issue = issues_of(error.errors())[0]
        return await _show(visit, detail(issue.code, visit.language, issue.facts), 400)
    except Refused as refused:
        return await _show(visit, detail(refused.code, visit.language, refused.facts), refused.status)
    return RedirectResponse("/retention", 303)


async def _show(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    if not any_part(visit.caller, Action.ERASE_PERSONS).everything:
        raise Problem.forbidden(visit.caller.role)
    retaining = Retaining(visit.house)
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
        may_decide=visit.caller.role in {"programmeManager", "operator"},
        wrong=wrong,
        **around(visit),
    )
