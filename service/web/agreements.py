"""The agreements, and an agreement's page."""

from collections.abc import Sequence

from fastapi import APIRouter, Response

from domain.values import Period
from service.auth.policy import Action
from service.queries import Queries
from service.views import AgreementView, ConsultationView
from service.web.life import drawings, happenings
from service.web.overview import STATUSES
from service.web.paging import Paging, in_order, page_of
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.sources import SHOWN, told, topics
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)


@router.get("/agreements")
async def show_agreements(visit: Visiting) -> Response:
    """By cohort and status, on the day, page by page."""
    asked = await visit.ask(Action.READ_AGREEMENTS)
    wanted = visit.request.query_params
    cohort_id = wanted.get("cohortId") or None
    status = wanted.get("status") if wanted.get("status") in STATUSES else None
    page = page_of(visit)
    found = await asked.agreements(cohort_id=cohort_id, status=status, page=page)
    views = [one.view for one in found]
    cohorts = {one.cohort_id: one.name for one in await asked.cohort_outlines()}
    return render(
        visit,
        "agreements.html",
        section="agreements",
        agreements=in_order(views, found.total, lambda one: one.partner_name or ""),
        total=found.total,
        paging=Paging.of(page, found.total),
        cohorts=cohorts,
        chosen_cohort=cohort_id,
        chosen_status=status,
        statuses=STATUSES,
    )


@router.get("/agreements/{agreement_id}")
async def show_agreement(visit: Visiting, agreement_id: str) -> Response:
    """Its term and status, its life as a line, and everything that is known of it."""
    asked = await visit.ask(Action.READ_AGREEMENTS)
    view = await _agreement(visit, asked, agreement_id)
    cohort = await asked.cohort(view.cohort_id)
    successor = await asked.cohort(view.successor_cohort_id) if view.successor_cohort_id else None
    moments = await _moments(visit, view.cohort_id)
    history = await told(visit, asked, f"agreement-{agreement_id}")
    people = await visit.people()
    life = happenings(visit, view, cohort.view if cohort else None, moments)
    return render(
        visit,
        "agreement.html",
        section="agreements",
        agreement=view,
        cohort=cohort.view if cohort else None,
        successor=successor.view if successor else None,
        moments=moments,
        people=people,
        phase=_phase(visit, view),
        evaluable=_evaluable(visit, view),
        drawings=drawings(visit, life),
        life=life,
        measured=_measured(view),
        kpi_names={one.kpi_id: one.name for one in view.kpis or []},
        sees_partner=visit.may(Action.READ_PARTNERS),
        topics=await topics(visit, subject=agreement_id),
        history=history[:SHOWN],
        events=len(history),
        history_path=f"/agreements/{agreement_id}/history",
    )


@router.get("/agreements/{agreement_id}/history")
async def show_history(visit: Visiting, agreement_id: str) -> Response:
    """All of its history."""
    asked = await visit.ask(Action.READ_AGREEMENTS)
    view = await _agreement(visit, asked, agreement_id)
    return render(
        visit,
        "history.html",
        section="agreements",
        name=view.partner_name or "",
        path=f"/agreements/{agreement_id}",
        subject=f"agreement-{agreement_id}",
        history=await told(visit, asked, f"agreement-{agreement_id}"),
    )


async def _agreement(visit: Visit, asked: Queries, agreement_id: str) -> AgreementView:
    found = await asked.agreement(agreement_id)
    if found is None:
        raise visit.missing("agreement")
    return found.view


async def _moments(visit: Visit, cohort_id: str) -> Sequence[ConsultationView]:
    if not visit.may(Action.READ_CONSULTATIONS):
        return []
    asked = await visit.ask(Action.READ_CONSULTATIONS)
    found = [one.view for one in await asked.consultations(cohort_id=cohort_id)]
    return sorted(found, key=lambda one: (one.year, one.ordinal))


def _phase(visit: Visit, view: AgreementView) -> tuple[str, int]:
    """How far it is: `before`, `during` or `after`, and the days until the start or the end."""
    period = Period.parse(view.runs_from, view.runs_until)
    if view.status == "terminated" or period.is_over(visit.day):
        return "after", 0
    if not period.has_begun(visit.day):
        return "before", (period.first_certain_day - visit.day).days
    return "during", (period.last_possible_day - visit.day).days


def _evaluable(visit: Visit, view: AgreementView) -> int | None:
    """How many years an evaluation was due for by the day; None where the cadence is not known."""
    if view.evaluation != "yearly":
        return None
    period = Period.parse(view.runs_from, view.runs_until)
    return sum(1 for year in period.years if year < visit.day.year or period.is_over(visit.day))


def _measured(view: AgreementView) -> dict[str, tuple[str, str]]:
    """Each KPI's latest figure and its day."""
    found: dict[str, tuple[str, str]] = {}
    for one in sorted(view.kpi_measurements or [], key=lambda one: one.measured_on):
        found[one.kpi_id] = (one.value, one.measured_on)
    return found
