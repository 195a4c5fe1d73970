"""The history of one thing: a sentence for each event, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.references import mentioned
from domain.sentences import sentence
from domain.sentences.changes import Changed
from domain.values import last_day
from events.catalogue.correction import EventCorrected
from events.envelope import Recorded, to_micros
from events.log.entry import recorded_at_text
from service import views
from service.correcting import changes_in
from service.finding import Page, told_at
from service.queries import Found, Queries, Several
from service.texts import Language


async def history(
    asked: Queries, subject: str, language: Language, page: Page | None = None
) -> Several[views.HistoryItem]:
    """A subject's events that were known and in effect under the reading, as far as they are for the reader."""
    store = asked.house.store
    own = await store.read_stream(subject)
    told = await store.read_at(await told_at(asked.house, [subject]))
    recorded = sorted([*own, *told], key=lambda one: one.position)
    known_at, day = asked.reading.known_at, asked.reading.day
    known = [one for one in recorded if known_at is None or one.recorded_at <= known_at]
    corrected = corrected_by(known)
    owner = next((str(one.event.partner_id) for one in recorded if hasattr(one.event, "partner_id")), None)
    shown = [
        one
        for one in known
        if asked.may_tell(subject, one.event, owner) and (not asked.reading.asked or _effective(one, day.isoformat()))
    ]
    some = shown if page is None else shown[page.start : page.start + page.size]
    changes = await changes_in(asked.house, some, {subject: own})
    names = await asked.names({*mentions(some), subject.partition("-")[2]})
    items = [
        Found(item(one, names, language, corrected.get(one.position), changes.get(one.position, ())), one.version)
        for one in some
    ]
    return Several(items, len(shown))


def corrected_by(recorded: Iterable[Recorded[Any]]) -> Mapping[int, int]:
    """Where the last correction of each stands that is corrected."""
    return {one.event.position: one.position for one in recorded if isinstance(one.event, EventCorrected)}


def mentions(recorded: Iterable[Recorded[Any]]) -> set[str]:
    """The ids of what these events name."""
    return {one_id for one in recorded for one_id in mentioned(one.event)}


def item(
    one: Recorded[Any],
    names: Mapping[str, str],
    language: Language,
    corrected_by: int | None,
    changed: Sequence[Changed] = (),
) -> views.HistoryItem:
    """One event for a reader; of a correction with what it changed."""
    return views.HistoryItem(
        position=one.position,
        href=f"/v1/events/{one.position}",
        inclusion_proof=f"/v1/log/inclusionProofs?position={one.position}",
        type=one.type,
        sentence=sentence(one.event, language, names, changed),
        actor=one.actor,
        effective_on=one.effective_on,
        effective_on_kind=one.effective_on_kind,
        recorded_at=recorded_at_text(to_micros(one.recorded_at)),
        sources=[
            views.SourceView(document=source.document, lines=list(source.lines), published_on=source.published_on)
            for source in one.sources
        ],
        corrects=one.event.position if isinstance(one.event, EventCorrected) else None,
        corrected_by=corrected_by,
    )


def _effective(one: Recorded[Any], day: str) -> bool:
    return one.effective_on is None or last_day(one.effective_on).isoformat() <= day
