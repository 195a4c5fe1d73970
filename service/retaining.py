"""Retention rules and dispositions for readers."""

from collections.abc import Sequence
from typing import get_args

import sqlalchemy as sa

from domain import retention as rules
from domain.retention import Disposition
from domain.streams import identity, of_retention
from domain.timeline import as_known, fold
from events.catalogue.retention import RecordKind, RetentionRuleSet
from service import read_models, views
from service.auth.policy import Action, any_part
from service.auth.tokens import Caller
from service.house import Errera
from service.problems import Problem


def retaining_for(house: Errera, caller: Caller) -> "Retaining":
    """For whoever has a part in erasing everyone. Raises the 403 that fits."""
    if not any_part(caller, Action.ERASE_PERSONS).everything:
        raise Problem.forbidden(caller.role)
    return Retaining(house)


class Retaining:
    """Reads them."""

    def __init__(self, house: Errera) -> None:
        self._house = house

    async def rules(self) -> Sequence[views.RetentionRuleView]:
        """The rule of each kind that has one."""
        found = [await self.rule(kind) for kind in get_args(RecordKind)]
        return [one[0] for one in found if one]

    async def rule(self, kind: str) -> tuple[views.RetentionRuleView, int] | None:
        """The rule of a kind, and its version."""
        recorded = await self._house.store.read_stream(of_retention(kind))
        if not recorded:
            return None
        event: RetentionRuleSet = recorded[-1].event
        view = views.RetentionRuleView(
            href=f"/v1/retentionRules/{event.kind}",
            kind=event.kind,
            years=event.years,
            destination=event.destination,
            selection_rule=event.selection_rule,
            set_on=event.set_on,
        )
        return view, len(recorded)

    async def dispositions(self, stage: str | None = None) -> Sequence[views.DispositionView]:
        """All that was proposed, what is longest due first."""
        table = read_models.DISPOSITIONS.table()
        async with self._house.store.database.read() as connection:
            rows = [read_models.DISPOSITIONS.decode(row) for (row,) in await connection.execute(sa.select(table.c.row))]
        states = [(identity(row.stream), row.state) for row in rows if row.state and stage in {None, row.state.stage}]
        return sorted(await self._shown(states), key=lambda one: (one.due_on, one.disposition_id))

    async def disposition(self, disposition_id: str) -> tuple[views.DispositionView, int] | None:
        """One of them, and its version."""
        recorded = await self._house.store.read_stream(f"disposition-{disposition_id}")
        state = fold(None, rules.evolve, as_known(recorded, self._house.store.codec.revive))
        if state is None:
            return None
        [view] = await self._shown([(disposition_id, state)])
        return view, len(recorded)

    async def _shown(self, states: Sequence[tuple[str, Disposition]]) -> Sequence[views.DispositionView]:
        texts = await self._house.vault.get(state.reason for _, state in states if state.reason)
        return [
            views.DispositionView(
                href=f"/v1/dispositions/{disposition_id}",
                disposition_id=disposition_id,
                kind=state.kind,
                subject_id=state.subject_id,
                state=state.stage,
                selection_rule=state.selection_rule,
                destination=state.destination,
                counted_from=state.counted_from,
                due_on=state.due_on,
                proposed_on=state.proposed_on,
                until=state.until,
                reason=texts.get(state.reason or "", {}).get("text"),
                decided_by=state.decided_by,
                decided_on=state.decided_on,
                archived_as=state.archived_as,
                texts=state.texts if state.stage == "approved" else None,
            )
            for disposition_id, state in states
        ]
