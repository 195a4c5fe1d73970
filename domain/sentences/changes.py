"""What a correction changed: which fields, from what to what. Of persons and prose only the field is named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain import wording
from domain.labels import LABELS
from domain.refusals import Refused
from domain.sentences.voice import Voice

_PARTS: Final = frozenset({"terms"})
"""Fields that hold fields of their own."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A field of an event's plain data, before and after; None where nothing stood."""

    field: str
    old: Any
    new: Any


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> Sequence[Changed]:
    """The fields that differ."""
    found: list[Changed] = []
    for field in dict.fromkeys([*before, *after]):
        old, new = before.get(field), after.get(field)
        if old == new:
            continue
        found += changed(old or {}, new or {}) if field in _PARTS else [Changed(field, old, new)]
    return found


def told(changes: Sequence[Changed], voice: Voice) -> str:
    """`"loopt tot en met" van 2024 naar 2027`, with `; ` between several."""
    return "; ".join(_one(change, voice) for change in changes)


def _one(change: Changed, voice: Voice) -> str:
    field = f'"{voice.label("field", change.field)}"'
    written = _WRITTEN.get(change.field)
    try:
        if written is not None:
            nothing = voice.say("niets", "nothing")
            old, new = (nothing if one is None else written(one, voice) for one in (change.old, change.new))
            return voice.say(f"{field} van {old} naar {new}", f"{field} from {old} to {new}")
    except (Refused, TypeError, AttributeError, LookupError):
        pass  # written past the rules: its value means nothing
    return voice.say(f"{field} gewijzigd", f"{field} changed")


def _date(value: str, voice: Voice) -> str:
    return wording.date_text(value, voice.language)


def _instant(value: str, voice: Voice) -> str:
    return wording.instant_text(value, voice.language)


def _quoted(value: str, _voice: Voice) -> str:
    return f'"{value}"'


def _number(value: int, _voice: Voice) -> str:
    return str(value)


def _kind(value: str, voice: Voice) -> str:
    return voice.label("successionKind" if value in LABELS["successionKind"] else "partnerKind", value)


def _on_or_by(value: str, voice: Voice) -> str:
    return voice.say("ten laatste op", "by") if value == "by" else voice.say("op", "on")


def _enterprise_number(value: str, _voice: Voice) -> str:
    return wording.enterprise_number_text(value)


def _rhythm(value: str, voice: Voice) -> str:
    return voice.say("jaarlijks", "yearly") if value == "yearly" else value


def _yes_or_no(value: bool, voice: Voice) -> str:  # noqa: FBT001 - a value, not a switch
    return voice.say("ja", "yes") if value else voice.say("nee", "no")


def _months(value: Sequence[int], voice: Voice) -> str:
    return voice.listed([wording.month(one, voice.language) for one in value])


def _shares(value: Sequence[Mapping[str, str]], voice: Voice) -> str:
    parts = [
        f"{voice.label('party', one['party'])} {wording.share_text(one['share'], voice.language)}" for one in value
    ]
    return voice.listed(parts)


_WRITTEN: Final[Mapping[str, Callable[[Any, Voice], str]]] = {
    **dict.fromkeys(
        ["addedOn", "effectiveOn", "runsFrom", "runsUntil", "openedOn", "signedOn", "plannedOn", "heldOn"], _date
    ),
    "startsAt": _instant,
    "name": _quoted,
    "place": _quoted,
    "announcedPartnerCount": _number,
    "kind": _kind,
    "effectiveOnKind": _on_or_by,
    "enterpriseNumber": _enterprise_number,
    "evaluation": _rhythm,
    "ownTerm": _yes_or_no,
    "consultationMonths": _months,
    "coFinancing": _shares,
}
"""The fields whose values are told, and how. Whatever is not among them is only named: a person or prose, perhaps."""
