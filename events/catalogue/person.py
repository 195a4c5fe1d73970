"""That a person is known, and what becomes of that; who it is stands in the vault alone."""

from typing import ClassVar, TypeAlias

from events.catalogue.values import Event, IsoDate, PersonId, TextRef


class PersonRegistered(Event, frozen=True, kw_only=True):
    """A person is in the vault. The commitment is over what the vault held when this was recorded."""

    person_id: PersonId
    commitment: str


class ErasureWished(Event, frozen=True, kw_only=True):
    """A partner asks that a person be erased. Whether that can be is for a programme manager to judge."""

    effective_field: ClassVar[str | None] = "wished_on"

    person_id: PersonId
    request_id: str
    wished_by: str
    """An actor, as the envelope has it."""
    wished_on: IsoDate


class ErasureRequested(Event, frozen=True, kw_only=True):
    """A person is to be erased, on a legal ground. Somebody else carries it out."""

    effective_field: ClassVar[str | None] = "requested_on"

    person_id: PersonId
    request_id: str
    legal_ground: str
    selection_rule: str | None = None
    """The rule of the retention schedule by which the person was selected."""
    requested_by: str
    requested_on: IsoDate


class ErasureDeclined(Event, frozen=True, kw_only=True):
    """A wish or a request comes to nothing, for a reason."""

    effective_field: ClassVar[str | None] = "declined_on"

    person_id: PersonId
    request_id: str
    declined_on: IsoDate
    reason: TextRef


class LegalHoldPlaced(Event, frozen=True, kw_only=True):
    """A person may not be erased until this is lifted, whoever asks."""

    effective_field: ClassVar[str | None] = "placed_on"

    person_id: PersonId
    hold_id: str
    ground: str
    placed_by: str
    placed_on: IsoDate


class LegalHoldLifted(Event, frozen=True, kw_only=True):
    """What kept a person from being erased is over."""

    effective_field: ClassVar[str | None] = "lifted_on"

    person_id: PersonId
    hold_id: str
    ground: str
    lifted_by: str
    lifted_on: IsoDate


class PersonErased(Event, frozen=True, kw_only=True):
    """What the vault held of a person is destroyed. This is the declaration of it, and stays."""

    effective_field: ClassVar[str | None] = "erased_on"

    person_id: PersonId
    request_id: str
    legal_ground: str
    selection_rule: str | None = None
    requested_by: str
    requested_on: IsoDate
    executed_by: str
    erased_on: IsoDate


PersonEvent: TypeAlias = (
    PersonRegistered
    | ErasureWished
    | ErasureRequested
    | ErasureDeclined
    | LegalHoldPlaced
    | LegalHoldLifted
    | PersonErased
)
