"""Streams as this process believes them to be: what was read, and what it has submitted since.

A decision on them is safe only because the append checks the versions; where the belief was wrong it is dropped, and
the decision taken again on what is recorded.
"""

import asyncio
import weakref
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from events.codec import Codec
from events.envelope import Recorded
from events.store.batch import Prepared
from events.store.port import Belief, CommandRecord

EVENTS_KEPT: Final = 20_000
"""In all streams together; those longest unused go first."""

BEGINNINGS_KEPT: Final = 64

_NOT_YET: Final = 2**62
"""Submitted events have no position yet: they come after all that have one."""


class Tails:
    """The streams that commands of this process work on."""

    def __init__(self, codec: Codec) -> None:
        self._codec = codec
        self._streams: OrderedDict[str, Belief] = OrderedDict()
        self._beginnings: OrderedDict[str, list[Recorded[Any]]] = OrderedDict()
        self._unsettled: dict[str, dict[int, Belief | None]] = {}
        self._turns: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._kept = 0
        self._quiet = asyncio.Event()
        self._waiting = 0

    def turn(self, stream: str) -> asyncio.Lock:
        """Whose turn it is on a stream."""
        lock = self._turns.get(stream)
        if lock is None:
            lock = self._turns[stream] = asyncio.Lock()
        return lock

    def get(self, stream: str) -> Belief | None:
        """The stream, if something is believed of it."""
        found = self._streams.get(stream)
        if found is not None:
            self._streams.move_to_end(stream)
        return found

    def learn(self, streams: Mapping[str, Sequence[Recorded[Any]]]) -> None:
        """What was just read."""
        for stream, events in streams.items():
            if stream in self._unsettled:
                continue  # the submitted knows more
            self.forget(stream)
            self._streams[stream] = Belief(stream, list(events))
            self._kept += len(events)
        while self._kept > EVENTS_KEPT and len(self._streams) > 1:
            self.forget(next(iter(self._streams)))

    def beginning(self, stream: str) -> Sequence[Recorded[Any]]:
        """What is known to be on record of a stream that others were faster on: only what follows need be read."""
        return self._beginnings.get(stream, ())

    def mistaken(self, stream: str) -> None:
        """It was not as believed; what is on record of it stands."""
        belief = self._streams.get(stream)
        if belief is not None:
            on_record = bisect_left(belief.events, _NOT_YET, key=lambda one: one.position)
            self._beginnings[stream] = belief.events[:on_record]
            if len(self._beginnings) > BEGINNINGS_KEPT:
                self._beginnings.popitem(last=False)
        self._dropped(stream)

    def forget(self, stream: str) -> None:
        """Nothing is believed of it any more."""
        self._beginnings.pop(stream, None)
        self._dropped(stream)

    def _dropped(self, stream: str) -> None:
        belief = self._streams.pop(stream, None)
        if belief is not None:
            self._kept -= len(belief.events)

    def submitted(self, prepared: Prepared, now: Callable[[], datetime]) -> None:
        """An append went into the queue."""
        for pending, body in zip(prepared.append.events, prepared.bodies, strict=True):
            stream = pending.stream
            known = self._streams.get(stream)
            if known is not None and len(known.events) != pending.version - 1:
                self.forget(stream)
                known = None
            self._unsettled.setdefault(stream, {}).setdefault(id(prepared), known)
            if known is None:
                continue
            try:
                event = self._codec.decode(_NOT_YET + pending.version, now(), body)
            except msgspec.ValidationError:  # its caller hears of it when it reads the stream
                self.forget(stream)
                continue
            known.events.append(event)
            self._kept += 1

    def settled(self, prepared: Prepared, record: CommandRecord | None) -> None:
        """Its outcome is known: the record, or None where it was not recorded by this append."""
        extended: dict[str, Belief | None] = {}
        for number, pending in enumerate(prepared.append.events):
            stream, at = pending.stream, pending.version - 1
            if stream not in extended:
                extended[stream] = self._no_longer_unsettled(stream, prepared)
            belief = extended[stream]
            if belief is None:
                continue
            if record is None:
                belief.sound = min(belief.sound, at)
            elif len(belief.events) > at:
                position = (record.first_position or 0) + number
                recorded = msgspec.structs.replace(belief.events[at], position=position, recorded_at=record.recorded_at)
                belief.events[at] = recorded
        if record is None:
            for stream in prepared.expected:
                self.mistaken(stream)
        if self._waiting:
            self._quiet.set()
            self._quiet.clear()

    def _no_longer_unsettled(self, stream: str, prepared: Prepared) -> Belief | None:
        """The belief that its events were added to."""
        left = self._unsettled.get(stream)
        if left is None:
            return None
        belief = left.pop(id(prepared), None)
        if not left:
            del self._unsettled[stream]
        return belief

    async def quiet(self, streams: Sequence[str]) -> None:
        """Wait until what is submitted on these streams by now has an outcome."""
        before = {one for stream in streams for one in self._unsettled.get(stream, ())}
        while any(one in self._unsettled.get(stream, ()) for stream in streams for one in before):
            self._waiting += 1
            try:
                await self._quiet.wait()
            finally:
                self._waiting -= 1
