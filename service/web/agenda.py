"""What is coming up, what is overdue, and the consultation moments."""

from fastapi import APIRouter, Response

from service.auth.policy import Action
from service.finding import Wanted
from service.web.duties import duties
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.visiting import Visiting

router = APIRouter(route_class=PageRoute)


@router.get("/agenda")
async def show_agenda(visit: Visiting) -> Response:
    """By date; what is from before last year where it is asked for."""
    asked = await visit.ask(Action.READ_CONSULTATIONS)
    earlier = visit.request.query_params.get("earlier") == "yes"
    due = await duties(visit, earlier=earlier)
    wanted = Wanted(category="consultation", year_from=None if earlier else visit.day.year - 1)
    moments = [one.view for one in await asked.consultations_that(wanted)]
    return render(
        visit,
        "agenda.html",
        section="agenda",
        overdue=[one for one in due if one.when == "overdue"],
        upcoming=[one for one in due if one.when == "upcoming"],
        later=[one for one in due if one.when == "later"],
        before=[one for one in due if one.when == "before"],
        consultations=sorted(moments, key=lambda one: (one.year, one.ordinal), reverse=True),
        cohorts={one.cohort_id: one.name for one in await asked.cohort_outlines()},
        earlier=earlier,
    )
