"""What went wrong, as a page."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.api.failures import problem_of
from service.api.middleware import TooLargeError, log_failure
from service.problems import Problem
from service.web.links import login_address
from service.web.rendering import render_failure
from service.web.visiting import LoginNeededError

_NOT_FOUND = 404


async def failed(request: Request, error: Exception) -> Response:
    """The page for an exception: signing in, or what is wrong and where to go."""
    if isinstance(error, LoginNeededError):
        return RedirectResponse(login_address(request), 303)
    if isinstance(error, HTTPException) and error.status_code < 400:  # noqa: PLR2004 - a redirect of the router
        return Response(status_code=error.status_code, headers=error.headers)
    return await render_failure(request, _problem(error))


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case TooLargeError(limit=limit):
            return Problem.too_large(limit)
        case HTTPException(status_code=404):
            return Problem.not_found()
        case HTTPException(status_code=status, headers=headers):
            return Problem(status, "badRequest", facts={"count": 1}, headers=headers)
        case _:
            return problem_of(error) or _unforeseen(error)


def _unforeseen(error: Exception) -> Problem:
    log_failure(error)
    return Problem.internal()
