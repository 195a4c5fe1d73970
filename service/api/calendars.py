"""Calendars that calendar programs subscribe to, by an address that is its own credential."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from events.vault.reading import Reader, current, reading
from service.api.asking import Asking
from service.api.http import StrictRoute
from service.api.reads import House, Lang, reached
from service.auth.calendars import CalendarRecord, Scope
from service.calendars import Made, Wanted, check, make, whose
from service.disclosing import recognised
from service.fields import Body, Id
from service.house import Errera
from service.problems import Issue, Problem
from service.texts import Language
from service.views import Collection, View

router = APIRouter(route_class=StrictRoute, tags=["calendars"])

_MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/calendar": {}}, "description": "The calendar (RFC 5545)."}
}
_OF: Final[Mapping[Scope, str]] = {"cohort": "cohortId", "partner": "partnerId", "person": "personId"}


class CreateCalendar(Body):
    """What is to be in it: the programme, or what concerns one cohort, partner or person."""

    scope: Scope
    cohort_id: Id | None = None
    partner_id: Id | None = None
    person_id: Id | None = None
    language: Language | None = Field(default=None, description="Else the one of Accept-Language.")


class CalendarView(View):
    """A calendar; its address only in the answer to its making."""

    calendar_id: str
    href: str | None = Field(default=None, description="Told once: whoever has it reads the calendar.")
    prefix: str = Field(description="How the secret in its address begins.")
    scope: str
    cohort_id: str | None = None
    partner_id: str | None = None
    person_id: str | None = None
    language: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@router.post(
    "/v1/calendars",
    operation_id="createCalendar",
    status_code=201,
    response_model_exclude_none=True,
    dependencies=[Depends(reached)],
)
async def create_calendar(
    house: House, caller: Asking, negotiated: Lang, body: CreateCalendar, response: Response
) -> CalendarView:
    """An address to subscribe to, told this once, for as long as the token that asks for it is good."""
    given = {"cohortId": body.cohort_id, "partnerId": body.partner_id, "personId": body.person_id}
    wanted = _wanted(body.scope, given, body.language or negotiated, "body")
    await check(house, caller, wanted)
    token, record = await house.calendars.create(caller, wanted.scope, wanted.of, wanted.language)
    response.headers["Cache-Control"] = "no-store"
    return _view(record, f"/v1/calendars/{token}.ics")


@router.get("/v1/calendars", operation_id="listCalendars", response_model_exclude_none=True)
async def list_calendars(house: House, caller: Asking) -> Collection[CalendarView]:
    """One's own; for who manages access, everybody's."""
    found = [_view(record) for record in await house.calendars.list(whose(caller, part="see"))]
    return Collection(items=found, total=len(found), page_size=max(len(found), 1))


@router.post("/v1/calendars/{calendarId}/revocations", operation_id="revokeCalendar", status_code=204)
async def revoke_calendar(house: House, caller: Asking, calendar_id: Annotated[str, Path(alias="calendarId")]) -> None:
    """From now on its address leads nowhere."""
    if not await house.calendars.revoke(calendar_id, whose(caller)):
        raise Problem.not_found("calendar.unknown")


@router.get(
    "/v1/calendarFiles",
    operation_id="getCalendarFile",
    response_class=Response,
    responses=_ANSWERS,
    dependencies=[Depends(reached)],
)
async def get_calendar_file(
    house: House,
    caller: Asking,
    negotiated: Lang,
    scope: Scope,
    cohort_id: Annotated[str | None, Query(alias="cohortId", max_length=200)] = None,
    partner_id: Annotated[str | None, Query(alias="partnerId", max_length=200)] = None,
    person_id: Annotated[str | None, Query(alias="personId", max_length=200)] = None,
    language: Annotated[Language | None, Query(description="Else the one of Accept-Language.")] = None,
) -> Response:
    """The same calendar once, to keep: what a subscriber to it gets now."""
    given = {"cohortId": cohort_id, "partnerId": partner_id, "personId": person_id}
    made = await make(house, caller, _wanted(scope, given, language or negotiated, "query"))
    return Response(made.content, media_type=_MEDIA_TYPE)


@router.get(
    "/v1/calendars/{calendarToken}.ics",
    operation_id="getCalendar",
    response_class=Response,
    responses=_ANSWERS,
)
@router.head("/v1/calendars/{calendarToken}.ics", include_in_schema=False)
async def get_calendar(
    request: Request, house: House, token: Annotated[str, Path(alias="calendarToken", max_length=200)]
) -> Response:
    """For calendar programs, without other credentials: all of it, or 304 where nothing changed."""
    record = await house.calendars.find(token)
    if record is None:
        raise Problem.not_found("calendar.unknown")
    made, shown = await _unseen(house, record)
    headers = {"ETag": made.etag, "Cache-Control": "private, no-cache"}
    if made.settled_at is not None:
        headers["Last-Modified"] = format_datetime(min(made.settled_at, await house.now()), usegmt=True)
    if _unchanged(request, made):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="errera.ics"'
    if request.method == "HEAD":
        return Response(headers={**headers, "Content-Length": str(len(made.content))}, media_type=_MEDIA_TYPE)
    recognised(record.reader, None)
    reader = current()
    if reader is not None:
        reader.shown.update(shown)
    return Response(made.content, headers=headers, media_type=_MEDIA_TYPE)


async def _unseen(house: Errera, record: CalendarRecord) -> tuple[Made, dict[str, None]]:
    """The calendar, and what of the vault is in it: shown to the subscriber only if it is sent."""
    wanted = Wanted(scope=record.scope, of=record.of, language=record.language)
    with reading(Reader(actor=record.reader.actor)) as reader:
        try:
            made = await make(house, record.reader, wanted)
        except Problem:  # what it was about is gone, or is not the maker's any more
            raise Problem.not_found("calendar.unknown") from None
        return made, reader.shown


def _unchanged(request: Request, made: Made) -> bool:
    """Whether the subscriber has these bytes (RFC 9110, section 13.2.2)."""
    if known := request.headers.get("if-none-match"):
        return any(one.strip().removeprefix("W/") in {made.etag, "*"} for one in known.split(","))
    if made.settled_at is None:
        return False
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
        return since.replace(tzinfo=since.tzinfo or UTC) >= made.settled_at
    except (ValueError, OverflowError):  # no date, or one that there cannot be
        return False


def _wanted(scope: Scope, given: Mapping[str, str | None], language: Language, place: Any) -> Wanted:
    """The scope with its id, and no other. Raises the 400 that names the field."""
    needed = _OF.get(scope)
    issues = [
        Issue(code="field.missing" if name == needed else "calendar.otherScope", place=place, name=name)
        for name, value in given.items()
        if (name == needed) != (value is not None)
    ]
    if issues:
        raise Problem.bad_request(issues)
    return Wanted(scope=scope, of=given[needed] if needed else None, language=language)


def _view(record: CalendarRecord, href: str | None = None) -> CalendarView:
    return CalendarView(
        calendar_id=record.calendar_id,
        href=href,
        prefix=record.prefix,
        scope=record.scope,
        cohort_id=record.of if record.scope == "cohort" else None,
        partner_id=record.of if record.scope == "partner" else None,
        person_id=record.of if record.scope == "person" else None,
        language=record.language,
        created_at=record.created_at,
        expires_at=record.expires_at,
        revoked_at=record.revoked_at,
    )
