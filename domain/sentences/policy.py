"""How the agency is reminded."""

from domain.sentences.voice import Voice
from events.catalogue.policy import (
    AgencyCalendarEvent,
    AgencyCalendarSet,
    PolicyEvent,
    ProgrammeEvent,
    ProgrammeManagersNamed,
    ReminderPolicySet,
)


def told(event: PolicyEvent | AgencyCalendarEvent | ProgrammeEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    match event:
        case ReminderPolicySet():
            on, about = voice.on(event.set_on), voice.subject(event.scope, event.subject_id or "")
            return voice.clauses(
                voice.say(
                    f"{on} werd vastgelegd hoe aan {about} herinnerd wordt",
                    f"{on} it was set how {about} is reminded of",
                ),
                *_parts(event, voice),
            )
        case AgencyCalendarSet():
            on, names = voice.on(event.set_on), voice.listed([one.name for one in event.closed])
            return voice.clauses(
                voice.say(
                    f"{on} werd vastgelegd op welke dagen het agentschap gesloten is",
                    f"{on} it was set on which days the agency is closed",
                ),
                voice.say(f"feestdagen van {event.country}", f"holidays of {event.country}") if event.country else "",
                names,
            )
        case ProgrammeManagersNamed():
            on, count = voice.on(event.named_on), len(event.person_ids)
            return voice.say(
                f"{on} werd vastgelegd wie programmamanager is; personen: {count}",
                f"{on} it was set who the programme managers are; persons: {count}",
            )


def _parts(event: ReminderPolicySet, voice: Voice) -> list[str]:
    parts = [
        f"{voice.label('reminderKind', kind)}: {', '.join(offsets) or voice.say('geen', 'none')}"
        for kind, offsets in (event.offsets or {}).items()
    ]
    if event.shift:
        parts.append(voice.label("shift", event.shift))
    if quiet := event.quiet_hours:
        only = voice.say(", alleen op werkdagen", ", on working days only") if quiet.working_days_only else ""
        parts.append(
            voice.say(
                f"stil van {quiet.begins} tot {quiet.ends}{only}", f"quiet from {quiet.begins} to {quiet.ends}{only}"
            )
        )
    if event.escalation:
        steps = [f"{step.after}: {voice.label('role', step.to)}" for step in event.escalation]
        parts.append(voice.say("escalatie ", "escalation ") + ", ".join(steps))
    return parts
