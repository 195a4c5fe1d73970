"""Serving: one server on two sockets, TCP for everyone and the local one for the operator, until a signal comes."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.app import create_app, running
from service.house import Errera
from service.local_socket import listening_locally, marking
from service.problems import Problem, respond

_SECONDS_TO_FINISH: Final = 2
"""How long requests may go on once the service stops; a long poll would wait for half a minute."""


class PortTakenError(Exception):
    """Nobody can listen there: another program does, or the address is not this machine's."""


class Server(uvicorn.Server):
    """uvicorn's, which says when it is ready, and leaves it to us to end after it."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self._ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came: whoever waits for something is answered now."""
        self._stopping()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGINT and SIGTERM, without raising them again: what was opened is still to be closed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


@contextmanager
def bound(host: str, port: int) -> Iterator[socket.socket]:
    """A TCP socket that does not listen yet, so nobody connects before there is an answer. Raises PortTakenError."""
    with contextlib.ExitStack() as stack:
        try:
            family, kind, _, _, address = socket.getaddrinfo(
                host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            listener = stack.enter_context(socket.socket(family, kind))
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except OSError as error:
            raise PortTakenError(str(error)) from error
        yield listener


async def serve(house: Errera, listener: socket.socket, ready: Callable[[str], None]) -> None:
    """Serve an open house until a signal comes; `ready` hears the address. Raises PortTakenError."""
    app = create_app(house)
    with listening_locally(house.settings) as local:
        async with running(house, app):
            try:
                listener.listen()
            except OSError as error:
                raise PortTakenError(str(error)) from error
            config = uvicorn.Config(
                finishing(marking(app, local.getsockname() if local else None)),
                log_config=None,
                access_log=False,
                lifespan="off",
                ws="none",
                server_header=False,
                timeout_graceful_shutdown=_SECONDS_TO_FINISH,
            )
            server = Server(config, lambda: ready(address_of(listener)), app.state.waiting.stop)
            calm_the_collector()
            await server.serve([listener, local] if local else [listener])


def finishing(app: ASGIApp) -> ASGIApp:
    """The application, which tells who is still waiting when the service stops to come back."""

    async def finished(scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await app(scope, receive, noting)
        except asyncio.CancelledError:
            if started:
                raise
            await respond(Request(scope), Problem.unavailable())(scope, receive, send)

    return finished


def address_of(listener: socket.socket) -> str:
    """What to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - every address of this machine, so also this one
        host = "127.0.0.1"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def calm_the_collector() -> None:
    """What was made to start stays, and events and rows hold no cycles: looking at them time and again, as Python does
    by default, cost a fifth of a rebuild.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 50)
