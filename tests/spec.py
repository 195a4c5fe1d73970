"""Given what happened, when someone decides, then this happens or a rule says no.

    AGREEMENT.given(signed()).when(hold_evaluation(year=2027)).then_refused("evaluation.yearOutsideTerm")

A decision is a function of the state that makes its own events. Whatever happened is told a second time at once: it must
then give nothing, or be refused.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, get_args

import msgspec

from domain.refusals import Refused
from events.catalogue.values import Event

S = TypeVar("S")

V = TypeVar("V")

Decision = Callable[[Any], Iterable[Event]]


def made(cls: type[V], **said: Any) -> V:
    """An event or a value from plain strings and lists, as it is read from the log."""
    return msgspec.convert(msgspec.to_builtins(cls(**said)), cls)


@dataclass(frozen=True)
class Spec(Generic[S]):
    """One aggregate: its empty state, its fold, and the union of events that the fold is about."""

    initial: S
    evolve: Callable[[S, Any], S]
    facts: Any

    def given(self, *happened: Event) -> "Given[S]":
        return Given(self, happened)

    def knows(self, event: Event) -> bool:
        return isinstance(event, get_args(self.facts) or self.facts)


@dataclass(frozen=True)
class Given(Generic[S]):
    """What happened so far."""

    spec: Spec[S]
    happened: tuple[Event, ...]

    @property
    def state(self) -> Any:
        """The state that it makes; a decision wants one that exists, so its type is left open."""
        state = self.spec.initial
        for event in self.happened:
            if self.spec.knows(event):
                state = self.spec.evolve(state, event)
        return state

    def when(self, decision: Decision) -> "Outcome[S]":
        try:
            return Outcome(self, decision, list(decision(self.state)), None)
        except Refused as refused:
            return Outcome(self, decision, [], refused)


@dataclass(frozen=True)
class Outcome(Generic[S]):
    """What a decision made of it."""

    given: Given[S]
    decision: Decision
    events: list[Event]
    refused: Refused | None

    def then(self, *expected: Event) -> Given[S]:
        """Exactly these events; and told again, none."""
        assert self.refused is None, f"refused: {self.refused}"
        assert self.events == list(expected)
        after = Given(self.given.spec, (*self.given.happened, *expected))
        again = after.when(self.decision)
        assert again.events == [], "told twice, it happened twice"
        return after

    def then_nothing(self) -> None:
        """It was true already."""
        assert self.refused is None, f"refused: {self.refused}"
        assert self.events == []

    def then_refused(self, code: str, **facts: Any) -> None:
        """A rule says no, by this code; where facts are given, it names these."""
        assert self.refused is not None, f"not refused, but {self.events}"
        assert self.refused.code == code
        assert {name: self.refused.facts.get(name) for name in facts} == facts
