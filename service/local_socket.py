"""The service's own socket: whoever may open the file is its operator. The command line uses it."""

import contextlib
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from service.locality import LOCAL
from service.settings import Settings

_LONGEST: Final = 100
"""Bytes; the systems' own limits lie between 103 and 107."""


@contextmanager
def listening_locally(settings: Settings) -> Iterator[socket.socket | None]:
    """The socket, for its owner alone. None where another service of this data directory (on PostgreSQL) has it."""
    if connects(path_of(settings)):
        yield None
        return
    _remove(settings)
    path = _new_path(settings)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        listener.bind(os.fspath(path))
    finally:
        os.umask(mask)
    try:
        yield listener
    finally:
        listener.close()
        _remove(settings)


def path_of(settings: Settings) -> Path:
    """Where the running service listens."""
    try:
        return Path(_note(settings).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return settings.socket_path


def connects(path: Path) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:  # nobody; or a path that no socket can have
            return False
    return True


def marking(app: ASGIApp, path: str | None) -> ASGIApp:
    """The application, told which requests came over the socket at `path`; a request over TCP has a port."""

    async def marked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            extensions = {name: told for name, told in (scope.get("extensions") or {}).items() if name != LOCAL}
            if path is not None and scope.get("server") == (path, None):
                extensions[LOCAL] = {}
            scope["extensions"] = extensions
        await app(scope, receive, send)

    return marked


def _note(settings: Settings) -> Path:
    """Says where the socket is, where the data directory's path is too long for one."""
    return settings.socket_path.with_name("errera.sock.path")


def _new_path(settings: Settings) -> Path:
    if len(os.fsencode(settings.socket_path)) <= _LONGEST:
        return settings.socket_path
    for place in (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp"):  # noqa: S108 - a private folder in it
        if place and Path(place).is_dir() and len(os.fsencode(place)) <= _LONGEST - 30:
            path = Path(tempfile.mkdtemp(prefix="errera-", dir=place)) / "errera.sock"
            _note(settings).write_text(str(path), encoding="utf-8")
            return path
    raise OSError(f"the path of {settings.socket_path} is too long for a socket, and there is no shorter place")


def _remove(settings: Settings) -> None:
    path = path_of(settings)
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    if path != settings.socket_path:
        with contextlib.suppress(OSError):
            path.parent.rmdir()
        _note(settings).unlink(missing_ok=True)
