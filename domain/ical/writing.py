"""Entries as the text that calendar programs read (RFC 5545). Folding and escaping are the library's.

Whoever imports this module waits for that library: a tenth of a second, so the command line does it when it must.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final

from icalendar import Calendar, Event, Timezone, vDuration, vText

from domain.ical.entries import Entry
from domain.labels import Language

REFRESH: Final = timedelta(hours=1)
"""How often we ask subscribers to look again; the large ones do every 3 to 24 hours, whatever is asked."""

_BRUSSELS: Final = """\
BEGIN:VTIMEZONE
TZID:Europe/Brussels
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:19970330T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
END:DAYLIGHT
END:VTIMEZONE
"""
"""As a rule, which every client reads alike (directive 2000/84/EC); what libraries derive from the zone's whole past is
misread by some.
"""

_ZONE: Final = "Europe/Brussels"
_SINCE: Final = datetime(1997, 3, 30, 1, tzinfo=UTC)


def calendar(name: str, entries: Iterable[Entry], zone: tzinfo, language: Language) -> bytes:
    """A calendar to subscribe to, its entries by time."""
    events = sorted(map(_placed, entries))
    found = Calendar()
    found.add("prodid", f"-//Errera//Errera//{language.upper()}")
    found.add("version", "2.0")
    found.add("name", vText(name))  # RFC 7986, section 5.1; the library does not know that it is text
    found.add("x-wr-calname", vText(name))
    found.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})  # RFC 7986, section 5.7
    found.add("x-published-ttl", vDuration(REFRESH))
    if any(_in_wall_time(entry.schedule.starts, zone) for _, _, entry in events):
        found.add_component(Timezone.from_ical(_BRUSSELS))
    for _, _, entry in events:
        found.add_component(event(entry, zone))
    content: bytes = found.to_ical()
    return content


def event(entry: Entry, zone: tzinfo) -> Event:
    """One entry, as it stands in a calendar or in an invitation."""
    schedule = entry.schedule
    found = Event()
    found.add("uid", entry.uid)
    found.add("sequence", entry.sequence)
    found.add("dtstamp", _second(entry.changed_at))  # without a METHOD: when it was last revised (section 3.8.7.2)
    found.add("created", _second(entry.created_at))
    found.add("last-modified", _second(entry.changed_at))
    found.add("dtstart", _start(schedule.starts, zone))
    if schedule.until is not None:
        found.add("dtend", schedule.until)
    found.add("status", "CANCELLED" if schedule.cancelled else "TENTATIVE" if entry.tentative else "CONFIRMED")
    found.add("transp", "OPAQUE" if schedule.until is None and not schedule.cancelled else "TRANSPARENT")
    found.add("summary", entry.summary)
    if schedule.place:
        found.add("location", schedule.place)
    if entry.description:
        found.add("description", entry.description)
    return found


def _placed(entry: Entry) -> tuple[str, str, Entry]:
    starts = entry.schedule.starts
    return (starts.astimezone(UTC) if isinstance(starts, datetime) else starts).isoformat(), entry.uid, entry


def _start(starts: datetime | date, zone: tzinfo) -> datetime | date:
    if not isinstance(starts, datetime):
        return starts
    return starts.astimezone(zone) if _in_wall_time(starts, zone) else starts.astimezone(UTC)


def _in_wall_time(starts: datetime | date, zone: tzinfo) -> bool:
    """Whether it is written with the zone's name: in the zone that stands in the calendar, since its rule holds, and
    not in the hour that comes twice, where wall time is the first (section 3.3.5), and not every reader knows.
    """
    if not isinstance(starts, datetime) or str(zone) != _ZONE or starts < _SINCE:
        return False
    local = starts.astimezone(zone)
    return local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset()


def _second(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(microsecond=0)
