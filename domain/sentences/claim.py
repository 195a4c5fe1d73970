"""What sources say, and which of them is taken as right."""

from domain.sentences.voice import Voice
from domain.wording import claimed_value
from events.catalogue.claim import (
    AuthorityEvent,
    AuthorityOrdered,
    ClaimChosen,
    ClaimEvent,
    ClaimStated,
    SourceDescribed,
    SourceEvent,
)


def told(event: ClaimEvent | SourceEvent | AuthorityEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    match event:
        case ClaimStated():
            return _stated(event, voice)
        case ClaimChosen():
            name, on = voice.names.get(event.claim_id), voice.on(event.chosen_on)
            claim = voice.say("een bewering", "a claim")
            if name is not None:
                claim = voice.say(f'de bewering "{name}"', f'the claim "{name}"')
            said = voice.say(f"{on} werd {claim} als juist aangenomen", f"{on} {claim} was taken as right")
            return said + voice.reason(event.reason)
        case SourceDescribed():
            kind = voice.label("sourceKind", event.kind)
            known = [kind, event.publisher or ""]
            if event.published_on:
                known.append(voice.say("gepubliceerd ", "published ") + voice.on(event.published_on))
            what = ", ".join(part for part in known if part)
            return voice.say(
                f'de bron "{event.document}" werd beschreven ({what})',
                f'the source "{event.document}" was described ({what})',
            )
        case AuthorityOrdered():
            kinds, on = (
                voice.listed([voice.label("sourceKind", kind) for kind in event.kinds]),
                voice.on(event.ordered_on),
            )
            said = voice.say(
                f"{on} kregen soorten bronnen een volgorde van gezag: {kinds}",
                f"{on} kinds of sources were put in an order of authority: {kinds}",
            )
            return said + (voice.reason(event.reason) if event.reason else "")


def _stated(event: ClaimStated, voice: Voice) -> str:
    subject = voice.subject(event.subject_type, event.subject) if event.subject_type else voice.names.get(event.subject)
    about = subject or voice.say("een onderwerp", "a subject")
    known = [
        voice.names.get(event.source, event.source),
        voice.say(f"regel {event.line}", f"line {event.line}") if event.line else "",
        voice.say("gepubliceerd ", "published ") + voice.on(event.published_on) if event.published_on else "",
    ]
    source = ", ".join(part for part in known if part)
    what, value = voice.label("predicate", event.predicate), claimed_value(event.value, event.precision, voice.language)
    return voice.say(
        f'een bron ({source}) doet een bewering over {about}: {what} "{value}"',
        f'a source ({source}) makes a claim about {about}: {what} "{value}"',
    )
