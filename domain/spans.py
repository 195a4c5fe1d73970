"""Over which days an object exists and what it is found by: its life cut where its status or its term changes.

Nothing is decided here: `evolve` makes what an object is, `status(state, day)` says what it is on a day, and between
two cuts both say the same.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final

from domain import agreement, cohort, consultation, partner
from domain.timeline import Fact, as_of, fold
from domain.values import parse_day

_A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From a day until a day, both included; `exists` where it had come about by then, so that `asOf` finds it."""

    day_from: str
    day_until: str
    exists: bool
    status: str | None = None
    cohort_id: str | None = None
    partner_id: str | None = None
    year_from: int | None = None
    year_until: int | None = None


def spans(category: str, facts: Sequence[Fact]) -> Sequence[Span]:
    """An object's days, in order, those that are alike together. `facts` are what is known, the first of them first."""
    found: list[Span] = []
    for span in _CUT[category](facts):
        if found and replace(span, day_from=found[-1].day_from, day_until=found[-1].day_until) == found[-1]:
            found[-1] = replace(found[-1], day_until=span.day_until)
        else:
            found.append(span)
    return found


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Days on which the same facts had taken effect, and what these make."""

    first: date
    last: date
    exists: bool
    state: Any

    def cut(self, at: Iterable[date]) -> Iterator[tuple[date, date]]:
        """The same days, cut before each of these."""
        begins = [self.first, *sorted({day for day in at if self.first < day <= self.last})]
        for first, following in zip(begins, [*begins[1:], None], strict=True):
            yield first, following - _A_DAY if following else self.last

    def span(self, first: date, last: date, **found_by: Any) -> Span:
        """Some of its days."""
        return Span(day_from=first.isoformat(), day_until=last.isoformat(), exists=self.exists, **found_by)


def _stretches(facts: Sequence[Fact], evolve: Callable[[Any, Any], Any]) -> Iterator[_Stretch]:
    began = facts[0]
    begins = sorted({date.min, *(fact.order[0] for fact in facts)})
    for first, following in zip(begins, [*begins[1:], None], strict=True):
        exists = began.effective_by(first)
        effective = as_of(facts, first)
        state = fold(None, evolve, effective if exists else [began, *effective])
        if state is not None:
            yield _Stretch(first, following - _A_DAY if following else date.max, exists, state)


def _of_agreement(facts: Sequence[Fact]) -> Iterator[Span]:
    for stretch in _stretches(facts, agreement.evolve):
        state: agreement.Agreement = stretch.state
        years = state.period.years
        changes = [agreement.begins_on(state), state.period.last_possible_day + _A_DAY]
        if state.termination:
            changes.append(parse_day(state.termination.effective_on))
        for first, last in stretch.cut(changes):
            yield stretch.span(
                first,
                last,
                status=agreement.status(state, first),
                cohort_id=state.cohort_id,
                partner_id=state.partner_id,
                year_from=years[0],
                year_until=years[-1],
            )


def _of_consultation(facts: Sequence[Fact]) -> Iterator[Span]:
    for stretch in _stretches(facts, consultation.evolve):
        state: consultation.Consultation = stretch.state
        year = state.planned.year
        yield stretch.span(
            stretch.first,
            stretch.last,
            status=consultation.status(state),
            cohort_id=state.cohort_id,
            year_from=year,
            year_until=year,
        )


def _of_partner(facts: Sequence[Fact]) -> Iterator[Span]:
    for stretch in _stretches(facts, partner.evolve):
        yield stretch.span(stretch.first, stretch.last)


def _of_cohort(facts: Sequence[Fact]) -> Iterator[Span]:
    for stretch in _stretches(facts, cohort.evolve):
        yield stretch.span(stretch.first, stretch.last)


_CUT: Final[Mapping[str, Callable[[Sequence[Fact]], Iterator[Span]]]] = {
    "agreement": _of_agreement,
    "consultation": _of_consultation,
    "partner": _of_partner,
    "cohort": _of_cohort,
}
