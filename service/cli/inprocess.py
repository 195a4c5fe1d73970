"""Calling the application within this process, with its answer as it comes (httpx's own waits for the end)."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
from starlette.types import ASGIApp, Message

from service.locality import LOCAL


class InProcess(httpx.AsyncBaseTransport):
    """An ASGI application as a transport; its caller is the operator."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request."""
        body = await request.aread()
        told: asyncio.Queue[Message | Exception | None] = asyncio.Queue()
        incoming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            if incoming:
                return incoming.pop()
            return await asyncio.Future()  # nobody hangs up

        async def run() -> None:
            try:
                await self._app(_scope(request), receive, told.put)
            except Exception as error:  # noqa: BLE001 - it is raised where the answer is read
                await told.put(error)
            else:
                await told.put(None)

        task = asyncio.create_task(run())
        start = await told.get()
        if isinstance(start, Exception):
            raise start
        if start is None:
            raise httpx.RemoteProtocolError("no answer")
        return httpx.Response(start["status"], headers=start["headers"], stream=_Answer(told, task))


class _Answer(httpx.AsyncByteStream):
    def __init__(self, told: "asyncio.Queue[Message | Exception | None]", task: "asyncio.Task[None]") -> None:
        self._told = told
        self._task = task

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (message := await self._told.get()) is not None:
            if isinstance(message, Exception):
                raise message
            if message.get("body"):
                yield message["body"]

    async def aclose(self) -> None:
        self._task.cancel()


def _scope(request: httpx.Request) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": request.url.scheme,
        "path": request.url.path,
        "raw_path": request.url.raw_path.partition(b"?")[0],
        "query_string": request.url.query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": None,
        "server": None,
        "extensions": {LOCAL: {}},
    }
