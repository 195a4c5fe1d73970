from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import calendar
from domain.calendar import Obligation, due, matters, occurrences, timing
from domain.policy import USUAL_OFFSETS, Policy
from domain.wall_clock import at_wall_time
from events.catalogue.values import Event
from tests.domain.facts import (
    AGREEMENT,
    COHORT,
    CONSULTATION,
    agreement_renewed,
    amended,
    cancelled,
    cohort_renewed,
    evaluated,
    held,
    moved,
    opened,
    planned,
    signed,
    terminated,
)

BRUSSELS = ZoneInfo("Europe/Brussels")
TODAY = date(2019, 6, 1)


def of_agreement(*happened: Event, day: date = TODAY) -> list[tuple[str, str, bool]]:
    found = calendar.of_agreement(AGREEMENT.given(*happened).state, day)
    return [(one.key, one.due_on, one.certain) for one in found]


def moment(*happened: Event) -> Obligation:
    (found,) = calendar.of_consultation(CONSULTATION.given(*happened).state, BRUSSELS)
    return found


def saying(obligation: Obligation, *offsets: str) -> Policy:
    return Policy({obligation.kind: offsets})


def instants(obligation: Obligation, *offsets: str) -> list[str]:
    return [one.raise_at.isoformat() for one in occurrences(obligation, saying(obligation, *offsets), BRUSSELS)]


# What must happen by when


def test_an_agreement_ends_and_a_renewed_one_does_not_need_saying() -> None:
    assert of_agreement(signed(runs_until="2026")) == [("agreementEnd.a1", "2026-12-31", False)]
    assert of_agreement(signed()) == [("agreementEnd.a1", "2021-12-31", True)]
    assert of_agreement(signed(), agreement_renewed()) == []
    assert of_agreement(signed(), terminated("2019-01-01")) == []


def test_evaluations_are_due_each_year_where_the_terms_say_so() -> None:
    found = of_agreement(
        signed(runs_from="2018-01-01", runs_until="2020-06-30", evaluation="yearly"),
        evaluated(2018),
        agreement_renewed(),
    )
    assert found == [("evaluation.a1.2019", "2019-12-31", True), ("evaluation.a1.2020", "2020-06-30", True)]


def test_an_amended_end_is_a_new_revision() -> None:
    state = AGREEMENT.given(signed(), amended(runs_until="2022")).state
    (end,) = calendar.of_agreement(state, TODAY)
    assert (end.due_on, end.revision, end.certain) == ("2022-12-31", 2, False)


def test_a_cohort_ends_unless_another_follows() -> None:
    (end,) = calendar.of_cohort(COHORT.given(opened(runs_until="2026")).state)
    assert (end.due_on, end.certain, end.slot) == ("2026-12-31", False, "programmeManager")
    assert calendar.of_cohort(COHORT.given(opened(), cohort_renewed()).state) == []


def test_a_moment_in_a_month_wants_a_day_and_one_on_a_day_is_coming() -> None:
    month = moment(planned(planned_on="2019-03"))
    assert (month.kind, month.due_on, month.counts_from, month.last_day) == (
        "fixDay", "2019-03", date(2019, 3, 1), date(2019, 3, 31),
    )  # fmt: skip
    assert moment(planned(planned_on="2019-03-14")).kind == "consultation"


def test_a_moment_counts_on_the_agency_s_clock() -> None:
    late = moment(planned(starts_at="2019-06-14T23:30:00Z"))
    assert (late.due_on, late.wall_time) == ("2019-06-15", time(1, 30))


def test_what_is_over_or_off_is_not_reminded_of() -> None:
    for over in (held(), cancelled()):
        assert calendar.of_consultation(CONSULTATION.given(planned(), over).state, BRUSSELS) == []


def test_a_moved_moment_has_other_occurrences() -> None:
    before = moment(planned(planned_on="2019-03-14"))
    after = moment(planned(planned_on="2019-03-14"), moved(planned_on="2019-03-15"))
    assert after.key == before.key
    keys = [{one.key for one in occurrences(which, Policy(), BRUSSELS)} for which in (before, after)]
    assert not keys[0] & keys[1]


# Wall time


@pytest.mark.parametrize(
    ("day", "at", "expected"),
    [
        ("2027-03-26", time(9), "2027-03-26T09:00:00+01:00"),
        ("2027-03-29", time(9), "2027-03-29T09:00:00+02:00"),
        ("2027-03-28", time(2, 30), "2027-03-28T03:00:00+02:00"),  # a gap: the first valid instant
        ("2027-03-28", time(2), "2027-03-28T03:00:00+02:00"),
        ("2027-03-28", time(3), "2027-03-28T03:00:00+02:00"),
        ("2026-10-25", time(2, 30), "2026-10-25T02:30:00+02:00"),  # a fold: the first of the two
        ("2026-10-25", time(3), "2026-10-25T03:00:00+01:00"),
    ],
)
def test_nine_o_clock_stays_nine_o_clock(day: str, at: time, expected: str) -> None:
    assert at_wall_time(date.fromisoformat(day), at, BRUSSELS).isoformat() == expected


@given(
    st.dates(date(2000, 1, 1), date(2050, 12, 31)),
    st.times(),
    st.sampled_from(["Europe/Brussels", "Atlantic/Azores", "Australia/Lord_Howe", "UTC"]),
)
def test_a_wall_time_is_met_or_the_clock_skipped_it(day: date, at: time, name: str) -> None:
    zone = ZoneInfo(name)
    instant = at_wall_time(day, at, zone)
    wall, wanted = instant.replace(tzinfo=None), datetime.combine(day, at)
    if wall != wanted:
        just_before = (instant.astimezone(UTC) - timedelta(microseconds=1)).astimezone(zone).replace(tzinfo=None)
        assert just_before < wanted < wall, "the first instant after the gap that held it"
    else:
        an_hour_earlier = (instant.astimezone(UTC) - timedelta(hours=1)).astimezone(zone).replace(tzinfo=None)
        assert an_hour_earlier != wanted, "of two, the first"


def test_reminders_of_a_meeting_keep_its_hour_across_the_change() -> None:
    meeting = moment(planned(year=2019, starts_at="2019-04-02T09:00:00+02:00"))
    assert instants(meeting, "P3D", "P2D", "P1D", "-P7D") == [
        "2019-03-30T09:00:00+01:00",
        "2019-03-31T09:00:00+02:00",
        "2019-04-01T09:00:00+02:00",
        "2019-04-09T09:00:00+02:00",
    ]


def test_months_before_a_month_s_end_clamp() -> None:
    (end,) = calendar.of_agreement(AGREEMENT.given(signed(runs_until="2026-08-31")).state, TODAY)
    assert [text[:10] for text in instants(end, *USUAL_OFFSETS["agreementEnd"], "P18M", "P30D")] == [
        "2025-02-28", "2025-08-31", "2026-02-28", "2026-05-31", "2026-08-01",
    ]  # fmt: skip


# Due, and still worth saying


def test_nothing_is_due_before_its_instant() -> None:
    meeting = moment(planned(starts_at="2019-03-14T09:00:00+01:00"))
    found = occurrences(meeting, saying(meeting, "P3D", "P0D"), BRUSSELS)
    early = datetime(2019, 3, 11, 7, 59, 59, 999_999, tzinfo=UTC)
    assert due(found, early) == []
    assert [one.offset for one in due(found, early + timedelta(microseconds=1))] == ["P3D"]


@pytest.mark.parametrize(
    ("at", "what"),
    [("2019-03-14T08:59:59+01:00", "upcoming"), ("2019-03-14T09:00:00+01:00", "missed"), ("2019-03-15T00:00:00+01:00", "missed")],
)  # fmt: skip
def test_after_a_meeting_began_it_was_missed(at: str, what: str) -> None:
    meeting = moment(planned(starts_at="2019-03-14T09:00:00+01:00"))
    assert timing(meeting, datetime.fromisoformat(at), BRUSSELS) == what


def test_a_day_without_an_hour_lasts_until_midnight_in_brussels() -> None:
    day = moment(planned(planned_on="2019-03-14"))
    assert timing(day, datetime(2019, 3, 14, 22, 59, tzinfo=UTC), BRUSSELS) == "upcoming"
    assert timing(day, datetime(2019, 3, 14, 23, 0, tzinfo=UTC), BRUSSELS) == "missed"
    month = moment(planned(planned_on="2019-03"))
    assert timing(month, datetime(2019, 3, 31, 12, tzinfo=UTC), BRUSSELS) == "upcoming"
    assert timing(month, datetime(2019, 4, 1, 12, tzinfo=UTC), BRUSSELS) == "overdue"


def test_an_end_that_has_passed_needs_no_reminder() -> None:
    (end,) = calendar.of_agreement(AGREEMENT.given(signed()).state, TODAY)
    assert matters(end, datetime(2021, 12, 31, 22, 59, tzinfo=UTC), BRUSSELS)
    assert not matters(end, datetime(2021, 12, 31, 23, 0, tzinfo=UTC), BRUSSELS)


def test_what_was_not_done_in_time_can_still_be_done_for_a_year() -> None:
    month = moment(planned(planned_on="2019-03"))
    assert matters(month, datetime(2020, 3, 31, 12, tzinfo=UTC), BRUSSELS)
    assert not matters(month, datetime(2020, 4, 1, 12, tzinfo=UTC), BRUSSELS)
    evaluation, _ = calendar.of_agreement(
        AGREEMENT.given(signed(runs_from="2021-01-01", evaluation="yearly")).state, TODAY
    )
    assert matters(evaluation, datetime(2023, 1, 1, 12, tzinfo=UTC), BRUSSELS)
    assert not matters(evaluation, datetime(2023, 1, 3, 12, tzinfo=UTC), BRUSSELS)


@given(st.lists(st.sampled_from(["P12M", "P30D", "P14D", "P3D", "P0D", "-P7D"]), max_size=8))
def test_an_occurrence_has_one_key_however_often_it_is_asked_for(offsets: list[str]) -> None:
    meeting = moment(planned(planned_on="2019-03-14"))
    found = occurrences(meeting, saying(meeting, *offsets), BRUSSELS)
    assert len({one.key for one in found}) == len(found) == len(set(offsets))
    assert [one.raise_at for one in found] == sorted(one.raise_at for one in found)
