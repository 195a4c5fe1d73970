"""Where every exception becomes a problem document, once."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, cast, get_args

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from domain.refusals import Refused
from events.store.port import CommandReusedError, EntryTooLargeError, ReadOnlyStoreError, VersionConflictError
from service.api.middleware import TooLargeError, TooSlowError, log_failure
from service.problems import Issue, Place, Problem, respond
from service.texts import known

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_PLACES: Final = frozenset(get_args(Place))
_MOST_ISSUES: Final = 100
_FIRST_ERROR: Final = 400

_CODES: Final[Mapping[str, str]] = {
    "missing": "field.missing",
    "extra_forbidden": "field.unknown",
    "string_type": "field.notText",
    "int_type": "field.notWholeNumber",
    "int_parsing": "field.notWholeNumber",
    "int_from_float": "field.notWholeNumber",
    "bool_type": "field.notBoolean",
    "bool_parsing": "field.notBoolean",
    "list_type": "field.notList",
    "tuple_type": "field.notList",
    "dict_type": "field.notObject",
    "model_type": "field.notObject",
    "model_attributes_type": "field.notObject",
    "literal_error": "field.notOneOf",
    "enum": "field.notOneOf",
    "greater_than": "field.outOfRange",
    "greater_than_equal": "field.outOfRange",
    "less_than": "field.outOfRange",
    "less_than_equal": "field.outOfRange",
}
"""Pydantic's error types, in our words."""


def install(app: FastAPI) -> None:
    """Answer every exception with a problem document."""
    for kind, problem_of in _PROBLEMS.items():
        app.add_exception_handler(kind, _handler(problem_of))
    app.add_exception_handler(HTTPException, _http)


def _handler(problem_of: Callable[[Any], Problem]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return respond(request, problem_of(error))

    return handle


def issues_of(errors: Iterable[Mapping[str, Any]]) -> Sequence[Issue]:
    """Pydantic's errors as issues; ours carry their code and facts through it."""
    issues: list[Issue] = []
    for error in errors:
        place, name = _location(error["loc"])
        kind = str(error["type"])
        code = kind if known(kind) else _CODES.get(kind, "list.tooLong" if kind == "too_long" else "field.invalid")
        issues.append(Issue(code=code, place=place, name=name, value=error.get("input"), facts=_facts(code, error)))
        if len(issues) == _MOST_ISSUES:
            break
    return issues


def _facts(code: str, error: Mapping[str, Any]) -> Mapping[str, Any]:
    context: Mapping[str, Any] = error.get("ctx") or {}
    if code == "list.tooLong":
        return {"length": context.get("actual_length"), "limit": context.get("max_length")}
    return context


def _location(loc: Sequence[str | int]) -> tuple[Place, str | None]:
    first, *rest = loc or ("body",)
    place = cast("Place", first) if first in _PLACES else "body"
    name = ""
    for step in rest:
        name += f"[{step}]" if isinstance(step, int) else f".{step}" if name else step
    return place, name[:200] or None


async def _http(request: Request, error: Exception) -> Response:
    match error:
        case TooLargeError(limit=limit):
            problem = Problem.too_large(limit)
        case TooSlowError(seconds=seconds):
            problem = Problem.request_timeout(seconds)
        case HTTPException(status_code=404):
            problem = Problem.not_found()
        case HTTPException(status_code=405):
            problem = Problem.method_not_allowed(request.method, _allowed(request))
        case HTTPException(status_code=status, headers=headers) if status < _FIRST_ERROR:
            return Response(status_code=status, headers=headers)
        case HTTPException(status_code=status, headers=headers):
            problem = Problem(status, _CODE_OF_STATUS.get(status, "badRequest"), facts={"count": 1}, headers=headers)
        case _:
            problem = Problem.internal()
    return respond(request, problem)


_CODE_OF_STATUS: Final[Mapping[int, str]] = {
    401: "noAccessToken",
    403: "missingPermission",
    406: "notAcceptable",
    409: "conflict",
    412: "preconditionFailed",
    413: "payloadTooLarge",
    415: "unsupportedMediaType",
    428: "preconditionRequired",
    429: "tooManyRequests",
    500: "internalServerError",
    503: "serviceUnavailable",
}


def _allowed(request: Request) -> Sequence[str]:
    """Every method that the address knows, over all routes on it."""
    return [
        method
        for method in _METHODS
        if any(
            route.matches({**request.scope, "method": method})[0] is Match.FULL for route in request.app.router.routes
        )
    ]


def _entry_too_large(error: EntryTooLargeError) -> Problem:
    return Problem.bad_request([Issue(code="store.entryTooLarge", facts={"size": error.size, "limit": error.limit})])


def _unforeseen(error: Exception) -> Problem:
    log_failure(error)
    return Problem.internal()


_PROBLEMS: Final[Mapping[type[Exception], Callable[[Any], Problem]]] = {
    Problem: lambda problem: problem,
    Refused: Problem.of,
    RequestValidationError: lambda error: Problem.bad_request(issues_of(error.errors())),
    CommandReusedError: lambda _: Problem.conflict("idempotency.reused"),
    VersionConflictError: lambda _: Problem.conflict("store.conflict", retry_after=1),
    EntryTooLargeError: _entry_too_large,
    ReadOnlyStoreError: lambda _: Problem.read_only(),
    Exception: _unforeseen,
}
