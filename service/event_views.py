"""One event for a reader: as CloudEvents 1.0 has it, and with all that is on record around it."""

import base64
from datetime import date
from typing import Any

from pydantic import Field

from events.catalogue.correction import EventCorrected
from events.envelope import Recorded, to_micros
from events.log.entry import recorded_at_text
from service.auth.tokens import Caller
from service.browsing import Around
from service.correcting import changes_in
from service.histories import item, mentions
from service.house import Errera
from service.queries import Queries
from service.reading import Reading
from service.texts import Language
from service.views import SourceView, View


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


async def event_view(house: Errera, found: Around, language: Language, caller: Caller) -> EventView:
    """What is on record about an event; persons and prose by their ids."""
    one = found.event
    names = await nameless(house).names(mentions([one]))
    changed = (await changes_in(house, [one])).get(one.position, ())
    told = item(one, names, language, found.corrected_by[-1] if found.corrected_by else None, changed)
    return EventView(
        **cloud_event(house, one),
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


def cloud_event(house: Errera, one: Recorded[Any]) -> dict[str, Any]:
    """As the fields of a CloudEvent."""
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
