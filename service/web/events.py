"""The log for people: looking through it, one event with all that is on record around it, and its proof."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from fastapi import APIRouter, Response

from domain.read_models.chains import CATEGORIES
from domain.values import parse_instant
from events.log.sealed import NotSealedError
from service.auth.policy import Action, judge
from service.browsing import Browsing, Filter
from service.correcting import changes_in
from service.event_views import EventView, event_view, nameless
from service.finding import CATEGORIES as OBJECTS
from service.histories import item, mentions
from service.problems import Problem
from service.views import HistoryItem
from service.web.links import address, segment
from service.web.rendering import render
from service.web.route import PageRoute
from service.web.sources import actor
from service.web.visiting import Visit, Visiting

router = APIRouter(route_class=PageRoute)

_SHOWN: Final = 50
_NAMES: Final = ("stream", "category", "correlationId", "causationId")
_LONGEST_POSITION: Final = 18


@dataclass(frozen=True, slots=True)
class Line:
    """An event in the list."""

    item: HistoryItem
    stream: str
    actor: str


@router.get("/events")
async def show_events(visit: Visiting) -> Response:
    """The log, the last event first: all of it, or some."""
    judge(visit.caller, Action.READ_EVENT_FEED)
    given = {name: visit.request.query_params.get(name, "").strip() for name in _NAMES}
    found = await Browsing(visit.house).before(_position(visit, "before"), _SHOWN, _filter(given))
    queries = nameless(visit.house)
    names = await queries.names(mentions(found.events))
    changes = await changes_in(visit.house, found.events)
    lines = [
        Line(
            item(one, names, visit.language, None, changes.get(one.position, ())),
            one.stream,
            actor(visit, one.actor, {}),
        )
        for one in found.events
    ]
    older = address("/events", {**given, "before": str(found.before)}) if found.before else None
    return render(
        visit,
        "events.html",
        section="events",
        lines=lines,
        given=given,
        categories=sorted(CATEGORIES),
        older=older,
    )


@router.get("/events/{position}")
async def show_event(visit: Visiting, position: str) -> Response:
    """One event: what it says, what its bytes are, and what has to do with it."""
    judge(visit.caller, Action.READ_EVENT_FEED)
    view = await _event(visit, position)
    return render(
        visit,
        "event.html",
        section="events",
        event=view,
        actor=actor(visit, view.actor, {}),
        type=view.type.split(".")[1],
        subject=_page_of(view.subject),
        data=json.dumps(view.data, ensure_ascii=False, indent=2),
        around=_around(view),
        proof=f"/events/{view.position}/proof",
        change=_change(view),
    )


@router.get("/events/{position}/proof")
async def get_proof(visit: Visiting, position: str) -> Response:
    """That it is in the log, as a file that is checked without us."""
    judge(visit.caller, Action.VERIFY_AUDIT)
    number = _number(position)
    try:
        proof = await visit.house.audit.tlog_proof(number)
    except NotSealedError:
        raise Problem.not_found("event.unknown") from None
    named = {"Content-Disposition": f'attachment; filename="event-{number}.tlog-proof"', "Cache-Control": "no-store"}
    return Response(proof, media_type="text/plain; charset=utf-8", headers=named)


async def _event(visit: Visit, position: str) -> EventView:
    found = await Browsing(visit.house).around(_number(position))
    if found is None:
        raise Problem.not_found("event.unknown")
    return await event_view(visit.house, found, visit.language, visit.caller)


def _around(view: EventView) -> Sequence[tuple[str, Sequence[int]]]:
    """Other events, by how they have to do with this one: as keys of the words."""
    return [
        (key, positions)
        for key, positions in (
            ("event.corrects", [view.corrects] if view.corrects else []),
            ("event.correctedBy", view.corrected_by),
            ("event.cause", [view.cause] if view.cause else []),
            ("event.caused", view.caused),
            ("event.recordedWith", view.recorded_with),
        )
        if positions
    ]


def _change(view: EventView) -> str | None:
    """Where the register's knowledge just before it is compared with that just after."""
    if view.subject.partition("-")[0] not in OBJECTS:
        return None
    before = parse_instant(view.recordedat) - timedelta(microseconds=1)
    asked = {"about": view.subject, "from": before.isoformat(), "to": view.recordedat}
    return address("/knowledge", asked)


def _page_of(stream: str) -> str | None:
    category, _, identity = stream.partition("-")
    return f"/{category}s/{segment(identity)}" if category in {"partner", "cohort", "agreement"} else None


def _filter(given: dict[str, str]) -> Filter:
    return Filter(
        stream=given["stream"] or None,
        category=given["category"] or None,
        correlation_id=given["correlationId"] or None,
        causation_id=given["causationId"] or None,
    )


def _position(visit: Visit, name: str) -> int | None:
    text = visit.request.query_params.get(name, "").strip()
    return _number(text) if text else None


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_POSITION):
        raise Problem.not_found("event.unknown")
    return int(text)
