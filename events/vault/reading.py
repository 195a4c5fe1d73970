"""Who is reading: nothing leaves the vault in clear unless somebody asked, and what left is told to the access log."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Final


class NobodyAskedError(Exception):
    """Content was to leave the vault without anybody having asked for it."""


@dataclass(slots=True, kw_only=True)
class Reader:
    """Somebody who reads, and what it has been shown so far. `actor` is empty until it is known who it is."""

    actor: str = ""
    role: str = ""
    channel: str = ""
    """Through which door: `api`, `page`, `commandLine`."""
    purpose: str = ""
    """What was asked for, such as `GET /v1/persons`."""
    reason: str | None = None
    """Why, in the reader's own words."""
    shown: dict[str, None] = field(default_factory=dict)
    """Ids of what left the vault and is not in the access log yet, in that order."""


_CURRENT: Final = ContextVar[Reader]("errera_reader")


@contextmanager
def reading(reader: Reader) -> Iterator[Reader]:
    """Whatever leaves the vault in here, this reader is shown."""
    token = _CURRENT.set(reader)
    try:
        yield reader
    finally:
        _CURRENT.reset(token)


def current() -> Reader | None:
    """Who is reading now."""
    return _CURRENT.get(None)


def show(row_id: str) -> None:
    """Note that the current reader sees this. Raises NobodyAskedError."""
    reader = _CURRENT.get(None)
    if reader is None or not reader.actor:
        raise NobodyAskedError
    reader.shown[row_id] = None


class Unveiled(Mapping[str, dict[str, Any]]):
    """Content by id. What is looked up in it, the reader is shown; the rest of it, not."""

    def __init__(self, content: Mapping[str, dict[str, Any]]) -> None:
        self._content = content

    def __getitem__(self, row_id: str) -> dict[str, Any]:
        content = self._content[row_id]
        show(row_id)
        return content

    def has(self, row_id: object) -> bool:
        """Whether it is there; nobody is shown anything for that."""
        return row_id in self._content

    def __iter__(self) -> Iterator[str]:
        return iter(self._content)

    def __len__(self) -> int:
        return len(self._content)
