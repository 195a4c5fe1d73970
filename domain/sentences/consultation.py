"""Consultation moments, and the ordinals reserved for them."""

from domain.sentences.voice import Voice
from domain.wording import ordinal_text
from events.catalogue.consultation import (
    ConsultationCancelled,
    ConsultationFact,
    ConsultationHeld,
    ConsultationMoved,
    ConsultationPlanned,
    MomentEvent,
    MomentReleased,
    MomentReserved,
)


def told(event: ConsultationFact | MomentEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    match event:
        case ConsultationPlanned():
            moment, cohort = _numbered(event.ordinal, event.year, voice), voice.cohort(event.cohort_id)
            when = voice.date_or_month(event.planned_on, event.starts_at)
            said = voice.clauses(
                voice.say(f"{moment} van {cohort} is gepland {when}", f"{moment} of {cohort} is planned {when}"),
                voice.place(event.place),
                voice.say("met titel in het dossier", "with a title on file") if event.title else "",
            )
            return said + voice.reason(event.reason)
        case ConsultationMoved():
            moment, on = voice.consultation(event.consultation_id), voice.on(event.moved_on)
            when = voice.date_or_month(event.planned_on, event.starts_at)
            said = voice.clauses(
                voice.say(
                    f"{moment} werd {on} verplaatst en is nu {when}", f"{moment} was moved {on} and is now {when}"
                ),
                voice.place(event.place),
            )
            return said + voice.reason(event.reason)
        case ConsultationHeld():
            moment, on = voice.consultation(event.consultation_id), voice.on(event.held_on)
            return voice.say(f"{moment} vond {on} plaats", f"{moment} was held {on}")
        case ConsultationCancelled():
            moment, on = voice.consultation(event.consultation_id), voice.on(event.cancelled_on)
            said = voice.say(f"{moment} werd {on} geannuleerd", f"{moment} was cancelled {on}")
            return said + voice.reason(event.reason)
        case MomentReserved():
            moment, cohort = _numbered(event.ordinal, event.year, voice), voice.cohort(event.cohort_id)
            return voice.say(
                f"{moment} van {cohort} heeft zijn nummer voorbehouden",
                f"{moment} of {cohort} has its number reserved",
            )
        case MomentReleased():
            moment, cohort = _numbered(event.ordinal, event.year, voice), voice.cohort(event.cohort_id)
            return voice.say(
                f"{moment} van {cohort} heeft zijn nummer weer vrijgegeven",
                f"{moment} of {cohort} has its number released",
            )


def _numbered(ordinal: int, year: int, voice: Voice) -> str:
    number = ordinal_text(ordinal, voice.language)
    return voice.say(f"het {number} overlegmoment van {year}", f"the {number} consultation moment of {year}")
