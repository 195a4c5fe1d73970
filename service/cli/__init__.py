"""The command line: `errera`. Its commands speak the HTTP API, to the running service or to one of their own."""

import os
import signal
import sys
from typing import Final

from service.cli.language import language

INTERRUPTED: Final = 130
"""128 + SIGINT, as shells have it."""


def main() -> None:
    """Run a command. What goes wrong is a sentence on stderr and an exit code, never a traceback."""
    interrupted = signal.getsignal(signal.SIGINT)
    if interrupted == signal.default_int_handler:  # else whoever started us wants it ignored
        signal.signal(signal.SIGINT, _stopped)
    from service import logs  # noqa: PLC0415 - loading all of it takes a second, in which Ctrl-C is heard too
    from service.cli.commands import app  # noqa: PLC0415
    from service.cli.words import Stop  # noqa: PLC0415

    logs.configure("WARNING")
    os.umask(0o077)  # what a command writes is about people and agreements: its owner's alone
    signal.signal(signal.SIGINT, interrupted)
    try:
        app()
    except Stop as stop:
        print(f"errera: {stop}", file=sys.stderr)
        sys.exit(stop.code)


def _stopped(*_: object) -> None:
    """While modules load nothing is open yet; an exception in there could be swallowed, or told in full."""
    os.write(2, b"errera: afgebroken\n" if language() == "nl" else b"errera: interrupted\n")
    os._exit(INTERRUPTED)
