"""The index of a collection says what folding every object says: on any day, as known at any instant."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import agreement, cohort, consultation, partner
from domain.read_models import timelines
from domain.read_models.timelines import STILL, Entry, Row
from domain.streams import category
from domain.timeline import as_known, as_of, fold
from events.catalogue import EVENT_TYPES
from events.catalogue.correction import EventCorrected
from events.catalogue.values import Event
from events.codec import Codec
from tests.domain.facts import (
    REASON,
    added,
    agreement_renewed,
    amended,
    cancelled,
    evaluated,
    held,
    kpi_measured,
    moved,
    opened,
    planned,
    renamed,
    signed,
    terminated,
    terms_followed,
)

CODEC = Codec(EVENT_TYPES)
BEGAN = datetime(2026, 12, 1, 9, tzinfo=UTC)
DATES = st.sampled_from(["2016", "2017-10-03", "2018-02", "2019-01-01", "2019-06-30", "2021", "2021-12-31", "2023-05"])
DAYS = st.sampled_from(["2017-01-01", "2018-02-28", "2019-01-01", "2020-07-15", "2021-12-31", "2022-01-01"])
ENDS = st.sampled_from(["2020", "2021-06-30", "2021-12-31", "2024"])

LATER: dict[str, st.SearchStrategy[Any]] = {
    "agreement": st.one_of(
        st.builds(lambda on, until: amended(effective_on=on, runs_until=until), DATES, ENDS),
        st.builds(lambda until: terms_followed(runs_from="2017", runs_until=until), ENDS),
        st.builds(terminated, DAYS),
        st.builds(agreement_renewed, DATES),
        st.builds(lambda on: evaluated(2019, on), DATES),
        st.just(kpi_measured()),
    ),
    "consultation": st.one_of(
        st.builds(lambda on, moved_on: moved(planned_on=on, moved_on=moved_on), DATES, DAYS),
        st.builds(held, DAYS),
        st.builds(cancelled, DAYS),
    ),
    "partner": st.builds(lambda on: renamed("Unizo vzw", on), DATES),
    "cohort": st.nothing(),
}
FIRST: dict[str, st.SearchStrategy[Any]] = {
    "agreement": st.builds(lambda on, until: signed(signed_on=on, runs_until=until), DATES, ENDS),
    "consultation": st.builds(lambda on: planned(planned_on=on), DATES.filter(lambda on: len(on) > 4)),
    "partner": st.builds(lambda on: added(added_on=on), st.none() | DATES),
    "cohort": st.builds(lambda on: opened(opened_on=on), st.none() | DATES),
}
EVOLVE: dict[str, Callable[[Any, Any], Any]] = {
    "agreement": agreement.evolve,
    "consultation": consultation.evolve,
    "partner": partner.evolve,
    "cohort": cohort.evolve,
}


@dataclass(frozen=True)
class Told:
    position: int
    recorded_at: datetime
    stream: str
    event: Any


@st.composite
def histories(draw: st.DrawFn, kind: str) -> Sequence[Told]:
    """A life with corrections in it; some events are recorded in the same instant."""
    happened: list[Event] = [draw(FIRST[kind])]
    originals = [1]
    for _ in range(draw(st.integers(0, 6))):
        wrong = draw(st.sampled_from(originals))
        right = draw(FIRST[kind]) if wrong == 1 else None
        if right is not None and draw(st.booleans()):
            happened.append(corrected(wrong, right))
        elif not LATER[kind].is_empty:
            happened.append(draw(LATER[kind]))
            originals.append(len(happened))
    at, told = BEGAN, []
    for position, event in enumerate(happened, 1):
        at += timedelta(hours=draw(st.integers(0, 1)))
        told.append(Told(position, at, f"{kind}-x", event))
    return told


def corrected(position: int, event: Event) -> EventCorrected:
    name, version = CODEC.name_of(event)
    return EventCorrected(
        position=position, corrected_type=name, corrected_version=version, data=CODEC.plain(event), reason=REASON
    )


def plain(event: Any) -> tuple[str, int, Any]:
    return *CODEC.name_of(event), CODEC.plain(event)


def row_of(recorded: Sequence[Told]) -> Row:
    row: Row | None = None
    project = timelines.projection(CODEC.revive, plain)
    for one in recorded:
        row = project(row, one)
    assert row is not None
    return row


def found(row: Row, day: date, known_at: datetime | None, *, asked: bool) -> list[Entry]:
    at = None if known_at is None else (known_at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    return [
        one
        for one in row.entries
        if one.span.day_from <= day.isoformat() <= one.span.day_until
        and (one.span.exists or not asked)
        and (one.known_until == STILL if at is None else one.known_from <= at < one.known_until)
    ]


def folded(recorded: Sequence[Told], day: date, known_at: datetime | None, *, asked: bool) -> Any:
    """What a reading makes of the whole stream."""
    known = as_known(recorded, CODEC.revive, known_at)
    made = [] if asked else [fact for fact in known[:1] if not fact.effective_by(day)]
    return fold(None, EVOLVE[category(recorded[0].stream)], [*made, *as_of(known, day)])


def said(state: Any, day: date) -> tuple[Any, ...]:
    match state:
        case agreement.Agreement():
            years = state.period.years
            return agreement.status(state, day), state.cohort_id, state.partner_id, years[0], years[-1]
        case consultation.Consultation():
            year = state.planned.year
            return consultation.status(state), state.cohort_id, None, year, year
        case _:
            return None, None, None, None, None


@pytest.mark.parametrize("kind", list(FIRST))
@given(data=st.data(), day=st.dates(date(2015, 12, 30), date(2024, 12, 31)), asked=st.booleans())
def test_an_entry_says_what_the_fold_says(kind: str, data: st.DataObject, day: date, *, asked: bool) -> None:
    recorded = data.draw(histories(kind))
    known_at = data.draw(st.none() | st.sampled_from([BEGAN - timedelta(1), *(one.recorded_at for one in recorded)]))
    edge = data.draw(st.none() | DAYS)
    day = date.fromisoformat(edge) if edge else day
    state = folded(recorded, day, known_at, asked=asked)
    entries = found(row_of(recorded), day, known_at, asked=asked)
    if state is None:
        assert entries == []
        return
    [entry] = entries
    span = entry.span
    assert (span.status, span.cohort_id, span.partner_id, span.year_from, span.year_until) == said(state, day)


def test_figures_add_no_entries_and_entries_that_nobody_could_have_seen_are_not_kept() -> None:
    same = [Told(1, BEGAN, "agreement-x", signed()), Told(2, BEGAN, "agreement-x", amended(runs_until="2024"))]
    row = row_of(same)
    assert [one.span.status for one in row.entries] == ["signed", "signed", "inForce", "inForce", "expired"]
    assert {one.known_until for one in row.entries} == {STILL}
    later = Told(3, BEGAN + timedelta(1), "agreement-x", kpi_measured())
    assert row_of([*same, later]) == row
    assert timelines.keys(later) == []


def test_a_correction_ends_what_was_known_and_keeps_it() -> None:
    wrong = Told(1, BEGAN, "agreement-x", signed(runs_until="2019-12-31"))
    right = Told(2, BEGAN + timedelta(1), "agreement-x", corrected(1, signed(runs_until="2021-12-31")))
    row, day = row_of([wrong, right]), date(2020, 6, 1)
    assert [one.span.status for one in found(row, day, BEGAN, asked=True)] == ["expired"]
    assert [one.span.status for one in found(row, day, BEGAN + timedelta(1), asked=True)] == ["inForce"]
