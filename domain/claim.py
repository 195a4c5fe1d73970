"""What sources say, and what is taken as right where they disagree."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from events.catalogue.claim import ClaimChosen, ClaimEvent, ClaimStated


@dataclass(frozen=True, slots=True)
class Claim:
    """One source's statement on one subject."""

    stated: ClaimStated
    chosen: ClaimChosen | None = None

    @property
    def about(self) -> tuple[str, str]:
        """Claims with the same subject and predicate can contradict each other."""
        return (self.stated.subject, self.stated.predicate)


def evolve(state: Claim | None, event: ClaimEvent) -> Claim | None:
    """The claim after one more event."""
    match event:
        case ClaimStated():
            return Claim(event)
        case ClaimChosen():
            return state and replace(state, chosen=event)


def open_conflicts(claims: Iterable[Claim]) -> set[tuple[str, str]]:
    """Subjects and predicates on which sources say different things and none was chosen."""
    values: dict[tuple[str, str], set[str]] = {}
    settled: set[tuple[str, str]] = set()
    for claim in claims:
        values.setdefault(claim.about, set()).add(claim.stated.value)
        if claim.chosen:
            settled.add(claim.about)
    return {about for about, said in values.items() if len(said) > 1 and about not in settled}
