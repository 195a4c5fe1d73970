"""Every event as one sentence that a person can read, in Dutch and in English.

The prose in the vault is not told, only that there is some. Sentences are not stored: who reads them chooses the
language, and the names are those of that moment, so that an erased person is gone here too.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, assert_never

from domain.labels import Language
from domain.sentences import (
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
from domain.sentences.changes import Changed
from domain.sentences.voice import Voice
from events.catalogue.agreement import AgreementFact, MilestoneEvent
from events.catalogue.claim import AuthorityEvent, ClaimEvent, SourceEvent
from events.catalogue.cohort import CohortFact, MembershipEvent
from events.catalogue.consultation import ConsultationFact, MomentEvent
from events.catalogue.correction import EventCorrected
from events.catalogue.log import LogEvent
from events.catalogue.partner import PartnerFact, ReservationEvent
from events.catalogue.person import PersonEvent
from events.catalogue.policy import AgencyCalendarEvent, PolicyEvent, ProgrammeEvent
from events.catalogue.reminder import ReminderEvent
from events.catalogue.retention import DispositionEvent, RetentionEvent

SaidByItself: TypeAlias = (
    PartnerFact
    | ReservationEvent
    | PersonEvent
    | CohortFact
    | MembershipEvent
    | AgreementFact
    | MilestoneEvent
    | ConsultationFact
    | MomentEvent
    | ReminderEvent
    | ClaimEvent
    | SourceEvent
    | AuthorityEvent
    | LogEvent
    | RetentionEvent
    | DispositionEvent
    | PolicyEvent
    | AgencyCalendarEvent
    | ProgrammeEvent
)
AnyEvent: TypeAlias = SaidByItself | EventCorrected


def sentence(event: AnyEvent, language: Language, names: Mapping[str, str], changed: Sequence[Changed] = ()) -> str:
    """What happened, in one sentence; of a correction also what it `changed`, where the caller knows.

    `names` gives the display name for an id: a partner's, cohort's, person's, KPI's or claim's own; for an agreement
    its partner's; for a consultation moment its number, such as `2019/2`. Who is not in it is not named.
    """
    voice = Voice(language, names)
    if isinstance(event, EventCorrected):
        return Voice.finish(correction.told(event, voice, changed))
    return Voice.finish(_told(event, voice))


def _told(event: SaidByItself, voice: Voice) -> str:
    if isinstance(event, PartnerFact | ReservationEvent):
        return partner.told(event, voice)
    if isinstance(event, PersonEvent):
        return person.told(event, voice)
    if isinstance(event, CohortFact | MembershipEvent):
        return cohort.told(event, voice)
    if isinstance(event, AgreementFact | MilestoneEvent):
        return agreement.told(event, voice)
    if isinstance(event, ConsultationFact | MomentEvent):
        return consultation.told(event, voice)
    if isinstance(event, ReminderEvent):
        return reminder.told(event, voice)
    if isinstance(event, ClaimEvent | SourceEvent | AuthorityEvent):
        return claim.told(event, voice)
    if isinstance(event, LogEvent):
        return log.told(event, voice)
    if isinstance(event, RetentionEvent | DispositionEvent):
        return retention.told(event, voice)
    if isinstance(event, PolicyEvent | AgencyCalendarEvent | ProgrammeEvent):
        return policy.told(event, voice)
    assert_never(event)
