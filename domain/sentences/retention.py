"""How long records are kept, and what was decided when that was over."""

from domain.sentences.voice import Voice
from events.catalogue.retention import (
    DispositionApproved,
    DispositionDeferred,
    DispositionEvent,
    DispositionProposed,
    RetentionEvent,
    RetentionRuleSet,
)


def told(event: RetentionEvent | DispositionEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    kind = voice.label("recordKind", event.kind)
    match event:
        case RetentionRuleSet():
            on, where = voice.on(event.set_on), voice.label("destination", event.destination)
            return voice.say(
                f"{on} werd de bewaring van {kind} bepaald op {event.years} jaar, daarna {where}"
                f"; selectieregel: {event.selection_rule}",
                f"{on} the retention of {kind} was set at {event.years} years, then {where}"
                f"; selection rule: {event.selection_rule}",
            )
        case DispositionProposed():
            on, about = voice.on(event.proposed_on), _about(event, voice)
            where, due = voice.label("destination", event.destination), voice.on(event.due_on)
            return voice.say(
                f"{on} werd de bestemming voorgesteld van {about}: {where}; de termijn liep af {due}",
                f"{on} a disposition was proposed of {about}: {where}; the time was over {due}",
            )
        case DispositionDeferred():
            on, about, until = voice.on(event.deferred_on), _about(event, voice), voice.by(event.until)
            return voice.say(
                f"{on} werd de bestemming uitgesteld van {about}, {until}",
                f"{on} the disposition was deferred of {about}, {until}",
            ) + voice.reason(event.reason)
        case DispositionApproved():
            on, about = voice.on(event.approved_on), _about(event, voice)
            where, count = voice.label("destination", event.destination), len(event.text_ids)
            return voice.say(
                f"{on} werd de bestemming goedgekeurd van {about}: {where}; teksten: {count}",
                f"{on} the disposition was approved of {about}: {where}; texts: {count}",
            )


def _about(event: DispositionEvent, voice: Voice) -> str:
    kind, named = voice.label("recordKind", event.kind), voice.subject(event.kind, event.subject_id)
    return f"{kind} ({named})"
