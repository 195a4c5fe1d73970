"""The pages as part of the application: their routes, their style sheet, and how they say that something failed."""

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, cast

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.web import (
    agenda,
    agreements,
    calendars,
    cohorts,
    conflicts,
    consultations,
    dossiers,
    events,
    exports,
    knowledge,
    login,
    overview,
    partners,
    persons,
    policies,
    reminders,
    retention,
)
from service.web.failures import failed
from service.web.route import PageRoute

_STYLE: Final = Path(__file__).with_name("static") / "errera.css"
_NOT_PAGES: Final = ("/v1", "/health", "/metrics", "/openapi.json")

router = APIRouter(route_class=PageRoute, include_in_schema=False)
for _subject in (
    overview,
    cohorts,
    partners,
    agreements,
    consultations,
    agenda,
    calendars,
    policies,
    reminders,
    conflicts,
    dossiers,
    events,
    exports,
    knowledge,
    persons,
    retention,
    login,
):
    router.include_router(_subject.router)

static = APIRouter(include_in_schema=False)


@static.get("/static/errera.css")
async def style(request: Request) -> Response:
    """The style sheet; its address carries its hash, so a browser may keep it."""
    content = _STYLE.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "public, max-age=86400"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="text/css", headers=headers)


@static.get("/static/icon.svg")
async def icon() -> Response:
    """The mark in a browser's tab."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response((_STYLE.parent / "icon.svg").read_bytes(), media_type="image/svg+xml", headers=headers)


def is_page(path: str) -> bool:
    """Whether an address is for people; the API's answers are for programs."""
    return not any(path == prefix or path.startswith(f"{prefix}/") for prefix in _NOT_PAGES)


def install(app: FastAPI) -> None:
    """Add the pages to an application that already answers its exceptions; outside the API these become pages."""
    app.include_router(router)
    app.include_router(static)
    of_api = cast("Callable[[Request, Exception], Awaitable[Response]]", app.exception_handlers[HTTPException])

    async def handle(request: Request, error: Exception) -> Response:
        if is_page(request.url.path):
            return await failed(request, error)
        return await of_api(request, error)

    app.add_exception_handler(HTTPException, handle)
