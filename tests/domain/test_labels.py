"""The trade's words: one for each key, in both languages, and none too many."""

from typing import get_args

import pytest

from domain import labels
from domain.agreement import Status as AgreementStatus
from domain.consultation import Status as ConsultationStatus
from domain.labels import LABELS, Group, Words
from domain.policy import USUAL_OFFSETS
from events.catalogue import EVENT_TYPES


def test_a_key_that_nobody_foresaw_shows_as_its_own_words() -> None:
    assert labels.label("predicate", "newIdea", "nl") == "new idea"


@pytest.mark.parametrize(
    ("group", "keys"),
    [
        ("eventType", {name for name, _ in EVENT_TYPES}),
        ("agreementStatus", set(AgreementStatus)),
        ("consultationStatus", set(ConsultationStatus)),
        ("month", {str(number) for number in range(1, 13)}),
        ("timing", {"upcoming", "overdue", "missed"}),
        ("successionKind", {"merged", "absorbed", "split"}),
    ],
)
def test_every_key_has_its_label_and_no_label_is_left_over(group: Group, keys: set[str]) -> None:
    assert set(LABELS[group]) == keys


def test_every_kind_of_obligation_has_a_label() -> None:
    assert set(USUAL_OFFSETS) <= set(LABELS["reminderKind"])


def test_every_group_is_there_with_words_in_both_languages() -> None:
    assert set(LABELS) == set(get_args(Group))
    for group in LABELS.values():
        for words in group.values():
            assert isinstance(words, Words)
            assert words.nl.strip() == words.nl != ""
            assert words.en.strip() == words.en != ""
