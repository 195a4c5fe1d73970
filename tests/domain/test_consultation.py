from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import consultation
from domain.consultation import next_ordinal, reserved_moments, status
from events.catalogue.cohort import Terms
from events.catalogue.consultation import MomentEvent
from events.catalogue.values import Event
from tests.domain.facts import (
    COHORT,
    CONSULTATION,
    REASON,
    cancelled,
    held,
    moved,
    opened,
    partial_dates,
    planned,
    released,
    reserved,
)
from tests.spec import Spec

TODAY = date(2019, 6, 1)
Decision = Callable[[Any], Iterable[Event]]


def _append(state: tuple[Any, ...], event: Any) -> tuple[Any, ...]:
    return (*state, event)


YEAR = Spec[tuple[Any, ...]]((), _append, MomentEvent)
FOUR = tuple(reserved(ordinal, f"m{ordinal}") for ordinal in range(1, 5))


def planning(*, months: tuple[int, ...] = (), usual: int = 4, **said: Any) -> Decision:
    cohort = COHORT.given(opened(terms=Terms(consultation_months=months))).state
    return lambda moments: consultation.plan(cohort, reserved_moments(moments), usual, planned(**said))


def moving(**said: Any) -> Decision:
    return lambda state: consultation.move(state, moved(**said))


def holding(on: str = "2019-03-14", today: date = TODAY) -> Decision:
    return lambda state: consultation.hold(state, held(on), today)


def cancelling() -> Decision:
    return lambda state: consultation.cancel(state, cancelled())


# On the programme


@pytest.mark.parametrize(
    ("when", "what"),
    [
        ({"planned_on": "2019-03"}, "toBeFixed"),
        ({"planned_on": "2019-03-14"}, "planned"),
        ({"starts_at": "2019-03-14T09:00:00+01:00"}, "planned"),
    ],
)
def test_a_moment_is_planned_in_a_month_on_a_day_or_at_an_instant(when: dict[str, Any], what: str) -> None:
    YEAR.given().when(planning(**when)).then(planned(**when), reserved())
    assert status(CONSULTATION.given(planned(**when)).state) == what


@pytest.mark.parametrize(
    ("when", "code"),
    [
        ({"planned_on": None}, "consultation.whenNeeded"),
        ({"planned_on": "2019"}, "consultation.whenNeeded"),
        ({"planned_on": "2019-03", "starts_at": "2019-03-14T09:00:00+01:00"}, "consultation.whenTwice"),
        ({"planned_on": "2020-03"}, "consultation.dateOutsideYear"),
        ({"starts_at": "2020-03-14T09:00:00+01:00"}, "consultation.dateOutsideYear"),
        ({"starts_at": "2019-03-14T09:00:00"}, "instant.noOffset"),
        ({"year": 2022, "planned_on": "2022-03"}, "consultation.yearOutsideTerm"),
    ],
)
def test_it_is_planned_once_in_its_year(when: dict[str, Any], code: str) -> None:
    YEAR.given().when(planning(**when)).then_refused(code)


def test_an_ordinal_of_a_year_is_one_moment_s() -> None:
    YEAR.given(reserved(1, "m9")).when(planning()).then_refused("consultation.ordinalTaken", consultationId="m9")
    YEAR.given(reserved(1, "m9"), released(1, "m9")).when(planning()).then(planned(), reserved())


def test_the_first_free_ordinal_is_next() -> None:
    assert next_ordinal({}) == 1
    assert next_ordinal(reserved_moments([*FOUR, released(2, "m2")])) == 2
    assert next_ordinal(reserved_moments(FOUR)) == 5


def test_a_fifth_moment_needs_a_reason() -> None:
    YEAR.given(*FOUR).when(planning(ordinal=5)).then_refused("consultation.reasonNeeded", foreseen=4)
    YEAR.given(*FOUR).when(planning(ordinal=5, reason=REASON)).then(planned(ordinal=5, reason=REASON), reserved(5))


def test_how_many_are_foreseen_stands_in_the_cohort_s_terms() -> None:
    YEAR.given(*FOUR[:2]).when(planning(months=(3, 9), ordinal=3)).then_refused("consultation.reasonNeeded", foreseen=2)
    YEAR.given(*FOUR).when(planning(months=(1, 2, 3, 5, 6), ordinal=5)).then(planned(ordinal=5), reserved(5))


# What becomes of it


def test_fixing_the_day_is_a_move() -> None:
    after = CONSULTATION.given(planned()).when(moving(planned_on="2019-03-14")).then(moved(planned_on="2019-03-14"))
    assert (status(after.state), after.state.revision) == ("planned", 2)


def test_a_move_keeps_the_place_unless_it_says_another() -> None:
    given = CONSULTATION.given(planned(planned_on="2019-03-14", place="Brussels"))
    given.when(moving(planned_on="2019-03-14")).then_nothing()
    given.when(moving(planned_on="2019-03-14", place="Brussels")).then_nothing()
    after = given.when(moving(planned_on="2019-03-14", place="Ghent")).then(
        moved(planned_on="2019-03-14", place="Ghent")
    )
    assert after.state.place == "Ghent"
    assert given.when(moving(planned_on="2019-03-21")).then(moved(planned_on="2019-03-21")).state.place == "Brussels"


def test_a_moment_is_held_today_or_before() -> None:
    given = CONSULTATION.given(planned())
    assert status(given.when(holding()).then(held()).state) == "held"
    given.when(holding("2019-06-02")).then_refused("date.inFuture", heldOn="2019-06-02")


def test_a_cancelled_moment_gives_its_ordinal_back() -> None:
    after = CONSULTATION.given(planned()).when(cancelling()).then(cancelled(), released())
    assert status(after.state) == "cancelled"


def test_what_is_over_stays_so() -> None:
    for over, code in ((held(), "consultation.alreadyHeld"), (cancelled(), "consultation.cancelled")):
        given = CONSULTATION.given(planned(), over)
        given.when(moving(planned_on="2019-05")).then_refused(code)
        given.when(holding("2019-03-15")).then_refused(code)
    CONSULTATION.given(planned(), held()).when(cancelling()).then_refused("consultation.alreadyHeld")


DECISIONS = st.one_of(
    st.builds(moving, planned_on=partial_dates(2018, 2020), place=st.sampled_from([None, "Ghent", "Brussels"])),
    st.builds(holding, partial_dates(2018, 2020)),
    st.builds(cancelling),
)


@given(st.lists(DECISIONS, max_size=8))
def test_whatever_was_decided_gives_no_second_event_when_it_is_told_again(decisions: list[Decision]) -> None:
    given = CONSULTATION.given(planned())
    for decide in decisions:
        outcome = given.when(decide)
        if outcome.refused is None:
            given = outcome.then(*outcome.events)


@given(st.lists(st.tuples(st.integers(1, 6), st.booleans()), max_size=12))
def test_an_ordinal_never_belongs_to_two_moments(asked: list[tuple[int, bool]]) -> None:
    given = YEAR.given()
    for number, (ordinal, reasoned) in enumerate(asked):
        said: dict[str, Any] = {
            "ordinal": ordinal,
            "consultation_id": f"m{number}",
            "reason": REASON if reasoned else None,
        }
        outcome = given.when(planning(**said))
        if outcome.refused is None:
            given = outcome.then(*outcome.events)
    taken = [event.ordinal for event in given.state]
    assert len(taken) == len(set(taken))
