"""Appends from everywhere in the process, committed in groups.

While one commit is on its way to disk the next batch forms: the longer a commit takes, the more it carries. There is no
timer. Of many writers a batch takes half: the others are written while those that were answered say what comes next.
Were it all of them, this process and the database would wait for each other in turn. Appends that cannot stand beside
each other go into different batches; whoever lost is told so alone, and its neighbours are written without it.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from events.envelope import from_micros
from events.store.batch import Batch, Prepared, Refused, Written
from events.store.port import (
    Appended,
    CommandRecord,
    CommandReusedError,
    StoreBusyError,
    StoreUnavailableError,
    VersionConflictError,
)

QUEUE_LIMIT: Final = 4096
"""How many appends may wait; more wait outside for room."""
BATCH_EVENTS: Final = 2048
"""How many events a batch takes before it is full."""
SMALL: Final = 8
"""Appends; fewer go together at once."""
SECONDS_FOR_ROOM: Final = 5.0
SECONDS_TO_RECONNECT: Final = 5.0


class ConnectionLostError(StoreUnavailableError):
    """The connection broke: what was sent may have been recorded, or not."""


class Log(Protocol):
    """The tables of the log in one of the databases."""

    async def write(self, batch: Batch) -> Written | Refused:
        """Record all of a batch in one transaction, or nothing. Raises StoreUnavailableError, ConnectionLostError."""
        ...

    async def is_event(self, position: int, event_id: str) -> bool:
        """Whether this event stands at that position."""
        ...


@dataclass(slots=True, eq=False)
class _Waiting:
    prepared: Prepared
    outcome: asyncio.Future[Appended]
    alone: bool = False
    """The database failed on its batch: it is tried once more by itself, so that it harms nobody."""
    uncertain: bool = False
    """A connection broke while it was being written: it may be on record."""


class GroupCommit:
    """One flusher over a log. `settled` hears of each append once its outcome is known: its record, or None."""

    def __init__(self, log: Log, settled: Callable[[Prepared, CommandRecord | None], None]) -> None:
        self._log = log
        self._settled = settled
        self._queue: deque[_Waiting] = deque()
        self._busy = False
        self._flusher: asyncio.Task[None] | None = None
        self._room: deque[asyncio.Future[None]] = deque()
        self._last = 0
        """How many appends the last batch held."""

    async def submit(self, prepared: Prepared) -> Awaitable[Appended]:
        """Queue it, once there is room. Raises StoreBusyError if there is none for too long."""
        while len(self._queue) >= QUEUE_LIMIT:
            await self._wait_for_room()
        if (conflict := prepared.unfounded()) is not None:
            raise conflict
        outcome: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        if not self._busy:
            self._busy = True
            return self._alone(_Waiting(prepared, outcome))
        self._queue.append(_Waiting(prepared, outcome))
        return outcome

    async def _alone(self, one: _Waiting) -> Appended:
        """A lone writer's append, in its own task: nothing else is on its way."""
        batch = Batch()
        batch.take(one.prepared)
        try:
            await self._write(batch, [one])
        except Exception as error:  # noqa: BLE001 - whatever happened, each append gets an answer
            self._broken([one], error)
        except BaseException:  # cancelled: all of it is recorded, or nothing; its command id tells
            self._settled(one.prepared, None)
            raise
        finally:
            if self._queue:
                self._flusher = asyncio.create_task(self._flush())
            else:
                self._busy = False
        return await one.outcome

    async def _wait_for_room(self) -> None:
        room = asyncio.get_running_loop().create_future()
        self._room.append(room)
        try:
            async with asyncio.timeout(SECONDS_FOR_ROOM):
                await room
        except TimeoutError:
            raise StoreBusyError(f"{len(self._queue)} appends are waiting") from None

    def _make_room(self) -> None:
        free = QUEUE_LIMIT - len(self._queue)
        while self._room and free > 0:
            room = self._room.popleft()
            if not room.done():
                room.set_result(None)
                free -= 1

    async def _flush(self) -> None:
        try:
            while self._queue:
                batch, going = self._form()
                if self._room:
                    self._make_room()
                if not going:
                    continue
                try:
                    await self._write(batch, going)
                except Exception as error:  # noqa: BLE001 - whatever happened, each append gets an answer
                    self._broken(going, error)
        finally:
            self._flusher, self._busy = None, False
            self._make_room()

    def _form(self) -> tuple[Batch, list[_Waiting]]:
        """The next batch, in the order of the queue; what cannot stand beside it stays at the front."""
        batch = Batch()
        going: list[_Waiting] = []
        staying: list[_Waiting] = []
        share = max(SMALL, (len(self._queue) + self._last + 1) // 2)
        while self._queue and len(going) < share and batch.events < BATCH_EVENTS and len(staying) < BATCH_EVENTS:
            one = self._queue.popleft()
            if one.outcome.cancelled() and not one.uncertain:
                self._settled(one.prepared, None)  # its caller is gone, and nothing of it was done
            elif (conflict := one.prepared.unfounded()) is not None:
                self._lose(one, conflict)
            elif one.alone:
                if going:
                    staying.append(one)
                else:
                    batch.take(one.prepared)
                    going.append(one)
                break
            elif batch.take(one.prepared):
                going.append(one)
            else:
                staying.append(one)
        self._queue.extendleft(reversed(staying))
        self._last = len(going)
        return batch, going

    async def _write(self, batch: Batch, going: list[_Waiting]) -> None:
        match await self._written(going, batch):
            case Written(first, recorded_at):
                self._recorded(going, first, recorded_at)
            case Refused() as refused:
                await self._refuse(going, refused)

    async def _written(self, going: list[_Waiting], batch: Batch) -> Written | Refused:
        """The log's answer, asked again when the connection broke: command ids tell what had been recorded."""
        deadline: float | None = None  # counted from the first loss: a stalled one is lost only after a while
        pause = 0.0
        while True:
            try:
                return await self._log.write(batch)
            except ConnectionLostError:
                for one in going:
                    one.uncertain = True
                now = asyncio.get_running_loop().time()
                deadline = deadline or now + SECONDS_TO_RECONNECT
                if now >= deadline:
                    raise
                await asyncio.sleep(pause)
                pause = min(0.5, pause * 2 or 0.05)

    async def _refuse(self, going: list[_Waiting], refused: Refused) -> None:
        """Answer those that lost; the others go first in the next batch."""
        again: list[_Waiting] = []
        named: set[str] = set()
        for one in going:
            earlier = refused.known.get(one.prepared.command_id)
            if earlier is not None:
                await self._answer_known(one, earlier)
                continue
            lost = [
                (stream, version, refused.moved[stream])
                for stream, version in one.prepared.expected.items()
                if stream not in named and refused.moved.get(stream, version) != version
            ]
            named.update(one.prepared.expected)  # whoever comes later built on this one
            if lost:
                self._lose(one, VersionConflictError(*lost[0]))
            else:
                again.append(one)
        self._queue.extendleft(reversed(again))

    async def _answer_known(self, one: _Waiting, earlier: CommandRecord) -> None:
        if earlier.request_hash != one.prepared.append.request_hash:
            self._lose(one, CommandReusedError(one.prepared.command_id))
            return
        ours = one.uncertain and await self._is_ours(one.prepared, earlier)
        self._settle(one, Appended(record=earlier, repeated=not ours))

    async def _is_ours(self, prepared: Prepared, record: CommandRecord) -> bool:
        if record.first_position is None or not prepared.append.events:
            return record.first_position is None and not prepared.append.events
        return await self._log.is_event(record.first_position, prepared.append.events[0].event_id)

    def _broken(self, going: list[_Waiting], error: Exception) -> None:
        """The database failed: each gets one more try, alone."""
        again: list[_Waiting] = []
        for one in going:
            if one.alone or one.outcome.done() or isinstance(error, ConnectionLostError):
                self._lose(one, error)
            else:
                one.alone = True
                again.append(one)
        self._queue.extendleft(reversed(again))

    def _recorded(self, going: list[_Waiting], first: int, recorded_at: int) -> None:
        instant, position = from_micros(recorded_at), first
        for one in going:
            count = len(one.prepared.bodies)
            record = CommandRecord(
                command_id=one.prepared.command_id,
                request_hash=one.prepared.append.request_hash,
                first_position=position if count else None,
                last_position=position + count - 1 if count else None,
                recorded_at=instant,
            )
            position += count
            self._settle(one, Appended(record=record, repeated=False))

    def _settle(self, one: _Waiting, appended: Appended) -> None:
        self._settled(one.prepared, None if appended.repeated else appended.record)
        if not one.outcome.done():
            one.outcome.set_result(appended)

    def _lose(self, one: _Waiting, error: Exception) -> None:
        self._settled(one.prepared, None)
        if not one.outcome.done():
            one.outcome.set_exception(error)
