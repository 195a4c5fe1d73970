"""The log as CloudEvents 1.0, in position order."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from events.envelope import Recorded
from events.store.port import UnreadableEventError
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Lang, reached
from service.api.waiting import Waiting
from service.auth.policy import Action, judge
from service.browsing import Browsing, Filter
from service.event_views import CloudEvent, EventView, cloud_event, event_view
from service.house import Errera
from service.problems import Problem
from service.views import View

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)])

LONGEST_WAIT: Final = 30


class Feed(View):
    """A stretch of the log."""

    items: list[CloudEvent]


@router.get("/v1/events", operation_id="listEvents", response_model_exclude_none=True, tags=["events"])
async def list_events(
    request: Request,
    house: House,
    caller: Asking,
    after: Annotated[int, Query(ge=0, le=2**62, description="The last position that the reader has.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
    wait_seconds: Annotated[
        int, Query(alias="waitSeconds", ge=0, le=LONGEST_WAIT, description="How long to wait for something new.")
    ] = 0,
    stream: Annotated[str | None, Query(description="Of this stream, as `subject` names it.")] = None,
    category: Annotated[str | None, Query(description="Of the streams of this category.")] = None,
    correlation_id: Annotated[
        str | None, Query(alias="correlationId", description="What a command recorded, and what came of it.")
    ] = None,
    causation_id: Annotated[
        str | None, Query(alias="causationId", description="What the event of this id caused.")
    ] = None,
) -> Feed:
    """Events from the position after `after`."""
    judge(caller, Action.READ_EVENT_FEED)
    wanted = Filter(stream=stream, category=category, correlation_id=correlation_id, causation_id=causation_id)
    recorded = await _readable(house, after, limit, wanted)
    if not recorded and wait_seconds:
        waiting: Waiting = request.app.state.waiting
        if await waiting.until(house.store.grown(after, wait_seconds), request):
            recorded = await _readable(house, after, limit, wanted)
    return Feed(items=[CloudEvent(**cloud_event(house, one)) for one in recorded])


@router.get("/v1/events/{position}", operation_id="getEvent", response_model_exclude_none=True, tags=["events"])
async def get_event(
    response: Response,
    house: House,
    caller: Asking,
    language: Lang,
    position: Annotated[int, Path(ge=1, le=2**62)],
) -> EventView:
    """One event: envelope and data, its entry's hash, what corrected it and what it caused."""
    judge(caller, Action.READ_EVENT_FEED)
    found = await Browsing(house).around(position)
    if found is None:
        raise Problem.not_found("event.unknown")
    response.headers["Content-Language"] = language
    return await event_view(house, found, language, caller)


async def _readable(house: Errera, after: int, limit: int, wanted: Filter) -> Sequence[Recorded[Any]]:
    """The log up to one that cannot be read; that one is told when it comes first."""
    if wanted != Filter():
        return await Browsing(house).after(after, limit, wanted)
    try:
        return await house.store.read_log(after, limit)
    except UnreadableEventError as error:
        if error.position == after + 1:
            raise
        return await house.store.read_log(after, limit, until=error.position - 1)
