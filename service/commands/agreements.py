"""What may be done to agreements: signing, amending, terminating, evaluating, measuring."""

from typing import Annotated, Any, Literal

from pydantic import Field

from domain import agreement as rules
from domain import cohort as cohort_rules
from domain import partner as partner_rules
from domain.agreement import Agreement
from domain.cohort import NO_MEMBERS
from domain.person import check_not_erased
from domain.refusals import Refused
from domain.streams import of_agreement, of_cohort, of_members, of_partner, of_person
from events.catalogue.agreement import (
    AgreementAmended,
    AgreementSigned,
    AgreementTerminated,
    EvaluationHeld,
    KpiAgreed,
    KpiMeasured,
    Signatory,
)
from events.catalogue.cohort import MemberSigned, PartnerLeftCohort
from events.catalogue.values import AgreementId, CohortId, IsoDate, KpiId, PartnerId, PersonId
from events.store.transaction import Work
from service.auth.policy import Action
from service.commands.cohorts import Evaluate, evaluation_parts
from service.commands.command import Command, Result
from service.desk import Desk
from service.fields import Body, DayText, DecimalText, Id, Name, PartialDateText, Prose

_MANY = 1_000


class SignatoryBody(Body):
    """Who signed, for whom, in which capacity."""

    person_id: Id
    for_party: Literal["agency", "partner"]
    capacity: Prose | None = None


class SignAgreement(Body):
    """The agency and a partner sign."""

    cohort_id: Id
    partner_id: Id
    signed_on: PartialDateText
    place: Name | None = None
    runs_from: PartialDateText | None = Field(default=None, description="Its own start; else the cohort's.")
    runs_until: PartialDateText | None = Field(default=None, description="Its own end; else the cohort's.")
    retroactive: bool = Field(default=False, description="Signed after the start of its term.")
    signatories: Annotated[list[SignatoryBody], Field(max_length=_MANY)] = []


class AmendAgreement(Body):
    """What changes, from a date."""

    effective_on: PartialDateText
    runs_until: PartialDateText | None = None
    evaluation: Literal["yearly"] | None = None
    summary: Prose | None = None
    reason: Prose | None = None


class TerminateAgreement(Body):
    """From this day on it is not in force."""

    effective_on: DayText
    reason: Prose | None = None


class AgreeKpi(Body):
    """A figure to measure."""

    name: Name
    unit: Name | None = None
    target: DecimalText | None = None
    effective_on: PartialDateText | None = None


class MeasureKpi(Body):
    """A KPI's figure on a day."""

    kpi_id: Id
    value: DecimalText
    measured_on: PartialDateText


async def sign_agreement(desk: Desk, _target: str, body: SignAgreement) -> Result:
    """One agreement for each partner of a cohort; the same content again answers as the first time."""
    agreement_id = AgreementId(desk.new_id())
    cohort_id, partner_id = CohortId(body.cohort_id), PartnerId(body.partner_id)

    async def decide(work: Work) -> str:
        cohort_events, member_events, partner_events = await work.read(
            of_cohort(cohort_id), of_members(cohort_id), of_partner(partner_id)
        )
        cohort = desk.fold(cohort_events, None, cohort_rules.evolve)
        if cohort is None:
            raise Refused("cohort.notKnown", field="cohortId", cohortId=cohort_id)
        partner = desk.fold(partner_events, None, partner_rules.evolve)
        if partner is None:
            raise Refused("partner.notKnown", field="partnerId", partnerId=partner_id)
        members = desk.fold(member_events, NO_MEMBERS, cohort_rules.evolve_members)
        event = AgreementSigned(
            agreement_id=agreement_id,
            cohort_id=cohort_id,
            partner_id=partner_id,
            signed_on=IsoDate(body.signed_on),
            runs_from=IsoDate(body.runs_from or cohort.opened.runs_from),
            runs_until=IsoDate(body.runs_until or cohort.opened.runs_until),
            own_term=bool(body.runs_from or body.runs_until),
            evaluation=cohort.terms.evaluation,
            place=body.place,
            retroactive=body.retroactive,
            signatories=await _signatories(desk, work, body.signatories),
        )
        earlier = members.agreements.get(partner_id)
        if earlier is not None and await _signed_the_same(desk, work, earlier, event):
            return earlier
        if partner.succession:
            raise Refused("partner.succeeded", successorId=partner.succession.successor_id)
        for happened in rules.sign(cohort, members, event):
            stream = of_members(cohort_id) if isinstance(happened, MemberSigned) else of_agreement(agreement_id)
            work.append(stream, happened)
        return agreement_id

    done = await desk.carry_out(decide)
    if done.appended.record.first_position is not None:
        return Result(agreement_id)
    return Result(done.result or await _signed_by(desk, cohort_id, partner_id))


async def _signed_by(desk: Desk, cohort_id: CohortId, partner_id: PartnerId) -> AgreementId:
    """The partner's agreement in the cohort: what a repeated command that found it signed already is about."""
    recorded = await desk.house.store.read_stream(of_members(cohort_id))
    signed = desk.fold(recorded, NO_MEMBERS, cohort_rules.evolve_members).agreements.get(partner_id)
    if signed is None:
        raise Refused("agreement.unknown")
    return signed


async def _signatories(desk: Desk, work: Work, bodies: list[SignatoryBody]) -> tuple[Signatory, ...]:
    persons = await work.read(*(of_person(PersonId(one.person_id)) for one in bodies))
    for one, known in zip(bodies, persons, strict=True):
        if not known:
            raise Refused("person.notKnown", field="signatories", personId=one.person_id)
        check_not_erased(each.event for each in known)
    return tuple(
        [
            Signatory(
                person_id=PersonId(one.person_id),
                for_party=one.for_party,
                capacity=await desk.prose(one.capacity, about=one.person_id),
            )
            for one in bodies
        ]
    )


async def _signed_the_same(desk: Desk, work: Work, earlier: AgreementId, event: AgreementSigned) -> bool:
    [recorded] = await work.read(of_agreement(earlier))
    agreement: Agreement = desk.existing(recorded, rules.evolve, "agreement")
    texts = [one.capacity for one in (*event.signatories, *agreement.signed.signatories) if one.capacity]
    contents = await desk.house.vault.compared(one.text_id for one in texts)

    def plain(signed: AgreementSigned) -> tuple[Any, ...]:
        return (
            signed.signed_on,
            signed.runs_from,
            signed.runs_until,
            signed.own_term,
            signed.place,
            signed.retroactive,
            [
                (one.person_id, one.for_party, contents.get(one.capacity.text_id) if one.capacity else None)
                for one in signed.signatories
            ],
        )

    return plain(event) == plain(agreement.signed)


async def amend_agreement(desk: Desk, target: str, body: AmendAgreement) -> Result:
    """The parties change it from a date."""
    before = await _agreement(desk, target)
    amendments = before.amendments if before else ()
    earlier = next((one for one in amendments if one.effective_on == body.effective_on), None)
    event = AgreementAmended(
        agreement_id=AgreementId(target),
        effective_on=IsoDate(body.effective_on),
        runs_until=IsoDate(body.runs_until) if body.runs_until else None,
        evaluation=body.evaluation,
        summary=await desk.same_prose(body.summary, earlier.summary if earlier else None),
        reason=await desk.same_prose(body.reason, earlier.reason if earlier else None),
    )
    await _change(desk, target, lambda agreement: rules.amend(agreement, event))
    return Result(target)


async def terminate_agreement(desk: Desk, target: str, body: TerminateAgreement) -> Result:
    """It ends early, and the partner leaves the cohort."""
    agreement_id = AgreementId(target)
    reason = await desk.prose(body.reason)

    async def decide(work: Work) -> None:
        [recorded] = await work.read(of_agreement(agreement_id))
        agreement: Agreement = desk.existing(recorded, rules.evolve, "agreement")
        desk.expect(recorded)
        await work.read(of_members(agreement.cohort_id))
        event = AgreementTerminated(
            agreement_id=agreement_id,
            partner_id=agreement.partner_id,
            cohort_id=agreement.cohort_id,
            effective_on=IsoDate(body.effective_on),
            reason=reason,
        )
        for happened in rules.terminate(agreement, event):
            left = isinstance(happened, PartnerLeftCohort)
            work.append(of_members(agreement.cohort_id) if left else of_agreement(agreement_id), happened)

    await desk.carry_out(decide)
    return Result(target)


async def evaluate_agreement(desk: Desk, target: str, body: Evaluate) -> Result:
    """The partnership, for a year of its term."""
    agreement_id = AgreementId(target)
    before = await _agreement(desk, target)
    results, findings, points = await evaluation_parts(
        desk, body, before.evaluations.get(body.year) if before else None
    )
    event = EvaluationHeld(
        agreement_id=agreement_id,
        year=body.year,
        held_on=IsoDate(body.held_on),
        kpi_results=results,
        findings=findings,
        improvement_points=points,
    )
    await _change(desk, target, lambda agreement: rules.hold_evaluation(agreement, event, desk.today))
    return Result(target)


async def agree_kpi(desk: Desk, target: str, body: AgreeKpi) -> Result:
    """A figure to measure."""
    event = KpiAgreed(
        agreement_id=AgreementId(target),
        kpi_id=KpiId(desk.new_id()),
        name=body.name,
        unit=body.unit,
        target=body.target,
        effective_on=IsoDate(body.effective_on) if body.effective_on else None,
    )
    await _change(desk, target, lambda agreement: rules.agree_kpi(agreement, event))
    return Result(target, made={body.name: event.kpi_id})


async def measure_kpi(desk: Desk, target: str, body: MeasureKpi) -> Result:
    """A KPI's figure."""
    event = KpiMeasured(
        agreement_id=AgreementId(target),
        kpi_id=KpiId(body.kpi_id),
        value=body.value,
        measured_on=IsoDate(body.measured_on),
    )
    await _change(desk, target, lambda agreement: rules.measure_kpi(agreement, event))
    return Result(target)


async def _agreement(desk: Desk, target: str) -> Agreement | None:
    recorded = await desk.house.store.read_stream(of_agreement(AgreementId(target)))
    state: Agreement | None = desk.fold(recorded, None, rules.evolve)
    return state


async def _change(desk: Desk, target: str, rule: Any) -> None:
    await desk.change(of_agreement(AgreementId(target)), rules.evolve, "agreement", rule)


def _on_agreement(
    name: str,
    place: str,
    body: type[Body],
    handler: Any,
    action: Action,
    summary: str,
    *,
    needs_version: bool = False,
    part: str | None = None,
) -> Command:
    return Command(
        name=name,
        body=body,
        handler=handler,
        makes="agreement",
        target="agreement",
        action=action,
        path=f"/v1/agreements/{{agreementId}}/{place}",
        needs_version=needs_version,
        part=part,
        summary=summary,
    )


COMMANDS = (
    Command(
        name="signAgreement",
        body=SignAgreement,
        handler=sign_agreement,
        makes="agreement",
        action=Action.SIGN_AGREEMENTS,
        path="/v1/agreements",
        summary="Sign an agreement",
    ),
    _on_agreement(
        "amendAgreement",
        "amendments",
        AmendAgreement,
        amend_agreement,
        Action.SIGN_AGREEMENTS,
        "Amend an agreement",
        needs_version=True,
    ),
    _on_agreement(
        "terminateAgreement",
        "terminations",
        TerminateAgreement,
        terminate_agreement,
        Action.SIGN_AGREEMENTS,
        "Terminate an agreement before its term",
        needs_version=True,
    ),
    _on_agreement(
        "evaluateAgreement",
        "evaluations",
        Evaluate,
        evaluate_agreement,
        Action.RECORD_EVALUATIONS,
        "Record the evaluation of a year",
    ),
    _on_agreement("agreeKpi", "kpis", AgreeKpi, agree_kpi, Action.RECORD_EVALUATIONS, "Agree on a figure to measure"),
    _on_agreement(
        "measureKpi",
        "kpiMeasurements",
        MeasureKpi,
        measure_kpi,
        Action.RECORD_EVALUATIONS,
        "Record a KPI's figure",
        part="kpiFigures",
    ),
)
