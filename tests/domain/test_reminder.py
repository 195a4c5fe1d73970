from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from domain.reminder import acknowledge, snooze
from events.catalogue.reminder import ReminderSuperseded
from events.catalogue.values import Event
from tests.domain.facts import REMINDER, acknowledged, raised, snoozed
from tests.spec import made

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2021, 12, 2, 8, tzinfo=UTC)
Decision = Callable[[Any], Iterable[Event]]


def acknowledging() -> Decision:
    return lambda state: acknowledge(state, acknowledged())


def snoozing(until: str) -> Decision:
    return lambda state: snooze(state, snoozed(until), NOW, BRUSSELS)


def superseded() -> ReminderSuperseded:
    return made(ReminderSuperseded, reminder_id="r1", obligation="o", offset="P6M", by="r2", superseded_on="2021-12-02")


def test_who_saw_it_gets_no_more_of_it() -> None:
    after = REMINDER.given(raised()).when(acknowledging()).then(acknowledged())
    after.when(snoozing("2021-12-05T09:00:00+01:00")).then_refused("reminder.notOpen")


def test_a_reminder_is_put_off_and_told_twice_it_is_put_off_once() -> None:
    later = "2021-12-05T09:00:00+01:00"
    after = REMINDER.given(raised()).when(snoozing(later)).then(snoozed(later))
    after.when(snoozing("2021-12-06T09:00:00+01:00")).then(snoozed("2021-12-06T09:00:00+01:00"))


def test_a_reminder_is_never_put_off_past_the_legal_date_or_into_the_past() -> None:
    given = REMINDER.given(raised())
    given.when(snoozing("2021-12-31T22:59:00Z")).then(snoozed("2021-12-31T22:59:00Z"))
    given.when(snoozing("2021-12-31T23:00:00Z")).then_refused("reminder.snoozePastDue", dueOn="2021-12-31")
    given.when(snoozing("2021-12-02T08:00:00Z")).then_refused("reminder.snoozeInPast")
    given.when(snoozing("2021-12-05T09:00:00")).then_refused("instant.noOffset")


def test_one_due_in_a_month_may_be_put_off_until_the_month_is_over() -> None:
    REMINDER.given(raised(due_on="2021-12")).when(snoozing("2021-12-31T12:00:00Z")).then(
        snoozed("2021-12-31T12:00:00Z")
    )


def test_what_was_not_raised_or_was_named_in_another_is_not_open() -> None:
    REMINDER.given().when(acknowledging()).then_refused("reminder.unknown")
    REMINDER.given(superseded()).when(acknowledging()).then_refused("reminder.unknown")
    REMINDER.given(raised(), superseded()).when(acknowledging()).then_refused("reminder.notOpen")
