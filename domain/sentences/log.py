"""The log itself: its keys."""

from domain import labels
from domain.sentences.voice import Voice
from events.catalogue.log import LogEvent, LogKeysReplaced


def told(event: LogEvent, voice: Voice) -> str:
    """The sentence, without its capital and full stop."""
    match event:
        case LogKeysReplaced():
            when = labels.on_date(event.replaced_on, voice.language)
            lost, others = ", ".join(event.retired), ", ".join(event.introduced)
            return voice.say(
                f"{when} ging de sleutel van het logboek verloren ({lost}); sindsdien tekent een andere ({others})",
                f"{when} the key of the log was lost ({lost}); since then another one signs ({others})",
            )
