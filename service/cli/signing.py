"""What to do where the keys that sign the log, or its name, are not as they were."""

from collections.abc import Mapping
from typing import Final

from events.log.keys import LogKeyError


def key_trouble(error: LogKeyError) -> tuple[str, str]:
    """In Dutch and English."""
    told = {name: str(fact) for name, fact in error.facts.items()}
    return _DUTCH[error.code].format_map(told), _ENGLISH[error.code].format_map(told)


_DUTCH: Final[Mapping[str, str]] = {
    "missing": (
        "het sleutelbestand van het logboek, {file}, is er niet. Zet de kopie terug, of geef met ERRERA_LOG_KEY_FILE "
        "waar het is; draaien er meer processen, dan heeft elk hetzelfde bestand nodig. Is de sleutel verloren, maak "
        "dan een nieuwe en laat het logboek dat zeggen: errera log accept-key --new"
    ),
    "other": (
        "dit logboek wordt getekend met {expected}, en {file} bevat die sleutel niet (wel {found}). Draaien er meer "
        "processen, geef ze dan alle hetzelfde bestand. Is de sleutel verloren: errera log accept-key"
    ),
    "ended": (
        "de sleutel {verifier} heeft dit logboek vroeger getekend en is afgelost: haal hem uit het sleutelbestand"
    ),
    "malformed": "{file} bevat geen sleutels: elke regel is 32 bytes hexadecimaal, de nieuwste eerst, hoogstens 8",
    "unreadable": "{file} kan niet gelezen worden: {why}",
    "origin": (
        "dit logboek heet {kept}, en ERRERA_LOG_ORIGIN zegt {told}: een logboek houdt zijn naam. Laat de instelling "
        "weg of geef dezelfde"
    ),
    "name": "ERRERA_LOG_ORIGIN kan niet: {why}",
}

_ENGLISH: Final[Mapping[str, str]] = {
    "missing": (
        "the key file of the log, {file}, is not there. Put its copy back, or give ERRERA_LOG_KEY_FILE its place; "
        "where several processes run, each needs the same file. If the key is lost, make a new one and let the log say "
        "so: errera log accept-key --new"
    ),
    "other": (
        "this log is signed with {expected}, and {file} does not hold that key (it holds {found}). Where several "
        "processes run, give all of them the same file. If the key is lost: errera log accept-key"
    ),
    "ended": "the key {verifier} signed this log before and has ended: take it out of the key file",
    "malformed": "{file} does not hold keys: each line is 32 bytes in hexadecimal, the newest first, at most 8",
    "unreadable": "{file} cannot be read: {why}",
    "origin": (
        "this log is called {kept}, and ERRERA_LOG_ORIGIN says {told}: a log keeps its name. Leave the setting out or "
        "give the same"
    ),
    "name": "ERRERA_LOG_ORIGIN cannot be: {why}",
}
