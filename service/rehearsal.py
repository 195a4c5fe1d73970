"""A house in which commands are judged as they would be, and nothing is written."""

import asyncio
import uuid
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from events.codec import Codec
from events.envelope import Recorded
from events.store.database import Database
from events.store.port import (
    Ahead,
    Append,
    Appended,
    CommandRecord,
    CommandReusedError,
    Ground,
    Head,
    VersionConflictError,
)
from events.store.sql import SqlStore
from events.vault.reading import Unveiled
from events.vault.vault import Vault
from service.house import Errera


def rehearse(house: Errera) -> Errera:
    """The same house over a store and a vault that keep what is new in memory only."""
    return replace(
        house,
        store=cast("SqlStore", RehearsalStore(house.store)),
        vault=cast("Vault", RehearsalVault(house.vault)),
    )


class RehearsalStore:
    """A real store to read from, with appends in memory on top of it."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.codec: Codec = store.codec
        self.database: Database = store.database
        self._new: list[Recorded[Any]] = []
        self._streams: dict[str, list[Recorded[Any]]] = {}
        self._commands: dict[str, CommandRecord] = {}
        self._size: int | None = None

    async def append(self, append: Append) -> Appended:
        """As the store would, in memory."""
        context = append.context
        earlier = await self.command(context.command_id)
        if earlier is not None:
            if earlier.request_hash != append.request_hash:
                raise CommandReusedError(context.command_id)
            return Appended(record=earlier, repeated=True)
        await self._check(append)
        first = (await self.head()).size + 1
        now = await self.now()
        for position, pending in enumerate(append.events, first):
            body = self.codec.encode(pending, context)
            one = self.codec.decode(position, now, body)
            self._new.append(one)
            self._streams.setdefault(one.stream, []).append(one)
        last = first + len(append.events) - 1
        record = CommandRecord(
            command_id=context.command_id,
            request_hash=append.request_hash,
            first_position=first if append.events else None,
            last_position=last if append.events else None,
            recorded_at=now,
        )
        self._commands[context.command_id] = record
        return Appended(record=record, repeated=False)

    async def submit(self, append: Append, grounds: Sequence[Ground] = ()) -> Awaitable[Appended]:
        """The outcome, at once."""
        del grounds
        outcome = asyncio.get_running_loop().create_future()
        outcome.set_result(await self.append(append))
        return outcome

    def turn(self, stream: str) -> asyncio.Lock:
        """Nobody else is here."""
        del stream
        return asyncio.Lock()

    async def read_ahead(self, streams: Iterable[str], *, fresh: bool) -> Ahead:
        """The streams with what is new."""
        del fresh
        return Ahead(await self.read_streams(streams), certain=True)

    async def command(self, command_id: str) -> CommandRecord | None:
        """What it did, here or in the store."""
        return self._commands.get(command_id) or await self._store.command(command_id)

    async def read_stream(self, stream: str) -> Sequence[Recorded[Any]]:
        """The stream with what is new."""
        return (await self.read_streams([stream]))[stream]

    async def read_streams(self, streams: Iterable[str]) -> Mapping[str, Sequence[Recorded[Any]]]:
        """The streams with what is new."""
        found = await self._store.read_streams(streams)
        return {stream: [*recorded, *self._streams.get(stream, ())] for stream, recorded in found.items()}

    async def read_log(self, after: int, limit: int) -> Sequence[Recorded[Any]]:
        """The log with what is new."""
        stored = await self._store.read_log(after, limit)
        return [*stored, *(one for one in self._new if one.position > after)][:limit]

    async def head(self) -> Head:
        """How far the log would go."""
        if self._size is None:
            self._size = (await self._store.head()).size
        return Head(size=self._size + len(self._new), recorded_at=None)

    async def now(self) -> datetime:
        """The store's clock."""
        return await self._store.now()

    def not_before_the_last(self, instant: datetime) -> datetime:
        """As in the store."""
        return self._store.not_before_the_last(instant)

    async def _check(self, append: Append) -> None:
        expected = dict(append.conditions)
        for pending in append.events:
            expected.setdefault(pending.stream, pending.version - 1)
        for stream, recorded in (await self.read_streams(expected)).items():
            if len(recorded) != expected[stream]:
                raise VersionConflictError(stream, expected[stream], len(recorded))


class RehearsalVault:
    """A real vault to read from; what is new stays in memory."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._new: dict[str, dict[str, Any]] = {}

    async def put(
        self, kind: str, content: Mapping[str, Any], *, command_id: str, about: str | None = None
    ) -> tuple[str, str]:
        """An id as the vault would give one."""
        del kind, command_id, about
        row_id = uuid.uuid4().hex
        self._new[row_id] = dict(content)
        return row_id, "0" * 64

    async def settle(self, keep: Iterable[str], drop: Iterable[str]) -> None:
        """Nothing to keep."""
        del keep, drop

    async def get(self, ids: Iterable[str]) -> Mapping[str, dict[str, Any]]:
        """What is new, and what the vault has."""
        return dict(await self.unveil(ids))

    async def unveil(self, ids: Iterable[str]) -> Unveiled:
        """The same, where only what is looked up in it is shown."""
        return Unveiled(await self.compared(ids))

    async def compared(self, ids: Iterable[str]) -> Mapping[str, dict[str, Any]]:
        """The same, shown to nobody."""
        wanted = list(ids)
        stored = await self._vault.compared(one for one in wanted if one not in self._new)
        return {**stored, **{one: self._new[one] for one in wanted if one in self._new}}

    async def existing(self, ids: Iterable[str]) -> frozenset[str]:
        """What is new, and what the vault has."""
        wanted = list(ids)
        return await self._vault.existing(wanted) | frozenset(one for one in wanted if one in self._new)

    async def ids(self, kind: str) -> list[str]:
        """As the vault has them: what is new is not named by any event yet."""
        return await self._vault.ids(kind)
