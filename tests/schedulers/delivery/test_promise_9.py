"""Promise 9, and 13: what no longer stands when it would be sent is not sent; quiet hours defer it."""

from datetime import timedelta
from typing import Any

import pytest

from events.catalogue.policy import QuietHours, ReminderPolicySet
from events.catalogue.reminder import ReminderEscalated, ReminderReturned, ReminderSnoozed
from schedulers.delivery.standing import Standing
from tests.domain import facts
from tests.schedulers.delivery.post import ANN, BOB, Inbox, Post
from tests.schedulers.registers import BRUSSELS, brussels
from tests.spec import made

pytestmark = pytest.mark.server


@pytest.fixture
async def waiting(post: Post) -> Post:
    """The reminder of a moment on 16 December, raised and not sent."""
    await post.managers(await post.person("Bob", BOB))
    await post.a_moment()
    await post.following.follow()
    return post


async def dropped(post: Post, inbox: Inbox) -> Any:
    await post.send()
    assert inbox.taken == []
    row = await post.row()
    return row.state, row.reason


async def test_promise_9_what_was_moved_meanwhile_is_not_sent(waiting: Post, inbox: Inbox) -> None:
    await waiting.register.move(planned_on="2026-12-17")
    assert await dropped(waiting, inbox) == ("dropped", "moved")


async def test_promise_9_what_was_held_or_cancelled_meanwhile_is_not_sent(waiting: Post, inbox: Inbox) -> None:
    await waiting.register.happen("consultation-m1", facts.cancelled("2026-12-06"))
    assert await dropped(waiting, inbox) == ("dropped", "closed")


async def test_promise_15_what_was_acknowledged_meanwhile_is_not_sent(waiting: Post, inbox: Inbox) -> None:
    [raised] = await waiting.register.raised()
    await waiting.register.acknowledge(raised)
    assert await dropped(waiting, inbox) == ("dropped", "acknowledged")


async def on_the_reminder(post: Post, event: Any, **said: Any) -> None:
    """Something that happens to the one reminder there is."""
    [raised] = await post.register.raised()
    stream = f"reminder-{raised.reminder_id}"
    post.register.versions[stream] = len(await post.register.store.read_stream(stream))
    both = {"reminder_id": raised.reminder_id, "obligation": raised.obligation}
    await post.register.happen(stream, made(event, **both, **said))


async def test_promise_15_what_was_snoozed_before_it_was_sent_is_told_when_it_returns(
    waiting: Post, inbox: Inbox
) -> None:
    until = brussels("2026-12-06 09:30").isoformat()
    await on_the_reminder(waiting, ReminderSnoozed, until=until, snoozed_on="2026-12-06")
    assert await dropped(waiting, inbox) == ("dropped", "snoozed")
    waiting.register.at("2026-12-06 09:30")
    assert await waiting.send() == 0
    await on_the_reminder(waiting, ReminderReturned, returned_on="2026-12-06")
    assert await waiting.send() == 1
    assert inbox.to == [BOB]


async def test_promise_16_each_step_of_an_escalation_is_told_once_to_its_role(post: Post, inbox: Inbox) -> None:
    await post.account_manager(await post.person("Ann", ANN))
    await post.managers(await post.person("Bob", BOB))
    await post.an_agreement_that_ends()
    assert await post.send() == 1
    step = {"step": 1, "role": "programmeManager", "to": "programmeManager", "escalated_on": "2026-12-04"}
    await post.later(days=3)
    await on_the_reminder(post, ReminderEscalated, **step)
    assert await post.send() == 1
    assert inbox.to == [ANN, BOB]
    body = inbox.taken[1][1].get_body(("plain",))
    assert body is not None
    assert "Geen accountmanager bevestigde het; daarom krijgt ook de programmamanager het." in body.get_content()
    assert len(set(inbox.message_ids)) == 2
    assert await post.send() == 0


async def test_promise_9_a_later_one_of_the_same_takes_its_place(waiting: Post, inbox: Inbox) -> None:
    await waiting.register.happen(
        "reminderPolicy-programme",
        made(ReminderPolicySet, scope="programme", offsets={"consultation": ("P9D",)}, set_on="2026-12-06"),
    )
    cohort = facts.opened(cohort_id="c1", runs_from="2025-01-01", runs_until="2032-12-31")
    await waiting.register.correct("cohort-c1", 2, cohort)
    waiting.register.at("2026-12-07 09:00")
    await waiting.register.tick()
    await waiting.send()
    assert inbox.to == [BOB]
    rows, _ = await waiting.rows.page(None, 0, 9)
    assert [(row.state, row.reason) for row in rows] == [("sent", None), ("dropped", "superseded")]


async def test_promise_9_a_broken_one_that_does_not_look_again_is_caught(
    waiting: Post, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = Standing(waiting.register.store, waiting.rows, BRUSSELS)
    before = await standing.of(await waiting.row(), waiting.register.database.instant)

    async def as_before(*_: object) -> object:
        return before

    monkeypatch.setattr(Standing, "of", as_before)
    await waiting.register.move(planned_on="2026-12-17")
    with pytest.raises(AssertionError):
        await dropped(waiting, inbox)


async def test_promise_8_after_the_meeting_a_mail_that_waited_says_missed(waiting: Post, inbox: Inbox) -> None:
    waiting.register.at("2026-12-16 12:00")
    assert await waiting.send() == 1
    assert inbox.taken[0][1]["Subject"].strip().startswith("Overlegmoment (gemist)")


@pytest.mark.parametrize(
    ("quiet", "raised_at", "sent_at"),
    [
        (QuietHours(begins="08:00", ends="10:00"), "2026-12-06 09:00", "2026-12-06 10:00"),
        (QuietHours(begins="20:00", ends="07:00", working_days_only=True), "2026-12-06 09:00", "2026-12-07 07:00"),
    ],
)
async def test_promise_13_quiet_hours_defer_and_never_drop(
    waiting: Post, inbox: Inbox, quiet: QuietHours, raised_at: str, sent_at: str
) -> None:
    said = made(ReminderPolicySet, scope="programme", quiet_hours=quiet, set_on="2026-12-06")
    await waiting.register.happen("reminderPolicy-programme", said)
    instant = brussels(raised_at)
    while instant < brussels(sent_at):
        waiting.register.at(instant)
        assert await waiting.send() == 0
        assert ((await waiting.row()).state, (await waiting.row()).reason) == ("waiting", "quietHours")
        instant += timedelta(minutes=30)
    waiting.register.at(sent_at)
    assert await waiting.send() == 1
    assert inbox.taken[0][1]["Date"].datetime == brussels(sent_at)
