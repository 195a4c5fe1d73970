"""Carrying a command out for a caller: once, and with the object as the answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from domain.refusals import Refused
from events.envelope import Source, new_command_id
from service.access import check_target
from service.auth.tokens import Caller
from service.commands.command import Command, Result
from service.desk import Desk
from service.erasures import Erasures, person_of
from service.fields import Body
from service.house import Errera
from service.policies import Policies
from service.problems import Problem
from service.queries import Found, Queries
from service.reading import Reading
from service.reminding import Reminding
from service.retaining import Retaining
from service.sources import Sources
from service.views import PartnerView, Resource

SECONDS_TO_FOLLOW = 1.0
"""How long a write waits for the read models before it answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What comes with a command beside its body."""

    caller: Caller
    target: str = ""
    idempotency_key: str | None = None
    command_id: str | None = None
    """For what brings ids of its own: an import's rows."""
    if_match: str | None = None
    sources: tuple[Source, ...] = ()
    follow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The object after the command; `recorded` where something happened."""

    view: Resource
    version: int
    recorded: bool
    result: Result


async def perform(house: Errera, command: Command, body: Body, asked: Asked) -> Answer:
    """Judge, carry out, answer. Raises Problem and Refused."""
    kind, target = command.target, asked.target
    if kind is None and (cohort_id := getattr(body, "cohort_id", None)):
        kind, target = "cohort", cohort_id  # what is made in a cohort concerns those in it
    await check_target(house, asked.caller, command.action, command.part, kind, target)
    if partner_id := getattr(body, "partner_id", None):  # nobody signs for another, in a cohort that it shares either
        await check_target(house, asked.caller, command.action, command.part, "partner", partner_id)
    if command.needs_version and asked.if_match is None:
        raise Problem.precondition_required()
    desk = _desk(house, command, body, asked, house.store.not_before_the_last(await house.now()))
    with _in_flight(house, desk.command_id):
        result = await command.handler(desk, asked.target, body)
    if desk.done is None:
        return Answer(view=result.preview, version=0, recorded=False, result=result)
    record = desk.done.appended.record
    if asked.follow and record.last_position:
        await house.projector.wait_for(record.last_position, SECONDS_TO_FOLLOW)
    if desk.done.appended.repeated:
        known_at = record.recorded_at
        reading = Reading(day=house.day_of(known_at), known_at=known_at)
    else:
        known_at = None
        reading = Reading(day=desk.today, at_hand=await desk.just_recorded())
    found = await find(house, command.makes, result.object_id, reading)
    if found is None:
        raise Refused(f"{command.makes}.unknown")
    view, version = found
    last = record.last_position or await _last_position(house, command.makes, result.object_id, known_at)
    changes: dict[str, Any] = {"position": last}
    if result.warnings and isinstance(view, PartnerView):
        changes["warnings"] = list(result.warnings)
    return Answer(
        view=view.model_copy(update=changes),
        version=version,
        recorded=record.last_position is not None,
        result=result,
    )


async def find(house: Errera, kind: str, object_id: str, reading: Reading) -> tuple[Resource, int] | None:
    """An object of any kind, for one who may see it all."""
    if kind in {"erasureRequest", "legalHold"}:
        return await Erasures(house).one(object_id)
    if kind in {"retentionRule", "disposition"}:
        retaining = Retaining(house)
        return await (retaining.rule(object_id) if kind == "retentionRule" else retaining.disposition(object_id))
    if kind in {"reminderPolicy", "agencyCalendar", "programme"}:
        said = await Policies(house).find(kind, object_id)
        return (said.view, said.version) if said else None
    if kind == "reminder":
        reminder = await Reminding(house, reading).one(object_id)
        return (reminder.view, reminder.version) if reminder else None
    sources = Sources(house, reading)
    match kind:
        case "claim":
            found: Found[Any] | None = await sources.claim(object_id)
        case "source":
            found = await sources.source(object_id)
        case "authorityOrder":
            found = await sources.authority_order()
        case _:
            found = await getattr(Queries(house, reading), kind)(object_id)
    return (found.view, found.version) if found else None


@contextmanager
def _in_flight(house: Errera, command_id: str) -> Iterator[None]:
    if command_id in house.in_flight:
        raise Problem.conflict("idempotency.inFlight", retry_after=1)
    house.in_flight.add(command_id)
    try:
        yield
    finally:
        house.in_flight.discard(command_id)


def _desk(house: Errera, command: Command, body: Body, asked: Asked, now: Any) -> Desk:
    command_id = asked.command_id or new_command_id()
    if asked.idempotency_key is not None:
        command_id = "k" + house.keyed_hash(asked.caller.token_id, asked.idempotency_key).hex()[:40]
    content = msgspec.json.encode(body.model_dump(mode="json", by_alias=True), order="sorted")
    return Desk(
        house=house,
        caller=asked.caller,
        command_id=command_id,
        request_hash=house.keyed_hash(command.name, asked.target, content),
        now=now,
        if_match=asked.if_match,
        sources=asked.sources,
    )


async def _last_position(house: Errera, kind: str, object_id: str, known_at: datetime | None) -> int | None:
    stream = f"person-{person_of(object_id)}" if kind in {"erasureRequest", "legalHold"} else f"{kind}-{object_id}"
    events = await house.store.read_stream(stream)
    recorded = [one for one in events if known_at is None or one.recorded_at <= known_at]
    return recorded[-1].position if recorded else None
