"""What the register says when it refuses, in Dutch and in English.

`nl.json` and `en.json` hold a title and a detail for every code. A detail names facts in braces, the same in both;
`{count:dag|dagen}` is the first word where that fact is 1, and the second where it is not.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal, get_args

Language = Literal["nl", "en"]

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
"""The first is the default."""

LONGEST_SHOWN: Final = 100
"""A value is echoed up to this many characters."""


def _load(language: Language) -> Mapping[str, Mapping[str, str]]:
    texts: Mapping[str, Mapping[str, str]] = json.loads(
        Path(__file__).with_name(f"{language}.json").read_text(encoding="utf-8")
    )
    return texts


TEXTS: Final[Mapping[Language, Mapping[str, Mapping[str, str]]]] = {language: _load(language) for language in LANGUAGES}
"""Language -> code -> title and detail."""


class _Fact(str):
    """A fact within a text."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        one, either, more = spec.partition("|")
        if not either:
            return super().__format__(spec)
        return one if self == "1" else more


class _Facts(dict[str, _Fact]):
    def __missing__(self, key: str) -> _Fact:
        return _Fact("…")


def known(code: str) -> bool:
    """Whether a code has texts."""
    return code in TEXTS[LANGUAGES[0]]


def title(code: str, language: Language) -> str:
    """A few words that name the problem."""
    return TEXTS[language][code]["title"]


def detail(code: str, language: Language, facts: Mapping[str, Any]) -> str:
    """What is wrong, where, and what to do next."""
    told = {name: _Fact(shown(value)) for name, value in facts.items()}
    return TEXTS[language][code]["detail"].format_map(_Facts(told))


def filled(template: str, **facts: object) -> str:
    """A text with its facts, written as in `nl.json`. Raises KeyError for one that is missing."""
    return template.format_map({name: _Fact(value) for name, value in facts.items()})


def shown(value: object) -> str:
    """A value as a reader may see it: short, and on one line."""
    text = ", ".join(str(item) for item in value) if isinstance(value, list | tuple | set | frozenset) else str(value)
    plain = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return plain if len(plain) <= LONGEST_SHOWN else plain[: LONGEST_SHOWN - 1] + "…"


def negotiate(accept_language: str | None) -> Language:
    """The language that `Accept-Language` likes best (RFC 9110, section 12.5.4), Dutch where it names none of ours."""
    wishes: dict[str, float] = {}
    for part in (accept_language or "").split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        primary = name.partition("-")[0]
        wishes[primary] = max(wishes.get(primary, 0.0), _quality(parameters))
    other = wishes.get("*", 0.0)
    return max(LANGUAGES, key=lambda language: wishes.get(language, other))  # of equals, max keeps the first


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
