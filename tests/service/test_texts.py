"""Texts: none is missing, both languages say the same, and they promise no fact that is not there."""

import ast
import re
from pathlib import Path

import pytest

from domain.refusals import REFUSALS
from service.problems import BELGIF
from service.texts import LANGUAGES, TEXTS, Language, detail, negotiate
from service.web.words import WORDS, word

SOURCES = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "nl"),
        ("", "nl"),
        ("fr", "nl"),
        ("en", "en"),
        ("*", "nl"),
        ("en;q=0", "nl"),
        ("nl;q=0.1, *;q=0.9", "en"),
        ("en;q=x", "nl"),
    ],
)
def test_a_language_is_negotiated(header: str | None, language: str) -> None:
    assert negotiate(header) == language


def placeholders(template: str) -> set[str]:
    return set(re.findall(r"\{(\w+)[}:]", template))


def raised() -> dict[str, list[set[str]]]:
    """Code -> the facts of each place that raises it."""
    found: dict[str, list[set[str]]] = {}
    for floor in ("domain", "service", "events", "schedulers"):
        for path in (SOURCES / floor).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                match node:
                    case ast.Call(func=ast.Name(id="Refused" | "FieldRefused"), args=[ast.Constant(value=str(code))]):
                        found.setdefault(code, []).append({keyword.arg or "" for keyword in node.keywords})
                    case _:
                        pass
    return found


def test_every_refusal_and_every_type_has_texts() -> None:
    codes = {*REFUSALS, *BELGIF, *raised()}
    assert codes - set(TEXTS["nl"]) == set()


def test_both_languages_say_the_same_codes_and_facts() -> None:
    assert list(TEXTS["nl"]) == list(TEXTS["en"])
    for code in TEXTS["nl"]:
        dutch, english = (TEXTS[language][code] for language in LANGUAGES)
        assert placeholders(dutch["detail"]) == placeholders(english["detail"]), code
        assert set(dutch) == set(english) == {"title", "detail"}, code
        assert all(text.strip() == text != "" for text in (*dutch.values(), *english.values())), code
        assert dutch["detail"].endswith((".", "'Authorization: Bearer <token>'.")), code


def test_no_text_is_wrong_for_one() -> None:
    """A word that follows a count says what it is for one, and what for more."""
    pages = [text for words in WORDS.values() for text in words]
    for text in [*(entry["detail"] for texts in TEXTS.values() for entry in texts.values()), *pages]:
        assert not re.search(r"\{(count|seconds|retryAfterSec|foreseen)\} [a-z]", text), text


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("nl", 1, "Probeer het opnieuw over 1 seconde."),
        ("nl", 5, "Probeer het opnieuw over 5 seconden."),
        ("en", 1, "Try again in 1 second."),
        ("en", 5, "Try again in 5 seconds."),
    ],
)
def test_one_is_not_told_as_more(language: Language, count: int, said: str) -> None:
    assert detail("tooManyRequests", language, {"retryAfterSec": count}).endswith(said)


def test_the_pages_tell_one_as_one() -> None:
    assert word("partners.count", "nl", count=1) == "1 partner"
    assert word("partners.count", "nl", count=0) == "0 partners"
    assert word("history.lines", "nl", lines="40", count=1) == "regel 40"
    assert word("history.lines", "en", lines="40, 41", count=2) == "lines 40, 41"


def test_every_placeholder_is_a_fact_that_is_always_raised() -> None:
    everywhere = raised()
    for code in REFUSALS:
        sites = everywhere.get(code, [])
        always = set.intersection(*sites) if sites else set()
        if sites:
            assert placeholders(TEXTS["nl"][code]["detail"]) <= always, code
