"""Dates, figures, offsets and lists as people write them, in Dutch and in English."""

from collections.abc import Mapping, Sequence
from typing import Final

from domain.labels import Language, Words, label
from domain.refusals import Refused
from domain.values import Offset, PartialDate, parse_instant

_UNITS: Final[Mapping[str, tuple[Words, Words]]] = {
    "D": (Words("dag", "day"), Words("dagen", "days")),
    "W": (Words("week", "week"), Words("weken", "weeks")),
    "M": (Words("maand", "month"), Words("maanden", "months")),
    "Y": (Words("jaar", "year"), Words("jaar", "years")),
}
_TEENS: Final = range(11, 14)


def month(number: int, language: Language) -> str:
    """The name of a month, from 1."""
    return label("month", str(number), language)


def date_text(text: str, language: Language) -> str:
    """As precise as it is known: `3 oktober 2017`, `maart 2019`, `2026`."""
    known = PartialDate.parse(text)
    if known.month is None:
        return str(known.year)
    day = f"{known.day} " if known.day else ""
    return f"{day}{month(known.month, language)} {known.year}"


def on_date(text: str, language: Language) -> str:
    """`op 3 oktober 2017`, `in maart 2019`; `on 3 October 2017`, `in March 2019`."""
    shown = date_text(text, language)
    if not PartialDate.parse(text).is_day:
        return f"in {shown}"
    return Words(f"op {shown}", f"on {shown}").of(language)


def by_date(text: str, language: Language) -> str:
    """`ten laatste op 26 november 2021`, `by 26 November 2021`."""
    return Words(f"ten laatste {on_date(text, 'nl')}", f"by {date_text(text, 'en')}").of(language)


def from_date(text: str, language: Language) -> str:
    """`vanaf maart 2019`, `from March 2019`."""
    shown = date_text(text, language)
    return Words(f"vanaf {shown}", f"from {shown}").of(language)


def period_text(runs_from: str, runs_until: str, language: Language) -> str:
    """`van 2017 tot en met 2021`, `from 2017 to 2021`; both included."""
    first, last = date_text(runs_from, language), date_text(runs_until, language)
    return Words(f"van {first} tot en met {last}", f"from {first} to {last}").of(language)


def instant_text(text: str, language: Language) -> str:
    """In the wall time that it carries: `29 maart 2027 om 9.30 uur`, `29 March 2027 at 09:30`."""
    at = parse_instant(text)
    hour = f"{at.hour}.{at.minute:02}" if at.minute else f"{at.hour}"
    time = Words(f"om {hour} uur", f"at {at:%H:%M}").of(language)
    return f"{date_text(at.date().isoformat(), language)} {time}"


def on_instant(text: str, language: Language) -> str:
    """`op 29 maart 2027 om 9.30 uur`, `on 29 March 2027 at 09:30`."""
    shown = instant_text(text, language)
    return Words(f"op {shown}", f"on {shown}").of(language)


def offset_text(text: str, language: Language) -> str:
    """`P3M`: 3 maanden op voorhand, 3 months ahead. `-P7D`: 7 dagen na de datum, 7 days after the date."""
    offset = Offset.parse(text)
    if offset.count == 0:
        return Words("op de datum zelf", "on the date itself").of(language)
    singular, plural = _UNITS[offset.unit]
    length = f"{offset.count} {(singular if offset.count == 1 else plural).of(language)}"
    if offset.after:
        return Words(f"{length} na de datum", f"{length} after the date").of(language)
    return Words(f"{length} op voorhand", f"{length} ahead").of(language)


def ordinal_text(number: int, language: Language) -> str:
    """`2e`, `2nd`."""
    if language == "nl":
        return f"{number}e"
    ending = "th" if number % 100 in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def decimal_text(text: str, language: Language) -> str:
    """A decimal string with the language's decimal mark."""
    return text.replace(".", ",") if language == "nl" else text


def share_text(text: str, language: Language) -> str:
    """`50.00`: 50%. `12.50`: 12,5% in Dutch."""
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{decimal_text(short, language)}%"


def money_text(text: str, language: Language) -> str:
    """`905000.00`: 905.000 euro, EUR 905,000; cents where there are any."""
    whole, _, cents = text.partition(".")
    grouped = f"{int(whole):,}"
    if language == "nl":
        shown = grouped.replace(",", ".")
        return f"{shown},{cents} euro" if cents.strip("0") else f"{shown} euro"
    return f"EUR {grouped}.{cents}" if cents.strip("0") else f"EUR {grouped}"


def enterprise_number_text(digits: str) -> str:
    """Ten digits in the form that people know: `0123.456.749`."""
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"


def listed(parts: Sequence[str], language: Language) -> str:
    """`a, b en c`, `a, b and c`."""
    if len(parts) < 2:  # noqa: PLR2004 - one has nothing to be joined to
        return "".join(parts)
    joint = Words("en", "and").of(language)
    return f"{', '.join(parts[:-1])} {joint} {parts[-1]}"


def claimed_value(value: str, precision: str | None, language: Language) -> str:
    """What a source says: a date where it has a precision, else its words as they stand."""
    if precision is None:
        return value
    try:
        return date_text(value, language)
    except Refused:
        return value  # the source's own way to write it


def reminder_reason(kind: str, due_on: str, offset: str, recipient: str, language: Language, *, certain: bool) -> str:
    """One sentence: what is due, when, how long before or after, and for whom."""
    when = on_date(due_on, language) if certain else by_date(due_on, language)
    what = label("reminderKind", kind, language)
    whom = label("role", recipient, language)
    said = f"{what[0].upper()}{what[1:]} {when}; {offset_text(offset, language)}"
    return Words(f"{said}; voor: {whom}.", f"{said}; for: {whom}.").of(language)
