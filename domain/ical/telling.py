"""What entries say, in Dutch and in English. Reasons are not told: they may name people, and a feed travels far."""

from collections.abc import Mapping
from typing import Final

from domain.ical.entries import Deadline, Entry, Moment
from domain.labels import Language, Words, label
from domain.wording import ordinal_text

CALENDARS: Final[Mapping[str, Words]] = {
    "programme": Words("Agenda van het programma", "Programme calendar"),
    "cohort": Words("Agenda: {name}", "Calendar: {name}"),
    "partner": Words("Agenda: {name}", "Calendar: {name}"),
    "person": Words("Eigen agenda in het programma", "Own calendar in the programme"),
}
"""What a calendar of each scope is called."""

_MOMENT: Final = Words("Overlegmoment {year}/{ordinal}", "Consultation moment {year}/{ordinal}")
_WHICH: Final = Words("{nth} overlegmoment van {year}", "{nth} consultation moment of {year}")
_COHORT: Final = Words("Cohorte: {name}", "Cohort: {name}")
_TO_BE_FIXED: Final = Words("Dag nog vast te leggen: {what}", "Day to be fixed: {what}")
_CANCELLED: Final = Words("Geannuleerd: {what}", "Cancelled: {what}")
_SEVERAL: Final = Words("{count} overeenkomsten van {name}", "{count} agreements of {name}")
_LAST_POSSIBLE: Final = Words(
    "De laatst mogelijke dag: de datum is niet tot op de dag bekend.",
    "The last possible day: the date is not known to the day.",
)


def of_moment(moment: Moment, title: str | None, cohort: str, language: Language) -> Entry:
    """A consultation moment under its title, or under its number where it has none."""
    planned = moment.state.planned
    number = {"year": planned.year, "ordinal": planned.ordinal, "nth": ordinal_text(planned.ordinal, language)}
    what = " ".join(title.split()) if title else f"{_MOMENT.of(language).format_map(number)}, {cohort}"
    if moment.schedule.cancelled:
        what = _CANCELLED.of(language).format(what=what)
    elif moment.to_be_fixed:
        what = _TO_BE_FIXED.of(language).format(what=what)
    return Entry(
        uid=moment.uid,
        schedule=moment.schedule,
        summary=what,
        description="\n".join(
            [_WHICH.of(language).format_map(number), _COHORT.of(language).format(name=cohort)],
        ),
        created_at=moment.created_at,
        changed_at=moment.changed_at,
        sequence=moment.sequence,
        tentative=moment.to_be_fixed,
    )


def of_deadline(deadline: Deadline, cohort: str, language: Language) -> Entry:
    """What is due: by name where it is one, else how many, with their names below."""
    about = deadline.about
    kind = label("reminderKind", deadline.kind, language)
    year = f" {deadline.year}" if deadline.year else ""
    whose = about[0] if len(about) == 1 else _SEVERAL.of(language).format(count=len(about), name=cohort)
    lines = [_COHORT.of(language).format(name=cohort)]
    if len(about) > 1:
        lines += ["", *about]
    if not deadline.certain:
        lines = [_LAST_POSSIBLE.of(language), *lines]
    return Entry(
        uid=deadline.uid,
        schedule=deadline.schedule,
        summary=f"{kind[0].upper()}{kind[1:]}{year}: {whose}",
        description="\n".join(lines),
        created_at=deadline.created_at,
        changed_at=deadline.changed_at,
    )
