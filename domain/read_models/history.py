"""Which events of other streams belong to the history of a partner, cohort, agreement or consultation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from domain.streams import of_agreement, of_cohort, of_consultation, of_partner
from domain.timeline import RecordedEvent
from events.catalogue import agreement as a
from events.catalogue import cohort as c
from events.catalogue import consultation as m
from events.catalogue import partner as p
from events.catalogue.correction import EventCorrected

NAME: Final = "history"
VERSION: Final = 2
GROUP: Final = "subject"
CATEGORIES: Final = frozenset(
    {"partner", "cohort", "membership", "agreement", "milestone", "consultation", "moments", "enterpriseNumber"}
)

Historic: TypeAlias = (
    p.PartnerEvent
    | p.ReservationEvent
    | c.CohortEvent
    | c.MembershipEvent
    | a.AgreementEvent
    | a.MilestoneEvent
    | m.ConsultationEvent
    | m.MomentEvent
)


@dataclass(frozen=True, slots=True)
class Row:
    """An event in the history of the subject in its key; the sentence is made when it is read, in its language."""

    position: int


def keys(happened: RecordedEvent) -> Sequence[str]:
    """One row for each subject whose history tells it, but for the one in whose own stream it stands."""
    own, position = happened.stream, happened.position
    return [f"{subject}/{position:019}" for subject in subjects(happened.event, own) if subject != own]


def subjects(event: Historic, stream: str) -> Sequence[str]:  # noqa: C901 - one case an event
    """The streams of those whose history an event belongs to."""
    match event:
        # the most frequent first
        case a.KpiMeasured() | a.EvaluationHeld() | a.KpiAgreed() | a.AgreementAmended() | a.AgreementTermsFollowed():
            return [of_agreement(event.agreement_id)]
        case (
            p.PartnerAdded()
            | p.PartnerRenamed()
            | p.PartnerAliasAdded()
            | p.ExecutingUnitAdded()
            | p.AccountManagerAssigned()
        ):
            return [of_partner(event.partner_id)]
        case p.PartnerSucceeded():
            return [of_partner(event.partner_id), of_partner(event.successor_id)]
        case c.CohortOpened() | c.CohortEvaluated() | c.ImprovementPointReported():
            return [of_cohort(event.cohort_id)]
        case c.CohortRenewed():
            return [of_cohort(event.cohort_id), of_cohort(event.successor_id)]
        case c.PartnerJoinedCohort() | c.PartnerStayedInCohort() | c.PartnerLeftCohort():
            return [of_cohort(event.cohort_id), of_partner(event.partner_id)]
        case a.AgreementSigned():
            return [of_agreement(event.agreement_id), of_cohort(event.cohort_id), of_partner(event.partner_id)]
        case (
            a.AgreementTerminated()
            | a.AgreementRenewed()
            | a.AgreementNotRenewed()
            | a.AgreementCommenced()
            | a.AgreementExpired()
        ):
            return [of_agreement(event.agreement_id), of_partner(event.partner_id)]
        case m.ConsultationPlanned():
            return [of_consultation(event.consultation_id), of_cohort(event.cohort_id)]
        case m.ConsultationMoved() | m.ConsultationHeld() | m.ConsultationCancelled():
            return [of_consultation(event.consultation_id)]
        case EventCorrected():
            return [stream]
        case (
            c.MemberSigned()
            | p.EnterpriseNumberReserved()
            | p.EnterpriseNumberReleased()
            | m.MomentReserved()
            | m.MomentReleased()
        ):
            return []  # reservations: what they reserve for tells it


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """A row is written once."""
    return row or Row(happened.position)
