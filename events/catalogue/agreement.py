"""What happens to an agreement."""

from typing import ClassVar, Literal, TypeAlias

from events.catalogue.cohort import ImprovementPoint, KpiResult
from events.catalogue.correction import EventCorrected
from events.catalogue.values import (
    AgreementId,
    CohortId,
    Event,
    IsoDate,
    KpiId,
    PartnerId,
    PersonId,
    TextRef,
    Value,
)


class Signatory(Value, frozen=True, kw_only=True):
    """Who signed, for whom; in which capacity, where that is known."""

    person_id: PersonId
    for_party: Literal["agency", "partner"]
    capacity: TextRef | None = None


class AgreementSigned(Event, frozen=True, kw_only=True):
    """The agency and a partner signed. Dates are legal dates, not recording times."""

    effective_field: ClassVar[str | None] = "signed_on"

    agreement_id: AgreementId
    cohort_id: CohortId
    partner_id: PartnerId
    signed_on: IsoDate
    runs_from: IsoDate
    runs_until: IsoDate
    own_term: bool = False
    """Whether the term is the agreement's own; else it is the cohort's and follows it."""
    evaluation: Literal["yearly"] | None = None
    place: str | None = None
    retroactive: bool = False
    signatories: tuple[Signatory, ...] = ()


class AgreementTermsFollowed(Event, frozen=True, kw_only=True):
    """The cohort's terms were corrected, and this agreement has them from its cohort."""

    agreement_id: AgreementId
    runs_from: IsoDate
    runs_until: IsoDate
    evaluation: Literal["yearly"] | None = None


class AgreementAmended(Event, frozen=True, kw_only=True):
    """The parties changed the agreement from a date; only what changed is named."""

    effective_field: ClassVar[str | None] = "effective_on"

    agreement_id: AgreementId
    effective_on: IsoDate
    runs_until: IsoDate | None = None
    evaluation: Literal["yearly"] | None = None
    summary: TextRef | None = None
    reason: TextRef | None = None


class AgreementTerminated(Event, frozen=True, kw_only=True):
    """The agreement ends before its term: from this day on it is not in force."""

    effective_field: ClassVar[str | None] = "effective_on"

    agreement_id: AgreementId
    partner_id: PartnerId
    cohort_id: CohortId
    effective_on: IsoDate
    reason: TextRef | None = None


class AgreementRenewed(Event, frozen=True, kw_only=True):
    """The partner goes on in the successor cohort."""

    effective_field: ClassVar[str | None] = "renewed_on"

    agreement_id: AgreementId
    partner_id: PartnerId
    cohort_id: CohortId
    successor_cohort_id: CohortId
    renewed_on: IsoDate


class AgreementNotRenewed(Event, frozen=True, kw_only=True):
    """The partner does not go on in the successor cohort."""

    effective_field: ClassVar[str | None] = "decided_on"

    agreement_id: AgreementId
    partner_id: PartnerId
    cohort_id: CohortId
    decided_on: IsoDate
    reason: TextRef | None = None


class EvaluationHeld(Event, frozen=True, kw_only=True):
    """The partnership was evaluated for a year of its term."""

    effective_field: ClassVar[str | None] = "held_on"

    agreement_id: AgreementId
    year: int
    held_on: IsoDate
    kpi_results: tuple[KpiResult, ...] = ()
    findings: TextRef | None = None
    improvement_points: tuple[ImprovementPoint, ...] = ()


class KpiAgreed(Event, frozen=True, kw_only=True):
    """The parties agreed on a figure to measure. `target` is a decimal string in `unit`."""

    effective_field: ClassVar[str | None] = "effective_on"

    agreement_id: AgreementId
    kpi_id: KpiId
    name: str
    unit: str | None = None
    target: str | None = None
    effective_on: IsoDate | None = None


class KpiMeasured(Event, frozen=True, kw_only=True):
    """A KPI's figure on a day; a decimal string in the KPI's unit."""

    effective_field: ClassVar[str | None] = "measured_on"

    agreement_id: AgreementId
    kpi_id: KpiId
    value: str
    measured_on: IsoDate


class AgreementCommenced(Event, frozen=True, kw_only=True):
    """The first day of the term has come: history, recorded by the scheduler. It decides nothing."""

    effective_field: ClassVar[str | None] = "commenced_on"

    agreement_id: AgreementId
    partner_id: PartnerId
    cohort_id: CohortId
    commenced_on: IsoDate


class AgreementExpired(Event, frozen=True, kw_only=True):
    """The last day of the term has passed: history, recorded by the scheduler. It decides nothing."""

    effective_field: ClassVar[str | None] = "expired_on"

    agreement_id: AgreementId
    partner_id: PartnerId
    cohort_id: CohortId
    expired_on: IsoDate


AgreementFact: TypeAlias = (
    AgreementSigned
    | AgreementTermsFollowed
    | AgreementAmended
    | AgreementTerminated
    | AgreementRenewed
    | AgreementNotRenewed
    | EvaluationHeld
    | KpiAgreed
    | KpiMeasured
)
AgreementEvent: TypeAlias = AgreementFact | EventCorrected
MilestoneEvent: TypeAlias = AgreementCommenced | AgreementExpired
