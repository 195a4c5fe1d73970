"""The life of an agreement as a drawing: what stands where, without overlapping words. Pure: data in, geometry out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Final, Literal

Kind = Literal["signed", "evaluation", "evaluationDue", "cohortEvaluation", "amendment", "terminated"]

CHARACTER: Final = 6.9
"""The widest that an average character of the drawing's type gets, in its own units."""
_GAP: Final = 8.0
_LANE: Final = 18.0
_MARGIN: Final = 14.0
_STEM: Final = 22.0
_BAR: Final = 14.0
_DOTS: Final = 34.0
_DOT_LANE: Final = 13.0
_DOT: Final = 5.0
_YEAR_WIDTH: Final = 40.0
_BESIDE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Something on a day above the bar, with its words."""

    kind: Kind
    day: date
    label: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A consultation moment below the bar: on a day, or somewhere in a span."""

    first: date
    last: date
    held: bool
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What is drawn. The term's ends are first and last possible days, the same where the day is known."""

    begins: tuple[date, date]
    ends: tuple[date, date]
    marks: Sequence[Mark] = ()
    moments: Sequence[Moment] = ()
    today: date
    today_label: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A label and the mark that it belongs to."""

    kind: str
    x: float
    label: str
    label_x: float
    label_y: float
    anchor: str
    stem_from: float
    """Where the stem starts, under the label."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A consultation moment: its middle, and half the width of the span that it lies in."""

    x: float
    y: float
    reach: float
    held: bool
    label: str


@dataclass(frozen=True, slots=True)
class Tick:
    """The first of January of a year; its label may be left out where there is no room."""

    x: float
    label: str
    label_x: float


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the bar."""

    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The geometry, in units of the view box."""

    width: float
    height: float
    first_year: int
    last_year: int
    bar_y: float
    bar_height: float
    term: Band
    passed: Band | None
    unsure: Sequence[Band]
    marks: Sequence[Placed]
    dots: Sequence[Dot]
    ticks: Sequence[Tick]
    ticks_from: float
    axis_y: float
    today_x: float | None
    today_label: str
    today_label_x: float
    today_label_y: float
    today_anchor: str


class _Scale:
    def __init__(self, life: Life, width: float) -> None:
        days = [life.begins[0], life.ends[1], *(mark.day for mark in life.marks)]
        days += [day for moment in life.moments for day in (moment.first, moment.last)]
        self.first_year = min(day.year for day in days)
        self.last_year = max(day.year for day in days)
        self._start = date(self.first_year, 1, 1).toordinal()
        self._days = date(self.last_year, 12, 31).toordinal() + 1 - self._start
        self._width = width - 2 * _MARGIN

    def x(self, day: date) -> float:
        return round(_MARGIN + (day.toordinal() - self._start) / self._days * self._width, 1)

    def after(self, day: date) -> float:
        return round(_MARGIN + (day.toordinal() + 1 - self._start) / self._days * self._width, 1)

    def holds(self, day: date) -> bool:
        return self.first_year <= day.year <= self.last_year


def width_of(text: str) -> float:
    """How wide a label gets at most."""
    return len(text) * CHARACTER


def draw(life: Life, width: float) -> Drawing:
    """Place everything on a drawing of that width; the height follows from the lanes that the labels need."""
    scale = _Scale(life, width)
    lanes, placed = _lanes(life.marks, scale, width)
    bar_y = lanes * _LANE + _STEM + 4
    dots, dot_lanes = _dots(life.moments, scale, bar_y + _BAR + _DOTS - 12)
    ticks_until = bar_y + _BAR + (_DOTS + (dot_lanes - 1) * _DOT_LANE if dot_lanes else 12)
    axis_y = ticks_until + 14
    today_x = scale.x(life.today) if scale.holds(life.today) else None
    term = Band(scale.x(life.begins[0]), round(scale.after(life.ends[1]) - scale.x(life.begins[0]), 1))
    today_label_x, anchor = _around(today_x or 0, life.today_label, width)
    return Drawing(
        width=width,
        height=axis_y + (_LANE if today_x is not None else 0) + 8,
        first_year=scale.first_year,
        last_year=scale.last_year,
        bar_y=bar_y,
        bar_height=_BAR,
        term=term,
        passed=_passed(life, scale, term),
        unsure=[
            Band(scale.x(first), round(scale.after(last) - scale.x(first), 1))
            for first, last in (life.begins, life.ends)
            if first != last
        ],
        marks=placed,
        dots=dots,
        ticks=_ticks(scale, width),
        ticks_from=bar_y - 6,
        axis_y=axis_y,
        today_x=today_x,
        today_label=life.today_label,
        today_label_x=today_label_x,
        today_label_y=axis_y + _LANE,
        today_anchor=anchor,
    )


def _passed(life: Life, scale: _Scale, term: Band) -> Band | None:
    """The part of the term that is behind the day."""
    until = min(life.today, life.ends[1])
    if until < life.begins[0]:
        return None
    end = scale.x(until) if until == life.today != life.ends[1] else scale.after(until)
    return Band(term.x, round(max(end - term.x, 0), 1))


def _lanes(marks: Iterable[Mark], scale: _Scale, width: float) -> tuple[int, Sequence[Placed]]:
    """Labels centred on their marks in one lane where they all fit; else each beside its stem, in the lowest free lane.

    Beside: to the right, placed from right to left, so that no stem comes down through another label; at the right edge
    to the left, placed from left to right, for the same reason.
    """
    known = sorted(((scale.x(mark.day), mark) for mark in marks), key=lambda one: (one[0], one[1].kind, one[1].label))
    centred = [(x, mark, *_around(x, mark.label, width)) for x, mark in known]
    spans = [_span(label_x, mark.label, anchor) for _, mark, label_x, anchor in centred]
    if all(left[1] + _GAP <= right[0] for left, right in pairwise(spans)):
        return (1 if known else 0), [_placed(mark, x, label_x, anchor, 0, 1) for x, mark, label_x, anchor in centred]
    at_edge = [(x, mark) for x, mark in known if x + _BESIDE + width_of(mark.label) > width]
    elsewhere = [one for one in reversed(known) if one not in at_edge]
    taken: list[list[tuple[float, float]]] = []
    chosen = []
    for x, mark in (*at_edge, *elsewhere):
        anchor = "end" if (x, mark) in at_edge else "start"
        label_x = x - _BESIDE if anchor == "end" else x + _BESIDE
        span = _span(label_x, mark.label, anchor)
        lane = next((n for n, spans in enumerate(taken) if _free(span, spans)), len(taken))
        if lane == len(taken):
            taken.append([])
        taken[lane].append(span)
        chosen.append((mark, x, label_x, anchor, lane))
    return len(taken), [_placed(*one, len(taken)) for one in chosen]


def _placed(mark: Mark, x: float, label_x: float, anchor: str, lane: int, lanes: int) -> Placed:
    baseline = (lanes - lane) * _LANE - 4
    beside = abs(label_x - x) == _BESIDE
    stem_from = baseline - 8 if beside else baseline + 4
    return Placed(mark.kind, x, mark.label, label_x, baseline, anchor, stem_from)


def _free(span: tuple[float, float], spans: Iterable[tuple[float, float]]) -> bool:
    return all(span[1] + _GAP <= left or right + _GAP <= span[0] for left, right in spans)


def _around(x: float, label: str, width: float) -> tuple[float, str]:
    """Centred on its mark, or against the edge of the drawing."""
    half = width_of(label) / 2
    if x - half < 0:
        return 0.0, "start"
    if x + half > width:
        return width, "end"
    return x, "middle"


def _span(x: float, label: str, anchor: str) -> tuple[float, float]:
    length = width_of(label)
    left = {"start": x, "middle": x - length / 2, "end": x - length}[anchor]
    return left, left + length


def _dots(moments: Iterable[Moment], scale: _Scale, top: float) -> tuple[Sequence[Dot], int]:
    lanes: list[list[tuple[float, float]]] = []
    dots = []
    for moment in sorted(moments, key=lambda one: (one.first, one.last, one.label)):
        left, right = scale.x(moment.first), scale.after(moment.last)
        middle, reach = round((left + right) / 2, 1), round(max((right - left) / 2, 0), 1)
        span = (middle - max(reach, _DOT), middle + max(reach, _DOT))
        lane = next(
            (n for n, spans in enumerate(lanes) if all(span[1] < a or b < span[0] for a, b in spans)), len(lanes)
        )
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(span)
        reach = reach if moment.first != moment.last else 0.0
        dots.append(Dot(middle, round(top + lane * _DOT_LANE, 1), reach, moment.held, moment.label))
    return dots, len(lanes)


def _ticks(scale: _Scale, width: float) -> Sequence[Tick]:
    """A line for each year, and its number in the middle of the year where there is room."""
    years = range(scale.first_year, scale.last_year + 1)
    step = 1
    while (width - 2 * _MARGIN) / len(years) * step < _YEAR_WIDTH:
        step += 1
    ticks = []
    for year in years:
        x, end = scale.x(date(year, 1, 1)), scale.after(date(year, 12, 31))
        shown = (year - scale.first_year) % step == 0
        ticks.append(Tick(x, str(year) if shown else "", round((x + end) / 2, 1)))
    return ticks
