"""The work list: where sources contradict each other, what authority suggests, and counts that differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, get_args

from fastapi import APIRouter, Form, Response
from starlette.responses import RedirectResponse

from domain.refusals import Refused
from domain.values import PartialDate
from events.catalogue.claim import SourceKind
from service.auth.policy import Action
from service.problems import Issue, Problem
from service.sources import Sources
from service.views import CohortView, PartnerCountsView
from service.web.forms import carry_out
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.sources import topics
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class Counted:
    """A cohort, and the numbers of its partners."""

    view: CohortView
    counts: PartnerCountsView


@router.get("/claims")
async def show_conflicts(visit: Visiting) -> Response:
    """Open conflicts, resolved ones, and announced beside listed numbers of partners."""
    return await _show(visit)


@router.post("/claims/resolution")
async def resolve(visit: Visiting, claim: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = "") -> Response:
    """Go by one claim where sources disagree."""
    return await _decided(visit, "resolveClaim", claim, {"reason": reason})


@router.post("/claims/authority")
async def order_authority(
    visit: Visiting, kinds: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = ""
) -> Response:
    """Say which kinds of sources weigh most."""
    given: dict[str, object] = {"kinds": kinds.split()}
    return await _decided(visit, "orderAuthority", "", {**given, "reason": reason} if reason.strip() else given)


async def _decided(visit: Visit, name: str, target: str, given: dict[str, object]) -> Response:
    if wrong := await carry_out(visit, name, target, given):
        return await _show(visit, *wrong)
    return RedirectResponse("/claims", 303)


async def _show(visit: Visit, wrong: str = "", status: int = 200) -> Response:
    asked = await visit.ask(Action.READ_CLAIMS)
    published_by = _day(visit.request.query_params.get("publishedBy", "").strip())
    sources = Sources(asked.house, asked.reading)
    found = await topics(visit, published_by=published_by)
    return render(
        visit,
        "conflicts.html",
        section="claims",
        status=status,
        wrong=wrong,
        source_kinds=get_args(SourceKind),
        may_decide=visit.may(Action.STATE_CLAIMS) and not visit.given,
        open=[one for one in found if one.open],
        resolved=[one for one in found if one.resolution],
        total=sum(len(one.claims) for one in found),
        published_by=published_by,
        order=(await sources.authority_order()).view,
        counted=await _counted(visit),
    )


async def _counted(visit: Visit) -> Sequence[Counted]:
    if not visit.may(Action.READ_AGREEMENTS):
        return []
    found = [one.view for one in await (await visit.ask(Action.READ_AGREEMENTS)).cohorts()]
    return [Counted(one, one.partner_counts) for one in found if one.partner_counts]


def _day(text: str) -> str | None:
    if not text:
        return None
    try:
        PartialDate.parse(text)
    except Refused as refused:
        raise Problem.bad_request([Issue.of(refused, place="query", name="publishedBy")]) from None
    return text
