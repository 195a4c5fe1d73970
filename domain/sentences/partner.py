"""Partners, and the enterprise numbers reserved for them."""

from domain.sentences.voice import Voice
from domain.wording import enterprise_number_text
from events.catalogue.partner import (
    AccountManagerAssigned,
    EnterpriseNumberReleased,
    EnterpriseNumberReserved,
    ExecutingUnitAdded,
    PartnerAdded,
    PartnerAliasAdded,
    PartnerFact,
    PartnerRenamed,
    PartnerSucceeded,
    ReservationEvent,
)


def told(event: PartnerFact | ReservationEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    match event:
        case PartnerAdded():
            return _added(event, voice)
        case PartnerRenamed():
            return _renamed(event, voice)
        case PartnerAliasAdded():
            return _alias(event, voice)
        case ExecutingUnitAdded():
            partner, since = voice.partner(event.partner_id), _since(event.effective_on, voice)
            return voice.say(
                f'de eenheid "{event.name}" voert{since} de overeenkomst van {partner} uit',
                f'the unit "{event.name}" carries out the agreement of {partner}{since}',
            )
        case PartnerSucceeded():
            one, other = voice.partner(event.partner_id), voice.partner(event.successor_id)
            how, since = voice.label("successionKind", event.kind), voice.since(event.effective_on)
            return voice.say(
                f"{one} heeft {since} als opvolger {other}, door {how}",
                f"{one} has {other} as its successor {since}, by {how}",
            ) + voice.reason(event.reason)
        case AccountManagerAssigned():
            partner, person = voice.partner(event.partner_id), voice.person(event.person_id)
            since = voice.since(event.effective_on)
            return voice.say(
                f"{since} is {person} accountmanager van {partner}",
                f"{since} {person} is the account manager of {partner}",
            )
        case EnterpriseNumberReserved():
            number, partner = enterprise_number_text(event.enterprise_number), voice.partner(event.partner_id)
            return voice.say(
                f"het ondernemingsnummer {number} is voorbehouden voor {partner}",
                f"the enterprise number {number} is reserved for {partner}",
            )
        case EnterpriseNumberReleased():
            number, partner = enterprise_number_text(event.enterprise_number), voice.partner(event.partner_id)
            return voice.say(
                f"het ondernemingsnummer {number} is niet langer voorbehouden voor {partner}",
                f"the enterprise number {number} is no longer reserved for {partner}",
            )


def _since(day: str | None, voice: Voice) -> str:
    return f" {voice.since(day)}" if day else ""


def _added(event: PartnerAdded, voice: Voice) -> str:
    kind = voice.label("partnerKind", event.kind) if event.kind else ""
    number = enterprise_number_text(event.enterprise_number) if event.enterprise_number else ""
    known = [kind, voice.say(f"ondernemingsnummer {number}", f"enterprise number {number}") if number else ""]
    traits = ", ".join(part for part in known if part)
    who = f"partner {event.name}" + (f" ({traits})" if traits else "")
    when = f" {voice.on(event.added_on)}" if event.added_on else ""
    return voice.say(f"{who} werd{when} in het register opgenomen", f"{who} was added to the register{when}")


def _renamed(event: PartnerRenamed, voice: Voice) -> str:
    # The name of today may be the very name this is about; it is not said twice.
    before = voice.partner(event.partner_id)
    if voice.names.get(event.partner_id) == event.name:
        before = voice.say("de partner", "the partner")
    if event.effective_on_kind == "by":
        by = voice.by(event.effective_on)
        said = voice.say(f'{before} droeg {by} de naam "{event.name}"', f'{before} bore the name "{event.name}" {by}')
    else:
        since = voice.since(event.effective_on)
        said = voice.say(f'{before} draagt {since} de naam "{event.name}"', f'{before} is named "{event.name}" {since}')
    return said + voice.reason(event.reason)


def _alias(event: PartnerAliasAdded, voice: Voice) -> str:
    known = [
        voice.label("aliasKind", event.kind) if event.kind else "",
        voice.label("language", event.language) if event.language else "",
    ]
    traits = ", ".join(part for part in known if part)
    suffix = f" ({traits})" if traits else ""
    partner = voice.partner(event.partner_id)
    return voice.say(
        f'{partner} heet in bronnen ook "{event.name}"{suffix}',
        f'{partner} is also called "{event.name}" in sources{suffix}',
    )
