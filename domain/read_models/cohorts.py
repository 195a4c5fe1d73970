"""Cohorts, in the order in which the register learned of them."""

from dataclasses import dataclass, replace
from typing import Final

from domain.timeline import RecordedEvent
from events.catalogue.cohort import (
    CohortEvaluated,
    CohortFact,
    CohortOpened,
    CohortRenewed,
    ImprovementPointReported,
)

NAME: Final = "cohorts"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"cohort"})


@dataclass(frozen=True, slots=True)
class Row:
    """A cohort and what follows it."""

    cohort_id: str
    first_position: int
    successor_id: str | None = None


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event."""
    event: CohortFact = happened.event
    match event:
        case CohortOpened():
            return Row(event.cohort_id, happened.position)
        case CohortRenewed():
            return row and replace(row, successor_id=event.successor_id)
        case CohortEvaluated() | ImprovementPointReported():
            return row
