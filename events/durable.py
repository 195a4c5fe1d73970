"""Files that are there whole or not at all, also after a power cut."""

import os
import uuid
from pathlib import Path

OWNER: int = 0o600
"""The mode of a file that only its owner may read."""
_ALL = 0o666


def replace_file(file: Path, content: bytes, *, mode: int = _ALL) -> None:
    """A reader sees what was there or what is now."""
    fresh = _written(file, content, mode)
    fresh.replace(file)
    sync(file.parent)


def create_file(file: Path, content: bytes, *, mode: int = _ALL) -> None:
    """Make it; where another process is first, that one's stays."""
    fresh = _written(file, content, mode)
    try:
        os.link(fresh, file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    sync(file.parent)


def sync(path: Path) -> None:
    """What was written to a file is durable after this; the name of a file, once its folder is."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _written(file: Path, content: bytes, mode: int) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
    except BaseException:  # a full disk, where each new try would leave another piece
        fresh.unlink(missing_ok=True)
        raise
    return fresh
