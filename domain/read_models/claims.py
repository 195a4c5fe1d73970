"""What sources say, by subject."""

from dataclasses import dataclass, replace
from typing import Final

from domain.claim import Claim, evolve
from domain.timeline import RecordedEvent
from events.catalogue.claim import ClaimEvent

NAME: Final = "claims"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"claim"})


@dataclass(frozen=True, slots=True)
class Row:
    """A claim, when it was recorded first, and how many events it has."""

    claim_id: str
    first_position: int
    recorded_at: str
    state: Claim | None = None
    version: int = 0


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event."""
    event: ClaimEvent = happened.event
    before = row or Row(event.claim_id, happened.position, happened.recorded_at.isoformat().replace("+00:00", "Z"))
    return replace(before, state=evolve(before.state, event), version=before.version + 1)
