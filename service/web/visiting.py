"""A visit to a page: who looks, in which language, as of which day and as known at which instant."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import Depends
from starlette.requests import Request

from domain.refusals import Refused
from domain.values import parse_day, parse_instant
from domain.wall_clock import at_wall_time
from service.access import reading_part, visible, visible_contacts, visible_figures
from service.api.asking import caller as asking
from service.auth.policy import Action, may
from service.auth.tokens import Caller, TokenExpiredError
from service.disclosing import REASON_COOKIE, reads_with_reason, recognised
from service.house import Errera
from service.locality import is_local
from service.names import Names
from service.problems import Issue, Problem
from service.queries import Queries
from service.reading import Reading
from service.texts import LANGUAGES, Language

TOKEN_COOKIE: Final = "errera_token"  # noqa: S105 - its name, no token
LANGUAGE_COOKIE: Final = "errera_language"


class LoginNeededError(Exception):
    """Nobody is signed in."""


@dataclass(frozen=True)
class Visit:
    """What every page needs to know of its reader. `given` is what the address says, as it stands there."""

    request: Request
    house: Errera
    caller: Caller
    language: Language
    reading: Reading
    now: datetime
    began: datetime | None
    given: Mapping[str, str]

    @property
    def day(self) -> date:
        """The day that the page is about."""
        return self.reading.day

    @property
    def at(self) -> datetime:
        """An instant on that day: now, or noon on another day."""
        return self.reading.at(self.now, self.house.settings.zone)

    @property
    def before_register(self) -> bool:
        """Whether the instant of knowing lies before anything was known."""
        known_at = self.reading.known_at
        return known_at is not None and (self.began is None or known_at < self.began)

    @cached_property
    def allowed(self) -> frozenset[Action]:
        """What the caller may at all, of all or of its own."""
        return frozenset(action for action in Action if may(self.caller, action, part=reading_part(action)))

    def may(self, action: Action) -> bool:
        """Whether there is anything to show for it."""
        return action in self.allowed

    @property
    def sees_events(self) -> bool:
        """Whether the log's own pages are for it."""
        return self.may(Action.READ_EVENT_FEED)

    @property
    def exports(self) -> bool:
        """Whether it may take a whole collection as a file."""
        return self.may(Action.EXPORT_DATA)

    async def ask(self, action: Action) -> Queries:
        """Reads for this reader: what it may see and nothing else. Raises the 403 that fits."""
        partners = await visible(self.house, self.caller, action)
        return Queries(
            self.house,
            self.reading,
            partners=partners,
            figures=await visible_figures(self.house, self.caller),
            contacts=await visible_contacts(self.house, self.caller),
            claims=self.may(Action.READ_CLAIMS),
        )

    async def sees_all(self, action: Action) -> bool:
        """Whether it sees everyone's, so that counts say something."""
        return self.may(action) and await visible(self.house, self.caller, action) is None

    async def people(self) -> Names:
        """The names of the persons that it may see, and which there are besides."""
        partners = await visible_contacts(self.house, self.caller)
        return await Queries(self.house, self.reading, partners=partners).people()

    def missing(self, kind: str) -> Problem:
        """There is no such thing under this reading, or not for this reader."""
        if self.before_register:
            return Problem.not_found("register.notBegun", began=self.began)
        return Problem.not_found(f"{kind}.unknown")


def house_of(request: Request) -> Errera:
    """The parts of this service."""
    house: Errera = request.app.state.errera
    return house


def chosen_language(request: Request) -> Language | None:
    """The language that the address asks for."""
    return _language(request.query_params.get("lang"))


def language_of(request: Request) -> Language:
    """The language of the address, of the last choice, or of this installation."""
    kept = _language(request.cookies.get(LANGUAGE_COOKIE))
    return chosen_language(request) or kept or house_of(request).settings.language


def _language(text: str | None) -> Language | None:
    return next((language for language in LANGUAGES if language == text), None)


async def visit(request: Request) -> Visit:
    """Who visits, and what it asks for. Raises LoginNeededError, and the 400 for a date that cannot be."""
    if any("\0" in str(value) for value in request.path_params.values()):
        raise Problem.not_found()
    house = house_of(request)
    caller = await _caller(request, house)
    now = await house.now()
    given = {name: text for name in ("asOf", "knownAt") if (text := request.query_params.get(name, "").strip())}
    visiting = Visit(
        request=request,
        house=house,
        caller=caller,
        language=language_of(request),
        reading=Reading(day=house.day_of(now)),
        now=now,
        began=await house.store.began_at(),
        given={},
    )
    request.state.visit = visiting  # the page that says that a date is wrong needs the rest
    visiting = replace(visiting, given=given)
    visiting = replace(visiting, reading=_reading(visiting))
    request.state.visit = visiting
    return visiting


Visiting = Annotated[Visit, Depends(visit)]


async def _caller(request: Request, house: Errera) -> Caller:
    token = request.cookies.get(TOKEN_COOKIE)
    if is_local(request.scope) or "authorization" in request.headers:
        found_by_header = await asking(request)
        if not reads_with_reason():
            recognised(found_by_header, reason_of(request))
        return found_by_header
    if token is None:
        raise LoginNeededError
    try:
        found = await house.tokens.find(token)
    except TokenExpiredError:
        raise LoginNeededError from None
    if found is None:
        raise LoginNeededError
    recognised(found, reason_of(request))
    return found


def reason_of(request: Request) -> str | None:
    """Why this reader reads personal data, as it said on a page before."""
    return unquote(request.cookies.get(REASON_COOKIE, "")) or None


def _reading(visiting: Visit) -> Reading:
    given, reading = visiting.given, visiting.reading
    issues = []
    if "asOf" in given:
        try:
            reading = replace(reading, day=parse_day(given["asOf"]), asked=True)
        except Refused as refused:
            issues.append(Issue.of(refused, place="query", name="asOf"))
    if "knownAt" in given:
        try:
            reading = replace(reading, known_at=instant_of(given["knownAt"], visiting.house))
        except Refused as refused:
            issues.append(Issue.of(refused, place="query", name="knownAt"))
    if issues:
        raise Problem.bad_request(issues)
    return reading


def instant_of(text: str, house: Errera) -> datetime:
    """RFC 3339; without an offset it is the agency's wall clock, and a day alone is until its end."""
    zone = house.settings.zone
    text = text.replace(" ", "+")  # a plus sign that nobody encoded arrives as a space
    try:
        return parse_instant(text)
    except Refused as refused:
        if refused.code == "instant.noOffset":
            local = datetime.fromisoformat(text)
            return at_wall_time(local.date(), local.time(), zone)
        try:
            day = parse_day(text)
        except Refused:
            raise refused from None
        return at_wall_time(day + timedelta(days=1), time(), zone) - timedelta(microseconds=1)
