"""Which events came of others: by what caused them, and by the command that a whole chain began with.

Events that only share their own command need no row: the log has a command's events side by side.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from domain.timeline import RecordedEvent

NAME: Final = "chains"
VERSION: Final = 1
GROUP: Final = "link"
CATEGORIES: Final = frozenset(
    {
        "partner",
        "person",
        "cohort",
        "membership",
        "agreement",
        "milestone",
        "consultation",
        "moments",
        "enterpriseNumber",
        "claim",
        "reminder",
        "source",
        "authorityOrder",
        "retentionRule",
        "disposition",
        "reminderPolicy",
        "agencyCalendar",
        "programme",
        "log",
    }
)


class Linked(RecordedEvent, Protocol):
    """An event with what it came of."""

    @property
    def command_id(self) -> str:
        """The command that recorded it."""
        ...

    @property
    def correlation_id(self) -> str:
        """The command that it goes back to."""
        ...

    @property
    def causation_id(self) -> str | None:
        """The event that caused it."""
        ...


@dataclass(frozen=True, slots=True)
class Row:
    """An event under what it came of."""

    position: int


def caused_by(event_id: str) -> str:
    """The link between an event and what it caused."""
    return f"causation:{event_id}"


def going_back_to(command_id: str) -> str:
    """The link between a command and what other commands did because of it."""
    return f"correlation:{command_id}"


def keys(happened: Linked) -> Sequence[str]:
    """One row for each link."""
    links = [caused_by(happened.causation_id)] if happened.causation_id else []
    if happened.correlation_id != happened.command_id:
        links.append(going_back_to(happened.correlation_id))
    return [f"{link}/{happened.position:019}" for link in links]


def project(row: Row | None, happened: Linked) -> Row | None:
    """A row is written once."""
    return row or Row(happened.position)
