"""The dossier: everything the record says of a programme on a day, with its proofs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import AtReading, House, Lang, reached
from service.dossier.answering import Format, accepted, answer
from service.dossier.making import Asked
from service.texts import Language

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)], tags=["dossiers"])


@router.get(
    "/v1/dossiers",
    operation_id="getDossier",
    response_class=Response,
    responses={200: {"content": {"text/html": {}, "application/pdf": {}}, "description": "The dossier."}},
)
async def get_dossier(
    request: Request,
    house: House,
    caller: Asking,
    at: AtReading,
    negotiated: Lang,
    cohort_id: Annotated[
        str | None, Query(alias="cohortId", description="One cohort; else those whose term covers the day.")
    ] = None,
    language: Annotated[Language | None, Query(description="Else the one of Accept-Language.")] = None,
    persons: Annotated[
        bool | None, Query(description="Persons by name, for who may see that; else by their ids.")
    ] = None,
    output: Annotated[Format | None, Query(alias="format", description="Else what Accept asks for; else html.")] = None,
) -> Response:
    """The record on a day, as known at an instant: the same answer whenever it is asked for."""
    asked = Asked(
        day=at.day, known_at=at.known_at, cohort_id=cohort_id, language=language or negotiated, persons=bool(persons)
    )
    return await answer(house, caller, asked, output or accepted(request.headers.get("accept", "")))
