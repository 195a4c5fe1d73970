"""The next cohort, in one step: who stays, joins and leaves."""

from typing import Annotated

from pydantic import Field

from domain import agreement as agreement_rules
from domain import cohort as rules
from domain import partner as partner_rules
from domain.cohort import NO_MEMBERS, Cohort, Members, Renewal, Renewed
from domain.refusals import Refused
from domain.streams import of_agreement, of_cohort, of_members, of_partner
from events.catalogue.agreement import AgreementNotRenewed, AgreementRenewed, AgreementSigned
from events.catalogue.cohort import CohortOpened, Leaver, MemberSigned
from events.catalogue.values import AgreementId, CohortId, IsoDate, PartnerId
from events.store.transaction import Work
from service import present, views
from service.auth.policy import Action
from service.commands.cohorts import TermsBody
from service.commands.command import Command, Result
from service.desk import Desk
from service.fields import Body, Id, Name, PartialDateText, Prose

_MANY = 1_000


class LeaverBody(Body):
    """A partner that does not go on, and why."""

    partner_id: Id
    reason: Prose | None = None


class RenewCohort(Body):
    """The next cohort: who stays, joins and leaves."""

    name: Name
    runs_from: PartialDateText
    runs_until: PartialDateText
    signed_on: PartialDateText | None = Field(default=None, description="Signs for all who stay and join.")
    place: Name | None = None
    stays: Annotated[list[Id], Field(max_length=_MANY)] = []
    joins: Annotated[list[Id], Field(max_length=_MANY)] = []
    leaves: Annotated[list[LeaverBody], Field(max_length=_MANY)] = []
    terms: TermsBody | None = None
    inherit_terms: bool = False
    announced_partner_count: Annotated[int, Field(ge=0, le=100_000)] | None = None
    dry_run: bool = False


async def renew_cohort(desk: Desk, target: str, body: RenewCohort) -> Result:
    """The next cohort in one step: every partner gets its event. A dry run says what it would do."""
    leavers = [
        Leaver(
            partner_id=PartnerId(one.partner_id),
            reason=None if body.dry_run else await desk.prose(one.reason),
        )
        for one in body.leaves
    ]
    renewal = Renewal(
        successor_id=CohortId(desk.new_id()),
        name=body.name,
        runs_from=IsoDate(body.runs_from),
        runs_until=IsoDate(body.runs_until),
        stays=tuple(PartnerId(one) for one in body.stays),
        joins=tuple(PartnerId(one) for one in body.joins),
        leaves=tuple(leavers),
        terms=body.terms.terms() if body.terms else None,
        inherit_terms=body.inherit_terms,
        announced_partner_count=body.announced_partner_count,
        signed_on=IsoDate(body.signed_on) if body.signed_on else None,
    )
    going = [*renewal.stays, *renewal.joins]
    agreement_ids = {partner: AgreementId(desk.new_id()) for partner in going}

    async def decide(work: Work) -> Renewed:
        cohort_id = CohortId(target)
        recorded, member_events = await work.read(of_cohort(cohort_id), of_members(cohort_id))
        cohort: Cohort = desk.existing(recorded, rules.evolve, "cohort")
        desk.expect(recorded)
        members = desk.fold(member_events, NO_MEMBERS, rules.evolve_members)
        await _check_partners(desk, work, renewal)
        renewed = rules.renew(cohort, members, renewal, desk.today)
        work.append(of_cohort(cohort_id), renewed.predecessor)
        work.append(of_cohort(renewal.successor_id), renewed.successor)
        work.append(of_members(cohort_id), *renewed.left)
        work.append(of_members(renewal.successor_id), *renewed.members)
        await _tell_agreements(work, members, renewal, renewed)
        if renewal.signed_on:
            for partner in going:
                _sign(work, renewed.successor, partner, agreement_ids[partner], body.place)
        return renewed

    if body.dry_run:
        work = Work(desk.house.store)
        return Result(target, preview=_preview(target, await decide(work), work, body))
    await desk.carry_out(decide)
    signed = agreement_ids if renewal.signed_on else {}
    return Result(renewal.successor_id, made={str(partner): one for partner, one in signed.items()})


async def _check_partners(desk: Desk, work: Work, renewal: Renewal) -> None:
    joining = renewal.joins
    for partner_id, recorded in zip(joining, await work.read(*(of_partner(one) for one in joining)), strict=True):
        partner = desk.fold(recorded, None, partner_rules.evolve)
        if partner is None:
            raise Refused("partner.notKnown", field="joins", partnerId=partner_id)
        if partner.succession:
            raise Refused("partner.succeeded", successorId=partner.succession.successor_id)


async def _tell_agreements(work: Work, members: Members, renewal: Renewal, renewed: Renewed) -> None:
    predecessor = renewed.predecessor
    reasons = {one.partner_id: one.reason for one in renewal.leaves}
    signed = {
        partner: agreement
        for partner in (*renewal.stays, *reasons)
        if (agreement := members.agreements.get(partner)) and partner not in members.left
    }
    await work.read(*(of_agreement(agreement) for agreement in signed.values()))
    for partner, agreement in signed.items():
        event: AgreementRenewed | AgreementNotRenewed
        if partner in reasons:
            event = AgreementNotRenewed(
                agreement_id=agreement,
                partner_id=partner,
                cohort_id=predecessor.cohort_id,
                decided_on=predecessor.renewed_on,
                reason=reasons[partner],
            )
        else:
            event = AgreementRenewed(
                agreement_id=agreement,
                partner_id=partner,
                cohort_id=predecessor.cohort_id,
                successor_cohort_id=predecessor.successor_id,
                renewed_on=predecessor.renewed_on,
            )
        work.append(of_agreement(agreement), event)


def _sign(work: Work, cohort: CohortOpened, partner: PartnerId, agreement: AgreementId, place: str | None) -> None:
    event = AgreementSigned(
        agreement_id=agreement,
        cohort_id=cohort.cohort_id,
        partner_id=partner,
        signed_on=cohort.opened_on or cohort.runs_from,
        runs_from=cohort.runs_from,
        runs_until=cohort.runs_until,
        evaluation=cohort.terms.evaluation,
        place=place,
    )
    for happened in agreement_rules.signing(NO_MEMBERS, event):
        stream = of_members(cohort.cohort_id) if isinstance(happened, MemberSigned) else of_agreement(agreement)
        work.append(stream, happened)


def _preview(target: str, renewed: Renewed, work: Work, body: RenewCohort) -> views.RenewalView:
    opened = renewed.successor
    return views.RenewalView(
        dry_run=True,
        name=opened.name,
        runs_from=opened.runs_from,
        runs_until=opened.runs_until,
        announced_partner_count=opened.announced_partner_count,
        terms=present.terms(opened.terms),
        predecessor_id=target,
        stayed=list(opened.stayed),
        joined=list(opened.joined),
        left=[views.LeaverView(partner_id=one.partner_id, reason=one.reason) for one in body.leaves],
        members=[views.MemberView(partner_id=one) for one in (*opened.stayed, *opened.joined)],
        would_record=[type(pending.event).__name__ for pending in work.pending],
    )


COMMANDS = (
    Command(
        name="renewCohort",
        body=RenewCohort,
        handler=renew_cohort,
        makes="cohort",
        target="cohort",
        action=Action.MANAGE_COHORTS,
        path="/v1/cohorts/{cohortId}/renewals",
        needs_version=True,
        summary="Renew a cohort: who stays, joins and leaves",
    ),
)
