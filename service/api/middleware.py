"""Around every request: a trace id, limits on what comes in, headers on what goes out, and no stack trace ever."""

import asyncio
import re
import traceback
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import structlog
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.locality import is_local
from service.problems import Problem, respond

BODY_LIMIT: Final = 1024 * 1024
LOCAL_BODY_LIMIT: Final = 64 * 1024 * 1024

_TRACE: Final = re.compile(rb"[A-Za-z0-9._-]{1,36}")
_TRACED: Final = ContextVar[str](f"{structlog.contextvars.STRUCTLOG_KEY_PREFIX}trace_id")
"""What every log line of a request carries: structlog merges variables that are named so."""
_log = structlog.get_logger("errera.http")


class TooLargeError(HTTPException):
    """The body is over the limit. An HTTPException, because FastAPI lets only those through while it reads a body."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


class TooSlowError(HTTPException):
    """The body did not arrive in time. An HTTPException for the same reason."""

    def __init__(self, seconds: float) -> None:
        super().__init__(408)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Edge:
    """The one middleware, plain ASGI: it buffers nothing."""

    app: ASGIApp
    headers: Sequence[tuple[bytes, bytes]]
    body_limit: int
    local_body_limit: int
    receive_timeout: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        trace_id = str(uuid4())
        scope.setdefault("state", {})["trace_id"] = trace_id
        told = dict(scope["headers"])
        answer = _Answer(send, [*self.headers, *_trace_headers(trace_id, told.get(b"belgov-trace-id", b""))])
        intake = _Intake(receive, self.local_body_limit if is_local(scope) else self.body_limit, self.receive_timeout)
        token = _TRACED.set(trace_id)
        try:
            problem = await self._outcome(scope, intake, answer, told.get(b"content-length", b""))
            if problem is not None and not answer.started:
                await respond(Request(scope), problem)(scope, receive, answer)
        finally:
            _TRACED.reset(token)

    async def _outcome(self, scope: Scope, intake: "_Intake", answer: "_Answer", length: bytes) -> Problem | None:
        try:
            intake.check(length)
            await self.app(scope, intake, answer)
        except TooLargeError as error:
            return Problem.too_large(error.limit)
        except TooSlowError as error:
            return Problem.request_timeout(error.seconds)
        except Problem as problem:
            return problem
        except ClientDisconnect:
            return None
        except Exception as error:
            log_failure(error)
            if answer.started:
                raise
            return Problem.internal()
        return None


class _Intake:
    """The receiving side: counts bytes and watches the clock until the body is in."""

    def __init__(self, receive: Receive, limit: int, seconds: float) -> None:
        self._receive = receive
        self._limit = limit
        self._seconds = seconds
        self._size = 0
        self._complete = False
        self._deadline: float | None = None

    def check(self, announced: bytes) -> None:
        """Refuse what announces itself as too large."""
        if announced.isdigit() and int(announced[:20]) > self._limit:
            raise TooLargeError(self._limit)

    async def __call__(self) -> Message:
        if self._complete:
            return await self._receive()  # only waits for the client to hang up
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise TooSlowError(self._seconds) from None
        if message["type"] == "http.request":
            self._size += len(message.get("body", b""))
            if self._size > self._limit:
                raise TooLargeError(self._limit)
            self._complete = not message.get("more_body", False)
        return message


class _Answer:
    """The sending side: adds headers that the answer does not set itself."""

    def __init__(self, send: Send, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self._send = send
        self._headers = headers
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            given = message.get("headers", ())
            names = {name for name, _ in given}
            message["headers"] = [*given, *(header for header in self._headers if header[0] not in names)]
        await self._send(message)


def _trace_headers(trace_id: str, related: bytes) -> Sequence[tuple[bytes, bytes]]:
    """The Belgif guide: an answer has a trace id of its own, and names the request's beside it."""
    own = (b"belgov-trace-id", trace_id.encode())
    return [own, (b"belgov-related-trace-id", related)] if _TRACE.fullmatch(related) else [own]


def log_failure(error: BaseException) -> None:
    """Log where a request failed. Not the message: it can quote what a person typed."""
    frames = traceback.extract_tb(error.__traceback__)
    where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:]]
    _log.error("request.failed", error=type(error).__qualname__, where=where)


def install_middleware(
    app: FastAPI,
    *,
    content_security_policy: str,
    receive_timeout: float = 30.0,
    body_limit: int = BODY_LIMIT,
    local_body_limit: int = LOCAL_BODY_LIMIT,
) -> None:
    """Put the edge around the application. An answer's own headers win over these."""
    app.add_middleware(
        Edge,
        headers=(
            (b"x-content-type-options", b"nosniff"),
            (b"content-security-policy", content_security_policy.encode()),
            (b"referrer-policy", b"same-origin"),
        ),
        body_limit=body_limit,
        local_body_limit=local_body_limit,
        receive_timeout=receive_timeout,
    )
