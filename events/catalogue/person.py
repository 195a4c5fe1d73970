"""That a person is known; who it is stands in the vault alone."""

from typing import TypeAlias

from events.catalogue.values import Event, PersonId


class PersonRegistered(Event, frozen=True, kw_only=True):
    """A person is in the vault. The commitment is over what the vault held when this was recorded."""

    person_id: PersonId
    commitment: str


PersonEvent: TypeAlias = PersonRegistered
