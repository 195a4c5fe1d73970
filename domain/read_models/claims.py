"""What sources say, by subject."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from domain.claim import Claim, evolve
from domain.timeline import RecordedEvent
from events.catalogue.claim import ClaimEvent

NAME: Final = "claims"
VERSION: Final = 2
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
    state = evolve(before.state, event, happened.position)
    return replace(before, state=state, version=before.version + 1)


def columns(row: Row) -> Mapping[str, Any]:
    """What rows are found by."""
    stated = row.state.stated if row.state else None
    return {
        "first_position": row.first_position,
        "subject": stated and (stated.subject or stated.subject_type or ""),
    }
