"""Addresses of pages, and where signing in may lead."""

from collections.abc import Mapping
from urllib.parse import quote, urlencode, urlsplit

from starlette.requests import Request

_LONGEST = 2_000


def address(path: str, query: Mapping[str, str]) -> str:
    """A path with a query, if there is any."""
    kept = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(kept)}" if kept else path


def segment(text: str) -> str:
    """An id as part of a path."""
    return quote(text, safe="")


def login_address(request: Request) -> str:
    """The page for signing in, that leads back here."""
    query = f"?{request.url.query}" if request.url.query else ""
    here = quote(request.url.path, safe="/") + query
    back = here if request.method == "GET" else "/"
    return address("/login", {"next": "" if back == "/" else back})


def local(target: str | None) -> str:
    r"""Where to go after signing in: an address of our own, or else the overview.

    A browser reads `//host`, `/\host` and a path after a tab or a line end as another site.
    """
    if not target or len(target) > _LONGEST or not target.isascii() or not target.isprintable():
        return "/"
    try:
        parts = urlsplit(target)
    except ValueError:
        return "/"
    outside = parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\"))
    return "/" if outside or "\\" in target else target
