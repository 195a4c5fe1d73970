"""The documents that claims were taken from, as far as they were described."""

from dataclasses import dataclass
from typing import Final

from domain.timeline import RecordedEvent
from events.catalogue.claim import SourceEvent

NAME: Final = "sources"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"source"})


@dataclass(frozen=True, slots=True)
class Row:
    """A document that was described."""

    source_id: str
    first_position: int


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """A row is written once; what is known of it is folded when it is read."""
    event: SourceEvent = happened.event
    return row or Row(event.source_id, happened.position)
