"""Which stream holds what. The category stands before the first hyphen."""

from events.catalogue.values import (
    AgreementId,
    ClaimId,
    CohortId,
    ConsultationId,
    PartnerId,
    PersonId,
    ReminderId,
    SourceId,
    StreamId,
)


def category(stream: str) -> str:
    """`agreement` of `agreement-…`."""
    return stream.partition("-")[0]


def identity(stream: str) -> str:
    """The id in a stream's name."""
    return stream.partition("-")[2]


def of_partner(partner_id: PartnerId) -> StreamId:
    """A partner's life."""
    return StreamId(f"partner-{partner_id}")


def of_person(person_id: PersonId) -> StreamId:
    """That a person is known."""
    return StreamId(f"person-{person_id}")


def of_cohort(cohort_id: CohortId) -> StreamId:
    """A cohort's life."""
    return StreamId(f"cohort-{cohort_id}")


def of_members(cohort_id: CohortId) -> StreamId:
    """Who is in a cohort; reserves one agreement for each partner."""
    return StreamId(f"membership-{cohort_id}")


def of_agreement(agreement_id: AgreementId) -> StreamId:
    """An agreement's life."""
    return StreamId(f"agreement-{agreement_id}")


def of_milestones(agreement_id: AgreementId) -> StreamId:
    """What the scheduler noted about an agreement; apart, so that it moves nobody's version."""
    return StreamId(f"milestone-{agreement_id}")


def of_consultation(consultation_id: ConsultationId) -> StreamId:
    """A consultation moment's life."""
    return StreamId(f"consultation-{consultation_id}")


def of_moments(cohort_id: CohortId, year: int) -> StreamId:
    """The ordinals that a cohort's year has given away."""
    return StreamId(f"moments-{cohort_id}:{year}")


def of_enterprise_number(number: str) -> StreamId:
    """Whose enterprise number this is."""
    return StreamId(f"enterpriseNumber-{number}")


def of_claim(claim_id: ClaimId) -> StreamId:
    """A claim and whether it was chosen."""
    return StreamId(f"claim-{claim_id}")


def of_source(source_id: SourceId) -> StreamId:
    """What is known of a document."""
    return StreamId(f"source-{source_id}")


AUTHORITY = StreamId("authorityOrder-claims")
"""Which kinds of sources carry most weight."""


def of_retention(kind: str) -> StreamId:
    """How long records of a kind are kept."""
    return StreamId(f"retentionRule-{kind}")


def of_disposition(kind: str, subject_id: str) -> StreamId:
    """What is to become of a record when its term is over."""
    return StreamId(f"disposition-{kind}:{subject_id}")


LOG = StreamId("log-keys")
"""What happened to the log itself: its keys and its name."""


def of_reminder(reminder_id: ReminderId) -> StreamId:
    """One occurrence: deterministic, so that it can be raised once only."""
    return StreamId(f"reminder-{reminder_id}")


def of_policy(scope: str, subject_id: str | None = None) -> StreamId:
    """What a programme, a cohort or an agreement says of its reminders."""
    return StreamId(f"reminderPolicy-{scope}:{subject_id}" if subject_id else f"reminderPolicy-{scope}")


AGENCY_CALENDAR = StreamId("agencyCalendar-days")
"""Which days are no working days."""

PROGRAMME = StreamId("programme-people")
"""Who the programme managers are."""
