"""Which partners go, or went, by a name that the eye takes for another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.names import skeleton
from domain.timeline import RecordedEvent
from events.catalogue.correction import EventCorrected
from events.catalogue.partner import (
    AccountManagerAssigned,
    ExecutingUnitAdded,
    PartnerAdded,
    PartnerAliasAdded,
    PartnerEvent,
    PartnerRenamed,
    PartnerSucceeded,
)

NAME: Final = "names"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"partner"})
GROUP: Final = "skeleton"


@dataclass(frozen=True, slots=True)
class Row:
    """A name of a partner; the key begins with its skeleton."""

    stream: str
    name: str
    position: int


def keys(happened: RecordedEvent) -> Sequence[str]:
    """One row for each event that gives a name."""
    name = _name(happened.event)
    return [] if name is None else [f"{skeleton(name)}/{happened.position:019}"]


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """A row is written once."""
    name = _name(happened.event)
    return row if name is None else Row(happened.stream, name, happened.position)


def _name(event: PartnerEvent) -> str | None:
    match event:
        case PartnerAdded() | PartnerRenamed() | PartnerAliasAdded():
            return event.name
        case EventCorrected():
            name = event.data.get("name")
            return name if isinstance(name, str) else None
        case ExecutingUnitAdded() | PartnerSucceeded() | AccountManagerAssigned():
            return None
