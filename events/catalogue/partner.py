"""What happens to a partner."""

from typing import ClassVar, Literal, TypeAlias

from events.catalogue.correction import EventCorrected
from events.catalogue.values import Event, IsoDate, PartnerId, PersonId, TextRef


class PartnerAdded(Event, frozen=True, kw_only=True):
    """An organisation became known to the register. Without a date it is not known since when."""

    effective_field: ClassVar[str | None] = "added_on"

    partner_id: PartnerId
    name: str
    kind: str | None = None
    enterprise_number: str | None = None
    added_on: IsoDate | None = None


class PartnerRenamed(Event, frozen=True, kw_only=True):
    """A partner goes by another name from a date, or by a date where only the first mention is known."""

    effective_field: ClassVar[str | None] = "effective_on"

    partner_id: PartnerId
    name: str
    effective_on: IsoDate
    effective_on_kind: Literal["on", "by"] | None = None
    reason: TextRef | None = None


class PartnerAliasAdded(Event, frozen=True, kw_only=True):
    """Another way in which sources write the partner's name."""

    partner_id: PartnerId
    name: str
    kind: str | None = None
    language: str | None = None


class ExecutingUnitAdded(Event, frozen=True, kw_only=True):
    """A division of the partner carries the agreement out."""

    effective_field: ClassVar[str | None] = "effective_on"

    partner_id: PartnerId
    name: str
    effective_on: IsoDate | None = None


class PartnerSucceeded(Event, frozen=True, kw_only=True):
    """Another partner took this one's place."""

    effective_field: ClassVar[str | None] = "effective_on"

    partner_id: PartnerId
    successor_id: PartnerId
    kind: Literal["merged", "absorbed", "split"]
    effective_on: IsoDate
    reason: TextRef | None = None


class AccountManagerAssigned(Event, frozen=True, kw_only=True):
    """The agency's account manager for this partner, from a date."""

    effective_field: ClassVar[str | None] = "effective_on"

    partner_id: PartnerId
    person_id: PersonId
    effective_on: IsoDate


class EnterpriseNumberReserved(Event, frozen=True, kw_only=True):
    """This enterprise number belongs to this partner: no other may carry it."""

    enterprise_number: str
    partner_id: PartnerId


class EnterpriseNumberReleased(Event, frozen=True, kw_only=True):
    """The enterprise number was a mistake here, and is free again."""

    enterprise_number: str
    partner_id: PartnerId


PartnerFact: TypeAlias = (
    PartnerAdded | PartnerRenamed | PartnerAliasAdded | ExecutingUnitAdded | PartnerSucceeded | AccountManagerAssigned
)
PartnerEvent: TypeAlias = PartnerFact | EventCorrected
ReservationEvent: TypeAlias = EnterpriseNumberReserved | EnterpriseNumberReleased
