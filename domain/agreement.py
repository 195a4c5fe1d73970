"""Agreements: how one is signed, changes and ends, and what it is on any day."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from domain.cohort import Cohort, Members, check_evaluation_year, check_not_in_future
from domain.refusals import Refused
from domain.values import PartialDate, Period, parse_day
from events.catalogue.agreement import (
    AgreementAmended,
    AgreementCommenced,
    AgreementExpired,
    AgreementFact,
    AgreementNotRenewed,
    AgreementRenewed,
    AgreementSigned,
    AgreementTerminated,
    AgreementTermsFollowed,
    EvaluationHeld,
    KpiAgreed,
    KpiMeasured,
    MilestoneEvent,
)
from events.catalogue.cohort import MemberSigned, PartnerLeftCohort
from events.catalogue.values import AgreementId, CohortId, IsoDate, KpiId, PartnerId


class Status(StrEnum):
    """What an agreement can be on a day."""

    SIGNED = "signed"
    IN_FORCE = "inForce"
    TERMINATED = "terminated"
    EXPIRED = "expired"
    RENEWED = "renewed"


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement, as some of its events make it."""

    agreement_id: AgreementId
    cohort_id: CohortId
    partner_id: PartnerId
    signed: AgreementSigned
    period: Period
    evaluation: str | None = None
    termination: AgreementTerminated | None = None
    renewal: AgreementRenewed | None = None
    amendments: tuple[AgreementAmended, ...] = ()
    evaluations: dict[int, EvaluationHeld] = field(default_factory=dict)
    kpis: dict[KpiId, KpiAgreed] = field(default_factory=dict)
    measurements: tuple[KpiMeasured, ...] = ()


def evolve(state: Agreement | None, event: AgreementFact) -> Agreement | None:
    """The agreement after one more event."""
    match event:
        case AgreementSigned():
            return Agreement(
                event.agreement_id,
                event.cohort_id,
                event.partner_id,
                event,
                Period.parse(event.runs_from, event.runs_until),
                event.evaluation,
            )
        case AgreementTermsFollowed():
            return state and _followed(state, event)
        case AgreementAmended():
            return state and _amended(state, event)
        case AgreementTerminated():
            return state and replace(state, termination=event)
        case AgreementRenewed():
            return state and replace(state, renewal=event)
        case EvaluationHeld():
            return state and replace(state, evaluations={**state.evaluations, event.year: event})
        case KpiAgreed():
            return state and replace(state, kpis={**state.kpis, event.kpi_id: event})
        case KpiMeasured():
            return state and replace(state, measurements=(*state.measurements, event))
        case AgreementNotRenewed():
            return state  # history: the partner left; the end of the term says the rest


def status(state: Agreement, day: date) -> Status:
    """What the agreement is on a day: today, any past one, any future one.

    A partial start counts from its last possible day, a partial end until its last possible day.
    """
    if state.termination and day >= parse_day(state.termination.effective_on):
        return Status.TERMINATED
    if state.period.is_over(day):
        return Status.RENEWED if state.renewal else Status.EXPIRED
    if day >= begins_on(state):
        return Status.IN_FORCE
    return Status.SIGNED


def begins_on(state: Agreement) -> date:
    """From this day on it is surely signed and its term has surely begun."""
    return max(state.period.first_certain_day, PartialDate.parse(state.signed.signed_on).last_day)


def is_certain(state: Agreement, day: date) -> bool:
    """Whether the status would be the same if every date were known to the day."""
    if state.termination and day >= parse_day(state.termination.effective_on):
        return True
    period = state.period
    if day > period.runs_until.last_day:
        return True
    signed_on = PartialDate.parse(state.signed.signed_on)
    earliest = max(signed_on.first_day, period.runs_from.first_day)
    latest = max(signed_on.last_day, period.runs_from.last_day)
    return not earliest <= day < latest and day <= period.runs_until.first_day


def sign(cohort: Cohort, members: Members, event: AgreementSigned) -> Sequence[AgreementFact | MemberSigned]:
    """The agency and a partner sign: one agreement for each partner of a cohort, in a cohort that is not closed."""
    if cohort.renewal is not None:
        raise Refused("agreement.cohortClosed", cohortId=cohort.cohort_id, successorId=cohort.renewal.successor_id)
    return signing(members, event)


def signing(members: Members, event: AgreementSigned) -> Sequence[AgreementFact | MemberSigned]:
    """The rules of one signature, also for the signatures of a renewal."""
    period = Period.parse(event.runs_from, event.runs_until)
    signed_on = PartialDate.parse(event.signed_on)
    if signed_on.first_day > period.runs_until.last_day:
        raise Refused("agreement.outsideTerm", signedOn=event.signed_on, runsUntil=event.runs_until)
    if signed_on.first_day > period.runs_from.last_day and not event.retroactive:
        raise Refused("agreement.signedAfterStart", signedOn=event.signed_on, runsFrom=event.runs_from)
    taken = members.agreements.get(event.partner_id)
    if taken is not None:
        raise Refused("agreement.alreadySigned", agreementId=taken, partnerId=event.partner_id)
    member = MemberSigned(
        cohort_id=event.cohort_id,
        partner_id=event.partner_id,
        agreement_id=event.agreement_id,
        signed_on=event.signed_on,
    )
    return [event, member]


def amend(agreement: Agreement, event: AgreementAmended) -> Sequence[AgreementFact]:
    """The parties change the agreement from a date within its term."""
    _check_in_term(agreement, event.effective_on)
    if event in agreement.amendments:
        return []
    _check_not_terminated(agreement)
    if event.runs_until is None and event.evaluation is None and event.summary is None:
        raise Refused("agreement.nothingAmended")
    if event.runs_until:
        Period.parse(str(agreement.period.runs_from), event.runs_until)
    return [event]


def terminate(agreement: Agreement, event: AgreementTerminated) -> Sequence[AgreementFact | PartnerLeftCohort]:
    """The agreement ends before its term, on a known day; the partner leaves the cohort."""
    if agreement.termination and agreement.termination.effective_on == event.effective_on:
        return []
    _check_not_terminated(agreement)
    parse_day(event.effective_on)
    _check_in_term(agreement, event.effective_on)
    left = PartnerLeftCohort(
        cohort_id=agreement.cohort_id,
        partner_id=agreement.partner_id,
        left_on=event.effective_on,
        reason=event.reason,
    )
    return [event, left]


def hold_evaluation(agreement: Agreement, event: EvaluationHeld, today: date) -> Sequence[AgreementFact]:
    """One evaluation a year, for a year within the term; it may be held after the end."""
    held = agreement.evaluations.get(event.year)
    if held == event:
        return []  # told twice, happened once
    if held is not None:
        raise Refused("evaluation.alreadyHeld", year=event.year)
    check_evaluation_year(agreement.period, event.year, event.held_on)
    check_not_in_future(event.held_on, today)
    for result in event.kpi_results:
        if result.kpi_id not in agreement.kpis:
            raise Refused("kpi.unknown", kpiId=result.kpi_id)
    return [event]


def agree_kpi(agreement: Agreement, event: KpiAgreed) -> Sequence[AgreementFact]:
    """A figure to measure, once by that name."""
    for agreed in agreement.kpis.values():
        if agreed.name == event.name:
            raise Refused("kpi.alreadyAgreed", name=event.name, kpiId=agreed.kpi_id)
    return [event]


def measure_kpi(agreement: Agreement, event: KpiMeasured) -> Sequence[AgreementFact]:
    """A figure of a KPI that was agreed on."""
    if event.kpi_id not in agreement.kpis:
        raise Refused("kpi.unknown", kpiId=event.kpi_id)
    return [] if event in agreement.measurements else [event]


def ended_before_start(agreement: Agreement) -> bool:
    """Whether it was terminated before its term began."""
    return agreement.termination is not None and (
        parse_day(agreement.termination.effective_on) < agreement.period.first_certain_day
    )


def milestones(agreement: Agreement, recorded: Sequence[MilestoneEvent], today: date) -> Sequence[MilestoneEvent]:
    """Commencement and expiry that have come and are not recorded yet."""
    due: list[MilestoneEvent] = []
    begun = today >= begins_on(agreement) and not ended_before_start(agreement)
    if begun and not any(isinstance(event, AgreementCommenced) for event in recorded):
        due.append(
            AgreementCommenced(
                agreement_id=agreement.agreement_id,
                partner_id=agreement.partner_id,
                cohort_id=agreement.cohort_id,
                commenced_on=_iso(agreement.period.runs_from),
            )
        )
    over = agreement.period.is_over(today) and agreement.termination is None
    if over and not any(isinstance(event, AgreementExpired) for event in recorded):
        due.append(
            AgreementExpired(
                agreement_id=agreement.agreement_id,
                partner_id=agreement.partner_id,
                cohort_id=agreement.cohort_id,
                expired_on=_iso(agreement.period.runs_until),
            )
        )
    return due


def _followed(state: Agreement, event: AgreementTermsFollowed) -> Agreement:
    followed = replace(
        state,
        period=Period.parse(event.runs_from, event.runs_until),
        evaluation=event.evaluation,
        amendments=(),
    )
    for amendment in state.amendments:  # what the parties agreed later still stands
        followed = _amended(followed, amendment)
    return followed


def _amended(state: Agreement, event: AgreementAmended) -> Agreement:
    period = state.period
    later = any(one.runs_until and _legal_day(one) > _legal_day(event) for one in state.amendments)
    if event.runs_until and not later:  # the end is the latest that was agreed, in whatever order it was recorded
        period = replace(period, runs_until=PartialDate.parse(event.runs_until))
    return replace(
        state,
        period=period,
        evaluation=event.evaluation or state.evaluation,
        amendments=(*state.amendments, event),
    )


def _legal_day(event: AgreementAmended) -> date:
    return PartialDate.parse(event.effective_on).last_day


def _check_in_term(agreement: Agreement, day: str) -> None:
    asked = PartialDate.parse(day)
    signed = PartialDate.parse(agreement.signed.signed_on)
    if asked.last_day < min(signed.first_day, agreement.period.runs_from.first_day) or asked.first_day > (
        agreement.period.last_possible_day
    ):
        raise Refused(
            "agreement.outsideTerm",
            effectiveOn=day,
            runsFrom=str(agreement.period.runs_from),
            runsUntil=str(agreement.period.runs_until),
        )


def _check_not_terminated(agreement: Agreement) -> None:
    if agreement.termination:
        raise Refused("agreement.alreadyTerminated", effectiveOn=agreement.termination.effective_on)


def _iso(day: PartialDate) -> IsoDate:
    return IsoDate(str(day))
