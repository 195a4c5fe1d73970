"""The timeline's geometry: whatever the data, no words on top of each other and nothing outside the drawing."""

from datetime import date, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.web.timeline import Drawing, Life, Mark, Moment, draw, width_of

DAYS = st.dates(date(2015, 1, 1), date(2034, 12, 31))
WORDS = st.sampled_from(["2024", "Ondertekend", "Evaluatie voorzien 2026", "Wijziging 1", "Evaluatie cohorte 2018"])
KINDS = st.sampled_from(["signed", "evaluation", "evaluationDue", "cohortEvaluation", "amendment", "terminated"])


@st.composite
def lives(draw_: st.DrawFn) -> Life:
    start, end = sorted([draw_(DAYS), draw_(DAYS)])
    end = max(end, start + timedelta(days=30))
    unsure = draw_(st.booleans())
    return Life(
        begins=(start, start),
        ends=(date(end.year, 1, 1) if unsure and date(end.year, 1, 1) > start else end, end),
        marks=draw_(st.lists(st.builds(Mark, KINDS, DAYS, WORDS), max_size=12)),
        moments=[
            Moment(day, day + timedelta(days=length), held, "overleg")
            for day, length, held in draw_(
                st.lists(st.tuples(DAYS, st.sampled_from([0, 30]), st.booleans()), max_size=20)
            )
        ],
        today=draw_(DAYS),
        today_label="vandaag",
    )


def boxes(drawing: Drawing) -> list[tuple[float, float, float]]:
    """Left, right and baseline of each word above the bar."""
    found = []
    for one in drawing.marks:
        length = width_of(one.label)
        left = {"start": one.label_x, "middle": one.label_x - length / 2, "end": one.label_x - length}[one.anchor]
        found.append((left, left + length, one.label_y))
    return found


@given(life=lives(), width=st.sampled_from([330.0, 940.0]))
def test_no_words_overlap_and_nothing_leaves_the_drawing(life: Life, width: float) -> None:
    drawing = draw(life, width)
    for one, other in combinations(boxes(drawing), 2):
        assert one[2] != other[2] or one[1] < other[0] or other[1] < one[0]
    for left, right, baseline in boxes(drawing):
        assert left >= 0
        assert right <= width
        assert 0 < baseline < drawing.bar_y
    shown = [one.label_x for one in drawing.ticks if one.label]
    assert all(b - a >= 34 for a, b in pairwise(shown))
    assert all(0 <= one.x <= width and one.y < drawing.axis_y for one in drawing.dots)
    assert drawing.term.x + drawing.term.width <= width
    assert drawing.passed is None or 0 <= drawing.passed.width <= drawing.term.width + 0.11
    assert drawing.axis_y < drawing.height


@given(life=lives())
def test_dots_do_not_cover_each_other(life: Life) -> None:
    for one, other in combinations(draw(life, 940.0).dots, 2):
        assert one.y != other.y or abs(one.x - other.x) >= 9.9


def test_labels_that_fit_stand_centred_on_one_line() -> None:
    marks = [Mark("evaluation", date(year, 12, 1), str(year)) for year in range(2022, 2026)]
    life = Life(
        begins=(date(2022, 1, 1), date(2022, 1, 1)),
        ends=(date(2026, 12, 31), date(2026, 12, 31)),
        marks=marks,
        today=date(2026, 4, 20),
        today_label="vandaag",
    )
    drawing = draw(life, 940.0)
    assert {one.label_y for one in drawing.marks} == {14.0}
    assert {one.anchor for one in drawing.marks} == {"middle"}


@pytest.mark.parametrize(("today", "passed"), [(date(2021, 6, 1), None), (date(2030, 1, 1), True)])
def test_what_is_behind_the_day(today: date, passed: bool | None) -> None:
    life = Life(begins=(date(2022, 1, 1),) * 2, ends=(date(2026, 12, 31),) * 2, today=today, today_label="vandaag")
    drawing = draw(life, 940.0)
    assert (drawing.passed is None) is (passed is None)
    assert drawing.passed is None or drawing.passed == drawing.term
    assert drawing.today_x is None  # outside the years that are drawn
