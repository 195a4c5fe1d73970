"""Persons, as far as the log knows them: what is asked about them, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from domain.person import Person, evolve
from domain.timeline import RecordedEvent
from events.catalogue.person import PersonEvent

NAME: Final = "persons"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"person"})


@dataclass(frozen=True, slots=True)
class Row:
    """A person."""

    person_id: str
    state: Person | None = None


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event."""
    event: PersonEvent = happened.event
    before = row or Row(event.person_id)
    return replace(before, state=evolve(before.state, event))


def columns(row: Row) -> Mapping[str, str | None]:
    """`asked` says that there is something to show: of those about whom nobody asked anything there are many more."""
    asked = row.state is not None and (row.state.requests or row.state.holds)
    return {"asked": "yes" if asked else None}
