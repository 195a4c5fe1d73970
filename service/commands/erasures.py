"""Erasing a person takes two people: one requests it on a legal ground, another carries it out."""

from collections.abc import Callable, Sequence
from typing import Any

from domain import person as rules
from domain.person import Person
from domain.refusals import Refused
from domain.streams import of_person
from events.catalogue.person import (
    ErasureDeclined,
    ErasureRequested,
    ErasureWished,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonEvent,
)
from events.catalogue.values import PersonId
from events.envelope import Recorded
from events.store.transaction import Work
from service.auth.policy import Action
from service.commands.command import Command, Result
from service.desk import Desk
from service.fields import Body, Id, Name, Prose
from service.problems import Problem

_OK, _ACCEPTED = 200, 202


class WishErasure(Body):
    """A partner asks that one of its persons be erased."""


class RequestErasure(Body):
    """What allows or orders it. This stays for ever, so it names nobody."""

    legal_ground: Name
    selection_rule: Name | None = None


class ErasePerson(Body):
    """Which request is carried out."""

    request_id: Id


class DeclineErasure(Body):
    """Which wish or request comes to nothing, and why."""

    request_id: Id
    reason: Prose


class PlaceLegalHold(Body):
    """Why a person may not be erased, such as a case number. This stays for ever, so it names nobody."""

    ground: Name


class LiftLegalHold(Body):
    """Which hold is over, and why. This stays for ever, so it names nobody."""

    hold_id: Id
    ground: Name


async def wish_erasure(desk: Desk, target: str, _body: WishErasure) -> Result:
    """For a programme manager to judge."""

    def decide(person: Person) -> Sequence[PersonEvent]:
        event = ErasureWished(
            person_id=PersonId(target),
            request_id=person.next_request_id,
            wished_by=desk.caller.actor,
            wished_on=desk.day,
        )
        return rules.wish(person, event)

    person = await _change(desk, target, decide)
    asked = person.at("wished", "requested") or list(person.requests.values())
    return Result(asked[-1].request_id)


async def request_erasure(desk: Desk, target: str, body: RequestErasure) -> Result:
    """Nothing is erased yet."""
    await _check(desk, target, legal_ground=body.legal_ground, selection_rule=body.selection_rule)

    def decide(person: Person) -> Sequence[PersonEvent]:
        event = ErasureRequested(
            person_id=PersonId(target),
            request_id=person.next_request_id,
            legal_ground=body.legal_ground,
            selection_rule=body.selection_rule,
            requested_by=desk.caller.actor,
            requested_on=desk.day,
        )
        return rules.request(person, event)

    person = await _change(desk, target, decide)
    asked = [one for one in person.requests.values() if one.legal_ground == body.legal_ground]
    return Result(asked[-1].request_id)


async def decline_erasure(desk: Desk, target: str, body: DeclineErasure) -> Result:
    """It comes to nothing."""
    event = ErasureDeclined(
        person_id=PersonId(target),
        request_id=body.request_id,
        declined_on=desk.day,
        reason=await desk.keep("text", {"text": body.reason}, about=target),
    )
    await _change(desk, target, lambda person: rules.decline(person, event))
    return Result(body.request_id)


async def place_legal_hold(desk: Desk, target: str, body: PlaceLegalHold) -> Result:
    """From now on nobody erases this person."""
    await _check(desk, target, ground=body.ground)

    def decide(person: Person) -> Sequence[PersonEvent]:
        event = LegalHoldPlaced(
            person_id=PersonId(target),
            hold_id=person.next_hold_id,
            ground=body.ground,
            placed_by=desk.caller.actor,
            placed_on=desk.day,
        )
        return rules.place_hold(person, event)

    person = await _change(desk, target, decide)
    return Result([hold for hold in person.holds.values() if hold.ground == body.ground][-1].hold_id)


async def lift_legal_hold(desk: Desk, target: str, body: LiftLegalHold) -> Result:
    """It does not stand in the way any more."""
    await _check(desk, target, ground=body.ground)
    event = LegalHoldLifted(
        person_id=PersonId(target),
        hold_id=body.hold_id,
        ground=body.ground,
        lifted_by=desk.caller.actor,
        lifted_on=desk.day,
    )
    await _change(desk, target, lambda person: rules.lift_hold(person, event))
    return Result(body.hold_id)


async def erase_person(desk: Desk, target: str, body: ErasePerson) -> Result:
    """The event, and at once what it says: 200 when no byte is left, 202 while a reader still holds some. The person's
    tokens go with it, and somebody stays who can make new ones.
    """
    if await desk.house.tokens.only_administrator(target):
        raise Problem.conflict("access.lastAdministrator")
    by, day = desk.caller.actor, desk.day
    await _change(desk, target, lambda person: rules.erase(person, body.request_id, by, day))
    await desk.house.erasing.tick()
    done = await desk.house.erasing.destroyer.find(body.request_id)
    return Result(body.request_id, status=_OK if done and done.completed_at else _ACCEPTED)


async def _change(desk: Desk, target: str, decide: Callable[[Person], Sequence[PersonEvent]]) -> Person:
    """What the rule says happened, happened; returns the person after it."""
    stream = of_person(PersonId(target))

    async def deciding(work: Work) -> None:
        [recorded] = await work.read(stream)
        person = existing(desk, recorded)
        desk.expect(recorded)
        work.append(stream, *decide(person))

    await desk.carry_out(deciding)
    return existing(desk, await desk.house.store.read_stream(stream))


def existing(desk: Desk, recorded: Sequence[Recorded[Any]]) -> Person:
    """The person, who must be known."""
    person = desk.so_far(recorded, rules.evolve)
    if person is None:
        raise Refused("person.unknown")
    return person


async def _check(desk: Desk, target: str, **texts: str | None) -> None:
    content = (await desk.house.vault.compared([target])).get(target, {})
    names = {"legal_ground": "legalGround", "selection_rule": "selectionRule"}
    for field, text in texts.items():
        rules.check_names_nobody(text, content, names.get(field, field))


COMMANDS = (
    Command(
        name="wishErasure",
        body=WishErasure,
        handler=wish_erasure,
        makes="erasureRequest",
        target="person",
        action=Action.ERASE_PERSONS,
        part="ask",
        path="/v1/persons/{personId}/erasureWishes",
        summary="Ask that a person be erased",
    ),
    Command(
        name="requestErasure",
        body=RequestErasure,
        handler=request_erasure,
        makes="erasureRequest",
        target="person",
        action=Action.ERASE_PERSONS,
        part="request",
        path="/v1/persons/{personId}/erasureRequests",
        summary="Request that a person be erased, on a legal ground",
    ),
    Command(
        name="declineErasure",
        body=DeclineErasure,
        handler=decline_erasure,
        makes="erasureRequest",
        target="person",
        action=Action.ERASE_PERSONS,
        part="request",
        path="/v1/persons/{personId}/erasureRefusals",
        summary="Decline a wish or a request",
    ),
    Command(
        name="erasePerson",
        body=ErasePerson,
        handler=erase_person,
        makes="erasureRequest",
        target="person",
        action=Action.ERASE_PERSONS,
        part="execute",
        path="/v1/persons/{personId}/erasures",
        summary="Carry out a request that somebody else made",
    ),
    Command(
        name="placeLegalHold",
        body=PlaceLegalHold,
        handler=place_legal_hold,
        makes="legalHold",
        target="person",
        action=Action.ERASE_PERSONS,
        part="request",
        path="/v1/persons/{personId}/legalHolds",
        summary="Keep a person from being erased",
    ),
    Command(
        name="liftLegalHold",
        body=LiftLegalHold,
        handler=lift_legal_hold,
        makes="legalHold",
        target="person",
        action=Action.ERASE_PERSONS,
        part="request",
        path="/v1/persons/{personId}/legalHoldLiftings",
        summary="End what keeps a person from being erased",
    ),
)
