"""Personal data: who is in the vault, what is asked about them, and who was shown what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, Response
from starlette.responses import RedirectResponse

from domain.refusals import Refused
from service.access import needs_reason
from service.accessing import access_file, access_records, own_persons
from service.auth.policy import Action, any_part, may
from service.disclosing import REASON_COOKIE, reads_with_reason
from service.erasures import Erasures
from service.fields import parse_name
from service.problems import Problem
from service.queries import Queries
from service.views import ErasureRequestView, LegalHoldView
from service.web.forms import carry_out
from service.web.links import local, segment
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.sources import actor
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)

_PAGE: Final = 50
_ACTIONS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "wish": ("wishErasure", ()),
    "request": ("requestErasure", ("legalGround", "selectionRule")),
    "refuse": ("declineErasure", ("requestId", "reason")),
    "erase": ("erasePerson", ("requestId",)),
    "hold": ("placeLegalHold", ("ground",)),
    "lift": ("liftLegalHold", ("holdId", "ground")),
}
"""What a form on a person's page does: the command, and its fields."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What a person has to do with: a page, and how."""

    path: str
    name: str
    how: str


@router.get("/persons")
async def show_persons(visit: Visiting) -> Response:
    """The persons whose names the reader may see."""
    if not visit.may(Action.READ_PERSONS):
        if not needs_reason(visit.caller):
            return RedirectResponse("/erasures", 303)
        found = []
    else:
        asked = await visit.ask(Action.READ_PERSONS)
        found = sorted((one.view for one in await asked.persons()), key=lambda one: one.name.casefold())
    return render(visit, "persons.html", section="persons", persons=found, **around(visit))


@router.get("/persons/{person_id}")
async def show_person(visit: Visiting, person_id: str) -> Response:
    """Who it is, what it has to do with, and what is asked about it."""
    return await _person(visit, person_id)


@router.post("/persons/{person_id}/{action}")
async def act(
    visit: Visiting,
    person_id: str,
    action: str,
    legal_ground: Annotated[str, Form(alias="legalGround")] = "",
    selection_rule: Annotated[str, Form(alias="selectionRule")] = "",
    request_id: Annotated[str, Form(alias="requestId")] = "",
    hold_id: Annotated[str, Form(alias="holdId")] = "",
    ground: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Carry out what a form asks; what is wrong is told on the page it came from."""
    if action not in _ACTIONS:
        raise Problem.not_found()
    name, fields = _ACTIONS[action]
    given = {
        "legalGround": legal_ground,
        "selectionRule": selection_rule,
        "requestId": request_id,
        "holdId": hold_id,
        "ground": ground,
        "reason": reason,
    }
    filled = {field: given[field] for field in fields if given[field].strip()}
    if wrong := await carry_out(visit, name, person_id, filled):
        return await _person(visit, person_id, *wrong)
    return RedirectResponse(f"/persons/{segment(person_id)}", 303)


@router.get("/erasures")
async def show_erasures(visit: Visiting) -> Response:
    """The work list: what is to be judged, what is to be carried out, what was; and what holds."""
    erasures = await _erasures(visit)
    requests, holds = await erasures.requests(), await erasures.holds()
    return render(
        visit,
        "erasures.html",
        section="persons",
        open=[one for one in requests if one.state in {"wished", "requested", "pending"}],
        past=[one for one in requests if one.state not in {"wished", "requested", "pending"}],
        holds=[one for one in holds if one.lifted_on is None],
        people=await visit.people(),
        **around(visit),
    )


@router.get("/access")
async def show_access(visit: Visiting) -> Response:
    """Who was shown what of the vault."""
    before = visit.request.query_params.get("before")
    found, total = await access_records(visit.house, visit.caller, limit=_PAGE + 1, before=before)
    people = await visit.people()
    return render(
        visit,
        "access.html",
        section="persons",
        records=[(one, actor(visit, one.actor, people)) for one in found[:_PAGE]],
        total=total,
        older=found[_PAGE - 1].record_id if len(found) > _PAGE else "",
        newer=bool(before),
        **around(visit),
    )


@router.get("/access.csv")
async def export_access(visit: Visiting) -> Response:
    """All of it."""
    return await access_file(visit.house, visit.caller)


@router.post("/reason")
async def give_reason(
    visit: Visiting, reason: Annotated[str, Form()] = "", onward: Annotated[str, Form(alias="next")] = ""
) -> Response:
    """Why this reader reads personal data, until it signs out; nothing given takes it back."""
    answer = RedirectResponse(local(onward), 303, headers={"Cache-Control": "no-store"})
    secure = visit.request.url.scheme == "https"
    try:
        said = parse_name(reason)
    except Refused:
        answer.delete_cookie(REASON_COOKIE, httponly=True, samesite="lax")
        return answer
    answer.set_cookie(REASON_COOKIE, quote(said), httponly=True, samesite="strict", secure=secure)
    return answer


async def _person(visit: Visit, person_id: str, wrong: str = "", status: int = 200) -> Response:
    erasures = await _erasures(visit)
    requests, holds = await erasures.requests(person_id=person_id), await erasures.holds(person_id)
    asked = await visit.ask(Action.READ_PERSONS) if visit.may(Action.READ_PERSONS) else None
    found = await asked.person(person_id) if asked else None
    erased_on = await erasures.erased_on(person_id)
    if found is None and not requests and not holds:
        raise visit.missing("person")
    connections = await _connections(visit, asked, person_id) if asked else []
    return render(
        visit,
        "person.html",
        section="persons",
        status=status,
        person=found.view if found else None,
        person_id=person_id,
        erased_on=erased_on,
        connections=connections,
        requests=requests,
        holds=holds,
        wrong=wrong,
        **_may(visit, requests, holds, erased_on),
        **around(visit),
    )


def _may(
    visit: Visit, requests: Sequence[ErasureRequestView], holds: Sequence[LegalHoldView], erased_on: str | None
) -> dict[str, Any]:
    """Which forms there are for this reader now."""
    forms = {part for part in ("ask", "request", "execute") if may(visit.caller, Action.ERASE_PERSONS, part=part)}
    open_request = next((one for one in requests if one.state == "requested"), None)
    held = any(one.lifted_on is None for one in holds)
    manages = "request" in forms and erased_on is None
    return {
        "open_request": open_request,
        "held": held,
        "may_request": manages and open_request is None,
        "may_hold": manages,
        "may_wish": "ask" in forms
        and not manages
        and erased_on is None
        and not any(one.state == "wished" for one in requests),
        "may_erase": "execute" in forms and open_request is not None and not held,
    }


async def _connections(visit: Visit, asked: Queries, person_id: str) -> Sequence[Connection]:
    """The partners that it looks after or looked after, and the agreements that it signed."""
    partners = await asked.partners()
    found = [
        Connection(f"/partners/{segment(one.view.partner_id)}", one.view.name, "persons.manages")
        for one in partners
        if any(manager.person_id == person_id for manager in one.view.account_managers)
    ]
    if visit.may(Action.READ_AGREEMENTS):
        agreements = await asked.agreements()
        found += [
            Connection(f"/agreements/{segment(one.view.agreement_id)}", one.view.partner_name or "", "persons.signed")
            for one in agreements
            if any(signatory.person_id == person_id for signatory in one.view.signatories)
        ]
    return found


async def _erasures(visit: Visit) -> Erasures:
    grant = any_part(visit.caller, Action.ERASE_PERSONS)
    return Erasures(visit.house, await own_persons(visit.house, grant))


def around(visit: Visit) -> dict[str, Any]:
    """What every one of these pages has: the others, and the form for whoever must say why."""
    tabs = [
        ("persons", "/persons", _sees(visit, Action.READ_PERSONS)),
        ("erasures", "/erasures", _sees(visit, Action.ERASE_PERSONS)),
        ("retention", "/retention", _sees(visit, Action.ERASE_PERSONS, everything=True)),
        ("access", "/access", _sees(visit, Action.READ_AUDIT_LOG)),
    ]
    return {
        "tabs": [(name, path) for name, path, shown in tabs if shown],
        "asks_reason": needs_reason(visit.caller),
        "has_reason": reads_with_reason(),
    }


def _sees(visit: Visit, action: Action, *, everything: bool = False) -> bool:
    """Whether some part of it is for this reader, of all or of its own."""
    try:
        grant = any_part(visit.caller, action)
    except Problem:
        return False
    return grant.everything or not everything
