"""Wishes and requests to erase persons, and legal holds: what was asked, and how far it is."""

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from domain.person import Hold, Person, Request, evolve
from domain.streams import of_person
from domain.timeline import as_known, fold
from events.catalogue.values import PersonId
from events.envelope import to_micros
from events.log.entry import recorded_at_text
from events.vault.destroying import Destruction
from service import read_models, views
from service.house import Errera


def person_of(object_id: str) -> str:
    """The person that a request or a hold is about: its id begins with it."""
    return object_id.partition(".")[0]


class Erasures:
    """Reads them. `persons` are the ids that the reader may know of (None: all)."""

    def __init__(self, house: Errera, persons: frozenset[str] | None = None) -> None:
        self._house = house
        self._persons = persons

    async def one(self, object_id: str) -> tuple[views.ErasureRequestView | views.LegalHoldView, int] | None:
        """A request or a hold, and its person's version."""
        state, version = await self._person(person_of(object_id))
        if state is None or not self._may_see(state.person_id):
            return None
        if object_id in state.requests:
            [view] = await self._shown([(state, state.requests[object_id])])
            return view, version
        if object_id in state.holds:
            return _hold(state, state.holds[object_id]), version
        return None

    async def erased_on(self, person_id: str) -> str | None:
        """When a person was erased, for whoever looks for it."""
        return (await self.erased([person_id])).get(person_id)

    async def erased(self, persons: Iterable[str]) -> Mapping[str, str]:
        """Those of these persons who were erased, and when; whatever instant a reader asks about."""
        streams = {of_person(PersonId(one)): one for one in persons}
        recorded = await self._house.store.read_streams(streams)
        found: dict[str, str] = {}
        for name, person_id in streams.items():
            state: Person | None = fold(None, evolve, as_known(recorded[name], self._house.store.codec.revive))
            if state and state.erased_on:
                found[person_id] = state.erased_on
        return found

    async def requests(
        self, *, stage: str | None = None, person_id: str | None = None
    ) -> Sequence[views.ErasureRequestView]:
        """Wishes and requests, the latest first: all, those that are that far, or those about one person."""
        asked = [(state, one) for state in await self._states(person_id) for one in state.requests.values()]
        return sorted(await self._shown(asked, stage), key=lambda one: (one.asked_on, one.request_id), reverse=True)

    async def holds(self, person_id: str | None = None) -> Sequence[views.LegalHoldView]:
        """All legal holds, or those on one person; the latest first."""
        found = [_hold(state, one) for state in await self._states(person_id) for one in state.holds.values()]
        return sorted(found, key=lambda one: (one.placed_on, one.hold_id), reverse=True)

    async def _person(self, person_id: str) -> tuple[Person | None, int]:
        recorded = await self._house.store.read_stream(of_person(PersonId(person_id)))
        return fold(None, evolve, as_known(recorded, self._house.store.codec.revive)), len(recorded)

    async def _states(self, person_id: str | None) -> Sequence[Person]:
        if person_id is not None:
            state, _ = await self._person(person_id)
            return [state] if state and self._may_see(person_id) else []
        table = read_models.PERSONS.table()
        async with self._house.store.database.read() as connection:
            query = sa.select(table.c.row).where(table.c.asked == "yes")
            rows = [read_models.PERSONS.decode(row) for (row,) in await connection.execute(query)]
        return [row.state for row in rows if row.state and self._may_see(row.person_id)]

    def _may_see(self, person_id: str) -> bool:
        return self._persons is None or person_id in self._persons

    async def _shown(
        self, asked: Sequence[tuple[Person, Request]], stage: str | None = None
    ) -> Sequence[views.ErasureRequestView]:
        """As readers see them. Reasons are read of those that are shown, and of no others."""
        erased = [one.request_id for _, one in asked if one.stage == "erased"]
        done = await self._house.erasing.destroyer.found(erased)
        shown = [(person, one, _state(one, done)) for person, one in asked]
        shown = [each for each in shown if stage in {None, each[2]}]
        texts = await self._house.vault.get(one.reason for _, one, _ in shown if one.reason)
        return [_request(person, one, state, done.get(one.request_id), texts) for person, one, state in shown]


def _state(one: Request, done: Mapping[str, Destruction]) -> str:
    """How far it is, to the last byte."""
    if one.stage != "erased":
        return one.stage
    destruction = done.get(one.request_id)
    return "complete" if destruction and destruction.completed_at else "pending"


def _request(
    person: Person, one: Request, state: str, done: Destruction | None, texts: Mapping[str, dict[str, str]]
) -> views.ErasureRequestView:
    return views.ErasureRequestView(
        href=f"/v1/erasureRequests/{one.request_id}",
        request_id=one.request_id,
        person_id=person.person_id,
        state=state,
        asked_by=one.asked_by,
        asked_on=one.asked_on,
        legal_ground=one.legal_ground,
        selection_rule=one.selection_rule,
        executed_by=one.executed_by,
        declined_on=one.closed_on if one.stage == "declined" else None,
        erased_on=one.closed_on if one.stage == "erased" else None,
        completed_at=recorded_at_text(to_micros(done.completed_at)) if done and done.completed_at else None,
        legal_holds=[hold.hold_id for hold in person.held] if one.stage in {"wished", "requested"} else [],
        reason=texts.get(one.reason or "", {}).get("text"),
    )


def _hold(person: Person, one: Hold) -> views.LegalHoldView:
    return views.LegalHoldView(
        href=f"/v1/legalHolds/{one.hold_id}",
        hold_id=one.hold_id,
        person_id=person.person_id,
        ground=one.ground,
        placed_by=one.placed_by,
        placed_on=one.placed_on,
        lifted_by=one.lifted_by,
        lifted_on=one.lifted_on,
        lifted_ground=one.lifted_ground,
    )
