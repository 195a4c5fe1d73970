"""What a command makes, in a file or on stdout."""

import sys
from pathlib import Path

from service.cli.words import Stop


def deliver(content: bytes, target: Path | None) -> None:
    """To the file, or without one to stdout. What stands in the way stops the command."""
    try:
        if target is None:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        else:
            target.write_bytes(content)
    except OSError as error:
        told = f"{target or 'stdout'}: {error.strerror}"
        raise Stop(told, told) from None
