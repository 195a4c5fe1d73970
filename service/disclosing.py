"""What leaves the vault in an answer stands in the access log before the answer leaves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from events.vault.access import AccessLog
from events.vault.reading import Reader, current, reading
from service.auth.tokens import Caller
from service.locality import is_local

_REFUSED = 400
REASON_HEADER = "errera-reason"
REASON_COOKIE = "errera_reason"


class Disclosing:
    """Around the application: one record for an answer, however much of the vault is in it."""

    def __init__(self, app: ASGIApp, access: AccessLog) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reader = Reader(channel=_channel(scope))

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= _REFUSED:
                reader.shown.clear()  # whoever is refused is shown nothing
            if reader.shown:
                reader.purpose = _purpose(scope)
                await self._access.record(reader)
            await send(message)

        with reading(reader):
            await self._app(scope, receive, noting)


def recognised(caller: Caller, reason: str | None) -> None:
    """Who the reader of this request is, and why it reads."""
    reader = current()
    if reader is not None:
        reader.actor, reader.role, reader.reason = caller.actor, caller.role, reason


def reads_with_reason() -> bool:
    """Whether the reader of this request says why."""
    reader = current()
    return reader is not None and reader.reason is not None


@contextmanager
def unseen() -> Iterator[None]:
    """What is read in here is shown to nobody: it is worked with, and stays within."""
    with reading(Reader(actor="system:within")):
        yield


def _channel(scope: Scope) -> str:
    if is_local(scope):
        return "commandLine"
    return "api" if scope["path"].startswith("/v1/") else "page"


def _purpose(scope: Scope) -> str:
    """The address without the ids in it: some are secrets."""
    ids = {str(value): name for name, value in (scope.get("path_params") or {}).items()}
    return f"{scope['method']} {'/'.join(_masked(part, ids) for part in scope['path'].split('/'))}"


def _masked(part: str, ids: Mapping[str, str]) -> str:
    """A calendar's ends with `.ics`."""
    for value, name in ids.items():
        if part == value or part.startswith(f"{value}."):
            return f"{{{name}}}{part.removeprefix(value)}"
    return part
