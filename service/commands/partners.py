"""What may be done to partners and persons."""

from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import Field

from domain import partner as rules
from domain.labels import Language
from domain.names import skeleton
from domain.person import check_not_erased
from domain.refusals import Refused
from domain.streams import identity, of_enterprise_number, of_partner, of_person
from events.catalogue.partner import (
    AccountManagerAssigned,
    EnterpriseNumberReserved,
    ExecutingUnitAdded,
    PartnerAdded,
    PartnerAliasAdded,
    PartnerRenamed,
    PartnerSucceeded,
)
from events.catalogue.person import PersonRegistered
from events.catalogue.values import IsoDate, PartnerId, PersonId
from events.store.transaction import Work
from service import read_models
from service.auth.policy import Action
from service.commands.command import Command, Result
from service.desk import Desk
from service.fields import (
    Body,
    EmailText,
    EnterpriseNumberText,
    Id,
    Name,
    PartialDateText,
    Prose,
)

Kind = Literal[
    "businessOrganisation",
    "employersOrganisation",
    "sectorFederation",
    "federation",
    "professionalAssociation",
    "bilateralChamber",
    "cluster",
    "spearheadCluster",
    "researchCentre",
    "incubator",
    "businessNetwork",
    "association",
]


_IN_USE = ("partner.nameInUse",)


class AddPartner(Body):
    """A partner becomes known to the register."""

    name: Name
    kind: Kind | None = None
    enterprise_number: EnterpriseNumberText | None = None
    added_on: PartialDateText | None = Field(default=None, description="Since when; unknown where absent.")
    confirm_resemblance: bool = Field(default=False, description="The name resembles another's, and is meant so.")


class RenamePartner(Body):
    """A partner takes another name."""

    name: Name
    effective_on: PartialDateText
    effective_on_kind: Literal["on", "by"] = Field(
        default="on", description="`by` where only the first mention of the name is known."
    )
    reason: Prose | None = None
    confirm_resemblance: bool = Field(default=False, description="The name resembles another's, and is meant so.")


class AddAlias(Body):
    """Another way in which a partner is written."""

    name: Name
    kind: Literal["spelling", "translation", "acronym", "former", "label"] | None = None
    language: Annotated[str, Field(pattern="^[a-z]{2}$")] | None = None


class AddExecutingUnit(Body):
    """A division of the partner that carries the agreement out."""

    name: Name
    effective_on: PartialDateText | None = None


class SucceedPartner(Body):
    """Another partner takes its place."""

    successor_id: Id
    effective_on: PartialDateText
    kind: Literal["merged", "absorbed", "split"]
    reason: Prose | None = None


class AssignAccountManager(Body):
    """A person looks after the partner from a date."""

    person_id: Id
    effective_on: PartialDateText


class AddPerson(Body):
    """A person, for the vault."""

    name: Name
    email: EmailText | None = None
    role: Annotated[Name, Field(max_length=100)] | None = None
    language: Language | None = Field(default=None, description="Of the mails to this person; else ERRERA_LANGUAGE.")


async def add_partner(desk: Desk, _target: str, body: AddPartner) -> Result:
    """A partner, with its enterprise number reserved for it."""
    partner_id = PartnerId(desk.new_id())
    warnings = await _resembling(desk, body.name, partner_id, confirmed=body.confirm_resemblance)

    async def decide(work: Work) -> str:
        stream = of_partner(partner_id)
        await work.read(stream)
        if body.enterprise_number:
            number = of_enterprise_number(body.enterprise_number)
            [reserved] = await work.read(number)
            wanted = EnterpriseNumberReserved(enterprise_number=body.enterprise_number, partner_id=partner_id)
            work.append(number, *rules.reserve_number([one.event for one in reserved], wanted))
        work.append(
            stream,
            PartnerAdded(
                partner_id=partner_id,
                name=body.name,
                kind=body.kind,
                enterprise_number=body.enterprise_number,
                added_on=IsoDate(body.added_on) if body.added_on else None,
            ),
        )
        return partner_id

    await desk.carry_out(decide)
    return Result(partner_id, warnings=warnings)


async def rename_partner(desk: Desk, target: str, body: RenamePartner) -> Result:
    """Another name, from or by a date."""
    warnings = await _resembling(desk, body.name, target, confirmed=body.confirm_resemblance)
    event = PartnerRenamed(
        partner_id=PartnerId(target),
        name=body.name,
        effective_on=IsoDate(body.effective_on),
        effective_on_kind="by" if body.effective_on_kind == "by" else None,
        reason=await desk.prose(body.reason),
    )
    await desk.change(
        of_partner(event.partner_id), rules.evolve, "partner", lambda partner: rules.rename(partner, event)
    )
    return Result(target, warnings=warnings)


async def add_alias(desk: Desk, target: str, body: AddAlias) -> Result:
    """Another spelling, translation or acronym."""
    event = PartnerAliasAdded(partner_id=PartnerId(target), name=body.name, kind=body.kind, language=body.language)
    await desk.change(
        of_partner(event.partner_id), rules.evolve, "partner", lambda partner: rules.add_alias(partner, event)
    )
    return Result(target)


async def add_executing_unit(desk: Desk, target: str, body: AddExecutingUnit) -> Result:
    """A division that carries the agreement out."""
    event = ExecutingUnitAdded(
        partner_id=PartnerId(target),
        name=body.name,
        effective_on=IsoDate(body.effective_on) if body.effective_on else None,
    )
    await desk.change(
        of_partner(event.partner_id), rules.evolve, "partner", lambda partner: rules.add_executing_unit(partner, event)
    )
    return Result(target)


async def succeed_partner(desk: Desk, target: str, body: SucceedPartner) -> Result:
    """Merged with, absorbed by or split into another partner."""
    event = PartnerSucceeded(
        partner_id=PartnerId(target),
        successor_id=PartnerId(body.successor_id),
        kind=body.kind,
        effective_on=IsoDate(body.effective_on),
        reason=await desk.prose(body.reason),
    )

    async def decide(work: Work) -> None:
        recorded, successor = await work.read(of_partner(event.partner_id), of_partner(event.successor_id))
        partner = desk.existing(recorded, rules.evolve, "partner")
        desk.expect(recorded)
        following = desk.fold(successor, None, rules.evolve)
        if following is None:
            raise Refused("partner.notKnown", field="successorId", partnerId=body.successor_id)
        work.append(of_partner(event.partner_id), *rules.succeed(partner, following, event))

    await desk.carry_out(decide)
    return Result(target)


async def assign_account_manager(desk: Desk, target: str, body: AssignAccountManager) -> Result:
    """Who looks after the partner."""
    event = AccountManagerAssigned(
        partner_id=PartnerId(target), person_id=PersonId(body.person_id), effective_on=IsoDate(body.effective_on)
    )

    async def decide(work: Work) -> None:
        recorded, person = await work.read(of_partner(event.partner_id), of_person(event.person_id))
        partner = desk.existing(recorded, rules.evolve, "partner")
        desk.expect(recorded)
        if not person:
            raise Refused("person.notKnown", field="personId", personId=body.person_id)
        check_not_erased(one.event for one in person)
        work.append(of_partner(event.partner_id), *rules.assign_account_manager(partner, event))

    await desk.carry_out(decide)
    return Result(target)


async def add_person(desk: Desk, _target: str, body: AddPerson) -> Result:
    """Keep a person in the vault; the log learns an id and a commitment."""
    kept = await desk.keep("person", body.model_dump(exclude_none=True))
    event = PersonRegistered(person_id=PersonId(kept.text_id), commitment=kept.commitment)

    async def decide(work: Work) -> str:
        work.append(of_person(event.person_id), event)
        return event.person_id

    done = await desk.carry_out(decide)
    [registered] = await desk.recorded_by(done)
    return Result(registered.person_id)


async def _resembling(desk: Desk, name: str, own_id: str, *, confirmed: bool) -> tuple[str, ...]:
    """Another partner's name that differs only in form or in look-alike letters has to be confirmed.

    The very same name is no mistake of the eye: it is accepted, with a warning. A command that was carried out before
    warns as it did then.
    """
    table = read_models.NAMES.table()
    async with desk.house.store.database.read() as connection:
        rows = await connection.execute(sa.select(table.c.row).where(table.c.skeleton == skeleton(name)))
        others = [row for (stored,) in rows if (row := read_models.NAMES.decode(stored)).stream != f"partner-{own_id}"]
    earlier = await desk.house.store.command(desk.command_id)
    if earlier is not None:
        before = earlier.first_position or 0
        return _IN_USE if any(row.name == name and row.position < before for row in others) else ()
    for row in others:
        if row.name != name and not confirmed:
            raise Refused("partner.nameResembles", field="name", partnerId=identity(row.stream), other=row.name)
    return _IN_USE if any(row.name == name for row in others) else ()


COMMANDS = (
    Command(
        name="addPartner",
        body=AddPartner,
        handler=add_partner,
        makes="partner",
        action=Action.MANAGE_PARTNERS,
        path="/v1/partners",
        summary="Add a partner",
    ),
    Command(
        name="renamePartner",
        body=RenamePartner,
        handler=rename_partner,
        makes="partner",
        target="partner",
        action=Action.MANAGE_PARTNERS,
        path="/v1/partners/{partnerId}/renamings",
        needs_version=True,
        summary="Give a partner another name",
    ),
    Command(
        name="addAlias",
        body=AddAlias,
        handler=add_alias,
        makes="partner",
        target="partner",
        action=Action.MANAGE_PARTNERS,
        path="/v1/partners/{partnerId}/aliases",
        summary="Add another way in which a partner is written",
    ),
    Command(
        name="addExecutingUnit",
        body=AddExecutingUnit,
        handler=add_executing_unit,
        makes="partner",
        target="partner",
        action=Action.MANAGE_PARTNERS,
        path="/v1/partners/{partnerId}/executingUnits",
        summary="Add a division that carries the agreement out",
    ),
    Command(
        name="succeedPartner",
        body=SucceedPartner,
        handler=succeed_partner,
        makes="partner",
        target="partner",
        action=Action.MANAGE_PARTNERS,
        path="/v1/partners/{partnerId}/successions",
        needs_version=True,
        summary="Have another partner take its place",
    ),
    Command(
        name="assignAccountManager",
        body=AssignAccountManager,
        handler=assign_account_manager,
        makes="partner",
        target="partner",
        action=Action.MANAGE_PARTNERS,
        path="/v1/partners/{partnerId}/accountManagers",
        summary="Assign an account manager",
    ),
    Command(
        name="addPerson",
        body=AddPerson,
        handler=add_person,
        makes="person",
        action=Action.MANAGE_PARTNERS,
        part="contacts",
        path="/v1/persons",
        summary="Add a person to the vault",
    ),
)
