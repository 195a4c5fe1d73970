"""Corrections: which event was corrected, and what changed in it."""

from collections.abc import Sequence

from domain.sentences import changes
from domain.sentences.changes import Changed
from domain.sentences.voice import Voice
from events.catalogue.correction import EventCorrected


def told(event: EventCorrected, voice: Voice, changed: Sequence[Changed] = ()) -> str:
    """The sentence, without its capital and full stop."""
    what = voice.label("eventType", event.corrected_type)
    said = voice.say(
        f'de gebeurtenis "{what}" op positie {event.position} werd rechtgezet',
        f'the event "{what}" at position {event.position} was corrected',
    ) + voice.reason(event.reason)
    return f"{said}: {changes.told(changed, voice)}" if changed else said
