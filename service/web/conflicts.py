"""The work list: where sources contradict each other, what authority suggests, and counts that differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response

from domain.refusals import Refused
from domain.values import PartialDate
from service.auth.policy import Action
from service.problems import Issue, Problem
from service.sources import Sources
from service.views import CohortView, PartnerCountsView
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
    asked = await visit.ask(Action.READ_CLAIMS)
    published_by = _day(visit.request.query_params.get("publishedBy", "").strip())
    sources = Sources(asked.house, asked.reading)
    found = await topics(visit, published_by=published_by)
    return render(
        visit,
        "conflicts.html",
        section="claims",
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
        raise Problem.bad_request([Issue.of(refused, place="query", name="asOf")]) from None
    return text
