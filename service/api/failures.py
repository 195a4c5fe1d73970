"""Where every exception becomes a problem document, once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from domain.refusals import Refused
from domain.timeline import UnreadableFactError
from events.store.port import (
    CommandReusedError,
    EntryTooLargeError,
    ReadOnlyStoreError,
    StoreBusyError,
    StoreUnavailableError,
    UnreadableEventError,
    VersionConflictError,
)
from service.api.middleware import TooLargeError, TooSlowError, log_failure
from service.issues import issues_of
from service.problems import Issue, Problem, respond

_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_FIRST_ERROR: Final = 400


def install(app: FastAPI) -> None:
    """Answer every exception with a problem document."""
    for kind, problem_of in _PROBLEMS.items():
        app.add_exception_handler(kind, _handler(problem_of))
    app.add_exception_handler(HTTPException, _http)


def _handler(problem_of: Callable[[Any], Problem]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return respond(request, problem_of(error))

    return handle


def problem_of(error: Exception) -> Problem | None:
    """What an exception that is foreseen answers."""
    for kind in type(error).__mro__[:-1]:
        if kind is not Exception and (answer := _PROBLEMS.get(kind)) is not None:
            return answer(error)
    return None


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


def _unavailable(error: Exception) -> Problem:
    log_failure(error)
    return Problem.unavailable("store.unavailable")


def _unreadable(error: UnreadableEventError | UnreadableFactError) -> Problem:
    log_failure(error)
    return Problem.unreadable(error.position)


def _of_the_database(error: sa.exc.DBAPIError) -> Problem:
    """A statement that is wrong is our fault; anything else is the database's, and passes."""
    ours = isinstance(error, sa.exc.ProgrammingError | sa.exc.IntegrityError | sa.exc.DataError)
    return _unforeseen(error) if ours else _unavailable(error)


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
    ReadOnlyStoreError: lambda error: Problem.read_only(str(error)),
    StoreBusyError: lambda _: Problem.unavailable("store.busy", retry_after=1),
    StoreUnavailableError: _unavailable,
    UnreadableEventError: _unreadable,
    UnreadableFactError: _unreadable,
    sa.exc.DBAPIError: _of_the_database,
    sa.exc.TimeoutError: _unavailable,
    ConnectionError: _unavailable,
    TimeoutError: _unavailable,
    Exception: _unforeseen,
}
