"""A dossier as an HTTP answer, for programs and for people."""

import hashlib
from collections.abc import Mapping
from typing import Final, Literal

from starlette.responses import Response

from service.access import visible_persons
from service.auth.policy import Action, judge
from service.auth.tokens import Caller
from service.dossier import html, pdf
from service.dossier.making import Asked, make
from service.house import Errera
from service.problems import Issue, Problem

Format = Literal["html", "pdf"]
MEDIA_TYPES: Final[Mapping[Format, str]] = {"html": "text/html", "pdf": "application/pdf"}


def check(caller: Caller) -> None:
    """Whether the caller may have one: it exports, and it holds entries of the log. Raises the 403 that fits."""
    judge(caller, Action.EXPORT_DATA)
    judge(caller, Action.READ_EVENT_FEED)


async def answer(house: Errera, caller: Caller, asked: Asked, wanted: Format) -> Response:
    """The dossier in that format. Raises Problem."""
    check(caller)
    if asked.persons:
        await visible_persons(house, caller)  # or the 403 that fits
    if wanted == "pdf" and not pdf.AVAILABLE:
        raise Problem.bad_request([Issue(code="dossier.noPdf", place="query", name="format")])
    dossier = await make(house, asked)
    zone = house.settings.zone
    content = await pdf.write(dossier, zone) if wanted == "pdf" else html.write(dossier, zone)
    headers = {
        "Content-Disposition": f'inline; filename="dossier-{dossier.as_of}.{wanted}"',
        "Content-Language": asked.language,
        "Content-Security-Policy": html.POLICY,
        "ETag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        "Cache-Control": "private, no-store",
        "Vary": "Accept, Accept-Language, Authorization, Cookie",
    }
    return Response(content, media_type=MEDIA_TYPES[wanted], headers=headers)


def accepted(accept: str) -> Format:
    """PDF for who asks for that and not for HTML."""
    asked = {one.partition(";")[0].strip().lower() for one in accept.split(",")}
    return "pdf" if MEDIA_TYPES["pdf"] in asked and MEDIA_TYPES["html"] not in asked else "html"
