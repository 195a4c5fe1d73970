"""What happens to a cohort of partners, and who is in it."""

from typing import ClassVar, Literal, TypeAlias

from events.catalogue.correction import EventCorrected
from events.catalogue.values import AgreementId, CohortId, Event, IsoDate, KpiId, PartnerId, Share, TextRef, Value


class FinancingShare(Value, frozen=True, kw_only=True):
    """What one party pays of the whole."""

    party: Literal["agency", "partner"]
    share: Share


class Terms(Value, frozen=True, kw_only=True):
    """What a cohort's agreements say. All of it may be unknown."""

    co_financing: tuple[FinancingShare, ...] = ()
    consultation_months: tuple[int, ...] = ()
    evaluation: Literal["yearly"] | None = None
    reminder_offsets: dict[str, tuple[str, ...]] | None = None
    """Kind of obligation -> offsets (`P30D` before, `-P7D` after), instead of the usual ones."""


class Leaver(Value, frozen=True, kw_only=True):
    """A partner that does not go on in the next cohort."""

    partner_id: PartnerId
    reason: TextRef | None = None


class KpiResult(Value, frozen=True, kw_only=True):
    """A figure as the evaluation found it; a decimal string in the KPI's unit."""

    kpi_id: KpiId
    value: str


class ImprovementPoint(Value, frozen=True, kw_only=True):
    """What an evaluation asks to improve, by when if that was said."""

    text: TextRef
    due_on: IsoDate | None = None


class CohortOpened(Event, frozen=True, kw_only=True):
    """A cohort of partners with one period and one set of terms. The period may be known to the year only."""

    effective_field: ClassVar[str | None] = "opened_on"

    cohort_id: CohortId
    name: str
    runs_from: IsoDate
    runs_until: IsoDate
    opened_on: IsoDate | None = None
    announced_partner_count: int | None = None
    terms: Terms = Terms()
    predecessor_id: CohortId | None = None
    stayed: tuple[PartnerId, ...] = ()
    joined: tuple[PartnerId, ...] = ()
    left: tuple[Leaver, ...] = ()


class CohortRenewed(Event, frozen=True, kw_only=True):
    """The cohort has a successor; who goes on stands in that cohort's opening."""

    effective_field: ClassVar[str | None] = "renewed_on"

    cohort_id: CohortId
    successor_id: CohortId
    renewed_on: IsoDate


class CohortEvaluated(Event, frozen=True, kw_only=True):
    """The cohort as a whole was evaluated for a year."""

    effective_field: ClassVar[str | None] = "held_on"

    cohort_id: CohortId
    year: int
    held_on: IsoDate
    kpi_results: tuple[KpiResult, ...] = ()
    findings: TextRef | None = None
    improvement_points: tuple[ImprovementPoint, ...] = ()


class ImprovementPointReported(Event, frozen=True, kw_only=True):
    """A point to improve that is not tied to one evaluation in the record."""

    effective_field: ClassVar[str | None] = "reported_on"

    cohort_id: CohortId
    text: TextRef
    reported_on: IsoDate | None = None
    due_on: IsoDate | None = None


class PartnerJoinedCohort(Event, frozen=True, kw_only=True):
    """A partner is in the cohort that was not in its predecessor."""

    effective_field: ClassVar[str | None] = "joined_on"

    cohort_id: CohortId
    partner_id: PartnerId
    joined_on: IsoDate


class PartnerStayedInCohort(Event, frozen=True, kw_only=True):
    """A partner of the predecessor goes on in this cohort."""

    effective_field: ClassVar[str | None] = "stayed_on"

    cohort_id: CohortId
    partner_id: PartnerId
    predecessor_id: CohortId
    stayed_on: IsoDate


class PartnerLeftCohort(Event, frozen=True, kw_only=True):
    """A partner does not go on: at the renewal, or because its agreement ended early."""

    effective_field: ClassVar[str | None] = "left_on"

    cohort_id: CohortId
    partner_id: PartnerId
    left_on: IsoDate
    reason: TextRef | None = None


class MemberSigned(Event, frozen=True, kw_only=True):
    """The partner's agreement in this cohort: there is one."""

    effective_field: ClassVar[str | None] = "signed_on"

    cohort_id: CohortId
    partner_id: PartnerId
    agreement_id: AgreementId
    signed_on: IsoDate


CohortFact: TypeAlias = CohortOpened | CohortRenewed | CohortEvaluated | ImprovementPointReported
CohortEvent: TypeAlias = CohortFact | EventCorrected
MembershipEvent: TypeAlias = PartnerJoinedCohort | PartnerStayedInCohort | PartnerLeftCohort | MemberSigned
