"""Every event there is: one union per stream category, and the stable names they are stored under."""

from collections.abc import Mapping
from typing import Final

from events.catalogue import (
    agreement,
    claim,
    cohort,
    consultation,
    correction,
    log,
    partner,
    person,
    policy,
    reminder,
    retention,
)
from events.catalogue.values import Event

EVENT_TYPES: Final[Mapping[tuple[str, int], type[Event]]] = {
    # partner
    ("PartnerAdded", 1): partner.PartnerAdded,
    ("PartnerRenamed", 1): partner.PartnerRenamed,
    ("PartnerAliasAdded", 1): partner.PartnerAliasAdded,
    ("ExecutingUnitAdded", 1): partner.ExecutingUnitAdded,
    ("PartnerSucceeded", 1): partner.PartnerSucceeded,
    ("AccountManagerAssigned", 1): partner.AccountManagerAssigned,
    ("EnterpriseNumberReserved", 1): partner.EnterpriseNumberReserved,
    ("EnterpriseNumberReleased", 1): partner.EnterpriseNumberReleased,
    # person
    ("PersonRegistered", 1): person.PersonRegistered,
    ("ErasureWished", 1): person.ErasureWished,
    ("ErasureRequested", 1): person.ErasureRequested,
    ("ErasureDeclined", 1): person.ErasureDeclined,
    ("LegalHoldPlaced", 1): person.LegalHoldPlaced,
    ("LegalHoldLifted", 1): person.LegalHoldLifted,
    ("PersonErased", 1): person.PersonErased,
    # cohort and who is in it
    ("CohortOpened", 1): cohort.CohortOpened,
    ("CohortRenewed", 1): cohort.CohortRenewed,
    ("CohortEvaluated", 1): cohort.CohortEvaluated,
    ("ImprovementPointReported", 1): cohort.ImprovementPointReported,
    ("PartnerJoinedCohort", 1): cohort.PartnerJoinedCohort,
    ("PartnerStayedInCohort", 1): cohort.PartnerStayedInCohort,
    ("PartnerLeftCohort", 1): cohort.PartnerLeftCohort,
    ("MemberSigned", 1): cohort.MemberSigned,
    # agreement
    ("AgreementSigned", 1): agreement.AgreementSigned,
    ("AgreementTermsFollowed", 1): agreement.AgreementTermsFollowed,
    ("AgreementAmended", 1): agreement.AgreementAmended,
    ("AgreementTerminated", 1): agreement.AgreementTerminated,
    ("AgreementRenewed", 1): agreement.AgreementRenewed,
    ("AgreementNotRenewed", 1): agreement.AgreementNotRenewed,
    ("EvaluationHeld", 1): agreement.EvaluationHeld,
    ("KpiAgreed", 1): agreement.KpiAgreed,
    ("KpiMeasured", 1): agreement.KpiMeasured,
    ("AgreementCommenced", 1): agreement.AgreementCommenced,
    ("AgreementExpired", 1): agreement.AgreementExpired,
    # consultation
    ("ConsultationPlanned", 1): consultation.ConsultationPlanned,
    ("ConsultationMoved", 1): consultation.ConsultationMoved,
    ("ConsultationHeld", 1): consultation.ConsultationHeld,
    ("ConsultationCancelled", 1): consultation.ConsultationCancelled,
    ("MomentReserved", 1): consultation.MomentReserved,
    ("MomentReleased", 1): consultation.MomentReleased,
    # reminder
    ("ReminderRaised", 1): reminder.ReminderRaised,
    ("ReminderSuperseded", 1): reminder.ReminderSuperseded,
    ("ReminderAcknowledged", 1): reminder.ReminderAcknowledged,
    ("ReminderSnoozed", 1): reminder.ReminderSnoozed,
    ("ReminderReturned", 1): reminder.ReminderReturned,
    ("ReminderEscalated", 1): reminder.ReminderEscalated,
    # claim
    ("ClaimStated", 1): claim.ClaimStated,
    ("ClaimChosen", 1): claim.ClaimChosen,
    ("SourceDescribed", 1): claim.SourceDescribed,
    ("AuthorityOrdered", 1): claim.AuthorityOrdered,
    # the log itself
    ("LogKeysReplaced", 1): log.LogKeysReplaced,
    ("LogBegunAnew", 1): log.LogBegunAnew,
    # retention
    ("RetentionRuleSet", 1): retention.RetentionRuleSet,
    ("DispositionProposed", 1): retention.DispositionProposed,
    ("DispositionDeferred", 1): retention.DispositionDeferred,
    ("DispositionApproved", 1): retention.DispositionApproved,
    # how the agency is reminded
    ("ReminderPolicySet", 1): policy.ReminderPolicySet,
    ("AgencyCalendarSet", 1): policy.AgencyCalendarSet,
    ("ProgrammeManagersNamed", 1): policy.ProgrammeManagersNamed,
    # any
    ("EventCorrected", 1): correction.EventCorrected,
}
"""Stable name and schema version -> definition. A changed shape is a new version with an upcaster (see codec.py)."""
