"""The log as CloudEvents 1.0, in position order."""

import base64
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from events.catalogue.correction import EventCorrected
from events.envelope import Recorded, to_micros
from events.log.entry import recorded_at_text
from events.store.port import UnreadableEventError
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Lang, reached
from service.api.waiting import Waiting
from service.auth.policy import Action, judge
from service.auth.tokens import Caller
from service.browsing import Around, Browsing, Filter
from service.correcting import changes_in
from service.histories import item, mentions
from service.house import Errera
from service.problems import Problem
from service.queries import Queries
from service.reading import Reading
from service.texts import Language
from service.views import SourceView, View

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
    correlationid: str = Field(description="The command that the chain of events goes back to.")
    causationid: str | None = Field(default=None, description="The id of the event that caused it.")
    data: dict[str, Any]


class EventView(CloudEvent):
    """One event, with what is on record around it; the others by position."""

    href: str
    sentence: str
    stream_version: int
    effective_on_kind: str | None = None
    sources: list[SourceView] = []
    entry_size: int = Field(description="Bytes of its entry in the log.")
    entry_hash: str = Field(description="The leaf hash of RFC 6962 over these bytes, in base64.")
    inclusion_proof: str
    recorded_with: list[int] = Field(description="What the same command recorded beside it.")
    cause: int | None = None
    caused: list[int]
    corrects: int | None = None
    corrected_by: list[int]
    reason: str | None = Field(None, description="Why it corrects; for programme managers and auditors.")


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
    return Feed(items=[CloudEvent(**_cloud_event(house, one)) for one in recorded])


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


async def event_view(house: Errera, found: Around, language: Language, caller: Caller) -> EventView:
    """What is on record about an event; persons and prose by their ids."""
    one = found.event
    names = await nameless(house).names(mentions([one]))
    changed = (await changes_in(house, [one])).get(one.position, ())
    told = item(one, names, language, found.corrected_by[-1] if found.corrected_by else None, changed)
    return EventView(
        **_cloud_event(house, one),
        href=told.href,
        sentence=told.sentence,
        stream_version=one.version,
        effective_on_kind=one.effective_on_kind,
        sources=told.sources,
        entry_size=len(found.entry),
        entry_hash=base64.b64encode(found.hash).decode(),
        inclusion_proof=told.inclusion_proof,
        recorded_with=list(found.together),
        cause=found.cause,
        caused=list(found.caused),
        corrects=found.corrects,
        corrected_by=list(found.corrected_by),
        reason=await _reason(house, one.event) if caller.role != "client" else None,
    )


async def _reason(house: Errera, event: object) -> str | None:
    """Why something was corrected, while the vault has it."""
    if not isinstance(event, EventCorrected):
        return None
    content = (await house.vault.get([event.reason.text_id])).get(event.reason.text_id)
    return None if content is None else str(content["text"])


def nameless(house: Errera) -> Queries:
    """Reads of what is known today, for whoever reads the log: it names no persons."""
    return Queries(house, Reading(day=date.max), contacts=frozenset())


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


def _cloud_event(house: Errera, one: Recorded[Any]) -> dict[str, Any]:
    recorded_at = recorded_at_text(to_micros(one.recorded_at))
    return {
        "id": one.event_id,
        "source": "/v1/events",
        "type": f"errera.{one.type}.v{one.schema_version}",
        "subject": one.stream,
        "time": recorded_at,
        "position": one.position,
        "recordedat": recorded_at,
        "effectiveon": one.effective_on,
        "actor": one.actor,
        "correlationid": one.correlation_id,
        "causationid": one.causation_id,
        "data": house.store.codec.plain(one.event),
    }
