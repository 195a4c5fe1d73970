"""Partners: what may happen to one, and what it is."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.refusals import Refused
from events.catalogue.partner import (
    AccountManagerAssigned,
    EnterpriseNumberReleased,
    EnterpriseNumberReserved,
    ExecutingUnitAdded,
    PartnerAdded,
    PartnerAliasAdded,
    PartnerFact,
    PartnerRenamed,
    PartnerSucceeded,
    ReservationEvent,
)
from events.catalogue.values import PartnerId


@dataclass(frozen=True, slots=True)
class Partner:
    """An organisation that the agency has agreements with, as some of its events make it."""

    partner_id: PartnerId
    name: str
    kind: str | None = None
    enterprise_number: str | None = None
    added_on: str | None = None
    named: PartnerRenamed | None = None
    aliases: tuple[PartnerAliasAdded, ...] = ()
    executing_units: tuple[ExecutingUnitAdded, ...] = ()
    account_managers: tuple[AccountManagerAssigned, ...] = ()
    succession: PartnerSucceeded | None = None

    @property
    def account_manager(self) -> AccountManagerAssigned | None:
        """The one in office: the last assigned."""
        return self.account_managers[-1] if self.account_managers else None


def evolve(state: Partner | None, event: PartnerFact) -> Partner | None:
    """The partner after one more event."""
    match event:
        case PartnerAdded():
            return Partner(event.partner_id, event.name, event.kind, event.enterprise_number, event.added_on)
        case PartnerRenamed():
            return state and replace(state, name=event.name, named=event)
        case PartnerAliasAdded():
            return state and replace(state, aliases=(*state.aliases, event))
        case ExecutingUnitAdded():
            return state and replace(state, executing_units=(*state.executing_units, event))
        case AccountManagerAssigned():
            return state and replace(state, account_managers=(*state.account_managers, event))
        case PartnerSucceeded():
            return state and replace(state, succession=event)


def rename(partner: Partner, event: PartnerRenamed) -> Sequence[PartnerFact]:
    """A partner takes another name. Told twice, it happened once."""
    last = partner.named
    if last and (last.name, last.effective_on) == (event.name, event.effective_on):
        return []
    if partner.name == event.name:
        raise Refused("partner.nameUnchanged", name=event.name)
    return [event]


def add_alias(partner: Partner, event: PartnerAliasAdded) -> Sequence[PartnerFact]:
    """Another spelling, translation or acronym."""
    return [] if event in partner.aliases else [event]


def add_executing_unit(partner: Partner, event: ExecutingUnitAdded) -> Sequence[PartnerFact]:
    """A division that carries the agreement out; it is not a partner itself."""
    return [] if any(unit.name == event.name for unit in partner.executing_units) else [event]


def succeed(partner: Partner, successor: Partner, event: PartnerSucceeded) -> Sequence[PartnerFact]:
    """Another partner takes its place, once."""
    if partner.partner_id == successor.partner_id:
        raise Refused("partner.ownSuccessor")
    told = partner.succession
    if told is None:
        return [event]
    if (told.successor_id, told.kind, told.effective_on) == (event.successor_id, event.kind, event.effective_on):
        return []
    raise Refused("partner.succeeded", successorId=told.successor_id)


def assign_account_manager(partner: Partner, event: AccountManagerAssigned) -> Sequence[PartnerFact]:
    """From a date on, this person looks after the partner."""
    return [] if event in partner.account_managers else [event]


def reserve_number(reserved: Sequence[ReservationEvent], event: EnterpriseNumberReserved) -> Sequence[ReservationEvent]:
    """An enterprise number is one partner's."""
    holder = reserved[-1] if reserved else None
    match holder:
        case EnterpriseNumberReserved(partner_id=event.partner_id):
            return []
        case EnterpriseNumberReserved(partner_id=other):
            raise Refused("partner.enterpriseNumberTaken", enterpriseNumber=event.enterprise_number, partnerId=other)
        case EnterpriseNumberReleased() | None:
            return [event]
