"""What changed in what the register knows, between two instants."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Path, Query, Response

from service import sheets, views
from service.access import visible, visible_contacts, visible_figures
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Lang, Tables, began_after, day_asked, instant_asked, reached
from service.auth.policy import Action
from service.auth.tokens import Caller
from service.house import Errera
from service.knowing import KINDS, Kind, Knowing, Learned
from service.problems import Issue, Problem
from service.queries import Queries
from service.reading import Reading
from service.sheets import Format
from service.texts import Language

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)])

ACTIONS: Final[Mapping[Kind, Action]] = {
    "partner": Action.READ_PARTNERS,
    "cohort": Action.READ_AGREEMENTS,
    "agreement": Action.READ_AGREEMENTS,
    "consultation": Action.READ_CONSULTATIONS,
    "claim": Action.READ_CLAIMS,
}


async def readable(
    house: Errera, caller: Caller, reading: Reading, wanted: Sequence[Kind] = KINDS
) -> Mapping[Kind, Queries]:
    """Reads of each kind that the caller may see at all. Raises the 403 where that is none of them."""
    found: dict[Kind, Queries] = {}
    refused: Problem | None = None
    figures, contacts = await visible_figures(house, caller), await visible_contacts(house, caller)
    for kind in wanted:
        try:
            partners = await visible(house, caller, ACTIONS[kind])
        except Problem as problem:
            refused = problem
            continue
        found[kind] = Queries(house, reading, partners=partners, figures=figures, contacts=contacts, claims=False)
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
    response: Response, house: House, caller: Asking, asked: Between, pages: Tables, language: Lang
) -> views.KnowledgeChanges:
    """The objects that were known otherwise, with the fields that differ and what was recorded in between."""
    reading, begin, end = asked
    knowing = Knowing(house, await readable(house, caller, reading), begin, end)
    if pages.file is not None:
        learned = await knowing.page(language)
        return cast("views.KnowledgeChanges", await filed(house, pages.file, asked, learned.items, language))
    learned = await knowing.page(language, pages.start, pages.size)
    following = pages.start + pages.size
    response.headers["Content-Language"] = language
    return await _told(
        house,
        asked,
        learned,
        pages.size,
        pages.address(following, to=_text(end)) if following < learned.total else None,
    )


async def filed(
    house: Errera,
    kind: Format,
    asked: tuple[Reading, datetime, datetime],
    items: Sequence[views.KnowledgeChange],
    language: Language,
) -> Response:
    """All of it as a file, with a row for each field."""
    reading, begin, end = asked
    rows = [
        views.KnowledgeRow(
            subject_type=one.subject.type,
            subject_id=one.subject.id or "",
            name=one.name,
            change=one.change,
            field=field.field,
            old=field.old,
            new=field.new,
            positions=" ".join(str(event.position) for event in one.events),
            href=one.href,
        )
        for one in items
        for field in one.fields
    ]
    at = replace(reading, known_at=end)
    return await sheets.response(house, kind, views.KnowledgeRow, rows, at, language, knownFrom=_text(begin))


def _changes_of(kind: Kind) -> None:
    async def get_changes(
        response: Response,
        house: House,
        caller: Asking,
        asked: Between,
        language: Lang,
        object_id: Annotated[str, Path(alias=f"{kind}Id")],
    ) -> Any:
        """How it was known otherwise at the two instants, if it was."""
        reading, begin, end = asked
        queries = await readable(house, caller, reading, [kind])
        knowing = Knowing(house, queries, begin, end)
        changes = await knowing.of([(kind, object_id)], language)
        if not changes and not await knowing.knows(kind, object_id):
            raise Problem.not_found(f"{kind}.unknown")
        response.headers["Content-Language"] = language
        return await _told(house, asked, Learned(list(changes.values()), len(changes)), 1, None)

    router.add_api_route(
        f"/v1/{kind}s/{{{kind}Id}}/knowledgeChanges",
        get_changes,
        methods=["GET"],
        operation_id=f"get{kind.capitalize()}KnowledgeChanges",
        response_model=views.KnowledgeChanges,
        response_model_exclude_none=True,
        tags=["knowledge"],
    )


for _kind in KINDS:
    _changes_of(_kind)


async def _told(
    house: Errera,
    asked: tuple[Reading, datetime, datetime],
    learned: Learned,
    size: int,
    following: str | None,
) -> views.KnowledgeChanges:
    _, begin, end = asked
    return views.KnowledgeChanges(
        items=list(learned.items),
        total=learned.total,
        known_from=_text(begin),
        known_to=_text(end),
        page_size=size,
        next=following,
        register_began=await began_after(house, begin),
    )


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
