"""Things that happened, as short as a test wants to say them. What it does not say is one and the same everywhere."""

from datetime import date
from typing import Any

from hypothesis import strategies as st

from domain import agreement, cohort, consultation, partner, reminder
from events.catalogue.agreement import (
    AgreementAmended,
    AgreementFact,
    AgreementRenewed,
    AgreementSigned,
    AgreementTerminated,
    AgreementTermsFollowed,
    EvaluationHeld,
    KpiAgreed,
    KpiMeasured,
)
from events.catalogue.cohort import (
    CohortEvaluated,
    CohortFact,
    CohortOpened,
    CohortRenewed,
    Leaver,
    MembershipEvent,
    MemberSigned,
    PartnerJoinedCohort,
    PartnerLeftCohort,
    PartnerStayedInCohort,
)
from events.catalogue.consultation import (
    ConsultationCancelled,
    ConsultationFact,
    ConsultationHeld,
    ConsultationMoved,
    ConsultationPlanned,
    MomentReleased,
    MomentReserved,
)
from events.catalogue.partner import PartnerAdded, PartnerFact, PartnerRenamed
from events.catalogue.reminder import ReminderAcknowledged, ReminderEvent, ReminderRaised, ReminderSnoozed
from events.catalogue.values import TextRef
from tests.spec import Spec, made

AGREEMENT = Spec[agreement.Agreement | None](None, agreement.evolve, AgreementFact)
COHORT = Spec[cohort.Cohort | None](None, cohort.evolve, CohortFact)
MEMBERS = Spec[cohort.Members](cohort.NO_MEMBERS, cohort.evolve_members, MembershipEvent)
CONSULTATION = Spec[consultation.Consultation | None](None, consultation.evolve, ConsultationFact)
PARTNER = Spec[partner.Partner | None](None, partner.evolve, PartnerFact)
REMINDER = Spec[reminder.Reminder](reminder.Reminder(), reminder.evolve, ReminderEvent)

REASON = TextRef(text_id="t1", commitment="c" * 64)


def signed(**said: Any) -> AgreementSigned:
    usual = {
        "agreement_id": "a1",
        "cohort_id": "c1",
        "partner_id": "agoria",
        "signed_on": "2017-10-03",
        "runs_from": "2017",
        "runs_until": "2021-12-31",
    }
    return made(AgreementSigned, **{**usual, **said})


def terms_followed(**said: Any) -> AgreementTermsFollowed:
    return made(
        AgreementTermsFollowed, **{"agreement_id": "a1", "runs_from": "2017", "runs_until": "2021-12-31", **said}
    )


def amended(**said: Any) -> AgreementAmended:
    return made(AgreementAmended, **{"agreement_id": "a1", "effective_on": "2019-01-01", **said})


def terminated(on: str, **said: Any) -> AgreementTerminated:
    usual = {"agreement_id": "a1", "partner_id": "agoria", "cohort_id": "c1", "effective_on": on}
    return made(AgreementTerminated, **{**usual, **said})


def agreement_renewed(on: str = "2021-11-26") -> AgreementRenewed:
    return made(
        AgreementRenewed,
        agreement_id="a1",
        partner_id="agoria",
        cohort_id="c1",
        successor_cohort_id="c2",
        renewed_on=on,
    )


def evaluated(year: int, on: str | None = None, **said: Any) -> EvaluationHeld:
    return made(EvaluationHeld, **{"agreement_id": "a1", "year": year, "held_on": on or f"{year}-12-01", **said})


def kpi_agreed(kpi_id: str = "k1", name: str = "Trade missions", **said: Any) -> KpiAgreed:
    return made(KpiAgreed, **{"agreement_id": "a1", "kpi_id": kpi_id, "name": name, **said})


def kpi_measured(kpi_id: str = "k1", value: str = "12", on: str = "2019-12-31") -> KpiMeasured:
    return made(KpiMeasured, agreement_id="a1", kpi_id=kpi_id, value=value, measured_on=on)


def opened(**said: Any) -> CohortOpened:
    usual = {"cohort_id": "c1", "name": "2017-2021", "runs_from": "2017", "runs_until": "2021-12-31"}
    return made(CohortOpened, **{**usual, **said})


def cohort_renewed() -> CohortRenewed:
    return made(CohortRenewed, cohort_id="c1", successor_id="c2", renewed_on="2021-11-26")


def cohort_evaluated(year: int, on: str | None = None, **said: Any) -> CohortEvaluated:
    return made(CohortEvaluated, **{"cohort_id": "c1", "year": year, "held_on": on or f"{year}-12-01", **said})


def joined(partner_id: str, on: str = "2017-10-03", cohort_id: str = "c1") -> PartnerJoinedCohort:
    return made(PartnerJoinedCohort, cohort_id=cohort_id, partner_id=partner_id, joined_on=on)


def stayed(partner_id: str, on: str = "2021-11-26", cohort_id: str = "c2") -> PartnerStayedInCohort:
    return made(PartnerStayedInCohort, cohort_id=cohort_id, partner_id=partner_id, predecessor_id="c1", stayed_on=on)


def left(partner_id: str, on: str = "2021-11-26", cohort_id: str = "c1", **said: Any) -> PartnerLeftCohort:
    return made(PartnerLeftCohort, **{"cohort_id": cohort_id, "partner_id": partner_id, "left_on": on, **said})


def member_signed(
    partner_id: str = "agoria", agreement_id: str = "a1", on: str = "2017-10-03", cohort_id: str = "c1"
) -> MemberSigned:
    return made(MemberSigned, cohort_id=cohort_id, partner_id=partner_id, agreement_id=agreement_id, signed_on=on)


def leaver(partner_id: str) -> Leaver:
    return made(Leaver, partner_id=partner_id)


def planned(**said: Any) -> ConsultationPlanned:
    usual = {"cohort_id": "c1", "consultation_id": "m1", "year": 2019, "ordinal": 1}
    if not {"planned_on", "starts_at"} & said.keys():
        usual["planned_on"] = "2019-03"
    return made(ConsultationPlanned, **{**usual, **said})


def moved(**said: Any) -> ConsultationMoved:
    return made(ConsultationMoved, **{"consultation_id": "m1", "moved_on": "2019-01-10", **said})


def held(on: str = "2019-03-14") -> ConsultationHeld:
    return made(ConsultationHeld, consultation_id="m1", held_on=on)


def cancelled(on: str = "2019-02-01") -> ConsultationCancelled:
    return made(ConsultationCancelled, consultation_id="m1", cancelled_on=on, reason=REASON)


def reserved(ordinal: int = 1, consultation_id: str = "m1", year: int = 2019) -> MomentReserved:
    return made(MomentReserved, cohort_id="c1", year=year, ordinal=ordinal, consultation_id=consultation_id)


def released(ordinal: int = 1, consultation_id: str = "m1", year: int = 2019) -> MomentReleased:
    return made(MomentReleased, cohort_id="c1", year=year, ordinal=ordinal, consultation_id=consultation_id)


def added(**said: Any) -> PartnerAdded:
    return made(PartnerAdded, **{"partner_id": "unizo", "name": "Unizo", **said})


def renamed(name: str, on: str, **said: Any) -> PartnerRenamed:
    return made(PartnerRenamed, **{"partner_id": "unizo", "name": name, "effective_on": on, **said})


def raised(**said: Any) -> ReminderRaised:
    usual = {
        "reminder_id": "r1",
        "obligation": "agreementEnd.a1",
        "kind": "agreementEnd",
        "subject_type": "agreement",
        "subject_id": "a1",
        "due_on": "2021-12-31",
        "offset": "P30D",
        "timing": "upcoming",
        "recipient": "accountManager",
        "channel": "mail",
        "revision": 1,
        "raise_at": "2021-12-01T00:00:00+01:00",
        "raised_on": "2021-12-01",
    }
    return made(ReminderRaised, **{**usual, **said})


def acknowledged(on: str = "2021-12-02") -> ReminderAcknowledged:
    return made(ReminderAcknowledged, reminder_id="r1", obligation="agreementEnd.a1", acknowledged_on=on)


def snoozed(until: str, on: str = "2021-12-02") -> ReminderSnoozed:
    return made(ReminderSnoozed, reminder_id="r1", obligation="agreementEnd.a1", until=until, snoozed_on=on)


DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2060, 12, 31))


@st.composite
def partial_dates(draw: st.DrawFn, first: int = 1990, last: int = 2060) -> str:
    """`2019`, `2019-03` or `2019-03-14`."""
    day = draw(st.dates(min_value=date(first, 1, 1), max_value=date(last, 12, 31)))
    return day.isoformat()[: draw(st.sampled_from([4, 7, 10]))]
