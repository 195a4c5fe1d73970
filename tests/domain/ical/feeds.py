"""Calendars as programs read them: with the library's own reader, from bytes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from domain.ical import telling
from domain.ical.entries import Entry, Moment, moment
from domain.ical.writing import calendar
from events.catalogue import EVENT_TYPES
from events.catalogue.values import Event
from events.codec import Codec

BRUSSELS = ZoneInfo("Europe/Brussels")
RECORDED = datetime(2026, 11, 23, 9, 0, 0, 250_000, tzinfo=UTC)
REVIVE = Codec(EVENT_TYPES).revive


@dataclass(frozen=True)
class Happened:
    """An event as the log gives it."""

    position: int
    event: Any
    stream: str = "consultation-m1"

    @property
    def recorded_at(self) -> datetime:
        return RECORDED + timedelta(hours=self.position)


def known(*events: Event, zone: ZoneInfo = BRUSSELS) -> Moment:
    """A moment to which this happened, an hour apart."""
    found = moment([Happened(position, event) for position, event in enumerate(events, 1)], REVIVE, zone)
    assert found is not None
    return found


def entry(*events: Event, title: str | None = None, language: Any = "en") -> Entry:
    return telling.of_moment(known(*events), title, "Vaart", language)


def read(*entries: Entry, zone: ZoneInfo = BRUSSELS) -> Any:
    return parsed(calendar("Agenda", entries, zone, "nl"))


def parsed(content: bytes) -> Any:
    found = icalendar.Calendar.from_ical(content)
    assert isinstance(found, icalendar.Calendar)
    assert found.errors == []
    return found


def one(*entries: Entry, zone: ZoneInfo = BRUSSELS) -> Any:
    [found] = read(*entries, zone=zone).walk("VEVENT")
    assert found.errors == []
    return found
