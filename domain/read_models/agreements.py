"""Agreements by cohort and partner."""

from dataclasses import dataclass
from typing import Final

from domain.timeline import RecordedEvent
from events.catalogue.agreement import (
    AgreementAmended,
    AgreementFact,
    AgreementNotRenewed,
    AgreementRenewed,
    AgreementSigned,
    AgreementTerminated,
    AgreementTermsFollowed,
    EvaluationHeld,
    KpiAgreed,
    KpiMeasured,
)

NAME: Final = "agreements"
VERSION: Final = 1
CATEGORIES: Final = frozenset({"agreement"})


@dataclass(frozen=True, slots=True)
class Row:
    """Where an agreement belongs. What it is on a day is folded from its stream when it is read."""

    agreement_id: str
    first_position: int
    cohort_id: str
    partner_id: str


def project(row: Row | None, happened: RecordedEvent) -> Row | None:
    """The row after one more event."""
    event: AgreementFact = happened.event
    match event:
        case (
            KpiMeasured()  # by far the most frequent
            | AgreementTermsFollowed()
            | AgreementAmended()
            | AgreementTerminated()
            | AgreementRenewed()
            | AgreementNotRenewed()
            | EvaluationHeld()
            | KpiAgreed()
        ):
            return row
        case AgreementSigned():
            return Row(event.agreement_id, happened.position, event.cohort_id, event.partner_id)
