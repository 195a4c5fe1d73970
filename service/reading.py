"""Reading on two axes: as of a day, as known at an instant."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from typing import Any, TypeVar

from domain import streams
from domain.references import vault_ids
from domain.timeline import Fact, as_known, as_of, fold
from domain.wall_clock import at_wall_time
from events.envelope import Recorded
from service.house import Errera

S = TypeVar("S")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The day and the instant that a read is about.

    Without a day that was asked for it is today, and what exists is shown even if it takes effect later.
    """

    day: date
    asked: bool = False
    known_at: datetime | None = None
    at_hand: Mapping[str, Sequence[Recorded[Any]]] = field(default_factory=dict)
    """Streams that need not be read, because a command just did."""

    def at(self, now: datetime, zone: tzinfo) -> datetime:
        """An instant on the day: now, or noon on a day that was asked for."""
        return at_wall_time(self.day, time(12), zone) if self.asked else now


class Stream:
    """One stream under a reading: what it makes, and the version that it is at."""

    def __init__(self, recorded: Sequence[Recorded[Any]], house: Errera, reading: Reading) -> None:
        known_at = reading.known_at
        self.recorded = [one for one in recorded if one.recorded_at <= known_at] if known_at else recorded
        self._house = house
        self._reading = reading

    @property
    def version(self) -> int:
        """How many events it had."""
        return len(self.recorded)

    def facts(self) -> Sequence[Fact]:
        """What had taken effect by the day."""
        known = as_known(self.recorded, self._house.store.codec.revive)
        if self._reading.asked:
            return as_of(known, self._reading.day)
        made = [fact for fact in known[:1] if not fact.effective_by(self._reading.day)]
        return [*made, *as_of(known, self._reading.day)]

    def state(self, initial: S, evolve: Callable[[S, Any], S]) -> S:
        """What these facts make."""
        if self._reading.known_at is None:
            folded = self._house.folds.of(self.recorded, initial, evolve, self._house.store.codec.revive)
            if folded.until <= self._reading.day:
                state: S = folded.state
                return state
        return fold(initial, evolve, self.facts())

    def foreseen(self, initial: S, evolve: Callable[[S, Any], S]) -> S:
        """What all that is known makes, also what takes effect later: as the scheduler sees it."""
        revive = self._house.store.codec.revive
        if self._reading.known_at is None:
            state: S = self._house.folds.of(self.recorded, initial, evolve, revive).state
            return state
        return fold(initial, evolve, as_of(as_known(self.recorded, revive)))


class Reader:
    """Streams and texts under one reading."""

    def __init__(self, house: Errera, reading: Reading) -> None:
        self.house = house
        self.reading = reading

    async def streams(self, wanted: Collection[str]) -> Mapping[str, Stream]:
        """Several streams at once."""
        at_hand = self.reading.at_hand
        found = {stream: at_hand[stream] for stream in wanted if stream in at_hand}
        if missing := [stream for stream in wanted if stream not in at_hand]:
            found |= await self.house.store.read_streams(missing)
        return {stream: Stream(recorded, self.house, self.reading) for stream, recorded in found.items()}

    async def stream(self, wanted: str) -> Stream:
        """One stream."""
        return (await self.streams([wanted]))[wanted]

    async def texts(self, states: Iterable[object]) -> Mapping[str, str]:
        """The prose that these refer to, by its id; what was erased is absent."""
        ids = [row_id for state in states for row_id in vault_ids(state)]
        found = await self.house.vault.get(ids) if ids else {}
        return {row_id: content["text"] for row_id, content in found.items() if "text" in content}

    async def states(
        self, wanted: Collection[str], evolve: Callable[[S | None, Any], S | None]
    ) -> Mapping[str, tuple[S, int]]:
        """Those streams that exist under this reading: id -> what it is, and its version."""
        found: dict[str, tuple[S, int]] = {}
        for name, stream in (await self.streams(wanted)).items():
            state: S | None = stream.state(None, evolve)
            if state is not None:
                found[streams.identity(name)] = (state, stream.version)
        return found
