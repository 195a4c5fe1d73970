"""Corrections: which event was corrected; what stands there now is told in its own place."""

from domain.sentences.voice import Voice
from events.catalogue.correction import EventCorrected


def told(event: EventCorrected, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    what = voice.label("eventType", event.corrected_type)
    return voice.say(
        f'de gebeurtenis "{what}" op positie {event.position} werd rechtgezet',
        f'the event "{what}" at position {event.position} was corrected',
    ) + voice.reason(event.reason)
