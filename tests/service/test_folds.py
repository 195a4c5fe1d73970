"""Folding on from where a stream was makes what folding it from its beginning makes."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.timeline import as_known, as_of, fold
from events.catalogue import EVENT_TYPES
from events.catalogue.agreement import KpiMeasured
from events.catalogue.correction import EventCorrected
from events.catalogue.values import AgreementId, IsoDate, KpiId, TextRef
from events.codec import Codec
from events.envelope import Recorded
from service.folds import Folds

CODEC = Codec(EVENT_TYPES)
DATES = st.sampled_from(["2024", "2024-02", "2024-02-10", "2024-03-01", "2025-01-01"])
STEPS = st.lists(st.tuples(DATES, st.none() | st.integers(0, 9), st.integers(1, 3)), max_size=12)
"""A date; for a correction what it corrects; how many events are recorded before somebody looks."""


def measured(on: str, value: str) -> KpiMeasured:
    return KpiMeasured(agreement_id=AgreementId("a"), kpi_id=KpiId("k"), value=value, measured_on=IsoDate(on))


def recorded(position: int, event: Any, event_id: str) -> Recorded[Any]:
    return Recorded(
        position=position, recorded_at=datetime(2026, 1, 1, tzinfo=UTC), event_id=event_id, command_id="c", actor="x",
        correlation_id="c", causation_id=None, effective_on=event.legal_date(), effective_on_kind=None, sources=(),
        stream="agreement-a", version=position, type="", schema_version=1, event=event,
    )  # fmt: skip


def stream(steps: Sequence[tuple[str, int | None, int]], name: str) -> list[Recorded[Any]]:
    made: list[Recorded[Any]] = []
    for number, (on, corrects, _) in enumerate(steps, 1):
        event: Any = measured(on, str(number))
        plain = [one.position for one in made if isinstance(one.event, KpiMeasured)]
        if corrects is not None and plain:
            event = EventCorrected(
                position=plain[corrects % len(plain)],
                corrected_type=CODEC.name_of(event)[0],
                corrected_version=CODEC.name_of(event)[1],
                data=CODEC.plain(event),
                reason=TextRef(text_id="t", commitment="c"),
                corrected_effective_on=IsoDate(on),
            )
        made.append(recorded(number, event, f"{name}{number}"))
    return made


def collect(state: tuple[Any, ...], event: Any) -> tuple[Any, ...]:
    return (*state, event)


def whole(events: Sequence[Recorded[Any]]) -> tuple[Any, ...]:
    return fold((), collect, as_of(as_known(events, CODEC.revive)))


@given(STEPS)
def test_a_stream_that_grew_is_folded_on(steps: list[tuple[str, int | None, int]]) -> None:
    folds, events, seen = Folds(), stream(steps, "e"), 0
    for *_, more in steps:
        seen += more
        folded = folds.of(events[:seen], (), collect, CODEC.revive)
        assert folded.state == whole(events[:seen])
        assert all(fact.effective_by(folded.until) for fact in as_known(events[:seen], CODEC.revive))


@given(STEPS, STEPS, st.integers(0, 12))
def test_an_end_that_was_not_recorded_after_all_is_forgotten(
    one: list[tuple[str, int | None, int]], other: list[tuple[str, int | None, int]], same: int
) -> None:
    folds, believed = Folds(), stream(one, "e")
    folds.of(believed, (), collect, CODEC.revive)
    true = [*believed[:same], *stream([*one[:same], *other], "f")[len(believed[:same]) :]]
    assert folds.of(true, (), collect, CODEC.revive).state == whole(true)
