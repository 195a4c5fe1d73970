"""A moment and a deadline in a calendar: the same id for ever, told anew only when its time or place changes."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import Obligation
from domain.ical import telling
from domain.ical.entries import Deadline, deadlines
from domain.ical.writing import calendar
from events.catalogue.consultation import ConsultationPlanned
from events.catalogue.correction import EventCorrected
from events.catalogue.values import TextRef
from events.codec import Codec
from tests.domain.facts import REASON, cancelled, held, moved, planned
from tests.domain.ical.feeds import BRUSSELS, RECORDED, entry, known, one, parsed, read

NINE = "2027-06-01T09:00:00+02:00"


# Its id and its revisions


def test_its_id_stays_whatever_becomes_of_it() -> None:
    lives: list[list[Any]] = [
        [planned(planned_on="2027-06", year=2027)],
        [planned(planned_on="2027-06", year=2027), moved(starts_at=NINE)],
        [planned(planned_on="2027-06", year=2027), cancelled()],
    ]
    assert {known(*life).uid for life in lives} == {"consultation.m1@errera"}


@pytest.mark.parametrize(
    ("then", "sequence"),
    [
        ([], 0),
        ([moved(starts_at="2027-06-01T10:00:00+02:00")], 1),
        ([moved(starts_at="2027-06-01T07:00:00Z")], 0),  # the same instant, told otherwise
        ([moved(starts_at=NINE, place="Brussel")], 1),
        ([moved(planned_on="2027-06-01")], 1),
        ([cancelled()], 1),
        ([held("2027-06-01")], 0),  # it took place when it was planned
        ([held("2027-06-02")], 1),
        ([moved(planned_on="2027-07"), moved(starts_at=NINE), cancelled()], 3),
    ],
)
def test_its_sequence_rises_when_time_or_place_changes_or_it_is_cancelled(then: list[Any], sequence: int) -> None:
    moment = known(planned(starts_at=NINE, year=2027), *then)
    assert moment.sequence == sequence
    assert moment.changed_at == RECORDED + timedelta(hours=1 + len(then))


def test_a_correction_of_its_time_is_a_change_of_what_was_told() -> None:
    wrong, right = planned(starts_at=NINE, year=2027), planned(starts_at="2027-06-01T11:00:00+02:00", year=2027)
    assert known(wrong, correcting(1, right)).sequence == 1
    assert known(wrong, correcting(1, right)).schedule.starts == datetime(2027, 6, 1, 9, tzinfo=UTC)
    titled = planned(starts_at=NINE, year=2027, title=TextRef(text_id="t2", commitment="d" * 64))
    assert known(wrong, correcting(1, titled)).sequence == 0


def correcting(position: int, right: ConsultationPlanned) -> EventCorrected:
    return EventCorrected(
        position=position,
        corrected_type="ConsultationPlanned",
        corrected_version=1,
        data=CODEC.plain(right),
        reason=REASON,
    )


CODEC = Codec({("ConsultationPlanned", 1): ConsultationPlanned})


# When it is


@pytest.mark.parametrize(
    ("starts_at", "wall"),
    [
        ("2027-03-26T08:00:00Z", "20270326T090000"),
        ("2027-03-28T09:00:00+02:00", "20270328T090000"),  # the day on which the clock goes forward
        ("2027-03-29T07:00:00Z", "20270329T090000"),
        ("2027-10-31T08:00:00Z", "20271031T090000"),  # the day on which it goes back
        ("2027-10-31T01:59:00+02:00", "20271031T015900"),
        ("2027-10-31T03:00:00+01:00", "20271031T030000"),
    ],
)
def test_nine_o_clock_is_nine_o_clock_in_brussels(starts_at: str, wall: str) -> None:
    content = calendar("x", [entry(planned(starts_at=starts_at, year=2027))], BRUSSELS, "nl").decode()
    assert f"DTSTART;TZID=Europe/Brussels:{wall}\r\n" in content
    assert content.count("BEGIN:VTIMEZONE") == 1


@pytest.mark.parametrize(
    "starts_at", ["2027-10-31T02:30:00+02:00", "2027-10-31T02:30:00+01:00", "1990-06-01T09:00:00+02:00"]
)
def test_what_wall_time_cannot_say_is_said_in_utc(starts_at: str) -> None:
    moment = entry(planned(starts_at=starts_at, year=int(starts_at[:4])))
    content = calendar("x", [moment], BRUSSELS, "nl").decode()
    assert "VTIMEZONE" not in content
    assert f"DTSTART:{datetime.fromisoformat(starts_at).astimezone(UTC):%Y%m%dT%H%M%SZ}\r\n" in content


def test_elsewhere_than_in_brussels_it_is_said_in_utc() -> None:
    moment = entry(planned(starts_at=NINE, year=2027))
    assert b"DTSTART:20270601T070000Z\r\n" in calendar("x", [moment], ZoneInfo("Europe/Lisbon"), "nl")


@given(st.datetimes(datetime(1997, 4, 1), datetime(2190, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants bounds without a zone
def test_a_reader_finds_the_instant_that_was_planned(starts: datetime) -> None:
    starts = starts.replace(microsecond=0)
    found = recurring_ical_events.of(read(entry(planned(starts_at=starts.isoformat(), year=starts.year))))
    [event] = found.between(starts - timedelta(days=1), starts + timedelta(days=1))
    assert event["DTSTART"].dt == starts


def test_a_moment_known_to_the_month_is_all_of_it_and_tentative() -> None:
    found = one(entry(planned(planned_on="2027-12", year=2027)))
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (date(2027, 12, 1), date(2028, 1, 1))
    assert found["DTSTART"].params["VALUE"] == "DATE"
    assert (found["STATUS"], found["TRANSP"]) == ("TENTATIVE", "TRANSPARENT")
    assert found["SUMMARY"] == "Day to be fixed: Consultation moment 2027/1, Vaart"


def test_a_moment_known_to_the_day_is_that_day() -> None:
    found = one(entry(planned(planned_on="2027-03-28", year=2027)))
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (date(2027, 3, 28), date(2027, 3, 29))
    assert found["STATUS"] == "CONFIRMED"


def test_a_moment_that_took_place_in_its_month_is_on_its_day() -> None:
    found = one(entry(planned(planned_on="2019-03"), held("2019-03-14")))
    assert (found["DTSTART"].dt, found["STATUS"], found["SEQUENCE"]) == (date(2019, 3, 14), "CONFIRMED", 1)


def test_a_cancelled_moment_stays_where_it_was() -> None:
    before = one(entry(planned(starts_at=NINE, year=2027, place="Brussel")))
    after = one(entry(planned(starts_at=NINE, year=2027, place="Brussel"), cancelled()))
    assert (after["UID"], after["DTSTART"].dt, after["LOCATION"]) == (
        before["UID"],
        before["DTSTART"].dt,
        before["LOCATION"],
    )
    assert (after["STATUS"], after["SEQUENCE"], before["SEQUENCE"]) == ("CANCELLED", 1, 0)
    assert after["SUMMARY"].startswith("Cancelled: ")
    assert after["TRANSP"] == "TRANSPARENT"


# What it says


def test_it_is_dated_by_the_log() -> None:
    found = one(entry(planned(starts_at=NINE, year=2027), moved(planned_on="2027-07")))
    assert found["CREATED"].dt == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert found["DTSTAMP"].dt == found["LAST-MODIFIED"].dt == datetime(2026, 11, 23, 11, tzinfo=UTC)


HARD = 'Overleg; "met, komma\'s" \\ en\nregels \N{SPEECH BALLOON} ' + "é" * 200


def test_a_title_of_any_kind_arrives_as_it_is() -> None:
    moment = entry(planned(starts_at=NINE, year=2027, place="Zaal 1, Brussel; links"), title=HARD)
    content = calendar(HARD, [moment], BRUSSELS, "nl")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    unfolded = content.replace(b"\r\n ", b"").decode()
    escaped = HARD.replace("\\", "\\\\").replace("\n", "\\n").replace(",", "\\,").replace(";", "\\;")
    assert f"\r\nNAME:{escaped}\r\nX-WR-CALNAME:{escaped}\r\n" in unfolded
    [found] = parsed(content).walk("VEVENT")
    assert found["SUMMARY"] == " ".join(HARD.split())
    assert found["LOCATION"] == "Zaal 1, Brussel; links"


@given(st.text(max_size=200), st.text(min_size=1, max_size=200))
def test_nobody_writes_properties_through_a_text(title: str, place: str) -> None:
    plain = one(entry(planned(starts_at=NINE, year=2027, place="x"), title="x"))
    found = one(entry(planned(starts_at=NINE, year=2027, place=place), title=title))
    assert list(found) == list(plain)
    assert len(read(entry(planned(starts_at=NINE, year=2027, place=place), title=title)).walk()) == 5


def test_it_says_nothing_of_reasons() -> None:
    reason = TextRef(text_id="t-reason", commitment="d" * 64)
    told = calendar("x", [entry(planned(starts_at=NINE, year=2027, reason=reason), cancelled())], BRUSSELS, "nl")
    assert b"t-reason" not in told
    assert REASON.text_id.encode() not in [line.partition(b":")[2] for line in told.splitlines()]


def test_it_is_told_in_dutch_too() -> None:
    dutch = one(entry(planned(planned_on="2027-12", year=2027), language="nl"))
    assert dutch["SUMMARY"] == "Dag nog vast te leggen: Overlegmoment 2027/1, Vaart"
    assert dutch["DESCRIPTION"] == "1e overlegmoment van 2027\nCohorte: Vaart"


# The calendar around it


def test_a_calendar_says_how_it_is_called_and_when_to_look_again() -> None:
    told = calendar("Agenda: Voka", [], BRUSSELS, "nl").decode()
    assert told.splitlines() == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Errera//Errera//NL",
        "NAME:Agenda: Voka",
        "X-WR-CALNAME:Agenda: Voka",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
        "END:VCALENDAR",
    ]


def test_the_same_entries_are_the_same_bytes_whatever_their_order() -> None:
    entries = [entry(planned(consultation_id=f"m{n}", starts_at=f"2027-0{9 - n}-01T09:00:00Z")) for n in range(1, 5)]
    entries.append(entry(planned(planned_on="2027-06", year=2027)))
    assert calendar("x", entries, BRUSSELS, "nl") == calendar("x", reversed(entries), BRUSSELS, "nl")
    starts = [found["DTSTART"].dt for found in read(*entries).walk("VEVENT")]
    assert [str(one)[:10] for one in starts] == sorted(str(one)[:10] for one in starts)


# Deadlines


def due(kind: str = "agreementEnd", on: date = date(2026, 12, 31), **said: Any) -> Obligation:
    usual = {"due_on": on.isoformat(), "counts_from": on, "last_day": on, "matters_until": on, "slot": "accountManager"}
    return Obligation(kind=kind, subject_type="agreement", subject_id="a1", **{**usual, **said})


def of(*names: str, **said: Any) -> list[Deadline]:
    return list(deadlines((due(**said), "c1", name, RECORDED, RECORDED + timedelta(days=1)) for name in names))


def test_what_ends_on_one_day_is_one_entry_that_names_them() -> None:
    [deadline] = of("Voka", "Agoria", "Unizo")
    found = one(telling.of_deadline(deadline, "Vaart", "en"))
    assert found["UID"] == "agreementEnd.c1.20261231@errera"
    assert found["SUMMARY"] == "End of the agreement: 3 agreements of Vaart"
    assert found["DESCRIPTION"] == "Cohort: Vaart\n\nAgoria\nUnizo\nVoka"
    assert (found["DTSTART"].dt, found["DTEND"].dt) == (date(2026, 12, 31), date(2027, 1, 1))
    assert (found["SEQUENCE"], found["TRANSP"]) == (0, "TRANSPARENT")


def test_a_single_one_is_called_by_its_name() -> None:
    [deadline] = of("Voka", kind="evaluation", year=2026)
    assert telling.of_deadline(deadline, "Vaart", "nl").summary == "Evaluatie 2026: Voka"


def test_another_kind_day_or_certainty_is_another_entry() -> None:
    found = [
        *of("Voka"),
        *of("Voka", on=date(2027, 12, 31)),
        *of("Voka", kind="evaluation", year=2026),
        *of("Voka", certain=False),
    ]
    assert len({deadline.uid for deadline in found}) == 4
    told = telling.of_deadline(found[-1], "Vaart", "en").description
    assert told.startswith("The last possible day")
