"""The log as CloudEvents 1.0, in position order."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from events.envelope import Recorded, to_micros
from events.log.entry import recorded_at_text
from events.store.port import UnreadableEventError
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, reached
from service.api.waiting import Waiting
from service.auth.policy import Action, judge
from service.house import Errera
from service.views import View

router = APIRouter(route_class=StrictRoute, dependencies=[Depends(reached)])

LONGEST_WAIT: Final = 30


class CloudEvent(View):
    """One event, as CloudEvents 1.0 has it; `subject` is its stream."""

    specversion: str = "1.0"
    id: str
    source: str
    type: str = Field(examples=["errera.AgreementSigned.v1"])
    subject: str
    time: str
    datacontenttype: str = "application/json"
    position: int
    recordedat: str
    effectiveon: str | None = None
    actor: str
    data: dict[str, Any]


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
) -> Feed:
    """Events from the position after `after`."""
    judge(caller, Action.READ_EVENT_FEED)
    recorded = await _readable(house, after, limit)
    if not recorded and wait_seconds:
        waiting: Waiting = request.app.state.waiting
        if await waiting.until(house.store.grown(after, wait_seconds), request):
            recorded = await _readable(house, after, limit)
    return Feed(items=[_cloud_event(house, one) for one in recorded])


async def _readable(house: Errera, after: int, limit: int) -> Sequence[Recorded[Any]]:
    """The log up to one that cannot be read; that one is told when it comes first."""
    try:
        return await house.store.read_log(after, limit)
    except UnreadableEventError as error:
        if error.position == after + 1:
            raise
        return await house.store.read_log(after, limit, until=error.position - 1)


def _cloud_event(house: Errera, one: Recorded[Any]) -> CloudEvent:
    recorded_at = recorded_at_text(to_micros(one.recorded_at))
    return CloudEvent(
        id=one.event_id,
        source="/v1/events",
        type=f"errera.{one.type}.v{one.schema_version}",
        subject=one.stream,
        time=recorded_at,
        position=one.position,
        recordedat=recorded_at,
        effectiveon=one.effective_on,
        actor=one.actor,
        data=house.store.codec.plain(one.event),
    )
