"""What changed in what the register knows, between two instants."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Response

from service import views
from service.access import visible, visible_contacts, visible_figures
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Lang, Pages, began_after, day_asked, instant_asked, reached
from service.auth.policy import Action
from service.auth.tokens import Caller
from service.finding import CATEGORIES, Category
from service.house import Errera
from service.knowing import Knowing
from service.problems import Issue, Problem
from service.queries import Queries
from service.reading import Reading

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)])

ACTIONS: Final[Mapping[Category, Action]] = {
    "partner": Action.READ_PARTNERS,
    "cohort": Action.READ_AGREEMENTS,
    "agreement": Action.READ_AGREEMENTS,
    "consultation": Action.READ_CONSULTATIONS,
}


async def readable(
    house: Errera, caller: Caller, reading: Reading, wanted: Sequence[Category] = CATEGORIES
) -> Mapping[Category, Queries]:
    """Reads of each category that the caller may see at all. Raises the 403 where that is none of them."""
    found: dict[Category, Queries] = {}
    refused: Problem | None = None
    figures, contacts = await visible_figures(house, caller), await visible_contacts(house, caller)
    for category in wanted:
        try:
            partners = await visible(house, caller, ACTIONS[category])
        except Problem as problem:
            refused = problem
            continue
        found[category] = Queries(house, reading, partners=partners, figures=figures, contacts=contacts, claims=False)
    if not found and refused is not None:
        raise refused
    return found


async def between(
    house: House,
    first: Annotated[
        str, Query(alias="from", description="The earlier instant of knowledge.", examples=["2026-12-01T00:00:00Z"])
    ],
    second: Annotated[
        str | None, Query(alias="to", description="The later one; without it, now.", examples=["2026-12-24T00:00:00Z"])
    ] = None,
    as_of: Annotated[
        str | None, Query(alias="asOf", description="What was true on this day.", examples=["2019-06-30"])
    ] = None,
) -> tuple[Reading, datetime, datetime]:
    """The day, and the two instants."""
    now = await house.now()
    begin = instant_asked("from", first)
    end = now if second is None else instant_asked("to", second)
    if begin > end:
        raise Problem.bad_request([Issue(code="knowledge.backwards", place="query", name="from", value=first)])
    reading = Reading(day=house.day_of(now))
    if as_of is not None:
        reading = replace(reading, day=day_asked("asOf", as_of), asked=True)
    return reading, begin, end


Between = Annotated[tuple[Reading, datetime, datetime], Depends(between)]


@router.get(
    "/v1/knowledgeChanges", operation_id="listKnowledgeChanges", response_model_exclude_none=True, tags=["knowledge"]
)
async def list_knowledge_changes(
    response: Response, house: House, caller: Asking, asked: Between, pages: Pages, language: Lang
) -> views.KnowledgeChanges:
    """The objects that were known otherwise, with the fields that differ and what was recorded in between."""
    reading, begin, end = asked
    queries = await readable(house, caller, reading)
    learned = await Knowing(house, queries, begin, end).page(language, pages.start, pages.size)
    response.headers["Content-Language"] = language
    return await _told(house, asked, learned.items, pages.size, pages.address(learned.next) if learned.next else None)


def _changes_of(category: Category) -> None:
    async def get_changes(
        response: Response,
        house: House,
        caller: Asking,
        asked: Between,
        language: Lang,
        object_id: Annotated[str, Path(alias=f"{category}Id")],
    ) -> Any:
        """How it was known otherwise at the two instants, if it was."""
        reading, begin, end = asked
        queries = await readable(house, caller, reading, [category])
        after = queries[category].under(replace(reading, known_at=end))
        changes = await Knowing(house, queries, begin, end).of([(category, object_id)], language)
        if not changes and not await after.some(category, [object_id]):
            raise Problem.not_found(f"{category}.unknown")
        response.headers["Content-Language"] = language
        return await _told(house, asked, list(changes.values()), 1, None)

    router.add_api_route(
        f"/v1/{category}s/{{{category}Id}}/knowledgeChanges",
        get_changes,
        methods=["GET"],
        operation_id=f"get{category.capitalize()}KnowledgeChanges",
        response_model=views.KnowledgeChanges,
        response_model_exclude_none=True,
        tags=["knowledge"],
    )


for _category in CATEGORIES:
    _changes_of(_category)


async def _told(
    house: Errera,
    asked: tuple[Reading, datetime, datetime],
    items: Sequence[views.KnowledgeChange],
    size: int,
    following: str | None,
) -> views.KnowledgeChanges:
    _, begin, end = asked
    return views.KnowledgeChanges(
        items=list(items),
        known_from=_text(begin),
        known_to=_text(end),
        page_size=size,
        next=following,
        register_began=await began_after(house, begin),
    )


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
