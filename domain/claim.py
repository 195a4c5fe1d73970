"""What sources say, where they contradict each other, what authority suggests, and what is taken as right."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import Final

from domain.refusals import Refused
from domain.values import PartialDate, parse_decimal
from events.catalogue.claim import (
    AuthorityEvent,
    AuthorityOrdered,
    ClaimChosen,
    ClaimEvent,
    ClaimStated,
    SourceDescribed,
    SourceEvent,
    SourceKind,
)

USUAL_ORDER: Final[tuple[SourceKind, ...]] = ("deed", "parliamentaryAnswer", "pressRelease", "partnerPage")
"""What weighs most, until an order is given: what was signed, what was said to parliament, what the agency published,
what a partner says of itself.
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """One source's statement on one subject; `resolved_at` is the log position of its last resolution."""

    stated: ClaimStated
    chosen: ClaimChosen | None = None
    resolved_at: int = 0

    @property
    def about(self) -> tuple[str, str]:
        """Claims with the same subject and predicate can contradict each other."""
        return (self.stated.subject or self.stated.subject_type or "", self.stated.predicate)


def evolve(state: Claim | None, event: ClaimEvent, position: int = 0) -> Claim | None:
    """The claim after one more event."""
    match event:
        case ClaimStated():
            return Claim(event)
        case ClaimChosen():
            return state and replace(state, chosen=event, resolved_at=position)


def evolve_source(_state: SourceDescribed | None, event: SourceEvent) -> SourceDescribed:
    """What is known of a document: the last description."""
    return event


def evolve_order(_state: AuthorityOrdered | None, event: AuthorityEvent) -> AuthorityOrdered:
    """The order that holds: the last."""
    return event


def order_kinds(current: AuthorityOrdered | None, event: AuthorityOrdered) -> Sequence[AuthorityOrdered]:
    """A new order. Each kind once; the order that holds already is nothing new."""
    if not event.kinds or len(set(event.kinds)) != len(event.kinds):
        raise Refused("authority.kindTwice", kinds=list(event.kinds))
    return [] if current and current.kinds == event.kinds else [event]


def describe(current: SourceDescribed | None, event: SourceDescribed) -> Sequence[SourceDescribed]:
    """A description, where it says something else than the last."""
    return [] if current == event else [event]


def choose(claim: Claim, others: Iterable[Claim], event: ClaimChosen) -> Sequence[ClaimChosen]:
    """Go by this claim, unless that is so already: the last resolution on a subject and predicate stands."""
    standing = standing_of([claim, *others])
    return [] if standing is claim else [event]


def standing_of(claims: Iterable[Claim]) -> Claim | None:
    """Among claims on one subject and predicate, the one to go by."""
    return max((one for one in claims if one.chosen), key=lambda one: one.resolved_at, default=None)


def agree(one: ClaimStated, other: ClaimStated) -> bool:
    """Whether both can be true: the same words or figure, or a date within the less precise other."""
    if one.value.strip() == other.value.strip():
        return True
    if one.precision and other.precision:
        return _within(one.value, other.value) or _within(other.value, one.value)
    try:
        return Decimal(parse_decimal(one.value)) == Decimal(parse_decimal(other.value))
    except Refused:
        return False


def _within(date: str, wider: str) -> bool:
    try:
        inner, outer = PartialDate.parse(date), PartialDate.parse(wider)
    except Refused:
        return False
    return outer.first_day <= inner.first_day and inner.last_day <= outer.last_day


def together(claims: Iterable[Claim]) -> Mapping[tuple[str, str], Sequence[Claim]]:
    """Claims by what they are about."""
    found: dict[tuple[str, str], list[Claim]] = {}
    for claim in claims:
        found.setdefault(claim.about, []).append(claim)
    return found


def in_conflict(claims: Sequence[Claim]) -> bool:
    """Whether claims on one subject and predicate cannot all be true."""
    return any(not agree(one.stated, other.stated) for one, other in combinations(claims, 2))


def suggested(claims: Sequence[Claim], kinds: Mapping[str, SourceKind], order: Sequence[SourceKind]) -> Sequence[Claim]:
    """What the weightiest source says on one subject and predicate, with those that agree; nothing where sources of
    that weight contradict each other. `kinds` are those of the documents. A suggestion settles nothing.
    """
    ranks = {kind: rank for rank, kind in enumerate(order)}
    ranked = [(ranks[kinds[one.stated.source]], one) for one in claims if kinds.get(one.stated.source) in ranks]
    if not ranked:
        return []
    best = min(rank for rank, _ in ranked)
    first = [one for rank, one in ranked if rank == best]
    if in_conflict(first):
        return []
    return [one for one in claims if all(agree(one.stated, other.stated) for other in first)]
