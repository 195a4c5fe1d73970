"""What others make of our calendars: a reader of recurring events, the one of web calendars, and a calendar server with
its client agree with the register on every time, on the days the clock changes too.
"""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import recurring_ical_events
from playwright.async_api import async_playwright

from tests.acceptance.world import Json, open_world
from tests.domain.ical.feeds import parsed
from tests.service.radicale import Shelf, shelf
from tests.service.test_calendars import TITLE, fetched, programme, subscribed, uid
from tests.system import chromium_arguments

pytestmark = pytest.mark.server

TIMES: Final[Mapping[str, datetime]] = {
    "2027-03-26T09:00:00+01:00": datetime(2027, 3, 26, 8, tzinfo=UTC),
    "2027-03-28T09:00:00+02:00": datetime(2027, 3, 28, 7, tzinfo=UTC),  # the clock went forward at night
    "2027-03-28T01:30:00+01:00": datetime(2027, 3, 28, 0, 30, tzinfo=UTC),
    "2027-10-30T09:00:00+02:00": datetime(2027, 10, 30, 7, tzinfo=UTC),
    "2027-10-31T02:30:00+02:00": datetime(2027, 10, 31, 0, 30, tzinfo=UTC),  # comes twice: this is the first
    "2027-10-31T02:30:00+01:00": datetime(2027, 10, 31, 1, 30, tzinfo=UTC),  # and the second
    "2027-10-31T09:00:00+01:00": datetime(2027, 10, 31, 8, tzinfo=UTC),
}
ICAL_JS: Final = Path(__file__).parents[1] / "vendor" / "ical.min.js"
READ: Final = """async ([code, feed]) => {
  const ICAL = (await import(URL.createObjectURL(new Blob([code], {type: 'text/javascript'})))).default;
  const calendar = new ICAL.Component(ICAL.parse(feed));
  for (const zone of calendar.getAllSubcomponents('vtimezone')) ICAL.TimezoneService.register(zone);
  return calendar.getAllSubcomponents('vevent').map(one => {
    const event = new ICAL.Event(one), {startDate, endDate} = event, seconds = one => one.toUnixTime();
    const starts = startDate.isDate ? startDate.toString() : seconds(startDate);
    const ends = endDate.isDate ? endDate.toString() : seconds(endDate);
    const status = one.getFirstPropertyValue('status');
    return {uid: event.uid, starts, ends, status, sequence: event.sequence, summary: event.summary};
  });
}"""
MOVED: Final = datetime(2027, 11, 2, 13, tzinfo=UTC)


@dataclass(frozen=True)
class Feeds:
    """The same calendar, before and after two moments changed."""

    instants: Mapping[str, datetime]
    """Id -> when it is, at first."""
    month: str
    moved: str
    cancelled: str
    first: bytes
    later: bytes


async def _made(folder: Path) -> Feeds:
    async with open_world(folder) as world:
        of = await programme(world)
        calendar = await subscribed(of.manager, "cohort", cohortId=of.ids["ownCohort"])
        moments: dict[str, Json] = {starts_at: await of.plan(startsAt=starts_at, reason="veel") for starts_at in TIMES}
        month = await of.plan(plannedOn="2027-06", reason="veel")
        first = (await fetched(world, calendar)).content
        moved, cancelled = moments["2027-03-28T09:00:00+02:00"], moments["2027-10-31T09:00:00+01:00"]
        await of.change(moved, "movings", startsAt=MOVED.isoformat(), place="Errera House")
        await of.change(cancelled, "cancellations", reason="Niemand kan.")
        later = (await fetched(world, calendar)).content
    instants = {uid(moment): TIMES[starts_at] for starts_at, moment in moments.items()}
    return Feeds(instants, uid(month), uid(moved), uid(cancelled), first, later)


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Feeds:
    return asyncio.run(_made(tmp_path_factory.mktemp("feeds") / "data"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Shelf]:
    with shelf(tmp_path) as here:
        yield here


def at(instant: datetime) -> tuple[datetime, datetime]:
    """A minute in which it begins."""
    return instant - timedelta(seconds=30), instant + timedelta(seconds=30)


def test_a_reader_of_recurring_events_finds_every_moment_at_its_instant(feeds: Feeds) -> None:
    found = recurring_ical_events.of(parsed(feeds.first))
    for moment, instant in feeds.instants.items():
        [event] = [one for one in found.between(*at(instant)) if isinstance(one["DTSTART"].dt, datetime)]
        assert (str(event["UID"]), event["DTSTART"].dt) == (moment, instant)
    [whole] = [one for one in found.at((2027, 6, 15)) if one["STATUS"] == "TENTATIVE"]
    assert (str(whole["UID"]), whole["DTSTART"].dt, whole["DTEND"].dt) == (
        feeds.month,
        date(2027, 6, 1),
        date(2027, 7, 1),
    )


async def test_the_reader_of_web_calendars_finds_every_moment_at_its_instant(feeds: Feeds, chromium: Path) -> None:
    before, after = await read_in_browser(chromium, feeds.first, feeds.later)
    for moment, instant in feeds.instants.items():
        assert before[moment]["starts"] == before[moment]["ends"] == instant.timestamp()
        assert (before[moment]["status"], before[moment]["sequence"]) == ("CONFIRMED", 0)
        assert before[moment]["summary"] == TITLE
    month = before[feeds.month]
    assert (month["starts"], month["ends"], month["status"]) == ("2027-06-01", "2027-07-01", "TENTATIVE")
    moved, cancelled = after[feeds.moved], after[feeds.cancelled]
    assert (moved["starts"], moved["sequence"], moved["status"]) == (MOVED.timestamp(), 1, "CONFIRMED")
    assert (cancelled["starts"], cancelled["sequence"], cancelled["status"]) == (
        feeds.instants[feeds.cancelled].timestamp(),
        1,
        "CANCELLED",
    )


async def read_in_browser(chromium: Path, *feeds: bytes) -> list[dict[str, Any]]:
    """What ical.js makes of each, by id, in a browser that is elsewhere in the world."""
    code = ICAL_JS.read_text(encoding="utf-8")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=chromium_arguments())
        page = await (await browser.new_context(timezone_id="America/Lima")).new_page()
        found = [await page.evaluate(READ, [code, feed.decode()]) for feed in feeds]
        await browser.close()
    return [{one["uid"]: one for one in events} for events in found]


def test_a_calendar_server_finds_every_moment_at_its_instant(feeds: Feeds, server: Shelf) -> None:
    server.put(feeds.first)
    kept = server.events()
    for moment, instant in feeds.instants.items():
        assert kept[moment]["DTSTART"].dt == instant
        assert server.between(*at(instant)) == {moment}
        for beside in (instant - timedelta(hours=1), instant + timedelta(hours=1)):
            assert moment not in server.between(*at(beside))
    month = kept[feeds.month]
    assert (month["DTSTART"].dt, month["DTEND"].dt, month["STATUS"]) == (
        date(2027, 6, 1),
        date(2027, 7, 1),
        "TENTATIVE",
    )
    assert kept.keys() == {str(one["UID"]) for one in parsed(feeds.first).walk("VEVENT")}


def test_a_moved_and_a_cancelled_moment_arrive_as_such(feeds: Feeds, server: Shelf) -> None:
    server.put(feeds.first)
    before = server.events()
    assert {before[one]["STATUS"] for one in (feeds.moved, feeds.cancelled)} == {"CONFIRMED"}
    server.put(feeds.later)
    after = server.events()
    assert after.keys() == before.keys()
    moved, cancelled = after[feeds.moved], after[feeds.cancelled]
    assert (moved["STATUS"], moved["SEQUENCE"], moved["LOCATION"]) == ("CONFIRMED", 1, "Errera House")
    assert moved["DTSTART"].dt == MOVED
    assert server.between(*at(MOVED)) == {feeds.moved}
    assert server.between(*at(feeds.instants[feeds.moved])) == set()
    assert (cancelled["STATUS"], cancelled["SEQUENCE"]) == ("CANCELLED", 1)
    assert cancelled["DTSTART"].dt == feeds.instants[feeds.cancelled]
    others = before.keys() - {feeds.moved, feeds.cancelled}
    assert all(after[one].to_ical() == before[one].to_ical() for one in others)


def test_a_zone_with_another_rule_would_be_noticed(feeds: Feeds, server: Shelf) -> None:
    """The server reads the zone that stands in the calendar, not one of its own by that name."""
    right = b"RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"
    assert feeds.first.count(right) == 1
    server.put(feeds.first.replace(right, b"RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4"))
    instant = feeds.instants[feeds.moved]
    assert feeds.moved not in server.between(*at(instant))
    assert feeds.moved in server.between(*at(instant + timedelta(hours=1)))
