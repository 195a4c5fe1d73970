"""Correcting what was recorded: a new event that stands in the old one's place from now on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field, TypeAdapter, ValidationError

from domain import agreement as agreement_rules
from domain import cohort as cohort_rules
from domain import consultation as consultation_rules
from domain import partner as partner_rules
from domain.cohort import NO_MEMBERS
from domain.refusals import Refused
from domain.streams import of_agreement, of_enterprise_number, of_members
from domain.timeline import Fact, UnreadableFactError, as_known, as_of, fold
from events.catalogue.agreement import AgreementTermsFollowed
from events.catalogue.cohort import CohortOpened
from events.catalogue.correction import EventCorrected
from events.catalogue.partner import EnterpriseNumberReleased, EnterpriseNumberReserved, PartnerAdded
from events.catalogue.values import AgreementId, CohortId, PartnerId
from events.envelope import Recorded
from events.store.transaction import Work
from service.auth.policy import Action
from service.commands.cohorts import ImprovementPointBody, TermsBody
from service.commands.command import Command, Kind, Result
from service.commands.partners import Kind as PartnerKind
from service.desk import Desk
from service.fields import (
    Body,
    DayText,
    EnterpriseNumberText,
    Id,
    InstantText,
    Name,
    PartialDateText,
    Prose,
)


class Correct(Body):
    """What was wrong, where, and what is right: only the fields that change."""

    position: int = Field(ge=1, description="The log position of the event to correct.")
    reason: Prose
    data: dict[str, Any] = Field(description="Field -> right value; null where nothing should stand.")


_WHEN: Mapping[str, Any] = {"plannedOn": PartialDateText, "startsAt": InstantText, "place": Name}
_EVALUATION: Mapping[str, Any] = {
    "heldOn": PartialDateText,
    "findings": Prose,
    "improvementPoints": Annotated[list[ImprovementPointBody], Field(max_length=1_000)],
}

CORRECTABLE: Mapping[str, Mapping[str, Any]] = {
    "PartnerAdded": {
        "name": Name,
        "kind": PartnerKind,
        "enterpriseNumber": EnterpriseNumberText,
        "addedOn": PartialDateText,
    },
    "PartnerRenamed": {"name": Name, "effectiveOn": PartialDateText, "effectiveOnKind": Literal["on", "by"]},
    "PartnerAliasAdded": {"name": Name},
    "ExecutingUnitAdded": {"name": Name, "effectiveOn": PartialDateText},
    "PartnerSucceeded": {"effectiveOn": PartialDateText, "kind": Literal["merged", "absorbed", "split"]},
    "AccountManagerAssigned": {"effectiveOn": PartialDateText, "personId": Id},
    "CohortOpened": {
        "name": Name,
        "runsFrom": PartialDateText,
        "runsUntil": PartialDateText,
        "openedOn": PartialDateText,
        "announcedPartnerCount": Annotated[int, Field(ge=0, le=100_000)],
        "terms": TermsBody,
    },
    "CohortEvaluated": _EVALUATION,
    "AgreementSigned": {
        "signedOn": PartialDateText,
        "place": Name,
        "runsFrom": PartialDateText,
        "runsUntil": PartialDateText,
    },
    "AgreementAmended": {"effectiveOn": PartialDateText, "runsUntil": PartialDateText},
    "AgreementTerminated": {"effectiveOn": DayText},
    "EvaluationHeld": _EVALUATION,
    "ConsultationPlanned": _WHEN,
    "ConsultationMoved": _WHEN,
    "ConsultationHeld": {"heldOn": DayText},
}
"""Event type -> the fields that may be corrected. What a thing is about cannot: end it, and record the right one."""


@dataclass(frozen=True, slots=True)
class _Subject:
    category: Kind
    evolve: Callable[[Any, Any], Any]


_SUBJECTS: Mapping[str, _Subject] = {
    "partner": _Subject("partner", partner_rules.evolve),
    "cohort": _Subject("cohort", cohort_rules.evolve),
    "agreement": _Subject("agreement", agreement_rules.evolve),
    "consultation": _Subject("consultation", consultation_rules.evolve),
}


def _handler(subject: _Subject) -> Callable[[Desk, str, Correct], Any]:
    async def correct(desk: Desk, target: str, body: Correct) -> Result:
        stream = f"{subject.category}-{target}"
        reason = await desk.keep("text", {"text": body.reason})

        async def decide(work: Work) -> None:
            [recorded] = await work.read(stream)
            desk.existing(recorded, subject.evolve, subject.category)
            desk.expect(recorded)
            original = _standing(desk, recorded, body.position)
            name, version = desk.house.store.codec.name_of(original)
            data = await _merged(desk, name, original, body.data)
            if data == desk.house.store.codec.plain(original):
                return
            corrected = _revived(desk, name, version, data)
            _check(desk, subject, recorded, body.position, corrected)
            event = EventCorrected(
                position=body.position,
                corrected_type=name,
                corrected_version=version,
                data=data,
                reason=reason,
                corrected_effective_on=corrected.legal_date(),
            )
            work.append(stream, event)
            await _consequences(desk, work, original, corrected)

        await desk.carry_out(decide)
        return Result(target)

    return correct


def _standing(desk: Desk, recorded: Sequence[Recorded[Any]], position: int) -> Any:
    facts = as_known(recorded, desk.house.store.codec.revive)
    for fact in facts:
        if fact.position == position:
            return fact.event
    raise Refused("correction.positionUnknown", field="position", position=position)


async def _merged(desk: Desk, name: str, original: Any, changes: Mapping[str, Any]) -> dict[str, Any]:
    allowed = CORRECTABLE.get(name)
    if allowed is None:
        raise Refused("correction.notCorrectable", field="position", type=name)
    data = desk.house.store.codec.plain(original)
    for field, value in changes.items():
        if field not in allowed:
            raise Refused("correction.fieldNotCorrectable", field=f"data.{field}", name=field, type=name)
        if value is None:
            data.pop(field, None)
            continue
        try:
            parsed = TypeAdapter(allowed[field]).validate_python(value)
        except ValidationError as error:
            raise Refused("correction.invalid", field=f"data.{field}", reason=error.errors()[0]["msg"]) from None
        data[field] = await _plain(desk, field, parsed)
    if name == "AgreementSigned" and {"runsFrom", "runsUntil"} & changes.keys():
        data["ownTerm"] = True
    return data


async def _plain(desk: Desk, field: str, parsed: Any) -> Any:
    match field, parsed:
        case "findings", str(text):
            return msgspec.to_builtins(await desk.keep("text", {"text": text}))
        case "improvementPoints", list(points):
            return [
                {
                    "text": msgspec.to_builtins(await desk.keep("text", {"text": point.text})),
                    **({"dueOn": point.due_on} if point.due_on else {}),
                }
                for point in points
            ]
        case "terms", TermsBody() as terms:
            return desk.house.store.codec.plain(terms.terms())
        case _:
            return parsed


def _revived(desk: Desk, name: str, version: int, data: Mapping[str, Any]) -> Any:
    try:
        return desk.house.store.codec.revive(name, version, data)
    except msgspec.ValidationError as error:
        raise Refused("correction.invalid", field="data", reason=str(error)) from None


def _check(desk: Desk, subject: _Subject, recorded: Sequence[Recorded[Any]], position: int, corrected: Any) -> None:
    """The whole life must still hold together with the correction in place."""
    facts = as_known(recorded, desk.house.store.codec.revive)
    mended = [Fact(fact.position, corrected) if fact.position == position else fact for fact in facts]
    if subject.category == "cohort" and isinstance(corrected, CohortOpened):
        cohort_rules.open_cohort(corrected)
    try:
        state = fold(None, subject.evolve, as_of(mended, date.max))
    except UnreadableFactError as error:
        raise (error.__cause__ if isinstance(error.__cause__, Refused) else error) from None
    if subject.category == "consultation" and state is not None:
        consultation_rules.check_when(state.planned.year, state.planned_on, state.starts_at)


async def _consequences(desk: Desk, work: Work, original: Any, corrected: Any) -> None:
    """What else a correction moves: a reserved number, the agreements that have their term from the cohort."""
    if isinstance(corrected, PartnerAdded) and corrected.enterprise_number != original.enterprise_number:
        await _move_number(work, original.enterprise_number, corrected.enterprise_number, corrected.partner_id)
    if isinstance(corrected, CohortOpened) and (
        (corrected.runs_from, corrected.runs_until, corrected.terms.evaluation)
        != (original.runs_from, original.runs_until, original.terms.evaluation)
    ):
        await _follow(desk, work, corrected)


async def _move_number(work: Work, old: str | None, new: str | None, partner_id: PartnerId) -> None:
    for number in filter(None, (old, new)):
        [reserved] = await work.read(of_enterprise_number(number))
        if number == new:
            wanted = EnterpriseNumberReserved(enterprise_number=number, partner_id=partner_id)
            work.append(
                of_enterprise_number(number), *partner_rules.reserve_number([one.event for one in reserved], wanted)
            )
        else:
            released = EnterpriseNumberReleased(enterprise_number=number, partner_id=partner_id)
            work.append(of_enterprise_number(number), released)


async def _follow(desk: Desk, work: Work, corrected: CohortOpened) -> None:
    [member_events] = await work.read(of_members(CohortId(corrected.cohort_id)))
    members = desk.fold(member_events, NO_MEMBERS, cohort_rules.evolve_members)
    signed = [AgreementId(one) for one in members.agreements.values() if one]
    for agreement_id, recorded in zip(signed, await work.read(*(of_agreement(one) for one in signed)), strict=True):
        agreement = desk.existing(recorded, agreement_rules.evolve, "agreement")
        if not agreement.signed.own_term:
            followed = AgreementTermsFollowed(
                agreement_id=agreement_id,
                runs_from=corrected.runs_from,
                runs_until=corrected.runs_until,
                evaluation=corrected.terms.evaluation,
            )
            work.append(of_agreement(agreement_id), followed)


COMMANDS = tuple(
    Command(
        name=f"correct{kind.capitalize()}",
        body=Correct,
        handler=_handler(subject),
        makes=subject.category,
        target=subject.category,
        action=Action.CORRECT,
        path=f"/v1/{kind}s/{{{kind}Id}}/corrections",
        needs_version=True,
        summary=f"Correct what was recorded about a {kind}",
    )
    for kind, subject in _SUBJECTS.items()
)
