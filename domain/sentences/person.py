"""Persons: only that the vault holds one."""

from domain.sentences.voice import Voice
from events.catalogue.person import PersonEvent, PersonRegistered


def told(event: PersonEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    match event:
        case PersonRegistered():
            person = voice.person(event.person_id)
            return voice.say(
                f"in de kluis werd een persoon opgenomen: {person}",
                f"a person was entered in the vault: {person}",
            )
