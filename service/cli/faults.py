"""What can be wrong with a log, in words."""

from collections.abc import Mapping
from typing import Any, Final

from events.log.verification.faults import Fault
from service.cli.words import said


def told(fault: Fault) -> str:
    """A fault as whoever looks for it reads it: where, and what."""
    return f"{place_of(fault)}: {said(*text_of(fault.code, fault.facts))}"


def place_of(fault: Fault) -> str:
    """Its position, or within which it lies."""
    until = fault.facts.get("until", fault.position)
    if until == fault.position:
        return said(f"positie {fault.position}", f"position {fault.position}")
    return said(f"tussen positie {fault.position} en {until}", f"between position {fault.position} and {until}")


def text_of(code: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """In Dutch and English."""
    dutch, english = TEXTS[code]
    return dutch.format_map(facts), english.format_map(facts)


TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    "position.missing": ("de gebeurtenis ontbreekt", "the event is missing"),
    "position.twice": ("de positie komt twee keer voor", "the position is there twice"),
    "position.unexpected": (
        "het logboek zegt hier te eindigen, en er staan gebeurtenissen tot positie {last}",
        "the log says that it ends here, and there are events up to position {last}",
    ),
    "row.malformed": (
        "de rij bevat andere soorten waarden dan een gebeurtenis",
        "the row holds other kinds of values than an event does",
    ),
    "row.unreadable": ("de databank kan de rij niet lezen: {why}", "the database cannot read the row: {why}"),
    "body.unreadable": ("de bytes zijn geen gebeurtenis", "the bytes are no event"),
    "body.notCanonical": (
        "de bytes zijn geen canonieke JSON (RFC 8785)",
        "the bytes are not canonical JSON (RFC 8785)",
    ),
    "body.disagrees": (
        "de rij zegt {stream}, versie {version}, en de gebeurtenis zelf iets anders",
        "the row says {stream}, version {version}, and the event itself something else",
    ),
    "entry.tooLarge": (
        "{size} bytes: meer dan een gebeurtenis mag hebben",
        "{size} bytes: more than an event may have",
    ),
    "stream.version": (
        "{stream} gaat van versie {before} naar {version}",
        "{stream} goes from version {before} to {version}",
    ),
    "recordedAt.backwards": (
        "opgetekend vóór de gebeurtenis ervoor",
        "recorded before the event that stands before it",
    ),
    "head.recordedAt": (
        "wanneer er het laatst iets opgetekend is, klopt niet met wat er opgetekend is",
        "when something was last recorded does not agree with what was recorded",
    ),
    "type.unknown": (
        "{type} versie {version} komt voor, en staat niet bij de soorten die voorkomen",
        "{type} version {version} is there, and does not stand among the types that are",
    ),
    "command.missing": (
        "de opdracht waaruit de gebeurtenis komt, staat niet of anders bij de opdrachten",
        "the command that the event came from is not on record, or otherwise",
    ),
    "command.unfounded": (
        "een opdracht zou deze positie opgetekend hebben, en heeft dat niet",
        "a command is said to have recorded this position, and has not",
    ),
    "tile.missing": ("{tile} ontbreekt", "{tile} is missing"),
    "tile.entry": (
        "de gebeurtenis heeft niet de hash die in {tile} staat: een van beide is veranderd",
        "the event does not have the hash that stands in {tile}: one of the two was changed",
    ),
    "tile.unexpected": (
        "het logboek eindigt hiervoor, en de boom gaat verder, tot {sealed}: het einde is weg",
        "the log ends before this, and its tree goes on, to {sealed}: the end is gone",
    ),
    "tile.level": (
        "de boom is op niveau {level} niet zo ver als eronder",
        "on level {level} the tree is not as far as below it",
    ),
    "tile.wrong": (
        "{tile} is niet wat uit de gebeurtenissen volgt",
        "{tile} is not what follows from the events",
    ),
    "checkpoint.signature": (
        "het controlepunt {where} geldt niet: {why}",
        "the checkpoint {where} does not count: {why}",
    ),
    "checkpoint.root": (
        "het logboek heeft niet de wortel van het controlepunt van {size} ({where}): er is iets veranderd",
        "the log does not have the root of the checkpoint of {size} ({where}): something was changed",
    ),
    "checkpoint.beyond": (
        "het logboek eindigt hiervoor, en het controlepunt {where} getuigt van {size} gebeurtenissen: het einde is weg",
        "the log ends before this, and the checkpoint {where} attests to {size} events: the end is gone",
    ),
}
"""By the code of the fault."""
