"""Working days: a country's public holidays and the days on which the agency itself is closed, as data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

import holidays

from domain.labels import Language
from domain.refusals import Refused
from domain.values import parse_day
from events.catalogue.policy import AgencyCalendarSet, ClosedDays, Shift

USUAL_COUNTRY: Final = "BE"
"""Whose holidays count where the agency has not said."""

_A_DAY: Final = timedelta(days=1)
_YEARLY: Final = re.compile(r"--(\d\d)-(\d\d)", re.ASCII)
_LEAP: Final = 2024
_SATURDAY: Final = 5
LONGEST_CLOSED: Final = 31
"""Days in a row without a working day: more is a mistake, and nothing could be shifted over them."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Which days are working days. `closed` are the agency's own."""

    country: str | None = USUAL_COUNTRY
    closed: tuple[ClosedDays, ...] = ()
    _names: dict[int, Mapping[date, str]] = field(default_factory=dict, compare=False, repr=False)

    def why_closed(self, day: date) -> str | None:
        """`saturday`, `sunday`, or the name of the holiday; None on a working day."""
        if day.weekday() >= _SATURDAY:
            return "saturday" if day.weekday() == _SATURDAY else "sunday"
        if day.year not in self._names:
            self._names[day.year] = self._of_year(day.year)
        return self._names[day.year].get(day)

    def of_year(self, year: int, language: Language = "nl") -> Sequence[tuple[date, str]]:
        """The holidays, by their names in a language where they have one there, and the closed days of a year."""
        return sorted(self._of_year(year, language).items())

    def is_open(self, day: date) -> bool:
        """Whether it is a working day."""
        return self.why_closed(day) is None

    def shifted(self, day: date, shift: Shift) -> date:
        """The day itself where it is a working day or nothing is shifted; else the nearest one before or after."""
        if shift == "none":
            return day
        step = -_A_DAY if shift == "back" else _A_DAY
        while not self.is_open(day):
            day += step
        return day

    def shifted_from(self, first: date, last: date) -> tuple[date, date]:
        """The days from which a shift, in whichever direction, can lead to one of these: the first and the last."""
        while not self.is_open(first - _A_DAY):
            first -= _A_DAY
        while not self.is_open(last + _A_DAY):
            last += _A_DAY
        return first, last

    def _of_year(self, year: int, language: Language = "nl") -> Mapping[date, str]:
        names = dict(_public(self.country, year, language)) if self.country else {}
        for one in self.closed:
            for day in _days(one, year):
                names.setdefault(day, one.name)
        return names


@lru_cache(maxsize=16)
def working_days(said: AgencyCalendarSet | None) -> WorkingDays:
    """As the agency said last."""
    return WorkingDays() if said is None else WorkingDays(said.country, said.closed)


def set_calendar(current: AgencyCalendarSet | None, said: AgencyCalendarSet) -> Sequence[AgencyCalendarSet]:
    """From now on: a country that is known, days that exist, and a working day within every month."""
    if said.country is not None and said.country not in holidays.list_supported_countries():
        raise Refused("calendar.countryUnknown", field="country", country=said.country)
    for one in said.closed:
        if not _spanned(one):
            raise Refused("calendar.daysInvalid", field="closed", first=one.first, last=one.last)
    days = working_days(said)
    years = {2024, 2025, 2026, 2027, *(parse_day(one.first).year for one in said.closed if one.first[0] != "-")}
    for year in years:
        run = 0
        day = date(year, 1, 1)
        while day.year == year:
            run = 0 if days.is_open(day) else run + 1
            if run > LONGEST_CLOSED:
                raise Refused("calendar.neverOpen", field="closed", day=day.isoformat())
            day += _A_DAY
    same = current and (current.country, current.closed) == (said.country, said.closed)
    return [] if same else [said]


def _spanned(one: ClosedDays) -> bool:
    yearly = [_YEARLY.fullmatch(text) is not None for text in (one.first, one.last or one.first)]
    if yearly[0] != yearly[1]:
        return False
    first, last = (_on(text, _LEAP) for text in (one.first, one.last or one.first))
    return first is not None and last is not None and (yearly[0] or first <= last < first + LONGEST_CLOSED * _A_DAY)


def _days(one: ClosedDays, year: int) -> Sequence[date]:
    """Those of a span that lie in a year; a yearly one may run over its end."""
    found = []
    for begins in (year - 1, year):
        first, last = _on(one.first, begins), _on(one.last or one.first, begins)
        if first is None or last is None:
            continue  # 29 February, in another year
        if last < first:
            last = _on(one.last or one.first, begins + 1) or last
        while first <= last:
            found.append(first)
            first += _A_DAY
    return [day for day in found if day.year == year]


def _on(text: str, year: int) -> date | None:
    match = _YEARLY.fullmatch(text)
    try:
        return date(year, int(match[1]), int(match[2])) if match else parse_day(text)
    except (ValueError, Refused):
        return None


@lru_cache(maxsize=64)
def _public(country: str, year: int, language: Language) -> Mapping[date, str]:
    named = "en_US" if language == "en" else language
    return dict(holidays.country_holidays(country, years=year, language=named).items())
