"""Partners by name and number."""

from dataclasses import dataclass, replace
from typing import Final

from domain.timeline import RecordedEvent
from events.catalogue.partner import (
    AccountManagerAssigned,
    ExecutingUnitAdded,
    PartnerAdded,
    PartnerAliasAdded,
    PartnerFact,
    PartnerRenamed,
    PartnerSucceeded,
)

NAME: Final = "partners"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"partner"})


@dataclass(frozen=True, slots=True)
class Row:
    """A partner under all names it has had; the day it was added orders nothing, its first position does."""

    partner_id: str
    first_position: int
    names: tuple[str, ...]
    enterprise_number: str | None = None
    account_manager_ids: tuple[str, ...] = ()


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event."""
    event: PartnerFact = happened.event
    match event:
        case PartnerAdded():
            return Row(event.partner_id, happened.position, (event.name,), event.enterprise_number)
        case PartnerRenamed() | PartnerAliasAdded():
            return row and replace(row, names=(*row.names, event.name))
        case AccountManagerAssigned():
            return row and replace(row, account_manager_ids=(*row.account_manager_ids, event.person_id))
        case ExecutingUnitAdded() | PartnerSucceeded():
            return row
