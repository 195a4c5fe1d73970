"""Templates, with the reader's words, dates and links in them."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from domain import labels, wording
from domain.labels import Language
from service.auth.policy import Action
from service.problems import Problem
from service.texts import detail
from service.web.links import address, segment
from service.web.visiting import Visit, house_of, language_of
from service.web.words import WORDS, word

_HERE: Final = Path(__file__).parent
_NAV: Final = (
    ("overview", "/", Action.READ_AGREEMENTS),
    ("agreements", "/agreements", Action.READ_AGREEMENTS),
    ("partners", "/partners", Action.READ_PARTNERS),
    ("agenda", "/agenda", Action.READ_CONSULTATIONS),
    ("reminders", "/reminders", Action.READ_REMINDERS),
    ("claims", "/claims", Action.READ_CLAIMS),
    ("persons", "/persons", Action.ERASE_PERSONS),
    ("events", "/events", Action.READ_EVENT_FEED),
)

_IN_PART: Final = frozenset({Action.ERASE_PERSONS})
"""Of these nobody may all, and most may part: the page says what."""

environment: Final = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def capital(text: str) -> str:
    """The text as the start of a sentence."""
    return text[:1].upper() + text[1:]


environment.filters["capital"] = capital
environment.globals["segment"] = segment
environment.globals["style"] = (
    f"/static/errera.css?v={hashlib.sha256((_HERE / 'static' / 'errera.css').read_bytes()).hexdigest()[:12]}"
)


def render(visit: Visit, template: str, *, section: str = "", status: int = 200, **context: Any) -> HTMLResponse:
    """A page for a visit. `section` is the part of the main menu that it belongs to."""
    language = visit.language
    content = environment.get_template(template).render(
        **_speaking(visit.request, language),
        **_reading(visit),
        visit=visit,
        section=section,
        nav=[(name, path) for name, path, action in _NAV if visit.may(action) or action in _IN_PART],
        **context,
    )
    return _page(content, language, status)


async def render_failure(request: Request, problem: Problem) -> Response:
    """What is wrong. Whoever is signed in keeps the menu; whoever is not sees nothing of the register."""
    visit: Visit | None = getattr(request.state, "visit", None)
    language = language_of(request)
    wrong_dates = {issue.name: issue for issue in problem.issues if issue.name in {"asOf", "knownAt"}}
    began = problem.facts.get("began")
    details = _details(problem, language)
    if problem.code == "register.notBegun" and visit is not None:
        details = [began_text(visit, began)]
    context = {
        "problem": problem,
        "details": details,
        "wrong_dates": wrong_dates,
        "trace": request.scope.get("state", {}).get("trace_id", ""),
        "title": word(f"error.{problem.status}" if f"error.{problem.status}" in WORDS else "error.other", language),
    }
    if visit is not None:
        page: Response = render(visit, "error.html", status=problem.status, **context)
    else:
        page = render_outside(request, "error.html", status=problem.status, visit=None, nav=[], section="", **context)
    page.headers.update(problem.headers)
    return page


def render_outside(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page for whoever is not signed in."""
    language = language_of(request)
    content = environment.get_template(template).render(**_speaking(request, language), **context)
    return _page(content, language, status)


def began_text(visit: Visit, began: datetime | None) -> str:
    """That the register knew nothing yet."""
    if began is None:
        return word("reading.registerEmpty", visit.language)
    return word("reading.beforeRegister", visit.language, instant=instant_text(visit.request, began, visit.language))


def instant_text(request: Request, instant: datetime | str, language: Language) -> str:
    """An instant on the agency's wall clock: `op 29 maart 2027 om 9.30 uur`."""
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    local = at.astimezone(house_of(request).settings.zone).replace(second=0, microsecond=0)
    return wording.on_instant(local.isoformat(), language)


def _page(content: str, language: Language, status: int) -> HTMLResponse:
    headers = {"Content-Language": language, "Cache-Control": "no-store", "Vary": "Cookie"}
    return HTMLResponse(content, status, headers=headers)


def _details(problem: Problem, language: Language) -> list[str]:
    if problem.issues:
        return [
            word(f"reading.error.{issue.name}", language, value=str(issue.value or "")[:60])
            for issue in problem.issues
            if f"reading.error.{issue.name}" in WORDS
        ]
    match problem.status:
        case 403:
            role = labels.label("role", str(problem.facts.get("role", "client")), language)
            return [word("error.403.detail", language, role=role)]
        case 404:
            return [word("error.404.detail", language)]
        case 401:
            return []
        case _:
            return [word("error.500.detail", language)]


def _speaking(request: Request, language: Language) -> Mapping[str, Any]:
    """The functions that templates speak with."""
    other: Language = "en" if language == "nl" else "nl"
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    return {
        "language": language,
        "other_language": other,
        "t": lambda key, **facts: word(key, language, **facts),
        "label": lambda group, key: labels.label(group, str(key), language),
        "date": lambda text: wording.date_text(str(text), language),
        "on": lambda text: wording.on_date(str(text), language),
        "by": lambda text: wording.by_date(str(text), language),
        "period": lambda first, last: wording.period_text(first, last, language),
        "instant": partial(_instant, request, language),
        "share": lambda text: wording.share_text(text, language),
        "roles": lambda roles: wording.listed([labels.label("role", one, language) for one in roles], language),
        "offsets": lambda texts: ", ".join(wording.offset_text(one, language) for one in texts),
        "months": lambda numbers: wording.listed([wording.month(one, language) for one in numbers], language),
        "decimal": lambda text: wording.decimal_text(text, language),
        "ordinal": lambda number: wording.ordinal_text(number, language),
        "claimed": lambda value, precision: wording.claimed_value(value, precision, language),
        "enterprise_number": wording.enterprise_number_text,
        "switch": address(request.url.path, {**query, "lang": other}),
        "read_only": _read_only(request, language),
    }


def _read_only(request: Request, language: Language) -> str | None:
    """Why nothing can be written, on every page, if so."""
    house = getattr(request.app.state, "errera", None) if "app" in request.scope else None
    why = None if house is None else house.store.read_only
    if why is None:
        return None
    problem = Problem.read_only(why)
    return detail(problem.code, language, problem.facts)


def _instant(request: Request, language: Language, text: str | datetime) -> str:
    return instant_text(request, text, language)


def _reading(visit: Visit) -> Mapping[str, Any]:
    """The day, the instant, and links that keep them."""

    def link(path: str, **query: str) -> str:
        return address(path, {**query, **visit.given})

    notice = ""
    if visit.before_register:
        notice = began_text(visit, visit.began)
    return {
        "link": link,
        "today_link": address(visit.request.url.path, _other_query(visit)),
        "since_link": address(
            "/knowledge", {"from": visit.given.get("knownAt", ""), "asOf": visit.given.get("asOf", "")}
        ),
        "other_query": _other_query(visit),
        "day": visit.day.isoformat(),
        "known": known_input(visit),
        "notice": notice,
        "is_today": visit.day == visit.house.day_of(visit.now),
    }


def _other_query(visit: Visit) -> Mapping[str, str]:
    """What else the address asks for: filters."""
    ours = {"asOf", "knownAt", "lang"}
    return {name: value for name, value in visit.request.query_params.items() if name not in ours and value}


def known_input(visit: Visit) -> str:
    """The instant of knowing as a browser's field wants it, on the agency's wall clock."""
    return "" if visit.reading.known_at is None else instant_input(visit, visit.reading.known_at)


def instant_input(visit: Visit, instant: datetime) -> str:
    """An instant as a browser's field wants it, on the agency's wall clock, to the second."""
    local = instant.astimezone(visit.house.settings.zone).replace(tzinfo=None, microsecond=0)
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def iso(day: date) -> str:
    """A day as the rest of the code writes it."""
    return day.isoformat()
