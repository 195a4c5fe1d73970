"""Reading persons: from the vault, as they are now."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from service import views
from service.access import visible_persons
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Pages, one, reached
from service.erasures import Erasures
from service.problems import Problem
from service.queries import Queries
from service.reading import Reading

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)], tags=["persons"])


async def _asked(house: House, caller: Asking) -> Queries:
    partners = await visible_persons(house, caller)
    return Queries(house, Reading(day=house.day_of(await house.now())), partners=partners)


Asked = Annotated[Queries, Depends(_asked)]


@router.get("/v1/persons", operation_id="listPersons", response_model_exclude_none=True)
async def list_persons(asked: Asked, pages: Pages) -> views.Collection[views.PersonView]:
    """Persons of the vault; those around its own partners for who may see no others."""
    return await pages.of(await asked.persons())


@router.get("/v1/persons/{personId}", operation_id="getPerson", response_model_exclude_none=True)
async def get_person(
    response: Response, asked: Asked, person_id: Annotated[str, Path(alias="personId")]
) -> views.PersonView:
    """One person."""
    found = await asked.person(person_id)
    if found is None and (erased_on := await Erasures(asked.house).erased_on(person_id)):
        raise Problem.not_found("person.erased", erasedOn=erased_on)
    return await one(response, asked, found, "person")
