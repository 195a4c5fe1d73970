"""Reminders."""

from domain import wording
from domain.sentences.voice import Voice
from events.catalogue.reminder import (
    ReminderAcknowledged,
    ReminderEscalated,
    ReminderEvent,
    ReminderRaised,
    ReminderReturned,
    ReminderSnoozed,
    ReminderSuperseded,
)


def told(event: ReminderEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    match event:
        case ReminderRaised():
            return _raised(event, voice)
        case ReminderSuperseded():
            what, on = _about(event.obligation, voice), voice.on(event.superseded_on)
            return voice.say(
                f"de gemiste herinnering {what} werd {on} vervangen door een latere",
                f"the missed reminder {what} was superseded by a later one {on}",
            )
        case ReminderAcknowledged():
            what, on = _about(event.obligation, voice), voice.on(event.acknowledged_on)
            return voice.say(f"de herinnering {what} werd {on} bevestigd", f"the reminder {what} was acknowledged {on}")
        case ReminderSnoozed():
            what, on = _about(event.obligation, voice), voice.on(event.snoozed_on)
            until = wording.on_instant(event.until, voice.language)
            return voice.say(
                f"de herinnering {what} werd {on} uitgesteld en komt terug {until}",
                f"the reminder {what} was snoozed {on} and comes back {until}",
            )
        case ReminderReturned():
            what, on = _about(event.obligation, voice), voice.on(event.returned_on)
            return voice.say(
                f"de uitgestelde herinnering {what} kwam {on} terug", f"the snoozed reminder {what} came back {on}"
            )
        case ReminderEscalated():
            return _escalated(event, voice)


def _raised(event: ReminderRaised, voice: Voice) -> str:
    kind, subject = voice.label("reminderKind", event.kind), voice.subject(event.subject_type, event.subject_id)
    due = voice.on(event.due_on) if event.certain else voice.by(event.due_on)
    details = ", ".join(
        [
            wording.offset_text(event.offset, voice.language),
            voice.label("timing", event.timing),
            voice.say("via ", "by ") + voice.label("channel", event.channel),
        ]
    )
    who = voice.label("role", event.recipient)
    on = voice.on(event.raised_on)
    also = len(event.supersedes)
    return voice.clauses(
        voice.say(
            f'{on} werd een herinnering "{kind}" opgemaakt voor de {who}: {subject}, {due} ({details})',
            f'{on} a reminder "{kind}" was raised for the {who}: {subject}, {due} ({details})',
        ),
        voice.say(f"gemiste herinneringen daarin: {also}", f"missed reminders in it: {also}") if also else "",
    )


def _escalated(event: ReminderEscalated, voice: Voice) -> str:
    what, on = _about(event.obligation, voice), voice.on(event.escalated_on)
    who = voice.label("role", event.to)
    instead = voice.label("role", event.role) if event.role != event.to else ""
    return voice.clauses(
        voice.say(
            f"niemand bevestigde de herinnering {what}: {on} ging ze ook naar de {who}",
            f"nobody acknowledged the reminder {what}: {on} it went to the {who} too",
        ),
        voice.say(f"in de plaats van de {instead}", f"in the place of the {instead}") if instead else "",
    )


def _about(obligation: str, voice: Voice) -> str:
    """From the obligation's key, `kind.subjectId` or `kind.subjectId.year`."""
    kind, _, rest = obligation.partition(".")
    subject_id, _, year = rest.partition(".")
    name = voice.names.get(subject_id)
    words = f"{voice.label('reminderKind', kind)} {year}".strip()
    return f'"{words}"' + (voice.say(f" voor {name}", f" for {name}") if name else "")
