"""What reads have in common: as of, known at, waiting for a position, pages, versions."""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, Any, Final, Protocol, TypeVar, cast, get_args

from fastapi import Depends, Header, Query, Request, Response

from domain.refusals import Refused
from domain.values import parse_day, parse_instant
from service import sheets
from service.access import visible, visible_contacts, visible_figures
from service.api.asking import Asking
from service.auth.policy import Action, judge, may
from service.finding import Page
from service.house import Errera
from service.problems import Issue, Problem
from service.queries import Found, Queries, Several
from service.reading import Reading
from service.sheets import Format
from service.texts import Language, negotiate
from service.views import Collection

T = TypeVar("T")

SECONDS_TO_WAIT: Final = 5.0
"""How long a read waits for the position that it was asked to have reached."""

PAGE: Final = 100
LARGEST_PAGE: Final = 1_000


async def house_of(request: Request) -> Errera:
    """The parts of this service. A coroutine, as all of these: FastAPI calls a plain function in a thread."""
    house: Errera = request.app.state.errera
    return house


async def language_of(request: Request) -> Language:
    """The language that the reader asks for."""
    return negotiate(request.headers.get("accept-language"))


Lang = Annotated[Language, Depends(language_of)]
House = Annotated[Errera, Depends(house_of)]


async def reading(
    request: Request,
    house: House,
    as_of: Annotated[
        str | None, Query(alias="asOf", description="What was true on this day.", examples=["2019-06-30"])
    ] = None,
    known_at: Annotated[
        str | None,
        Query(alias="knownAt", description="What was known at this instant.", examples=["2026-12-01T00:00:00Z"]),
    ] = None,
) -> Reading:
    """The day and the instant that a read is about."""
    today = house.day_of(await house.now())
    day = day_asked("asOf", as_of) if as_of is not None else today
    known = instant_asked("knownAt", known_at) if known_at is not None else None
    if known is None and "format" in request.query_params:  # a file says what it holds, to the event
        known = (await house.store.head()).recorded_at
    return Reading(day=day, asked=as_of is not None, known_at=known)


async def reached(
    house: House,
    at_least: Annotated[
        str | None, Header(alias="Errera-Position", description="Wait until this log position can be read.")
    ] = None,
) -> None:
    """Wait until the read models have reached the position that the reader knows of."""
    if at_least is None:
        return
    if not (at_least.isascii() and at_least.isdigit() and len(at_least) <= 18):  # noqa: PLR2004 - fits 64 bits
        raise Problem.bad_request([Issue(code="position.invalid", place="header", name="Errera-Position")])
    wanted = int(at_least)
    if not await house.projector.wait_for(wanted, SECONDS_TO_WAIT):
        size = (await house.store.head()).size
        if wanted > size:
            raise Problem.unavailable("position.pastEnd", retry_after=1, position=wanted, size=size)
        raise Problem.unavailable("position.notReached", retry_after=1, position=wanted)


AtReading = Annotated[Reading, Depends(reading)]


def reads(action: Action) -> Any:
    """A dependency: queries for a caller who may, over what it may see and nothing else."""

    async def asked(house: House, at: AtReading, caller: Asking) -> Queries:
        partners = await visible(house, caller, action)
        return Queries(
            house,
            at,
            partners=partners,
            figures=await visible_figures(house, caller),
            contacts=await visible_contacts(house, caller),
            claims=may(caller, Action.READ_CLAIMS),
        )

    return Depends(asked)


class Asked(Protocol):
    """Reads of one reader under a reading."""

    house: Errera
    reading: Reading


async def one(response: Response, asked: Asked, found: Found[T] | None, kind: str) -> T:
    """The object with its version, or 404."""
    if found is None:
        raise await missing(asked, kind)
    response.headers["ETag"] = f'"{found.version}"'
    return found.view


async def missing(asked: Asked, kind: str) -> Problem:
    """The 404 for what there is not under this reading, or not for this reader."""
    began = await began_after(asked.house, asked.reading.known_at)
    return (
        Problem.not_found(f"{kind}.unknown") if began is None else Problem.not_found("register.notBegun", began=began)
    )


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of a collection is asked for."""

    request: Request
    house: Errera
    size: int
    start: int

    file: Format | None = None
    """In which kind of file all of it is wanted, rather than a page."""

    @property
    def page(self) -> Page | None:
        """Which stretch of the collection; None for all of it."""
        return None if self.file else Page(self.start, self.size)

    def address(self, start: int, **also: str) -> str:
        """Where the page is that begins there; `also` is what else is said in it."""
        url = self.request.url.include_query_params(cursor=_cursor(self.house, start), **also)
        return f"{url.path}?{url.query}"

    async def of(self, found: Sequence[Found[T] | T], asked: Asked | None = None) -> Collection[T]:
        """That page, and where the next one is; `found` is all there is, or that page of it, with versions or without.

        Where a file is wanted it is that file, with all there is: FastAPI hands a response on as it is.
        """
        if self.file:
            views = [_viewed(one) for one in found]
            return cast("Collection[T]", await self._filed(self.file, views, asked.reading if asked else None))
        following = self.start + self.size
        some, total = (
            (found, found.total) if isinstance(found, Several) else (found[self.start : following], len(found))
        )
        next_page = None
        if following < total:
            next_page = self.address(following)
        return Collection(
            items=[_viewed(one) for one in some],
            total=total,
            page_size=self.size,
            next=next_page,
            register_began=await began_after(asked.house, asked.reading.known_at) if asked else None,
        )

    async def _filed(self, kind: Format, items: Sequence[Any], reading: Reading | None) -> Response:
        [view] = get_args(self.request.scope["route"].response_model.model_fields["items"].annotation)
        language = await language_of(self.request)
        return await sheets.response(self.house, kind, view, items, reading, language)


def _viewed(one: Any) -> Any:
    return one.view if isinstance(one, Found) else one


async def paging(
    request: Request,
    house: House,
    page_size: Annotated[int, Query(alias="pageSize", ge=1, le=LARGEST_PAGE)] = PAGE,
    cursor: Annotated[str | None, Query(description="From `next`; opaque.")] = None,
) -> Paging:
    """The page that is asked for."""
    return Paging(request, house, page_size, 0 if cursor is None else _read_cursor(house, cursor))


Pages = Annotated[Paging, Depends(paging)]


async def tables(
    pages: Pages,
    caller: Asking,
    file: Annotated[
        Format | None,
        Query(alias="format", description="All of it in a file: comma-separated values, or a spreadsheet."),
    ] = None,
) -> Paging:
    """A page, or for who may take much at once a file with everything."""
    if file is not None:
        judge(caller, Action.EXPORT_DATA)
    return replace(pages, file=file)


async def own_tables(pages: Pages, file: Annotated[Format | None, Query(alias="format")] = None) -> Paging:
    """The same of one thing, for whoever may see it."""
    return replace(pages, file=file)


Tables = Annotated[Paging, Depends(tables)]
OwnTables = Annotated[Paging, Depends(own_tables)]


async def began_after(house: Errera, known_at: datetime | None) -> str | None:
    """When the register learned its first event, where what was known before that is asked for."""
    began = await house.store.began_at() if known_at else None
    if known_at is None or began is None or known_at >= began:
        return None
    return began.isoformat().replace("+00:00", "Z")


def _cursor(house: Errera, start: int) -> str:
    raw = start.to_bytes(4, "big")
    return base64.urlsafe_b64encode(raw + house.keyed_hash("cursor", raw)[:8]).decode()


def _read_cursor(house: Errera, cursor: str) -> int:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii"))
    except ValueError:
        raw = b""
    start, mac = raw[:4], raw[4:]
    if not hmac.compare_digest(mac, house.keyed_hash("cursor", start)[:8]):
        raise Problem.bad_request([Issue(code="cursor.invalid", place="query", name="cursor")])
    return int.from_bytes(start, "big")


def _instant(text: str) -> datetime:
    return parse_instant(text.replace(" ", "+"))  # a plus sign that nobody encoded arrives as a space


def day_asked(name: str, text: str) -> date:
    """A day in the address. Raises the 400 that names it."""
    day: date = _parsed(name, parse_day, text)
    return day


def instant_asked(name: str, text: str) -> datetime:
    """An instant in the address. Raises the 400 that names it."""
    instant: datetime = _parsed(name, _instant, text)
    return instant


def _parsed(name: str, parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except Refused as refused:
        raise Problem.bad_request([Issue.of(refused, place="query", name=name)]) from None
