"""How long what the vault holds is kept, and deciding when that is over."""

from typing import Annotated

from pydantic import Field

from domain import person as persons
from domain import retention as rules
from domain.references import vault_ids
from domain.refusals import Refused
from domain.retention import Disposition
from domain.streams import of_person, of_retention
from events.catalogue.person import ErasureRequested
from events.catalogue.retention import (
    Destination,
    DispositionApproved,
    DispositionDeferred,
    RecordKind,
    RetentionRuleSet,
)
from events.catalogue.values import IsoDate, PersonId, StreamId
from events.store.transaction import Work
from service.auth.policy import Action
from service.commands.command import Command, Result
from service.commands.erasures import existing
from service.desk import Desk
from service.fields import Body, DayText, Name, Prose

_MOST_TEXTS = 1_000
"""More ids do not go into one entry; the rest is proposed again."""


class SetRetentionRule(Body):
    """For how many years records of a kind are kept, and what becomes of them then."""

    kind: RecordKind
    years: Annotated[int, Field(ge=1, le=200)]
    destination: Destination
    selection_rule: Name = Field(description="The rule in the retention schedule that says so.")


class DeferDisposition(Body):
    """Until when the record is kept, and why."""

    until: DayText
    reason: Prose


class ApproveDisposition(Body):
    """It goes where its rule says; what is to be archived is in the archive first."""

    archived_as: Name | None = Field(default=None, description="The archive's own reference.")


async def set_retention_rule(desk: Desk, _target: str, body: SetRetentionRule) -> Result:
    """From now on."""
    event = RetentionRuleSet(
        kind=body.kind,
        years=body.years,
        destination=body.destination,
        selection_rule=body.selection_rule,
        set_on=desk.day,
    )
    stream = of_retention(body.kind)

    async def decide(work: Work) -> None:
        [recorded] = await work.read(stream)
        desk.expect(recorded)
        current = recorded[-1].event if recorded else None
        work.append(stream, *rules.set_rule(current, event))

    await desk.carry_out(decide)
    return Result(body.kind)


async def defer_disposition(desk: Desk, target: str, body: DeferDisposition) -> Result:
    """It is proposed again after that."""
    stream = StreamId(f"disposition-{target}")
    reason = await desk.keep("text", {"text": body.reason})

    async def decide(work: Work) -> None:
        state = await _read(desk, work, stream)
        event = DispositionDeferred(
            kind=state.kind,
            subject_id=state.subject_id,
            until=IsoDate(body.until),
            reason=reason,
            deferred_by=desk.caller.actor,
            deferred_on=desk.day,
        )
        work.append(stream, *rules.defer(state, event))

    await desk.carry_out(decide)
    return Result(target)


async def approve_disposition(desk: Desk, target: str, body: ApproveDisposition) -> Result:
    """Prose is destroyed at once; of a person the erasure is requested, which somebody else carries out."""
    stream = StreamId(f"disposition-{target}")

    async def decide(work: Work) -> None:
        state = await _read(desk, work, stream)
        texts: list[str] = []
        if state.kind != "person":
            [recorded] = await work.read(f"{state.kind}-{state.subject_id}")
            named = [text for one in recorded for text in vault_ids(one.event)]
            texts = sorted(await desk.house.vault.existing(named))[:_MOST_TEXTS]
        event = DispositionApproved(
            kind=state.kind,
            subject_id=state.subject_id,
            selection_rule=state.selection_rule,
            destination=state.destination,
            archived_as=body.archived_as,
            text_ids=tuple(texts),
            approved_by=desk.caller.actor,
            approved_on=desk.day,
        )
        happened = rules.approve(state, event)
        work.append(stream, *happened)
        if happened and state.kind == "person":
            await _request(desk, work, state)

    await desk.carry_out(decide)
    await desk.house.erasing.tick()
    return Result(target)


async def _request(desk: Desk, work: Work, state: Disposition) -> None:
    stream = of_person(PersonId(state.subject_id))
    [recorded] = await work.read(stream)
    person = existing(desk, recorded)
    event = ErasureRequested(
        person_id=PersonId(state.subject_id),
        request_id=person.next_request_id,
        legal_ground=state.selection_rule,
        selection_rule=state.selection_rule,
        requested_by=desk.caller.actor,
        requested_on=desk.day,
    )
    work.append(stream, *persons.request(person, event))


async def _read(desk: Desk, work: Work, stream: str) -> Disposition:
    [recorded] = await work.read(stream)
    desk.expect(recorded)
    state = desk.so_far(recorded, rules.evolve)
    if state is None:
        raise Refused("disposition.unknown")
    return state


COMMANDS = (
    Command(
        name="setRetentionRule",
        body=SetRetentionRule,
        handler=set_retention_rule,
        makes="retentionRule",
        action=Action.ERASE_PERSONS,
        part="request",
        path="/v1/retentionRules",
        summary="Say how long records of a kind are kept",
    ),
    Command(
        name="deferDisposition",
        body=DeferDisposition,
        handler=defer_disposition,
        makes="disposition",
        target="disposition",
        action=Action.ERASE_PERSONS,
        part="request",
        path="/v1/dispositions/{dispositionId}/deferrals",
        summary="Keep a record longer, for a reason",
    ),
    Command(
        name="approveDisposition",
        body=ApproveDisposition,
        handler=approve_disposition,
        makes="disposition",
        target="disposition",
        action=Action.ERASE_PERSONS,
        part="request",
        path="/v1/dispositions/{dispositionId}/approvals",
        summary="Have a record go where its rule says",
    ),
)
