"""Persons: that the vault holds one, what is asked about one, and that one was erased."""

from domain.sentences.voice import Voice
from events.catalogue.person import (
    ErasureDeclined,
    ErasureRequested,
    ErasureWished,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
    PersonEvent,
    PersonRegistered,
)


def told(event: PersonEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    person = voice.person(event.person_id)
    match event:
        case PersonRegistered():
            return voice.say(
                f"in de kluis werd een persoon opgenomen: {person}",
                f"a person was entered in the vault: {person}",
            )
        case ErasureWished():
            on = voice.on(event.wished_on)
            return voice.say(
                f"{on} vroeg een partner om een persoon te wissen: {person}",
                f"{on} a partner asked that a person be erased: {person}",
            )
        case ErasureRequested():
            on = voice.on(event.requested_on)
            return voice.say(
                f"{on} werd de wissing van een persoon gevraagd: {person}; rechtsgrond: {event.legal_ground}",
                f"{on} the erasure of a person was requested: {person}; legal ground: {event.legal_ground}",
            ) + _rule(event.selection_rule, voice)
        case ErasureDeclined():
            on = voice.on(event.declined_on)
            return voice.say(
                f"{on} werd de wissing van een persoon afgewezen: {person}",
                f"{on} the erasure of a person was declined: {person}",
            ) + voice.reason(event.reason)
        case LegalHoldPlaced():
            on = voice.on(event.placed_on)
            return voice.say(
                f"{on} werd een vernietigingsstop ingesteld voor een persoon: {person}; grond: {event.ground}",
                f"{on} a legal hold was placed on a person: {person}; ground: {event.ground}",
            )
        case LegalHoldLifted():
            on = voice.on(event.lifted_on)
            return voice.say(
                f"{on} werd een vernietigingsstop voor een persoon opgeheven: {person}; grond: {event.ground}",
                f"{on} a legal hold on a person was lifted: {person}; ground: {event.ground}",
            )
        case PersonErased():
            on = voice.on(event.erased_on)
            return voice.say(
                f"{on} werd een persoon gewist; rechtsgrond: {event.legal_ground}",
                f"{on} a person was erased; legal ground: {event.legal_ground}",
            ) + _rule(event.selection_rule, voice)


def _rule(rule: str | None, voice: Voice) -> str:
    return voice.say(f"; selectieregel: {rule}", f"; selection rule: {rule}") if rule else ""
