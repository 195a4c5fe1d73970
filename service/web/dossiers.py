"""Asking for a dossier."""

from typing import Final

from fastapi import APIRouter, Response

from service.auth.policy import Action
from service.dossier import pdf
from service.dossier.answering import Format, answer, check
from service.dossier.making import Asked
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.visiting import Visiting

router = APIRouter(route_class=PageRoute)

_FORMATS: Final[dict[str, Format]] = {"html": "html", "pdf": "pdf"}


@router.get("/dossiers")
async def show_form(visit: Visiting) -> Response:
    """On which day, as known when, of which cohort, and in what form."""
    check(visit.caller)
    asked = await visit.ask(Action.READ_AGREEMENTS)
    return render(
        visit,
        "dossiers.html",
        section="overview",
        cohorts=[one.view for one in await asked.cohorts()],
        chosen=visit.request.query_params.get("cohortId", ""),
        formats=[name for name in _FORMATS if name != "pdf" or pdf.AVAILABLE],
        with_persons=visit.may(Action.READ_PERSONS),
    )


@router.get("/dossiers/file")
async def show_dossier(visit: Visiting) -> Response:
    """The dossier itself."""
    query = visit.request.query_params
    asked = Asked(
        day=visit.day,
        known_at=visit.reading.known_at,
        cohort_id=query.get("cohortId") or None,
        language=visit.language,
        persons=query.get("persons") == "true",
    )
    return await answer(visit.house, visit.caller, asked, _FORMATS.get(query.get("format", ""), "html"))
