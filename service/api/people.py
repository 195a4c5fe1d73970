"""Reading persons: from the vault, as they are now."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from service import views
from service.access import visible
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Pages, one, reached
from service.auth.policy import Action
from service.queries import Queries
from service.reading import Reading

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)], tags=["persons"])


async def _asked(house: House, caller: Asking) -> Queries:
    partners = await visible(house, caller, Action.READ_PERSONS)
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
    return await one(response, asked, await asked.person(person_id), "person")
