"""Read, decide, append: a command as one transaction over the streams it read.

Every stream that a decision read is a condition of its append: written streams by their expected version, the others as
read conditions. Where one has moved meanwhile the decision is taken again on what is true now.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from events.codec import Pending
from events.envelope import Context, Recorded, new_event_id
from events.store.port import Append, Appended, CommandReusedError, Ground, Store, VersionConflictError

T = TypeVar("T")

TRIES: Final = 60
"""How often a decision is taken again before the conflict is handed to the caller."""


class Work:
    """One try of one command: what it read, and what it wants to append.

    Commands on one stream take turns in the process: the first stream that a command reads is where it queues. So the
    next one decides on what this one submitted, before it is on disk.
    """

    def __init__(self, store: Store, *, fresh: bool = False) -> None:
        self._store = store
        self._fresh = fresh
        self._versions: dict[str, int] = {}
        self._appended: dict[str, int] = {}
        self._turn: asyncio.Lock | None = None
        self.certain = True
        """Whether all that was read is on record."""
        self.pending: list[Pending] = []
        self.grounds: list[Ground] = []
        """What of that is only believed."""

    async def read(self, *streams: str) -> Sequence[Sequence[Recorded[Any]]]:
        """The streams' events; from here on they are conditions of the append."""
        if self._turn is None and streams:
            turn = self._store.turn(streams[0])
            await turn.acquire()
            self._turn = turn
        ahead = await self._store.read_ahead(streams, fresh=self._fresh)
        self.certain = self.certain and ahead.certain
        self.grounds.extend(ahead.grounds)
        for stream in streams:
            self._versions.setdefault(stream, len(ahead.streams[stream]))  # read again and moved: it is refused
        return [ahead.streams[stream] for stream in streams]

    def append(self, stream: str, *happened: object) -> None:
        """Add events to a stream that was read, or that is new."""
        for event in happened:
            version = self._versions.get(stream, 0) + self._appended.get(stream, 0) + 1
            self._appended[stream] = self._appended.get(stream, 0) + 1
            self.pending.append(Pending(stream=stream, version=version, event_id=new_event_id(), event=event))

    def as_append(self, context: Context, request_hash: bytes) -> Append:
        """All of it, as the store takes it."""
        conditions = {stream: version for stream, version in self._versions.items() if stream not in self._appended}
        return Append(context=context, request_hash=request_hash, events=self.pending, conditions=conditions)

    def end_turn(self) -> None:
        """The next command on the stream may decide."""
        if self._turn is not None:
            self._turn.release()
            self._turn = None


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A command that was carried out: what the decision returned (None for a repeated one), and what was recorded."""

    result: T | None
    appended: Appended


async def transact(
    store: Store,
    context: Context,
    request_hash: bytes,
    decide: Callable[[Work], Awaitable[T]],
) -> Done[T]:
    """Carry a command out, once. Raises what `decide` raises, and what Store.append raises."""
    conflicts, fresh = 0, False
    while True:
        work = Work(store, fresh=fresh)
        try:
            result = await decide(work)
            outcome = await store.submit(work.as_append(context, request_hash), work.grounds)
        except Exception:
            if not work.certain:
                fresh = True  # the reason may lie in what is not on record: decide again on what is
                continue
            # The same command may have been carried out meanwhile, and what it did be the reason to refuse.
            if (earlier := await _earlier(store, context, request_hash)) is not None:
                return Done(None, earlier)
            raise
        finally:
            work.end_turn()
        try:
            appended = await outcome
        except VersionConflictError:
            conflicts += 1
            if conflicts == TRIES:
                raise
            await asyncio.sleep(random.uniform(0, min(0.005 * conflicts, 0.02)))  # noqa: S311 - spreads retries, hides no secret
            continue
        return Done(None if appended.repeated else result, appended)


async def _earlier(store: Store, context: Context, request_hash: bytes) -> Appended | None:
    record = await store.command(context.command_id)
    if record is None:
        return None
    if record.request_hash != request_hash:
        raise CommandReusedError(context.command_id)
    return Appended(record=record, repeated=True)
