"""The partners, and a partner's page."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response

from events.catalogue.partner import PartnerAdded, PartnerRenamed
from service.auth.policy import Action
from service.finding import Wanted
from service.queries import Queries
from service.views import AgreementView, PartnerView
from service.web.paging import Paging, in_order, page_of
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.sources import SHOWN, told, topics
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class Name:
    """A name and since when it is the partner's: on a day, by a day, or not known."""

    name: str
    since: str | None
    by: bool
    first: bool


@router.get("/partners")
async def show_partners(visit: Visiting) -> Response:
    """The partners with their agreements, page by page."""
    asked = await visit.ask(Action.READ_PARTNERS)
    page = page_of(visit)
    found = await asked.partners(page=page)
    partners = [one.view for one in found]
    agreements = await _agreements(visit, [one.partner_id for one in partners])
    cohorts = await _cohort_names(visit)
    return render(
        visit,
        "partners.html",
        section="partners",
        partners=[
            (one, [agreement for agreement in agreements if agreement.partner_id == one.partner_id])
            for one in in_order(partners, found.total, lambda one: one.name)
        ],
        total=found.total,
        paging=Paging.of(page, found.total),
        cohorts=cohorts,
    )


@router.get("/partners/{partner_id}")
async def show_partner(visit: Visiting, partner_id: str) -> Response:
    """Its names, successors, agreements and history."""
    asked = await visit.ask(Action.READ_PARTNERS)
    view = await _partner(visit, asked, partner_id)
    history = await told(visit, asked, f"partner-{partner_id}")
    people = await visit.people()
    successor = await asked.partner(view.successor_id) if view.successor_id else None
    return render(
        visit,
        "partner.html",
        section="partners",
        partner=view,
        names=await _names(asked, partner_id),
        people=people,
        successor=successor.view if successor else None,
        agreements=await _agreements(visit, [partner_id]),
        cohorts=await _cohort_names(visit),
        topics=await topics(visit, subject=partner_id),
        history=history[:SHOWN],
        events=len(history),
        history_path=f"/partners/{partner_id}/history",
    )


@router.get("/partners/{partner_id}/history")
async def show_history(visit: Visiting, partner_id: str) -> Response:
    """All of its history."""
    asked = await visit.ask(Action.READ_PARTNERS)
    view = await _partner(visit, asked, partner_id)
    return render(
        visit,
        "history.html",
        section="partners",
        name=view.name,
        path=f"/partners/{partner_id}",
        subject=f"partner-{partner_id}",
        history=await told(visit, asked, f"partner-{partner_id}"),
    )


async def _partner(visit: Visit, asked: Queries, partner_id: str) -> PartnerView:
    found = await asked.partner(partner_id)
    if found is None:
        raise visit.missing("partner")
    return found.view


async def _names(asked: Queries, partner_id: str) -> Sequence[Name]:
    """Its names, the latest first, as far as they are known under the reading."""
    stream = await asked.reader.stream(f"partner-{partner_id}")
    names = []
    for fact in stream.facts():
        match fact.event:
            case PartnerAdded(name=name, added_on=added_on):
                names.append(Name(name, added_on, by=False, first=True))
            case PartnerRenamed(name=name, effective_on=effective_on, effective_on_kind=kind):
                names.append(Name(name, effective_on, by=kind == "by", first=False))
            case _:
                pass
    return names[::-1]


async def _agreements(visit: Visit, partner_ids: Sequence[str]) -> Sequence[AgreementView]:
    if not visit.may(Action.READ_AGREEMENTS):
        return []
    asked = await visit.ask(Action.READ_AGREEMENTS)
    found = await asked.agreements_that(Wanted(category="agreement", partner_ids=partner_ids))
    return sorted((one.view for one in found), key=lambda one: one.runs_from, reverse=True)


async def _cohort_names(visit: Visit) -> dict[str, str]:
    if not visit.may(Action.READ_AGREEMENTS):
        return {}
    asked = await visit.ask(Action.READ_AGREEMENTS)
    return {one.cohort_id: one.name for one in await asked.cohort_outlines()}
