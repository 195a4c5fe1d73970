"""What is coming up, what is overdue, and the consultation moments."""

from fastapi import APIRouter, Response

from service.auth.policy import Action
from service.web.duties import duties
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.visiting import Visiting

router = APIRouter(route_class=PageRoute)


@router.get("/agenda")
async def show_agenda(visit: Visiting) -> Response:
    """By date."""
    asked = await visit.ask(Action.READ_CONSULTATIONS)
    due = await duties(visit)
    moments = [one.view for one in await asked.consultations()]
    return render(
        visit,
        "agenda.html",
        section="agenda",
        overdue=[one for one in due if one.when == "overdue"],
        upcoming=[one for one in due if one.when == "upcoming"],
        later=[one for one in due if one.when == "later"],
        before=[one for one in due if one.when == "before"],
        consultations=sorted(moments, key=lambda one: (one.year, one.ordinal), reverse=True),
        cohorts={one.view.cohort_id: one.view.name for one in await asked.cohorts()},
    )
