"""Two axes of time over one stream: what was known at an instant, and what was true on a day."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Protocol, TypeVar

from domain.refusals import Refused
from domain.values import last_day
from events.catalogue.correction import EventCorrected
from events.catalogue.values import Event

S = TypeVar("S")
E = TypeVar("E", bound=Event)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class RecordedEvent(Protocol):
    """An event as the log gives it."""

    @property
    def position(self) -> int:
        """Its place in the log, from 1."""
        ...

    @property
    def recorded_at(self) -> datetime:
        """When the register learned it."""
        ...

    @property
    def stream(self) -> str:
        """Whose life it belongs to."""
        ...

    @property
    def event(self) -> Any:
        """The event."""
        ...


class UnreadableFactError(Exception):
    """What is recorded at a position makes no sense: no rule let it through, and none can go on from it."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(f"the event at position {position} cannot be read: {why}")
        self.position = position
        self.why = why


Revive = Callable[[str, int, Mapping[str, Any]], Any]
"""Type, schema version and plain data -> event."""


@dataclass(frozen=True, slots=True)
class Fact:
    """An event with its place on both axes; a corrected one keeps its position and says where its correction stands."""

    position: int
    event: Any
    corrected_by: int | None = None

    @property
    def order(self) -> tuple[date, int]:
        """By legal date (its last possible day; unknown comes first), then by position."""
        legal = self.event.legal_date()
        try:
            return (last_day(legal) if legal else date.min, self.position)
        except Refused as refused:
            raise UnreadableFactError(self.said_at, str(refused)) from refused

    @property
    def said_at(self) -> int:
        """The position of what says so: its own, or its correction's."""
        return self.corrected_by or self.position

    def effective_by(self, day: date) -> bool:
        """Whether it had taken effect on that day; one without a legal date always had."""
        return self.order[0] <= day


def micros(instant: datetime) -> int:
    """Microseconds since 1970, as entries of read models have instants."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def correction_of(event: Any, revive: Revive) -> tuple[int, Any] | None:
    """The position that a correction corrects and the event to stand there; None for any other event."""
    match event:
        case EventCorrected():
            return event.position, revive(event.corrected_type, event.corrected_version, event.data)
        case _:
            return None


def as_known(recorded: Iterable[RecordedEvent], revive: Revive, known_at: datetime | None = None) -> Sequence[Fact]:
    """The facts of a stream as known at an instant (None: now), corrections in the place of what they correct.

    Raises UnreadableFactError.
    """
    facts: dict[int, Fact] = {}
    for one in recorded:
        if known_at is not None and one.recorded_at > known_at:
            continue
        try:
            correction = correction_of(one.event, revive)
        except Exception as error:  # an upcaster may raise anything
            raise UnreadableFactError(one.position, str(error)) from error
        if correction is None:
            facts[one.position] = Fact(one.position, one.event)
        else:
            position, event = correction
            facts[position] = Fact(position, event, one.position)
    return list(facts.values())


def as_of(facts: Iterable[Fact], day: date | None = None) -> Sequence[Fact]:
    """Those that had taken effect by a day (None: all of them), in the order in which they did.

    What began the stream comes first, also where something later has an earlier legal date, or none.
    """
    known = list(facts)
    began = min((fact.position for fact in known), default=0)
    return sorted(
        (fact for fact in known if day is None or fact.effective_by(day)),
        key=lambda fact: (fact.position != began, *fact.order),
    )


def fold(initial: S, evolve: Callable[[S, Any], S], facts: Iterable[Fact]) -> S:
    """The state that the facts make. Raises UnreadableFactError where one of them fits nothing that went before."""
    state = initial
    for fact in facts:
        try:
            state = evolve(state, fact.event)
        except Exception as error:  # a date that is none, an end before its start
            raise UnreadableFactError(fact.said_at, str(error)) from error
    return state
