"""A consultation moment's history."""

from fastapi import APIRouter, Response

from service.auth.policy import Action
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.sources import told
from service.web.visiting import Visiting
from service.web.words import word

router = APIRouter(route_class=PageRoute)


@router.get("/consultations/{consultation_id}/history")
async def show_history(visit: Visiting, consultation_id: str) -> Response:
    """All of it."""
    asked = await visit.ask(Action.READ_CONSULTATIONS)
    found = await asked.consultation(consultation_id)
    if found is None:
        raise visit.missing("consultation")
    moment = found.view
    name = word("consultation.of", visit.language, year=moment.year, ordinal=moment.ordinal)
    return render(
        visit,
        "history.html",
        section="agenda",
        name=name,
        path=f"/cohorts/{moment.cohort_id}",
        subject=f"consultation-{consultation_id}",
        history=await told(visit, asked, f"consultation-{consultation_id}"),
    )
