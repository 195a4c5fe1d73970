"""What is to become of records whose term is over."""

from dataclasses import dataclass, replace
from typing import Final

from domain.retention import Disposition, evolve
from domain.timeline import RecordedEvent
from events.catalogue.retention import DispositionEvent

NAME: Final = "dispositions"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"disposition"})


@dataclass(frozen=True, slots=True)
class Row:
    """A record that was proposed."""

    stream: str
    state: Disposition | None = None


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event."""
    event: DispositionEvent = happened.event
    before = row or Row(happened.stream)
    return replace(before, state=evolve(before.state, event))
