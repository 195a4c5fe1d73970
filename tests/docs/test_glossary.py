"""The glossary, the labels and the sentences use one word for one thing."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from domain.labels import LABELS, TERMS, Group
from domain.sentences import AnyEvent, sentence
from events.catalogue import EVENT_TYPES
from tests.domain.test_sentences import NAMES, SAMPLES

GLOSSARY: Final = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")
HEADINGS: Final = [("term", "Nederlands"), ("key", "Nederlands")]
NOT_LISTED: Final[set[Group]] = {"term", "month"}  # the terms are listed with their meaning; months need none
TRADE: Final = [
    "agreement",
    "partner",
    "cohort",
    "consultation moment",
    "evaluation",
    "improvement point",
    "commitment",
    "payment",
    "account manager",
    "action programme",
    "retention",
    "disposition",
]


def rows(text: str) -> Iterator[tuple[str, ...]]:
    """The rows of its tables, without their headings."""
    for line in text.splitlines():
        cells = tuple(cell.strip() for cell in line.strip().strip("|").split(" | "))
        if line.startswith("| ") and cells[:2] not in HEADINGS:
            yield cells


def terms_in(english: str) -> list[str]:
    """The Dutch of every term in an English text; `terms` is not the plural of `term`."""
    rest, found = english, []
    for words in sorted(TERMS.values(), key=lambda words: -len(words.en)):
        rest, times = re.subn(rf"\b{re.escape(words.en)}s?\b", "", rest, flags=re.IGNORECASE)
        found += [words.nl] if times else []
    return found


def lacking(english: str, dutch: str) -> list[str]:
    """The glossary's Dutch for the terms in an English text that its Dutch does not use."""
    return [word for word in terms_in(english) if word.lower() not in dutch.lower()]


def test_the_glossary_lists_the_terms_each_once_with_a_meaning() -> None:
    terms, _, _ = GLOSSARY.partition("## Labels")
    listed = list(rows(terms))

    assert sorted((nl, en) for en, nl, _ in listed) == sorted(TERMS.values())
    assert all(meaning.endswith(".") for _, _, meaning in listed)
    assert len({en for en, _, _ in listed}) == len(listed)
    assert len({nl for _, nl, _ in listed}) == len(listed)


def test_the_trades_own_words_are_there() -> None:
    assert {words.en for words in TERMS.values()} >= set(TRADE)


@pytest.mark.parametrize("group", [group for group in LABELS if group not in NOT_LISTED])
def test_the_glossary_lists_every_label(group: Group) -> None:
    _, found, section = GLOSSARY.partition(f"(`{group}`)\n")

    assert found, f"docs/glossary.md has no section for {group}"
    listed = {key.strip("`"): (nl, en) for key, nl, en in rows(section.partition("\n#")[0])}
    assert listed == {key: tuple(words) for key, words in LABELS[group].items()}


def test_the_glossary_lists_no_group_that_is_not_there() -> None:
    assert set(re.findall(r"^### .*\(`(\w+)`\)$", GLOSSARY, re.MULTILINE)) == set(LABELS) - NOT_LISTED


@pytest.mark.parametrize("group", list(LABELS))
def test_labels_use_the_glossarys_words(group: Group) -> None:
    for key, words in LABELS[group].items():
        assert not lacking(words.en, words.nl), key


@pytest.mark.parametrize("event", SAMPLES)
def test_sentences_use_the_glossarys_words(event: AnyEvent) -> None:
    dutch, english = (sentence(event, language, NAMES) for language in ("nl", "en"))

    assert not lacking(english, dutch), (dutch, english)


CATEGORIES: Final = {
    "partner": "partner",
    "cohort": "cohort",
    "agreement": "agreement",
    "consultation": "consultation moment",
    "reminder": "reminder",
    "claim": "claim",
    "log": "log",
    "retention": "disposition",
    "policy": "reminder policy",
    "correction": "event",
}
OTHER_WORDS: Final = {
    "EnterpriseNumberReserved": "enterprise number",
    "EnterpriseNumberReleased": "enterprise number",
    "SourceDescribed": "source",
    "AuthorityOrdered": "source",
    "RetentionRuleSet": "retention",
    "AgencyCalendarSet": "closed day",
    "ProgrammeManagersNamed": "programme manager",
}


@pytest.mark.parametrize(("name", "cls"), [(name, cls) for (name, _), cls in EVENT_TYPES.items()])
def test_an_event_types_dutch_names_its_subject(name: str, cls: type) -> None:
    category = cls.__module__.rpartition(".")[2]
    if category == "person":
        assert "persoon" in LABELS["eventType"][name].nl.lower()  # an everyday word, not in the glossary
        return
    term = OTHER_WORDS.get(name, CATEGORIES[category])
    dutch = next(words.nl for words in TERMS.values() if words.en == term)

    assert dutch in LABELS["eventType"][name].nl.lower()


def test_a_word_beside_the_glossary_is_noticed() -> None:
    assert lacking("Agreement signed", "Contract ondertekend") == ["overeenkomst"]
    assert lacking("The terms of a term", "De looptijd") == ["voorwaarden"]
