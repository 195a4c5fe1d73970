"""The HTTP edge: routes that read strictly. `fields` has what bodies are made of, `middleware` what is around them."""

from collections.abc import Callable, Coroutine, Iterator, Sequence
from email.message import Message
from functools import lru_cache
from typing import Any, ClassVar, Final

from fastapi._compat import field_annotation_is_sequence
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form, Query
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from service.api.failures import install
from service.api.middleware import install_middleware
from service.api.strict_json import MOST_ITEMS, JsonRefusedError, parse
from service.problems import Issue, Problem

__all__ = ["LargeListRoute", "StrictRoute", "install", "install_middleware"]

Handler = Callable[[Request], Coroutine[Any, Any, Response]]

_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_UTF8: Final = frozenset({"", "utf-8", "utf8", "us-ascii"})
_MALFORMED: Final = object()
"""No body at all: whatever the route expects, this is not it."""


class StrictRequest(Request):
    """A request whose JSON is read strictly."""

    json_value: Any = None

    async def json(self) -> Any:
        """The body, as it was read before the route was entered."""
        return self.json_value


class StrictRoute(APIRoute):
    """A route that reads its JSON strictly and takes no query parameter that it does not know.

    A malformed body is refused only once the caller is known: a stranger gets 401, not 400.
    """

    most_items: ClassVar[int] = MOST_ITEMS

    def get_route_handler(self) -> Handler:
        """The handler, with the strict reading before it."""
        handler = self.handler()
        query = [one for one in get_flat_params(self.dependant) if isinstance(one.field_info, Query)]
        known = {one.alias for one in query}
        single = {one.alias for one in query if not field_annotation_is_sequence(one.field_info.annotation)}
        is_form = self.body_field is not None and isinstance(self.body_field.field_info, Form)
        takes_body = self.body_field is not None
        most_items = self.most_items

        async def handle(request: Request) -> Response:
            if any("\0" in str(value) for value in request.path_params.values()):
                raise Problem.not_found()
            if request.scope["query_string"] and (
                issues := list(_query_issues(request.query_params.multi_items(), known, single))
            ):
                raise Problem.bad_request(issues)
            if is_form or request.method in _WITHOUT_BODY:
                return await handler(request)
            strict = StrictRequest(request.scope, request.receive)
            refusal = await _read(strict, takes_body=takes_body, most_items=most_items)
            if refusal is not None and not takes_body:
                raise refusal
            try:
                return await handler(strict)
            except RequestValidationError:
                if refusal is not None:
                    raise refusal from None
                raise

        return handle

    def handler(self) -> Handler:
        """What answers once the request was read: FastAPI's own handler."""
        return super().get_route_handler()


class LargeListRoute(StrictRoute):
    """For imports, whose rows are one long list."""

    most_items: ClassVar[int] = 100_000


async def _read(request: StrictRequest, *, takes_body: bool, most_items: int) -> Problem | None:
    body = await request.body()
    if not body:
        return None
    problem: Problem | None = None
    request.json_value = _MALFORMED
    headers = request.headers
    media_type = _unsupported(headers.get("content-encoding", "identity"), headers.get("content-type", ""))
    if media_type is not None:
        problem = Problem.unsupported_media_type(media_type)
    else:
        try:
            request.json_value = parse(body, most_items=most_items)
        except JsonRefusedError as error:
            problem = Problem.bad_request(error.issues)
    if problem is None and not takes_body and request.json_value != {}:
        names = list(request.json_value) if isinstance(request.json_value, dict) else [None]
        problem = Problem.bad_request([Issue(code="field.unknown", name=name) for name in names])
    return problem


@lru_cache(maxsize=64)
def _unsupported(encoding: str, given: str) -> str | None:
    """The media type or encoding, where it is not plain JSON in UTF-8. Clients send the same few again and again."""
    encoding = encoding.strip().lower()
    if encoding != "identity":
        return f"content-encoding: {encoding}"
    message = Message()
    message["content-type"] = given
    subtype = message.get_content_subtype()
    is_json = message.get_content_maintype() == "application" and (subtype == "json" or subtype.endswith("+json"))
    charset = str(message.get_param("charset", "")).lower()
    return None if given and is_json and charset in _UTF8 else given


def _query_issues(given: Sequence[tuple[str, str]], known: set[str], single: set[str]) -> Iterator[Issue]:
    names = [name for name, _ in given]
    for name in dict.fromkeys(names):
        if name not in known:
            yield Issue(code="field.unknown", place="query", name=name[:100])
        elif name in single and names.count(name) > 1:
            yield Issue(code="field.repeated", place="query", name=name)
    for name, value in given:
        if name in known and "\0" in value:
            yield Issue(code="text.forbiddenCharacter", place="query", name=name, facts={"character": "U+0000"})
