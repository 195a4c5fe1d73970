"""Proposes what is to be destroyed or archived: once a day, and whenever the rules change, everything is looked at."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from functools import partial
from typing import Any, Final, get_args

import sqlalchemy as sa

from domain import agreement as agreements
from domain import consultation as consultations
from domain import partner as partners
from domain import retention as rules
from domain.references import vault_ids
from domain.streams import identity, of_disposition, of_retention
from domain.timeline import as_known, fold
from events.catalogue.retention import DispositionProposed, RecordKind, RetentionRuleSet
from events.catalogue.values import IsoDate
from events.envelope import Context, Recorded
from events.read_model import ReadModel
from events.store.sql import SqlStore
from events.store.transaction import Work, transact
from events.vault.vault import Vault

ACTOR: Final = "system:scheduler"
_SAME: Final = b"retention"
_MANY: Final = 200


@dataclass(slots=True)
class Retention:
    """Looks through what the vault holds. The models find agreements, consultations and partners."""

    store: SqlStore
    vault: Vault
    models: Mapping[str, ReadModel[Any]]
    zone: tzinfo
    _seen: tuple[date, int] | None = None
    _rules: Mapping[RecordKind, RetentionRuleSet] = field(default_factory=dict)

    async def tick(self) -> int:
        """Propose what is due. Returns how much was proposed."""
        today = (await self.store.now()).astimezone(self.zone).date()
        streams = {kind: of_retention(kind) for kind in get_args(RecordKind)}
        recorded = await self.store.read_streams(streams.values())
        count = sum(len(events) for events in recorded.values())
        if count == 0 or self._seen == (today, count):
            return 0
        proposed = 0
        for kind, stream in streams.items():
            if recorded[stream]:
                rule: RetentionRuleSet = recorded[stream][-1].event
                async for subject_id, counted_from in self._counted(kind):
                    proposed += await self._propose(rule, subject_id, counted_from, today)
        self._seen = (today, count)
        return proposed

    async def _counted(self, kind: RecordKind) -> AsyncIterator[tuple[str, date]]:
        """The subjects of which the vault still holds something, and from when their terms run."""
        if kind == "person":
            every = [state for _, state in await self._states("partner", partners.evolve)]
            signed = [state for _, state in await self._states("agreement", agreements.evolve)]
            for person_id in await self.vault.ids("person"):
                last = rules.last_role(person_id, every, signed)
                if last is not None:
                    yield person_id, last
            return
        evolve = agreements.evolve if kind == "agreement" else consultations.evolve
        counted = rules.end_of_agreement if kind == "agreement" else rules.day_of_consultation
        for recorded, state in await self._states(kind, evolve):
            texts = [text for one in recorded for text in vault_ids(one.event)]
            if texts and await self.vault.existing(texts):
                yield identity(recorded[0].stream), counted(state)

    async def _states(self, kind: str, evolve: Any) -> Sequence[tuple[Sequence[Recorded[Any]], Any]]:
        table = self.models[kind].table()
        async with self.store.database.read() as connection:
            streams = list(await connection.scalars(sa.select(table.c.key)))
        found = []
        for start in range(0, len(streams), _MANY):
            some = await self.store.read_streams(streams[start : start + _MANY])
            for recorded in some.values():
                state = fold(None, evolve, as_known(recorded, self.store.codec.revive))
                if state is not None:
                    found.append((recorded, state))
        return found

    async def _propose(self, rule: RetentionRuleSet, subject_id: str, counted_from: date, today: date) -> int:
        due_on = rules.over_on(counted_from, rule.years)
        if due_on > today:
            return 0
        stream = of_disposition(rule.kind, subject_id)
        before = len(await self.store.read_stream(stream))
        event = DispositionProposed(
            kind=rule.kind,
            subject_id=subject_id,
            selection_rule=rule.selection_rule,
            destination=rule.destination,
            counted_from=IsoDate(counted_from.isoformat()),
            due_on=IsoDate(due_on.isoformat()),
            proposed_on=IsoDate(today.isoformat()),
        )
        context = Context(command_id=f"{stream}.{before}", actor=ACTOR)
        done = await transact(self.store, context, _SAME, partial(_decide, event=event, stream=stream, today=today))
        return 0 if done.appended.repeated else done.result or 0


async def _decide(work: Work, event: DispositionProposed, stream: str, today: date) -> int:
    [recorded] = await work.read(stream)
    state: rules.Disposition | None = None
    for one in recorded:
        state = rules.evolve(state, one.event)
    happened = rules.propose(state, event, today)
    work.append(stream, *happened)
    return len(happened)
