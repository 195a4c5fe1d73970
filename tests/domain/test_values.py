from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import Refused
from domain.values import (
    Offset,
    PartialDate,
    Period,
    check_shares,
    last_day,
    parse_day,
    parse_decimal,
    parse_enterprise_number,
    parse_instant,
    parse_share,
)
from tests.domain.facts import DAYS, partial_dates


def refused(parse: object, *asked: object) -> str:
    with pytest.raises(Refused) as caught:
        parse(*asked)  # type: ignore[operator]
    return caught.value.code


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2019-12", date(2019, 12, 1), date(2019, 12, 31)),
        ("2017-10-03", date(2017, 10, 3), date(2017, 10, 3)),
    ],
)
def test_a_date_is_known_to_the_year_the_month_or_the_day(text: str, first: date, last: date) -> None:
    parsed = PartialDate.parse(text)
    assert (parsed.first_day, parsed.last_day, parsed.is_day) == (first, last, first == last)
    assert last_day(text) == last


@given(partial_dates())
def test_a_date_is_written_as_it_was_read(text: str) -> None:
    parsed = PartialDate.parse(text)
    assert str(parsed) == text
    assert parsed.first_day <= parsed.last_day
    assert parsed.is_day == (len(text) == 10)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29", "2026-13", "2026-00", "2026-03-00", "2026-00-00", "0", "", "20260329", "2026-3", "2026-03-29\n",
        "\uff12\uff10\uff12\uff16", "٢٠٢٦-٠٣", "2026-03-29T00:00", "-2026", "2026-", " 2026", "2026-W13",
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused(text: str) -> None:
    assert refused(PartialDate.parse, text) == "date.invalid"


@pytest.mark.parametrize("text", ["0001", "1899-12-31", "2200", "9999-12-31"])
def test_years_far_off_are_refused(text: str) -> None:
    assert refused(PartialDate.parse, text) == "date.outsideRange"


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    try:
        assert str(PartialDate.parse(text)) == text
    except Refused as no:
        assert no.code in {"date.invalid", "date.outsideRange"}  # noqa: PT017 - most texts are refused, some are not


def test_where_a_day_is_needed_a_month_is_not_its_first_day() -> None:
    assert parse_day("2019-03-14") == date(2019, 3, 14)
    assert refused(parse_day, "2019-03") == "date.dayNeeded"


@pytest.mark.parametrize(("start", "end"), [("2026", "2025"), ("2026-03-02", "2026-03-02"), ("2026-03", "2026-02")])
def test_a_period_that_ends_before_or_on_its_start_is_refused(start: str, end: str) -> None:
    assert refused(Period.parse, start, end) == "period.endBeforeStart"


def test_a_partial_start_counts_from_its_last_day_and_a_partial_end_until_its_last_day() -> None:
    period = Period.parse("2017", "2026")
    assert [period.has_begun(day) for day in (date(2017, 12, 30), date(2017, 12, 31))] == [False, True]
    assert [period.is_over(day) for day in (date(2026, 12, 31), date(2027, 1, 1))] == [False, True]
    assert list(period.years) == list(range(2017, 2027))


@given(partial_dates(2015, 2020), partial_dates(2015, 2020), st.dates(date(2014, 6, 1), date(2021, 6, 1)))
def test_certain_means_that_every_precise_start_and_end_would_say_the_same(start: str, end: str, day: date) -> None:
    try:
        period = Period.parse(start, end)
    except Refused:
        return
    ends = (
        {period.runs_from.first_day, period.runs_from.last_day},
        {
            period.runs_until.first_day,
            period.runs_until.last_day,
        },
    )
    answers = {
        "over" if day > until else "begun" if day >= since else "ahead" for since in ends[0] for until in ends[1]
    }
    assert period.is_certain(day) == (len(answers) == 1)


def test_an_instant_carries_an_offset() -> None:
    assert parse_instant("2027-03-29T09:00:00+02:00").astimezone(UTC) == datetime(2027, 3, 29, 7, tzinfo=UTC)
    assert parse_instant("2027-03-29T07:00:00.25Z").microsecond == 250_000
    assert refused(parse_instant, "2027-03-29T09:00:00") == "instant.noOffset"


@pytest.mark.parametrize(
    "text",
    [
        "2027-03-29", "2027-W13-1T09:00:00+02:00", "20270329T090000+0200", "2027-03-29 09:00:00+02:00",
        "2027-03-29T25:00:00Z", "2027-02-29T09:00:00Z", "٢٠٢٧-03-29T09:00:00Z", "", "0", "2027-03-29T09:00:00+25:00",
    ],
)  # fmt: skip
def test_what_is_no_instant_is_refused(text: str) -> None:
    assert refused(parse_instant, text) == "instant.invalid"


def test_an_instant_of_another_age_is_refused() -> None:
    assert refused(parse_instant, "9999-12-31T23:59:59Z") == "date.outsideRange"


# Enterprise numbers


@pytest.mark.parametrize("text", ["0403170701", "0403.170.701", "BE 0403.170.701", "BE0403170701", " 0403 170 701 "])
def test_an_enterprise_number_loses_its_dots_and_its_country(text: str) -> None:
    assert parse_enterprise_number(text) == "0403170701"


@pytest.mark.parametrize(
    "text", ["0403170702", "403170701", "2403170701", "٠٤٠٣١٧٠٧٠١", "040317070A", "", "0403170701\n1", "04031707010"]
)
def test_a_wrong_enterprise_number_is_refused(text: str) -> None:
    assert refused(parse_enterprise_number, text) == "enterpriseNumber.invalid"


@given(st.integers(0, 19_999_999), st.integers(0, 99))
def test_the_check_digits_are_exactly_97_less_the_rest(eight: int, check: int) -> None:
    text = f"{eight:08}{check:02}"
    if check == 97 - eight % 97:
        assert parse_enterprise_number(text) == text
    else:
        assert refused(parse_enterprise_number, text) == "enterpriseNumber.invalid"


# Shares and figures


@pytest.mark.parametrize(("text", "share"), [("50", "50.00"), ("33.3", "33.30"), ("0", "0.00"), ("100.00", "100.00")])
def test_a_share_has_two_decimals(text: str, share: str) -> None:
    assert parse_share(text) == share


@pytest.mark.parametrize("text", ["-1", "100.01", "1E2", "NaN", "33.333", "\u0665\u0660", "", "50%", "+5", "1_0", ".5"])
def test_a_wrong_share_is_refused(text: str) -> None:
    assert refused(parse_share, text) == "share.invalid"


@pytest.mark.parametrize("shares", [("50.00", "49.99"), ("50.00", "50.01"), ("33.33", "33.33")])
def test_shares_that_are_not_the_whole_are_refused(shares: tuple[str, str]) -> None:
    assert refused(check_shares, list(zip("ab", shares, strict=True))) == "shares.notWhole"


def test_a_negative_share_does_not_make_another_one_whole() -> None:
    assert refused(check_shares, [("agency", "150"), ("partner", "-50")]) == "share.invalid"
    assert refused(check_shares, [("agency", "1E+1000000")]) == "share.invalid"


def test_a_party_pays_one_share() -> None:
    assert refused(check_shares, [("agency", "50"), ("agency", "50")]) == "shares.partyTwice"
    check_shares([])


@given(st.integers(0, 10_000), st.integers(-1, 1))
def test_two_shares_are_whole_to_the_cent(hundredths: int, off: int) -> None:
    other = min(10_000, max(0, 10_000 - hundredths + off))
    one, two = (f"{Decimal(part) / 100:.2f}" for part in (hundredths, other))
    if hundredths + other == 10_000:
        check_shares([("agency", one), ("partner", two)])
    else:
        assert refused(check_shares, [("agency", one), ("partner", two)]) == "shares.notWhole"


@pytest.mark.parametrize("text", ["1E+1000000", "NaN", "Infinity", "1,5", "", "٣", "1" * 16, "0.1234567", "--1"])
def test_a_figure_is_a_plain_decimal(text: str) -> None:
    assert parse_decimal("-12.5") == "-12.5"
    assert refused(parse_decimal, text) == "decimal.invalid"


# Offsets


@pytest.mark.parametrize(
    ("offset", "day", "expected"),
    [
        ("P30D", "2026-12-31", "2026-12-01"),
        ("P2W", "2026-12-31", "2026-12-17"),
        ("P12M", "2026-12-31", "2025-12-31"),
        ("P0D", "2026-12-31", "2026-12-31"),
        ("-P7D", "2026-12-31", "2027-01-07"),
        ("P1M", "2026-03-31", "2026-02-28"),
        ("P1M", "2028-03-31", "2028-02-29"),
        ("P3M", "2026-12-31", "2026-09-30"),
        ("P1Y", "2028-02-29", "2027-02-28"),
        ("-P1M", "2026-01-31", "2026-02-28"),
        ("P1M", "2026-01-15", "2025-12-15"),
    ],
)
def test_an_offset_counts_back_and_clamps_to_the_month_s_end(offset: str, day: str, expected: str) -> None:
    assert Offset.parse(offset).before(date.fromisoformat(day)) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    "text", ["30D", "P30", "P30H", "P-30D", "p30d", "P1M2D", "P٣D", "", "+P3D", "P9999Y", "P25M", "-P732D"]
)
def test_what_is_no_offset_is_refused(text: str) -> None:
    assert refused(Offset.parse, text) == "offset.invalid"


@given(DAYS, st.integers(0, 24), st.booleans())
def test_months_keep_the_day_or_clamp_it(day: date, months: int, after: bool) -> None:
    found = Offset(months, "M", after=after).before(day)
    away = (day.year * 12 + day.month) - (found.year * 12 + found.month)
    assert away == (-months if after else months), "never skipped into the next month"
    assert found.day == min(day.day, PartialDate(found.year, found.month).last_day.day)


@given(st.text(alphabet="-P0123456789DWMY", max_size=7), DAYS)
def test_any_offset_that_is_one_can_be_counted(text: str, day: date) -> None:
    try:
        offset = Offset.parse(text)
    except Refused:
        return
    assert abs((offset.before(day) - day).days) <= 731
