"""Rich values, parsed from the catalogue's plain ones. Every parser raises Refused with what is wrong."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from domain.refusals import Refused

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2199

_PARTIAL_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_ENTERPRISE_NUMBER: Final = re.compile(r"[01][0-9]{9}")
_SHARE: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,2})?")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,6})?")
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
_LONGEST: Final = {"D": 731, "W": 104, "M": 24, "Y": 2}
_OFFSET: Final = re.compile(r"(-?)P([0-9]{1,4})([DWMY])")
_DECEMBER: Final = 12
_WHOLE: Final = Decimal(100)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date known to the year, month or day (EDTF level 0)."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> "PartialDate":
        """`2026`, `2026-03` or `2026-03-29`, in ASCII digits, from 1900 to 2199."""
        match = _PARTIAL_DATE.fullmatch(text)
        if match is None:
            raise Refused("date.invalid", value=text)
        year, month, day = (int(part) if part else None for part in match.groups())
        if year is None or not FIRST_YEAR <= year <= LAST_YEAR:
            raise Refused("date.outsideRange", value=text, first=FIRST_YEAR, last=LAST_YEAR)
        try:
            date(year, 1 if month is None else month, 1 if day is None else day)
        except ValueError:
            raise Refused("date.invalid", value=text) from None
        return cls(year, month, day)

    def __str__(self) -> str:
        return "-".join(
            part
            for part in (
                f"{self.year:04}",
                f"{self.month:02}" if self.month else "",
                f"{self.day:02}" if self.day else "",
            )
            if part
        )

    @property
    def first_day(self) -> date:
        """The first day it can be."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def last_day(self) -> date:
        """The last day it can be."""
        if self.day:
            return self.first_day
        if self.month is None or self.month == _DECEMBER:
            return date(self.year, 12, 31)
        return date(self.year, self.month + 1, 1) - timedelta(days=1)

    @property
    def is_day(self) -> bool:
        """Whether it is known to the day."""
        return self.day is not None


def parse_day(text: str) -> date:
    """A date that must be known to the day."""
    parsed = PartialDate.parse(text)
    if not parsed.is_day:
        raise Refused("date.dayNeeded", value=text)
    return parsed.first_day


@lru_cache(maxsize=4096)  # the same few days, in every event that is folded
def last_day(text: str) -> date:
    """The last day a date can be."""
    return PartialDate.parse(text).last_day


def parse_instant(text: str) -> datetime:
    """RFC 3339 with an offset."""
    if _INSTANT.fullmatch(text) is None:
        raise Refused("instant.invalid", value=text)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("instant.invalid", value=text) from None
    if instant.tzinfo is None:
        raise Refused("instant.noOffset", value=text)
    if not FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise Refused("date.outsideRange", value=text, first=FIRST_YEAR, last=LAST_YEAR)
    return instant


@dataclass(frozen=True, slots=True)
class Period:
    """From a date until a date, both included. A partial start counts from its last possible day, a partial end until
    its last possible day; in between it is not certain.
    """

    runs_from: PartialDate
    runs_until: PartialDate

    @classmethod
    def parse(cls, runs_from: str, runs_until: str) -> "Period":
        """Both ends; the end must be able to lie after the start."""
        period = cls(PartialDate.parse(runs_from), PartialDate.parse(runs_until))
        if period.runs_until.last_day <= period.runs_from.first_day:
            raise Refused("period.endBeforeStart", runsFrom=runs_from, runsUntil=runs_until)
        return period

    @property
    def years(self) -> range:
        """The calendar years that it touches."""
        return range(self.runs_from.year, self.runs_until.year + 1)

    @property
    def first_certain_day(self) -> date:
        """From this day on it has surely begun."""
        return self.runs_from.last_day

    @property
    def last_possible_day(self) -> date:
        """After this day it is surely over."""
        return self.runs_until.last_day

    def has_begun(self, day: date) -> bool:
        """Whether it counts as begun."""
        return day >= self.first_certain_day

    def is_over(self, day: date) -> bool:
        """Whether it counts as over."""
        return day > self.last_possible_day

    def is_certain(self, day: date) -> bool:
        """Whether a precise start and end would give the same answer."""
        if day > self.runs_until.last_day:
            return True
        start_unclear = self.runs_from.first_day <= day < self.runs_from.last_day
        return not start_unclear and day <= self.runs_until.first_day


def parse_enterprise_number(text: str) -> str:
    """A Belgian enterprise number: ten ASCII digits, 0 or 1 first, the last two 97 minus the first eight modulo 97.

    Dots and spaces between the digits, and a leading BE, are dropped. (Royal decree of 24 June 2003, article 1.)
    """
    digits = text.strip().removeprefix("BE").replace(".", "").replace(" ", "")
    if _ENTERPRISE_NUMBER.fullmatch(digits) is None or int(digits[8:]) != 97 - int(digits[:8]) % 97:
        raise Refused("enterpriseNumber.invalid", value=text)
    return digits


def parse_share(text: str) -> str:
    """A percentage between 0 and 100 with at most two decimals, as `50.00`."""
    if _SHARE.fullmatch(text) is None or Decimal(text) > _WHOLE:
        raise Refused("share.invalid", value=text)
    return f"{Decimal(text):.2f}"


def check_shares(shares: Sequence[tuple[str, str]]) -> None:
    """Each party once, together exactly 100.00."""
    parties = [party for party, _ in shares]
    if len(set(parties)) != len(parties):
        raise Refused("shares.partyTwice")
    total = sum((Decimal(parse_share(share)) for _, share in shares), Decimal())
    if shares and total != _WHOLE:
        raise Refused("shares.notWhole", total=f"{total:.2f}")


def parse_decimal(text: str) -> str:
    """A plain decimal figure: no exponent, at most fifteen digits before and six after the point."""
    if _DECIMAL.fullmatch(text) is None:
        raise Refused("decimal.invalid", value=text)
    return text


@dataclass(frozen=True, slots=True)
class Offset:
    """How long before (or, negative, after) an obligation's date: `P12M`, `P30D`, `-P7D`."""

    count: int
    unit: str
    after: bool = False

    @classmethod
    def parse(cls, text: str) -> "Offset":
        """ISO 8601 durations of days, weeks, months or years, two years at most; a minus sign for after."""
        match = _OFFSET.fullmatch(text)
        if match is None:
            raise Refused("offset.invalid", value=text)
        sign, count, unit = match.groups()
        if int(count) > _LONGEST[unit]:
            raise Refused("offset.invalid", value=text)
        return cls(int(count), unit, after=bool(sign))

    def before(self, day: date) -> date:
        """The day this much before (or after) `day`. The 31st and 29 February clamp to the month's last day."""
        count = -self.count if self.after else self.count
        match self.unit:
            case "D":
                return day - timedelta(days=count)
            case "W":
                return day - timedelta(weeks=count)
            case "M":
                return _months_before(day, count)
            case _:
                return _months_before(day, count * 12)


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    month = PartialDate(index // 12, index % 12 + 1)
    return min(month.first_day.replace(day=1) + timedelta(days=day.day - 1), month.last_day)
