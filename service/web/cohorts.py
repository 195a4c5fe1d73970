"""A cohort's page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Response
from starlette.responses import RedirectResponse

from service.auth.policy import Action
from service.queries import Queries
from service.views import AgreementView, CohortView
from service.web.overview import running, statuses, unknowns
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.sources import SHOWN, told, topics
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class Row:
    """A partner in the cohort: with its agreement once it signed."""

    partner_id: str
    name: str
    agreement: AgreementView | None
    moves: Sequence[str]


@router.get("/cohorts")
async def to_overview() -> Response:
    """The cohorts are on the first page."""
    return RedirectResponse("/#cohorts", 303)


@router.get("/cohorts/{cohort_id}")
async def show_cohort(visit: Visiting, cohort_id: str) -> Response:
    """Its terms, members, moments, evaluations, history, and what sources say of it."""
    asked = await visit.ask(Action.READ_AGREEMENTS)
    view = await _cohort(visit, asked, cohort_id)
    agreements = [one.view for one in await asked.agreements(cohort_id=cohort_id)]
    successor = await asked.cohort(view.successor_id) if view.successor_id else None
    names = await _names(asked, view, agreements)
    whole = await visit.sees_all(Action.READ_AGREEMENTS)
    history = await told(visit, asked, f"cohort-{cohort_id}") if whole else []  # it names the other partners
    consultations = []
    if visit.may(Action.READ_CONSULTATIONS):
        moments = await visit.ask(Action.READ_CONSULTATIONS)
        consultations = [one.view for one in await moments.consultations(cohort_id=cohort_id)]
    return render(
        visit,
        "cohort.html",
        section="overview",
        cohort=view,
        running=running(view, visit.day),
        rows=_rows(view, agreements, successor.view if successor else None, names),
        counts=statuses(Counter(one.status for one in agreements)),
        signed=len(agreements),
        whole=whole,
        names=names,
        unknowns=await unknowns(visit, view, whole=whole),
        consultations=sorted(consultations, key=lambda one: (one.year, one.ordinal)),
        sees_consultations=visit.may(Action.READ_CONSULTATIONS),
        sees_dossiers=visit.may(Action.EXPORT_DATA) and visit.may(Action.READ_EVENT_FEED),
        sees_evaluations=visit.may(Action.READ_EVALUATIONS),
        topics=await topics(visit, subject=cohort_id),
        history=history[:SHOWN],
        events=len(history),
        history_path=f"/cohorts/{cohort_id}/history",
    )


@router.get("/cohorts/{cohort_id}/history")
async def show_history(visit: Visiting, cohort_id: str) -> Response:
    """All of its history, which names every partner in it."""
    asked = await visit.ask(Action.READ_AGREEMENTS)
    view = await _cohort(visit, asked, cohort_id)
    if not await visit.sees_all(Action.READ_AGREEMENTS):
        raise visit.missing("cohort")
    return render(
        visit,
        "history.html",
        section="overview",
        name=view.name,
        path=f"/cohorts/{cohort_id}",
        subject=f"cohort-{cohort_id}",
        history=await told(visit, asked, f"cohort-{cohort_id}"),
    )


@router.get("/cohorts/{cohort_id}/claims")
async def show_claims(visit: Visiting, cohort_id: str) -> Response:
    """All that sources say of it."""
    asked = await visit.ask(Action.READ_CLAIMS)
    view = await _cohort(visit, asked, cohort_id)
    return render(
        visit,
        "claims.html",
        section="overview",
        name=view.name,
        path=f"/cohorts/{cohort_id}",
        topics=await topics(visit, subject=cohort_id),
    )


async def _cohort(visit: Visit, asked: Queries, cohort_id: str) -> CohortView:
    found = await asked.cohort(cohort_id)
    if found is None:
        raise visit.missing("cohort")
    return found.view


async def _names(asked: Queries, view: CohortView, agreements: Sequence[AgreementView]) -> Mapping[str, str]:
    """What the page calls things by."""
    members = {one.partner_id for one in view.members} | {one.partner_id for one in agreements}
    moves = {*view.stayed, *view.joined, *(one.partner_id for one in view.left)}
    around = {one for one in (view.predecessor_id, view.successor_id) if one}
    return await asked.names(members | moves | around)


def _rows(
    view: CohortView,
    agreements: Sequence[AgreementView],
    successor: CohortView | None,
    names: Mapping[str, str],
) -> Sequence[Row]:
    """Members and whoever signed: a partner that did not go on stays among those that signed."""
    signed = {one.partner_id: one for one in agreements}
    left = {one.partner_id for one in successor.left} if successor else set()
    ids = dict.fromkeys([*(member.partner_id for member in view.members), *signed])
    rows = []
    for partner_id in ids:
        moves = [
            key
            for key, there in (
                ("cohort.stayedOne", partner_id in view.stayed),
                ("cohort.joinedOne", partner_id in view.joined),
                ("cohort.notGoneOn", partner_id in left),
            )
            if there
        ]
        rows.append(Row(partner_id, names.get(partner_id, partner_id), signed.get(partner_id), moves))
    return sorted(rows, key=lambda row: row.name.casefold())
