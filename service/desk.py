"""One command on its way: who asks, on which version, with which prose; carried out once."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from domain.references import vault_ids
from domain.refusals import Refused
from domain.timeline import as_known, fold
from events.catalogue.values import IsoDate, TextRef
from events.envelope import Context, Recorded, Source
from events.store.transaction import Done, Work, transact
from service.auth.tokens import Caller
from service.house import Errera
from service.problems import Problem

T = TypeVar("T")
S = TypeVar("S")


@dataclass(slots=True, kw_only=True)
class Desk:
    """What a command handler works with."""

    house: Errera
    caller: Caller
    command_id: str
    request_hash: bytes
    now: datetime
    if_match: str | None = None
    sources: tuple[Source, ...] = ()
    done: Done[Any] | None = None
    """What was recorded, once it was."""
    _kept: list[str] = field(default_factory=list)
    _written: dict[str, int] = field(default_factory=dict)
    """The streams that it wrote, and the versions that it brought them to."""
    _made: int = 0

    @property
    def today(self) -> date:
        """The day on the agency's wall clock."""
        return self.house.day_of(self.now)

    @property
    def day(self) -> IsoDate:
        """Today, as events say it."""
        return IsoDate(self.today.isoformat())

    def new_id(self) -> str:
        """An id for something this command makes: the same if the command is tried again."""
        self._made += 1
        digest = hashlib.sha256(f"{self.command_id}/{self._made}".encode()).digest()
        return base64.b32encode(digest[:15]).decode().lower()

    async def prose(self, text: str | None, *, about: str | None = None) -> TextRef | None:
        """Keep prose in the vault; the event gets the reference."""
        return None if text is None else await self.keep("text", {"text": text}, about=about)

    async def keep(self, kind: str, content: dict[str, Any], *, about: str | None = None) -> TextRef:
        """Keep content in the vault for an event of this command."""
        row_id, commitment = await self.house.vault.put(kind, content, command_id=self.command_id, about=about)
        self._kept.append(row_id)
        return TextRef(text_id=row_id, commitment=commitment)

    async def same_prose(self, text: str | None, earlier: TextRef | None) -> TextRef | None:
        """The earlier reference where it says the same, else a new one: so that telling twice is seen as such."""
        if text is not None and earlier is not None:
            content = await self.house.vault.compared([earlier.text_id])
            if content.get(earlier.text_id) == {"text": text}:
                return earlier
        return await self.prose(text)

    def expect(self, recorded: Sequence[Recorded[Any]]) -> None:
        """The caller's If-Match must name the version that the stream is at."""
        if self.if_match is None or self.if_match.strip() == "*":
            return
        wanted = {tag.strip().removeprefix("W/").strip('"') for tag in self.if_match.split(",")}
        if str(len(recorded)) not in wanted:
            raise Problem.precondition_failed(str(len(recorded)))

    def fold(self, recorded: Sequence[Recorded[Any]], initial: S, evolve: Callable[[S, Any], S]) -> S:
        """The state that a stream makes, all that is known and whatever its date."""
        state: S = self.house.folds.of(recorded, initial, evolve, self.house.store.codec.revive).state
        return state

    def so_far(self, recorded: Sequence[Recorded[Any]], evolve: Callable[[S | None, Any], S | None]) -> S | None:
        """What a stream makes in the order in which it was recorded, for what is no legal history: a request and what
        became of it. `fold` goes by dates, of which one may be wrong.
        """
        return fold(None, evolve, as_known(recorded, self.house.store.codec.revive))

    def existing(self, recorded: Sequence[Recorded[Any]], evolve: Callable[[Any, Any], S | None], kind: str) -> S:
        """The state of something that must exist."""
        state: S | None = self.fold(recorded, None, evolve)
        if state is None:
            raise Refused(f"{kind}.unknown")
        return state

    async def change(
        self,
        stream: str,
        evolve: Callable[[Any, Any], S | None],
        kind: str,
        rule: Callable[[S], Sequence[object]],
    ) -> None:
        """A command on one thing that must exist: what the rule says happened, happened."""

        async def decide(work: Work) -> None:
            [recorded] = await work.read(stream)
            state: S = self.existing(recorded, evolve, kind)
            self.expect(recorded)
            work.append(stream, *rule(state))

        await self.carry_out(decide)

    async def recorded_by(self, done: Done[Any]) -> Sequence[Any]:
        """The events that a command recorded, the first time it was carried out."""
        record = done.appended.record
        if record.first_position is None or record.last_position is None:
            return []
        count = record.last_position - record.first_position + 1
        return [one.event for one in await self.house.store.read_log(record.first_position - 1, count)]

    async def just_recorded(self) -> Mapping[str, Sequence[Recorded[Any]]]:
        """The streams that this command wrote as it left them, where the store has them at hand."""
        if self.done is None or self.done.appended.repeated:
            return {}
        last = self.done.appended.record.last_position or 0
        ahead = await self.house.store.read_ahead(self._written, fresh=False)
        mine = {stream: [one for one in events if one.position <= last] for stream, events in ahead.streams.items()}
        return {stream: events for stream, events in mine.items() if len(events) == self._written[stream]}

    async def carry_out(self, decide: Callable[[Work], Awaitable[T]]) -> Done[T]:
        """Decide and record, once; the vault keeps what was recorded and forgets the rest."""
        context = Context(command_id=self.command_id, actor=self.caller.actor, sources=self.sources)
        named: list[str] = []

        async def deciding(work: Work) -> T:
            result = await decide(work)
            named[:] = [row_id for pending in work.pending for row_id in vault_ids(pending.event)]
            self._written = {pending.stream: pending.version for pending in work.pending}
            return result

        try:
            done = await transact(self.house.store, context, self.request_hash, deciding)
        except BaseException:
            await self._settle([])
            raise
        await self._settle([] if done.appended.repeated else named)
        self.done = done
        return done

    async def _settle(self, named: list[str]) -> None:
        if self._kept:
            mine = set(self._kept)
            await self.house.vault.settle(mine & set(named), mine - set(named))
