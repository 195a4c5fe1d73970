"""What reads have in common: as of, known at, waiting for a position, pages, versions."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

from fastapi import Depends, Header, Query, Request, Response

from domain.refusals import Refused
from domain.values import parse_day, parse_instant
from service.access import visible, visible_figures
from service.auth.policy import Action
from service.auth.tokens import Caller
from service.house import Errera
from service.problems import Issue, Problem
from service.queries import Found, Queries
from service.reading import Reading
from service.texts import Language, negotiate
from service.views import Collection

T = TypeVar("T")

SECONDS_TO_WAIT: Final = 5.0
"""How long a read waits for the position that it was asked to have reached."""

PAGE: Final = 100
LARGEST_PAGE: Final = 1_000


def house_of(request: Request) -> Errera:
    """The parts of this service."""
    house: Errera = request.app.state.errera
    return house


def language_of(request: Request) -> Language:
    """The language that the reader asks for."""
    return negotiate(request.headers.get("accept-language"))


Lang = Annotated[Language, Depends(language_of)]
House = Annotated[Errera, Depends(house_of)]


async def reading(
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
    day = _parsed("asOf", parse_day, as_of) if as_of is not None else today
    known = _parsed("knownAt", _instant, known_at) if known_at is not None else None
    return Reading(day=day, asked=as_of is not None, known_at=known)


async def reached(
    house: House,
    position: Annotated[
        str | None, Header(alias="Errera-Position", description="Wait until this log position can be read.")
    ] = None,
) -> None:
    """Wait until the read models have reached the position that the reader knows of."""
    if position is None:
        return
    if not (position.isascii() and position.isdigit() and len(position) <= 18):  # noqa: PLR2004 - fits 64 bits
        raise Problem.bad_request([Issue(code="position.invalid", place="header", name="Errera-Position")])
    if not await house.projector.wait_for(int(position), SECONDS_TO_WAIT):
        raise Problem.unavailable(retry_after=1)


AtReading = Annotated[Reading, Depends(reading)]


async def queries(house: House, at: AtReading, caller: Caller, action: Action) -> Queries:
    """Reads for a caller: what it may see and nothing else."""
    partners = await visible(house, caller, action)
    return Queries(house, at, partners=partners, figures=await visible_figures(house, caller))


def one(response: Response, found: Found[T] | None, kind: str, at: Reading, began: datetime | None) -> T:
    """The object with its version, or 404."""
    if found is None:
        if at.known_at is not None and (began is None or at.known_at < began):
            raise Problem.not_found("register.notBegun", began=_text(began))
        raise Problem.not_found(f"{kind}.unknown")
    response.headers["ETag"] = f'"{found.version}"'
    return found.view


def page(
    request: Request,
    house: Errera,
    found: Sequence[Found[T]],
    size: int,
    cursor: str | None,
    at: Reading | None = None,
    began: datetime | None = None,
) -> Collection[T]:
    """One page of a collection, and where the next one is."""
    start = _read_cursor(house, cursor) if cursor is not None else 0
    items = [one.view for one in found[start : start + size]]
    following = start + size
    next_page = None
    if following < len(found):
        url = request.url.include_query_params(cursor=_cursor(house, following))
        next_page = f"{url.path}?{url.query}"
    early = at is not None and at.known_at is not None and (began is None or at.known_at < began)
    return Collection(
        items=items,
        total=len(found),
        page_size=size,
        next=next_page,
        register_began=_text(began) if early else None,
    )


PageSize = Annotated[int, Query(alias="pageSize", ge=1, le=LARGEST_PAGE)]
Cursor = Annotated[str | None, Query(description="From `next`; opaque.")]


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


def _parsed(name: str, parse: Any, text: str) -> Any:
    try:
        return parse(text)
    except Refused as refused:
        raise Problem.bad_request([Issue.of(refused, place="query", name=name)]) from None


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat().replace("+00:00", "Z") if instant else None
