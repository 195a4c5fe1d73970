"""How a page is answered: in the reader's language, and with a page again where something fails."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from service.problems import Problem
from service.web.failures import failed
from service.web.visiting import LANGUAGE_COOKIE, chosen_language

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_YEAR = 365 * 24 * 3600
_OWN = frozenset({"same-origin", "none"})


def check_own_form(request: Request) -> None:
    """What changes something comes from a page of ours: the browser says so, where it says anything (Fetch Metadata).

    The cookie goes along with no request from another site; this also stops what is beside us on the same site.
    """
    if request.method == "POST" and request.headers.get("sec-fetch-site", "none") not in _OWN:
        raise Problem(403, "form.fromElsewhere", kind="missingPermission")


class PageRoute(APIRoute):
    """A route of a page."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler, with its failures as pages."""
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                check_own_form(request)
                response = await handler(request)
            except ClientDisconnect:
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, a person gets a page
                response = await failed(request, error)
            chosen = chosen_language(request)
            if chosen is not None:
                secure = request.url.scheme == "https"
                response.set_cookie(
                    LANGUAGE_COOKIE, chosen, max_age=_YEAR, samesite="lax", secure=secure, httponly=True
                )
            return response

        return handle
