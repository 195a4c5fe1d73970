"""Dates, figures, offsets and lists as people write them."""

import pytest

from domain import wording


@pytest.mark.parametrize(
    ("text", "nl", "en"),
    [
        ("P3M", "3 maanden op voorhand", "3 months ahead"),
        ("P1M", "1 maand op voorhand", "1 month ahead"),
        ("P2Y", "2 jaar op voorhand", "2 years ahead"),
        ("P1W", "1 week op voorhand", "1 week ahead"),
        ("P0D", "op de datum zelf", "on the date itself"),
        ("-P7D", "7 dagen na de datum", "7 days after the date"),
        ("-P1D", "1 dag na de datum", "1 day after the date"),
    ],
)
def test_offsets_in_words(text: str, nl: str, en: str) -> None:
    assert (wording.offset_text(text, "nl"), wording.offset_text(text, "en")) == (nl, en)


@pytest.mark.parametrize(
    ("text", "nl", "en"),
    [
        ("2017-10-03", "op 3 oktober 2017", "on 3 October 2017"),
        ("2019-03", "in maart 2019", "in March 2019"),
        ("2026", "in 2026", "in 2026"),
    ],
)
def test_dates_as_precise_as_they_are_known(text: str, nl: str, en: str) -> None:
    assert (wording.on_date(text, "nl"), wording.on_date(text, "en")) == (nl, en)


@pytest.mark.parametrize(
    ("text", "nl", "en"),
    [
        ("2027-03-29T09:00:00+02:00", "op 29 maart 2027 om 9 uur", "on 29 March 2027 at 09:00"),
        ("2027-03-29T23:05:00-05:00", "op 29 maart 2027 om 23.05 uur", "on 29 March 2027 at 23:05"),
        ("2027-12-31T23:30:00Z", "op 31 december 2027 om 23.30 uur", "on 31 December 2027 at 23:30"),
    ],
)
def test_instants_in_the_wall_time_they_carry(text: str, nl: str, en: str) -> None:
    assert (wording.on_instant(text, "nl"), wording.on_instant(text, "en")) == (nl, en)


def test_ordinals_figures_and_numbers() -> None:
    assert [wording.ordinal_text(number, "en") for number in (1, 2, 3, 4, 11, 12, 13, 21, 22, 111)] == [
        "1st",
        "2nd",
        "3rd",
        "4th",
        "11th",
        "12th",
        "13th",
        "21st",
        "22nd",
        "111th",
    ]
    assert wording.ordinal_text(3, "nl") == "3e"
    assert wording.share_text("50.00", "nl") == "50%"
    assert wording.share_text("100.00", "en") == "100%"
    assert wording.share_text("0.00", "nl") == "0%"
    assert wording.share_text("12.50", "nl") == "12,5%"
    assert wording.enterprise_number_text("0123456749") == "0123.456.749"
    assert wording.listed(["a"], "nl") == "a"
    assert wording.listed([], "nl") == ""


def test_a_claimed_date_that_is_none_is_told_as_it_stands() -> None:
    assert wording.claimed_value("eind 2021", "year", "nl") == "eind 2021"
    assert wording.claimed_value("2021", None, "nl") == "2021"
