"""Cohorts: partners that signed for one period, and how one cohort follows another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.refusals import Refused
from domain.values import Offset, PartialDate, Period, check_shares
from events.catalogue.cohort import (
    CohortEvaluated,
    CohortFact,
    CohortOpened,
    CohortRenewed,
    ImprovementPointReported,
    Leaver,
    MembershipEvent,
    MemberSigned,
    PartnerJoinedCohort,
    PartnerLeftCohort,
    PartnerStayedInCohort,
    Terms,
)
from events.catalogue.values import AgreementId, CohortId, IsoDate, PartnerId


@dataclass(frozen=True, slots=True)
class Cohort:
    """A cohort, as some of its events make it."""

    cohort_id: CohortId
    name: str
    period: Period
    opened: CohortOpened
    evaluations: tuple[CohortEvaluated, ...] = ()
    improvement_points: tuple[ImprovementPointReported, ...] = ()
    renewal: CohortRenewed | None = None

    @property
    def terms(self) -> Terms:
        """What its agreements say, as far as the record knows."""
        return self.opened.terms


def evolve(state: Cohort | None, event: CohortFact) -> Cohort | None:
    """The cohort after one more event."""
    match event:
        case CohortOpened():
            return Cohort(event.cohort_id, event.name, Period.parse(event.runs_from, event.runs_until), event)
        case CohortEvaluated():
            return state and replace(state, evaluations=(*state.evaluations, event))
        case ImprovementPointReported():
            return state and replace(state, improvement_points=(*state.improvement_points, event))
        case CohortRenewed():
            return state and replace(state, renewal=event)


@dataclass(frozen=True, slots=True)
class Members:
    """Who is in a cohort, in the order in which they came, and the agreement of each that signed."""

    agreements: dict[PartnerId, AgreementId | None]
    left: frozenset[PartnerId] = frozenset()

    @property
    def current(self) -> Sequence[PartnerId]:
        """Those that did not leave."""
        return [partner for partner in self.agreements if partner not in self.left]


def evolve_members(state: Members, event: MembershipEvent) -> Members:
    """Who is in the cohort after one more event."""
    match event:
        case PartnerJoinedCohort() | PartnerStayedInCohort():
            agreement = state.agreements.get(event.partner_id)  # the signature may be dated before the renewal
            return Members({**state.agreements, event.partner_id: agreement}, state.left)
        case MemberSigned():
            return Members({**state.agreements, event.partner_id: event.agreement_id}, state.left)
        case PartnerLeftCohort():
            return Members(state.agreements, state.left | {event.partner_id})


NO_MEMBERS = Members({})


def check_terms(terms: Terms) -> None:
    """Shares make a whole, months are months, offsets are offsets."""
    check_shares([(share.party, share.share) for share in terms.co_financing])
    months = terms.consultation_months
    if len(set(months)) != len(months) or any(month not in range(1, 13) for month in months):
        raise Refused("months.invalid", months=list(months))
    for kind, offsets in (terms.reminder_offsets or {}).items():
        if not (kind.isascii() and kind.isalpha()):
            raise Refused("offset.invalid", kind=kind)
        for offset in offsets:
            Offset.parse(offset)


def open_cohort(event: CohortOpened) -> Sequence[CohortFact]:
    """A new cohort, with a period that ends after it begins and terms that hold together."""
    Period.parse(event.runs_from, event.runs_until)
    if event.opened_on:
        PartialDate.parse(event.opened_on)
    check_terms(event.terms)
    return [event]


def evaluate(cohort: Cohort, event: CohortEvaluated, today: date) -> Sequence[CohortFact]:
    """One evaluation of the cohort as a whole for each year of its period."""
    check_evaluation_year(cohort.period, event.year, event.held_on)
    check_not_in_future(event.held_on, today)
    for held in cohort.evaluations:
        if held == event:
            return []
        if held.year == event.year:
            raise Refused("evaluation.alreadyHeld", year=event.year)
    return [event]


def check_evaluation_year(period: Period, year: int, held_on: str) -> None:
    """A year within the term, evaluated in that year or later."""
    if year not in period.years:
        raise Refused("evaluation.yearOutsideTerm", year=year, first=period.years[0], last=period.years[-1])
    if PartialDate.parse(held_on).year < year:
        raise Refused("evaluation.beforeYear", year=year, heldOn=held_on)


def check_not_in_future(held_on: str, today: date) -> None:
    """What was held was held by today."""
    if PartialDate.parse(held_on).first_day > today:
        raise Refused("date.inFuture", heldOn=held_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A cohort's renewal as it is asked for: who stays, joins and leaves, and the new period and terms."""

    successor_id: CohortId
    name: str
    runs_from: IsoDate
    runs_until: IsoDate
    stays: tuple[PartnerId, ...]
    joins: tuple[PartnerId, ...]
    leaves: tuple[Leaver, ...]
    terms: Terms | None = None
    inherit_terms: bool = False
    announced_partner_count: int | None = None
    signed_on: IsoDate | None = None


@dataclass(frozen=True, slots=True)
class Renewed:
    """What a renewal records: in the old cohort, in the new one, and who is in the new one."""

    predecessor: CohortRenewed
    successor: CohortOpened
    members: Sequence[MembershipEvent]
    left: Sequence[PartnerLeftCohort]


def renew(cohort: Cohort, members: Members, renewal: Renewal, today: date) -> Renewed:
    """One cohort follows another. Stays and leaves together are the members; nobody is in two of the lists."""
    if cohort.renewal is not None:
        raise Refused("cohort.alreadyRenewed", successorId=cohort.renewal.successor_id)
    leaving = [leaver.partner_id for leaver in renewal.leaves]
    _check_each_once([*renewal.stays, *renewal.joins, *leaving])
    _check_members(members, renewal.stays, leaving, renewal.joins)
    period = Period.parse(renewal.runs_from, renewal.runs_until)
    starts, ends = period.runs_from, cohort.period.last_possible_day
    if starts.last_day < ends or (starts.is_day and starts.last_day == ends):
        raise Refused("cohort.overlapsPredecessor", runsFrom=renewal.runs_from, runsUntil=str(cohort.period.runs_until))
    renewed_on = renewal.signed_on or IsoDate(today.isoformat())
    successor = CohortOpened(
        cohort_id=renewal.successor_id,
        name=renewal.name,
        runs_from=renewal.runs_from,
        runs_until=renewal.runs_until,
        opened_on=renewed_on,
        announced_partner_count=renewal.announced_partner_count,
        terms=_terms(cohort, renewal),
        predecessor_id=cohort.cohort_id,
        stayed=renewal.stays,
        joined=renewal.joins,
        left=renewal.leaves,
    )
    open_cohort(successor)
    return Renewed(
        predecessor=CohortRenewed(cohort_id=cohort.cohort_id, successor_id=renewal.successor_id, renewed_on=renewed_on),
        successor=successor,
        members=[
            *(
                PartnerStayedInCohort(
                    cohort_id=renewal.successor_id,
                    partner_id=partner,
                    predecessor_id=cohort.cohort_id,
                    stayed_on=renewed_on,
                )
                for partner in renewal.stays
            ),
            *(
                PartnerJoinedCohort(cohort_id=renewal.successor_id, partner_id=partner, joined_on=renewed_on)
                for partner in renewal.joins
            ),
        ],
        left=[
            PartnerLeftCohort(
                cohort_id=cohort.cohort_id,
                partner_id=leaver.partner_id,
                left_on=cohort.opened.runs_until,
                reason=leaver.reason,
            )
            for leaver in renewal.leaves
            if leaver.partner_id not in members.left
        ],
    )


def _terms(cohort: Cohort, renewal: Renewal) -> Terms:
    if renewal.terms is not None:
        return renewal.terms
    return cohort.terms if renewal.inherit_terms else Terms()


def _check_each_once(partners: Iterable[PartnerId]) -> None:
    seen: set[PartnerId] = set()
    for partner in partners:
        if partner in seen:
            raise Refused("cohort.partnerTwice", partnerId=partner)
        seen.add(partner)


def _check_members(
    members: Members, stays: Sequence[PartnerId], leaving: Sequence[PartnerId], joins: Sequence[PartnerId]
) -> None:
    for partner in (*stays, *leaving):
        if partner not in members.agreements or (partner in members.left and partner in stays):
            raise Refused("cohort.notAMember", partnerId=partner)
    for partner in joins:
        if partner in members.current:
            raise Refused("cohort.alreadyAMember", partnerId=partner)
    missing = [partner for partner in members.current if partner not in {*stays, *leaving}]
    if missing:
        raise Refused("cohort.membersIncomplete", partnerIds=missing)
