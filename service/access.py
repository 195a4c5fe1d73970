"""What is a caller's own: the partners that it is, or looks after, and whatever concerns these."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from domain import agreement as agreements
from domain import cohort as cohorts
from domain import consultation as consultations
from domain import partner as partners
from domain.cohort import NO_MEMBERS, Members
from domain.streams import of_agreement, of_consultation, of_members, of_partner, of_reminder
from domain.timeline import as_known, as_of, fold
from events.catalogue.values import AgreementId, CohortId, ConsultationId, PartnerId, ReminderId
from service import read_models
from service.auth.policy import Action, Grant, judge, part_of
from service.auth.tokens import Caller
from service.disclosing import reads_with_reason
from service.house import Errera
from service.problems import Problem


async def visible(house: Errera, caller: Caller, action: Action) -> frozenset[str] | None:
    """The partners whose things the caller may reach with an action; None for all. Raises the 403 that fits."""
    return await _own(house, judge(caller, action, part=reading_part(action)))


async def visible_figures(house: Errera, caller: Caller) -> frozenset[str] | None:
    """The partners whose evaluations and figures the caller sees: a partner its own, whatever it may not of others."""
    if caller.role == "partner":
        return frozenset({caller.partner_id} if caller.partner_id else ())
    try:
        return await visible(house, caller, Action.READ_EVALUATIONS)
    except Problem:
        return frozenset()


async def visible_contacts(house: Errera, caller: Caller) -> frozenset[str] | None:
    """The partners whose persons' names the caller may read in clear; whoever must say why and does not, none."""
    try:
        return await _own(house, judge(caller, Action.READ_PERSONS, part=reading_part(Action.READ_PERSONS)))
    except Problem:
        return frozenset()


async def reached_partners(house: Errera, grant: Grant) -> frozenset[str] | None:
    """The partners that a grant reaches; None for all."""
    return await _own(house, grant)


async def visible_persons(house: Errera, caller: Caller) -> frozenset[str] | None:
    """The same for whoever asks for persons. Raises the 403 that fits."""
    if needs_reason(caller) and not reads_with_reason():
        raise Problem(403, "access.reasonNeeded", kind="missingPermission")
    return await _own(house, judge(caller, Action.READ_PERSONS, part=reading_part(Action.READ_PERSONS)))


def needs_reason(caller: Caller) -> bool:
    """Whether the caller must say why it reads persons."""
    return part_of(caller, Action.READ_PERSONS) == "withReason"


def reading_part(action: Action) -> str | None:
    """The part of an action that this request's reader may because it says why it reads."""
    return "withReason" if action is Action.READ_PERSONS and reads_with_reason() else None


async def check_target(
    house: Errera, caller: Caller, action: Action, part: str | None, kind: str | None, target: str
) -> None:
    """Another's object is as if it were not there: 404, not 403. Whoever may only what is its own makes nothing that is
    nobody's yet, but for the part of an action that it was given (an account manager's contacts).
    """
    own = await _own(house, judge(caller, action, part=part))
    if own is None:
        return
    if kind is None:
        if part is None:
            raise Problem.forbidden(caller.role)
        return
    if not own & set(await concerned(house, kind, target)):
        raise Problem.not_found(f"{kind}.unknown")


async def concerned(house: Errera, kind: str, target: str) -> Iterable[str]:
    """The partners that a thing is about."""
    match kind:
        case "partner":
            return [target]
        case "agreement":
            state = await _state(house, of_agreement(AgreementId(target)), None, agreements.evolve)
            return [str(state.partner_id)] if state else []
        case "cohort":
            members: Members = await _state(house, of_members(CohortId(target)), NO_MEMBERS, cohorts.evolve_members)
            return members.agreements
        case "person":
            return await _around(house, target)
        case "consultation":
            state = await _state(house, of_consultation(ConsultationId(target)), None, consultations.evolve)
            return await concerned(house, "cohort", state.cohort_id) if state else []
        case "reminder":
            recorded = await house.store.read_stream(of_reminder(ReminderId(target)))
            first = recorded[0].event if recorded else None
            if first is None or not hasattr(first, "subject_type"):
                return []
            return await concerned(house, first.subject_type, first.subject_id)
        case _:
            return []


async def _around(house: Errera, person_id: str) -> Iterable[str]:
    """The partners that a person looks after, or did, or signed for."""
    async with house.store.database.read() as connection:
        table = read_models.PARTNERS.table()
        rows = [read_models.PARTNERS.decode(row) for (row,) in await connection.execute(sa.select(table.c.row))]
    looked_after = (row.partner_id for row in rows if person_id in row.account_manager_ids)
    return {*looked_after, *await _signed_for(house, person_id)}


async def concerning(house: Errera, person_id: str) -> frozenset[str]:
    """The partners that a person has to do with today: looks after, or signed for."""
    return frozenset({*await _looked_after(house, person_id), *await _signed_for(house, person_id)})


async def _signed_for(house: Errera, person_id: str) -> Iterable[str]:
    async with house.store.database.read() as connection:
        signed = read_models.AGREEMENTS.table()
        query = sa.select(signed.c.key, signed.c.partner_id)
        of = {row.key: row.partner_id for row in await connection.execute(query)}
    streams = await house.store.read_streams(of)
    return {
        of[stream]
        for stream, recorded in streams.items()
        for state in [fold(None, agreements.evolve, as_known(recorded, house.store.codec.revive))]
        if state and any(one.person_id == person_id for one in state.signed.signatories)
    }


async def _own(house: Errera, grant: Grant) -> frozenset[str] | None:
    if grant.everything:
        return None
    if grant.partner_id:
        return frozenset({grant.partner_id})
    if grant.person_id is None:
        return frozenset()
    return frozenset(await _looked_after(house, grant.person_id))


async def _looked_after(house: Errera, person_id: str) -> Iterable[str]:
    """The partners whose account manager this person is today: not any more, or not yet, does not count."""
    table = read_models.PARTNERS.table()
    async with house.store.database.read() as connection:
        rows = [read_models.PARTNERS.decode(row) for (row,) in await connection.execute(sa.select(table.c.row))]
    today = house.day_of(await house.now())
    found = []
    for row in rows:
        if person_id in row.account_manager_ids:
            state = await _state(house, of_partner(PartnerId(row.partner_id)), None, partners.evolve, today)
            if state and state.account_manager and state.account_manager.person_id == person_id:
                found.append(row.partner_id)
    return found


async def _state(
    house: Errera, stream: str, initial: Any, evolve: Callable[[Any, Any], Any], day: date | None = None
) -> Any:
    recorded = await house.store.read_stream(stream)
    return fold(initial, evolve, as_of(as_known(recorded, house.store.codec.revive), day))
