"""Commands over HTTP, from the bytes that come in to the bytes that go out.

FastAPI describes these routes, and would find them by trying one route after another; that, and the way in which it
reads and answers, costs several times what a command does. So their addresses are looked up, and what is read and
answered is one model each.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from service.api.asking import caller
from service.api.failures import problem_of
from service.api.http import Handler, StrictRoute
from service.commands.command import Command
from service.commands.registry import COMMANDS
from service.fields import Body
from service.house import Errera
from service.perform import Answer, Asked, perform
from service.problems import Issue, Problem, respond

_LONGEST_KEY: Final = 255


class CommandRoute(StrictRoute):
    """The route of the command that its operation is named after."""

    def handler(self) -> Handler:
        """What carries the command out."""
        command = COMMANDS[self.operation_id or ""]
        optional = takes_nothing(command)

        async def handle(request: Request) -> Response:
            asked = Asked(
                caller=await caller(request),
                target=next(iter(request.path_params.values()), ""),
                idempotency_key=_checked(request.headers.get("idempotency-key")),
                if_match=request.headers.get("if-match"),
            )
            await_sealed = _flag(request, "awaitSealed")
            body = _body(command, await request.json(), optional=optional)
            house: Errera = request.app.state.errera
            answer = await perform(house, command, body, asked)
            response = _answered(answer, command)
            if await_sealed and answer.view.position is not None:
                sealed = await house.audit.sealed(answer.view.position)
                if sealed is not None:
                    response.headers["Errera-Sealed-Size"] = str(sealed.checkpoint.size)
            return response

        return handle


class Commands:
    """In front of FastAPI: commands go straight to their routes' handlers, everything else goes on."""

    def __init__(self, app: ASGIApp, routes: Iterable[BaseRoute]) -> None:
        self._app = app
        self._handlers: Mapping[tuple[str, str], Handler] = {
            _shape(route.path_format)[0]: route.get_route_handler()
            for route in routes
            if isinstance(route, CommandRoute)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        shape, target = _shape(scope["path"]) if scope["type"] == "http" else (("", ""), "")
        handler = self._handlers.get(shape)
        if handler is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope["path_params"] = {"target": target} if target else {}
        request = Request(scope, receive, send)
        try:
            response = await handler(request)
        except Exception as error:
            problem = problem_of(error)
            if problem is None:
                raise
            response = respond(request, problem)
        await response(scope, receive, send)


def takes_nothing(command: Command) -> bool:
    """Whether the body may be left out."""
    return not any(field.is_required() for field in command.body.model_fields.values())


def _shape(path: str) -> tuple[tuple[str, str], str]:
    """An address without the id in it, and the id: of `/v1/partners/p1/aliases` partners and aliases, and p1."""
    match path.split("/"):
        case ["", "v1", collection]:
            return (collection, ""), ""
        case ["", "v1", collection, target, part] if target and part:
            return (collection, part), target
        case _:
            return ("", ""), ""


def _body(command: Command, value: object, *, optional: bool) -> Body:
    if value is None:
        if optional:
            return command.body()
        raise RequestValidationError([{"type": "missing", "loc": ("body",), "msg": "", "input": None}])
    try:
        return command.body.model_validate(value)
    except ValidationError as error:
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in error.errors()]) from None


def _flag(request: Request, name: str) -> bool:
    told = request.query_params.get(name, "false")
    if told not in {"true", "false"}:
        raise RequestValidationError([{"type": "bool_parsing", "loc": ("query", name), "msg": "", "input": told}])
    return told == "true"


def _answered(answer: Answer, command: Command) -> Response:
    headers = {}
    if answer.result.preview is None:
        headers = {"ETag": f'"{answer.version}"', "Errera-Position": str(answer.view.position)}
        if command.target is None or command.name == "renewCohort":
            headers["Location"] = answer.view.href
    return Response(
        answer.view.model_dump_json(by_alias=True, exclude_none=True),
        answer.result.status or (201 if answer.recorded else 200),
        headers,
        media_type="application/json",
    )


def _checked(key: str | None) -> str | None:
    if key is not None and not (len(key.strip()) > 0 and len(key) <= _LONGEST_KEY and key.isprintable()):
        raise Problem.bad_request([Issue(code="idempotency.invalid", place="header", name="Idempotency-Key")])
    return key
