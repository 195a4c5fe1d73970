"""The log itself: its keys and its name."""

from domain import wording
from domain.sentences.voice import Voice
from events.catalogue.log import LogBegunAnew, LogEvent, LogKeysReplaced


def told(event: LogEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    match event:
        case LogKeysReplaced():
            when = wording.on_date(event.replaced_on, voice.language)
            lost, others = ", ".join(event.retired), ", ".join(event.introduced)
            return voice.say(
                f"{when} ging de sleutel van het logboek verloren ({lost}); sindsdien tekent een andere ({others})",
                f"{when} the key of the log was lost ({lost}); since then another one signs ({others})",
            )
        case LogBegunAnew():
            when = wording.on_date(event.begun_on, voice.language)
            return voice.say(
                f"{when} is het logboek opnieuw begonnen als {event.origin}: wat het controlepunt van "
                f"{event.lost_size} gebeurtenissen van {event.lost_origin} bevestigde ({event.lost_root}), "
                "ging verloren",
                f"{when} the log was begun anew as {event.origin}: what the checkpoint of {event.lost_size} events of "
                f"{event.lost_origin} attested to ({event.lost_root}) was lost",
            )
