"""What changed in what the register knows, between two instants."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Response

from domain import labels, wording
from domain.labels import Language
from domain.references import mentioned
from domain.refusals import Refused
from domain.values import PartialDate
from events.envelope import to_micros
from events.log.entry import recorded_at_text
from service.api.knowledge import filed, readable
from service.auth.policy import Action, judge
from service.event_views import nameless
from service.knowing import KINDS, Kind, Knowing, Learned
from service.problems import Issue, Problem
from service.sheet_words import flat
from service.sheets import Format
from service.web.links import address
from service.web.rendering import began_text, instant_input, render
from service.web.route import PageRoute
from service.web.visiting import Visit, Visiting, instant_of
from service.web.words import word

router = APIRouter(route_class=PageRoute)

_SHOWN: Final = 25
_LONGEST: Final = 9
_WORDS: Final[Mapping[str, labels.Group]] = {
    "predicate": "predicate",
    "sourceKind": "sourceKind",
    "precision": "precision",
}


@router.get("/knowledge")
async def show_knowledge(visit: Visiting) -> Response:
    """The objects that were known otherwise: which fields, and because of which events."""
    given = {name: visit.request.query_params.get(name, "").strip() for name in ("from", "to", "about", "after")}
    learned: Learned | None = None
    before = ""
    fields = {"from": "", "to": ""}
    compared: tuple[datetime, datetime] | None = None
    if given["from"]:
        compared = first, second = _instants(visit, given)
        fields = {
            "from": instant_input(visit, first),
            "to": instant_input(visit, _whole(second)) if given["to"] else "",
        }
        before = began_text(visit, visit.began) if visit.began is None or first < visit.began else ""
        learned = await _learned(visit, first, second, given)
    names: Mapping[str, str] = {}
    if learned is not None:
        values = {one.href: {field.field: [field.old, field.new] for field in one.fields} for one in learned.items}
        names = await nameless(visit.house).names(set(mentioned(values)))
    older = None
    start = _start(given["after"])
    if learned is not None and compared is not None and start + _SHOWN < learned.total and not given["about"]:
        pinned = {"to": _exact(compared[1]), "after": str(start + _SHOWN)}
        older = address("/knowledge", {**given, **visit.given, **pinned})
    return render(
        visit,
        "knowledge.html",
        section="",
        given_instants={**given, **fields},
        compared=compared,
        exactly=[_exact(one) for one in compared or ()],
        files=_files(visit, given, compared),
        learned=learned,
        before=before,
        more=older,
        shown=lambda kind, field, value: _shown(visit, kind, field, value, names),
        paths={"partner": "/partners/", "cohort": "/cohorts/", "agreement": "/agreements/"},
    )


def _instants(visit: Visit, given: dict[str, str]) -> tuple[datetime, datetime]:
    first = _asked(visit, "from", given["from"])
    second = _asked(visit, "to", given["to"]) if given["to"] else visit.now
    if first > second:
        raise Problem.bad_request([Issue(code="knowledge.backwards", place="query", name="from", value=given["from"])])
    return first, second


def _whole(instant: datetime) -> datetime:
    """To a whole second, and not before: a field holds no more, and what was known then stays known."""
    return instant + timedelta(microseconds=-instant.microsecond % 1_000_000)


async def _learned(visit: Visit, first: datetime, second: datetime, given: dict[str, str]) -> Learned:
    queries = await readable(visit.house, visit.caller, visit.reading)
    knowing = Knowing(visit.house, queries, first, second)
    kind, _, identity = given["about"].partition("-")
    for one in KINDS:
        if one == kind and identity:
            found = list((await knowing.of([(one, identity)], visit.language)).values())
            return Learned(found, len(found))
    return await knowing.page(visit.language, _start(given["after"]), _SHOWN)


@router.get("/knowledge/file")
async def get_knowledge(visit: Visiting) -> Response:
    """All that the page compares, as a file."""
    judge(visit.caller, Action.EXPORT_DATA)
    given = {name: visit.request.query_params.get(name, "").strip() for name in ("from", "to")}
    first, second = _instants(visit, given)
    learned = await Knowing(visit.house, await readable(visit.house, visit.caller, visit.reading), first, second).page(
        visit.language
    )
    kind: Format = "xlsx" if visit.request.query_params.get("format") == "xlsx" else "csv"
    return await filed(visit.house, kind, (visit.reading, first, second), learned.items, visit.language)


def _files(
    visit: Visit, given: Mapping[str, str], compared: tuple[datetime, datetime] | None
) -> Mapping[str, str] | None:
    """What to ask for the same as a file; None where there is nothing yet, or not for this visitor."""
    if compared is None or given["about"] or not visit.exports:
        return None
    return {"from": _exact(compared[0]), "to": _exact(compared[1])}


def _start(after: str) -> int:
    return int(after) if after.isascii() and after.isdigit() and len(after) <= _LONGEST else 0


def _exact(instant: datetime) -> str:
    return recorded_at_text(to_micros(instant))


def _asked(visit: Visit, name: str, text: str) -> datetime:
    try:
        return instant_of(text, visit.house)
    except Refused as refused:
        raise Problem.bad_request([Issue.of(refused, place="query", name=name)]) from None


def _written(value: Any, names: Mapping[str, str], language: Language) -> str:
    """A value with parts: things by their names instead of their ids, the rest under its labels."""
    match value:
        case dict():
            return ", ".join(dict.fromkeys(_part(key, part, names, language) for key, part in value.items()))
        case list():
            return "; ".join(_written(part, names, language) for part in value)
        case str():
            return names.get(value) or value
        case _:
            return flat(value)


def _part(key: str, value: Any, names: Mapping[str, str], language: Language) -> str:
    named = names.get(value) if isinstance(value, str) else None
    return named or f"{labels.label('field', key, language)}: {_written(value, names, language)}"


def _shown(visit: Visit, kind: Kind, field: str, value: Any, names: Mapping[str, str]) -> str:
    """A value as people write it."""
    language = visit.language
    if value in (None, [], ""):
        return word("knowledge.nothing", language)
    match value:
        case bool():
            return word("knowledge.yes" if value else "knowledge.no", language)
        case str() if field in _WORDS:
            return labels.label(_WORDS[field], value, language)
        case str() if field == "status":
            return labels.label("agreementStatus" if kind == "agreement" else "consultationStatus", value, language)
        case str():
            try:
                PartialDate.parse(value)
            except Refused:
                return _written(value, names, language)
            return wording.date_text(value, language)
        case _:
            return _written(value, names, language)
