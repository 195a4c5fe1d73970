"""What stands in a cell: codes for programs, and for people the words that the pages have for them."""

from collections.abc import Mapping
from typing import Any, Final

from domain.labels import Group, Language, label
from domain.wording import offset_text

_GROUPS: Final[Mapping[tuple[str, str], Group]] = {
    ("partners", "kind"): "partnerKind",
    ("agreements", "status"): "agreementStatus",
    ("consultations", "status"): "consultationStatus",
    ("claims", "predicate"): "predicate",
    ("claims", "precision"): "precision",
    ("claims", "sourceKind"): "sourceKind",
    ("claims", "subjectType"): "subject",
    ("reminders", "kind"): "reminderKind",
    ("reminders", "subjectType"): "subject",
    ("reminders", "timing"): "timing",
    ("reminders", "recipient"): "role",
    ("reminders", "channel"): "channel",
    ("reminders", "status"): "reminderStatus",
    ("history", "type"): "eventType",
    ("knowledge", "subjectType"): "subject",
    ("knowledge", "field"): "field",
}
"""The columns with codes, by collection, and where their words are."""

_TRUTH: Final[Mapping[bool, Mapping[Language, str]]] = {
    True: {"nl": "ja", "en": "yes"},
    False: {"nl": "nee", "en": "no"},
}


def flat(value: Any) -> str:
    """One text for a value with parts: `a; b`, and `field: value, field: value` for each that has fields."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case dict():
            return ", ".join(f"{name}: {flat(part)}" for name, part in value.items())
        case list():
            return "; ".join(flat(part) for part in value)
        case _:
            return str(value)


def worded(sheet: str, column: str, value: Any, language: Language) -> str:
    """The same for a person: a code as its word, in the reader's language."""
    group = _GROUPS.get((sheet, column))
    match value:
        case bool():
            return _TRUTH[value][language]
        case str() if group is not None:
            return label(group, value, language)
        case str() if (sheet, column) == ("reminders", "offset"):
            return offset_text(value, language)
        case list() if (sheet, column) == ("reminders", "escalatedTo"):
            return "; ".join(label("role", one, language) for one in value)
        case _:
            return flat(value)
