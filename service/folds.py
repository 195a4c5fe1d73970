"""States that were folded before: a stream that grew at its end is folded on from where it was."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeVar

from domain.timeline import Fact, Revive, as_known, as_of, fold
from events.catalogue.correction import EventCorrected
from events.envelope import Recorded

S = TypeVar("S")

_MOST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Folded:
    """What all events of a stream make, whatever their date; `until` is the day by which all had taken effect."""

    state: Any
    until: date
    length: int
    last_id: str


class Folds:
    """The states of the streams last used, in this process."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, Any], Folded] = OrderedDict()

    def of(
        self, recorded: Sequence[Recorded[Any]], initial: S, evolve: Callable[[S, Any], S], revive: Revive
    ) -> Folded:
        """What a stream makes. Events are told apart by their ids, so that no other end is taken for its own."""
        if not recorded:
            return Folded(initial, date.min, 0, "")
        key = recorded[0].stream, evolve
        before = self._known.get(key)
        folded = before and _folded_on(before, recorded, evolve)
        if folded is None:
            facts = as_of(as_known(recorded, revive))
            until = max(fact.order[0] for fact in facts)
            folded = Folded(fold(initial, evolve, facts), until, len(recorded), recorded[-1].event_id)
        self._known[key] = folded
        self._known.move_to_end(key)
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return folded


def _folded_on(before: Folded, recorded: Sequence[Recorded[Any]], evolve: Callable[[Any, Any], Any]) -> Folded | None:
    """What it made before, and the events since; None where these do not come after all others."""
    if len(recorded) < before.length or recorded[before.length - 1].event_id != before.last_id:
        return None
    state, until = before.state, before.until
    for one in recorded[before.length :]:
        fact = Fact(one.position, one.event)
        day = fact.order[0]
        if day < until or isinstance(one.event, EventCorrected):
            return None
        state, until = fold(state, evolve, (fact,)), day
    return Folded(state, until, len(recorded), recorded[-1].event_id)
