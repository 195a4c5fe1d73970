"""Read, decide, append: a command as one transaction over the streams it read.

Every stream that a decision read is a condition of its append: written streams by their expected version, the others as
read conditions. Where one has moved meanwhile the decision is taken again on what is true now.
"""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from events.codec import Pending
from events.envelope import Context, Recorded
from events.store.port import Append, Appended, CommandReusedError, Store, VersionConflictError

T = TypeVar("T")

TRIES: Final = 20
"""How often a decision is taken again before the conflict is handed to the caller."""


class Work:
    """One try of one command: what it read, and what it wants to append."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._versions: dict[str, int] = {}
        self._appended: dict[str, int] = {}
        self.pending: list[Pending] = []

    async def read(self, *streams: str) -> Sequence[Sequence[Recorded[Any]]]:
        """The streams' events; from here on they are conditions of the append."""
        found = await self._store.read_streams(streams)
        for stream in streams:
            self._versions.setdefault(stream, len(found[stream]))  # read again and moved: the append is refused
        return [found[stream] for stream in streams]

    def append(self, stream: str, *happened: object) -> None:
        """Add events to a stream that was read, or that is new."""
        for event in happened:
            version = self._versions.get(stream, 0) + self._appended.get(stream, 0) + 1
            self._appended[stream] = self._appended.get(stream, 0) + 1
            self.pending.append(Pending(stream=stream, version=version, event_id=str(uuid.uuid4()), event=event))

    def as_append(self, context: Context, request_hash: bytes) -> Append:
        """All of it, as the store takes it."""
        conditions = {stream: version for stream, version in self._versions.items() if stream not in self._appended}
        return Append(context=context, request_hash=request_hash, events=self.pending, conditions=conditions)


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
    if (earlier := await _earlier(store, context, request_hash)) is not None:
        return Done(None, earlier)
    tries = 0
    while True:
        work = Work(store)
        try:
            result = await decide(work)
        except Exception:
            # The same command may have been carried out meanwhile, and what it did be the reason to refuse.
            if (earlier := await _earlier(store, context, request_hash)) is not None:
                return Done(None, earlier)
            raise
        try:
            appended = await store.append(work.as_append(context, request_hash))
        except VersionConflictError:
            tries += 1
            if tries == TRIES:
                raise
            await asyncio.sleep(random.uniform(0, 0.005 * tries))  # noqa: S311 - spreads retries, hides no secret
            continue
        return Done(None if appended.repeated else result, appended)


async def _earlier(store: Store, context: Context, request_hash: bytes) -> Appended | None:
    record = await store.command(context.command_id)
    if record is None:
        return None
    if record.request_hash != request_hash:
        raise CommandReusedError(context.command_id)
    return Appended(record=record, repeated=True)
