"""Two axes: what was known at an instant, and what was true on a day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain import agreement, partner, timeline
from domain.agreement import status
from domain.timeline import as_known, as_of, fold
from events.catalogue import EVENT_TYPES
from events.catalogue.correction import EventCorrected
from events.catalogue.partner import PartnerAliasAdded
from events.catalogue.values import Event
from events.codec import Codec
from tests.domain.facts import REASON, added, amended, evaluated, renamed, signed, terminated, terms_followed
from tests.spec import made

CODEC = Codec(EVENT_TYPES)
BEGAN = datetime(2026, 12, 1, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Told:
    """What the register learned, one event an hour."""

    position: int
    event: Any
    stream: str = "partner-unizo"

    @property
    def recorded_at(self) -> datetime:
        return BEGAN + timedelta(hours=self.position)


def told(*events: Event) -> list[Told]:
    return [Told(position, event) for position, event in enumerate(events, 1)]


def corrected(position: int, event: Event) -> EventCorrected:
    name, version = CODEC.name_of(event)
    return EventCorrected(
        position=position, corrected_type=name, corrected_version=version, data=CODEC.plain(event), reason=REASON
    )


def partner_as_of(
    recorded: list[Told], day: str | None = None, known_at: datetime | None = None
) -> partner.Partner | None:
    facts = as_of(as_known(recorded, CODEC.revive, known_at), date.fromisoformat(day) if day else None)
    return fold(None, partner.evolve, facts)


def name(recorded: list[Told], day: str | None = None, known_at: datetime | None = None) -> str | None:
    found = partner_as_of(recorded, day, known_at)
    return found.name if found else None


RENAMED = told(added(), renamed("UNIZO Internationaal", "2021-11-26", effective_on_kind="by"))


def test_by_a_day_counts_from_that_day() -> None:
    assert name(RENAMED, "2021-11-25") == "Unizo"
    assert name(RENAMED, "2021-11-26") == "UNIZO Internationaal"


def test_a_month_counts_from_its_last_day() -> None:
    recorded = told(added(), renamed("U", "2021-11"))
    assert (name(recorded, "2021-11-29"), name(recorded, "2021-11-30")) == ("Unizo", "U")


def test_what_was_learned_later_was_not_known_before() -> None:
    assert name(RENAMED, known_at=BEGAN + timedelta(hours=1)) == "Unizo"
    assert name(RENAMED, known_at=BEGAN) is None


def test_the_legal_order_rules_not_the_order_of_learning() -> None:
    recorded = told(added(), renamed("third", "2022"), renamed("second", "2020"))
    assert [name(recorded, day) for day in ("2019-06-01", "2021-06-01", None)] == ["Unizo", "second", "third"]


def test_what_began_it_comes_first_whatever_is_dated_earlier_or_not_at_all() -> None:
    alias = made(PartnerAliasAdded, partner_id="unizo", name="UNIZO")
    recorded = told(added(added_on="2017-10-03"), alias, renamed("U", "2016-01-01"))
    found = partner_as_of(recorded)
    assert found is not None
    assert (found.name, found.aliases) == ("U", (alias,))
    assert partner_as_of(recorded, "2017-10-02") is None, "it was not there yet"


def test_terms_that_follow_the_cohort_are_seen_on_every_day_and_amendments_stand_over_them() -> None:
    recorded = told(
        signed(), amended(effective_on="2019-01-01", runs_until="2020-12-31"), terms_followed(runs_until="2022-12-31")
    )
    facts = as_known(recorded, CODEC.revive)
    until = [
        str(fold(None, agreement.evolve, as_of(facts, day)).period.runs_until)  # type: ignore[union-attr]
        for day in (date(2018, 6, 1), date(2019, 6, 1))
    ]
    assert until == ["2022-12-31", "2020-12-31"]
    by_position = fold(None, agreement.evolve, facts)
    assert by_position == fold(None, agreement.evolve, as_of(facts)), "one answer, whichever way it is folded"


# Corrections


def test_a_correction_stands_in_the_place_of_what_it_corrects() -> None:
    recorded = told(
        added(), renamed("Wrong", "2021-11-26"), renamed("Last", "2022"), corrected(2, renamed("Right", "2021-11-20"))
    )
    assert name(recorded, "2021-11-21") == "Right"
    assert name(recorded) == "Last", "it keeps its place"


def test_before_a_correction_was_recorded_the_register_said_the_wrong_thing() -> None:
    recorded = told(added(), renamed("Wrong", "2021-11-26"), corrected(2, renamed("Right", "2021-11-26")))
    assert name(recorded, known_at=BEGAN + timedelta(hours=2)) == "Wrong"
    assert name(recorded, known_at=BEGAN + timedelta(hours=3)) == "Right"


def test_the_last_correction_counts_and_says_where_it_stands() -> None:
    recorded = told(added(), corrected(1, added(name="One")), corrected(1, added(name="Two")))
    (fact,) = as_known(recorded, CODEC.revive)
    assert (fact.position, fact.corrected_by, fact.event.name) == (1, 3, "Two")


def test_what_began_the_stream_can_be_corrected_to_another_day() -> None:
    recorded = told(added(added_on="2017-10-03"), renamed("U", "2018"), corrected(1, added(added_on="2019-01-01")))
    assert name(recorded, "2018-12-31") is None
    assert name(recorded, "2019-01-01") == "U"


def test_only_a_correction_corrects() -> None:
    assert timeline.correction_of(added(), CODEC.revive) is None
    assert timeline.correction_of(corrected(1, added()), CODEC.revive) == (1, added())


HAPPENED = [evaluated(2018), evaluated(2019), amended(runs_until="2022"), terminated("2020-06-30")]


@given(st.permutations(HAPPENED), st.dates(date(2017, 1, 1), date(2024, 1, 1)))
def test_in_whatever_order_it_was_learned_a_day_is_what_it_is(learned: list[Event], day: date) -> None:
    def on(events: list[Event]) -> Any:
        return fold(None, agreement.evolve, as_of(as_known(told(*events), CODEC.revive), day))

    state, usual = on([signed(), *learned]), on([signed(), *HAPPENED])
    assert (state is None) == (day < date(2017, 10, 3))
    if state is not None:
        assert status(state, day) == status(usual, day)
        assert (state.evaluations, state.period) == (usual.evaluations, usual.period)
