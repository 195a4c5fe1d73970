"""Promise 9: once a change commits, nothing of the old revision is raised, also when it commits in between."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from events.catalogue.partner import AccountManagerAssigned
from events.catalogue.reminder import ReminderRaised
from events.envelope import Context
from events.store.port import Append, Appended, Ground
from events.store.transaction import Work
from tests.domain import facts
from tests.schedulers.registers import Register, check_once, due_over, own_offsets
from tests.spec import made

Change = Callable[[Register], Awaitable[Any]]


async def the_programme(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.happen("partner-agoria", facts.added(partner_id="agoria", name="Agoria"))
    await register.cohort(runs_until="2027-12-31")
    await register.moment(starts_at="2027-03-16T09:00:00+01:00")
    await register.agreement(runs_until="2027-12-31", evaluation="yearly")
    await register.happen("agreement-a1", facts.evaluated(2025), facts.evaluated(2026, "2026-11-20"))


def happens(stream: str, *events: Any) -> Change:
    return lambda register: register.happen(stream, *events)


CHANGES: dict[str, tuple[str, str, Change]] = {
    "moved": ("2027-03-13 09:00", "m1", lambda register: register.move(starts_at="2027-09-16T09:00:00+02:00")),
    "moved by an hour": ("2027-03-13 09:00", "m1", lambda register: register.move(starts_at="2027-03-16T10:00:00+01:00")),
    "held": ("2027-03-17 09:00", "m1", happens("consultation-m1", facts.held("2027-03-16"))),
    "cancelled": ("2027-03-13 09:00", "m1", happens("consultation-m1", facts.cancelled("2027-03-12"))),
    "terminated": ("2027-10-01 00:00", "a1", happens("agreement-a1", facts.terminated("2027-09-30"))),
    "renewed": ("2027-10-01 00:00", "a1", happens("agreement-a1", facts.agreement_renewed("2027-09-30"), facts.evaluated(2027))),
    "extended": ("2027-10-01 00:00", "a1", happens("agreement-a1", facts.amended(effective_on="2027-12-31", runs_until="2032-12-31"))),
    "its cohort renewed": ("2027-10-01 00:00", "c1", happens("cohort-c1", facts.cohort_renewed())),
    "evaluated": ("2027-12-31 08:00", "a1", happens("agreement-a1", facts.evaluated(2027), facts.agreement_renewed("2027-09-30"))),
}  # fmt: skip
"""What changes -> when it was due, on which subject, and how it changes."""

OLD_DAYS = {"2027-03-16", "2027-12-31"}


@asynccontextmanager
async def meanwhile(register: Register, change: Change, *, subject: str) -> AsyncIterator[list[str]]:
    """Commit a change just before the first reminder about the subject is appended: it was decided without it."""
    store, happened = register.store, list[str]()
    submit = store.submit

    async def interleaved(asked: Append, grounds: Sequence[Ground] = ()) -> Awaitable[Appended]:
        raised = [one.event for one in asked.events if isinstance(one.event, ReminderRaised)]
        if not happened and any(one.subject_id == subject for one in raised):
            happened.append(subject)
            await change(register)
        return await submit(asked, grounds)

    store.submit = interleaved  # type: ignore[method-assign, assignment]
    try:
        yield happened
    finally:
        store.submit = submit  # type: ignore[method-assign]


def of_the_old_revision(raised: Any, name: str, subject: str) -> list[str]:
    """Reminders about the subject that the change should have stopped."""
    found = [one for one in raised if one.subject_id == subject]
    if name == "evaluated":
        found = [one for one in found if one.kind == "evaluation"]
    if name == "moved by an hour":
        return [one.reminder_id for one in found if one.revision == 1]
    return [one.reminder_id for one in found if one.due_on in OLD_DAYS]


def ignore_conditions(self: Work, context: Context, request_hash: bytes) -> Append:
    """The broken variant: raised on nothing but the reminder's own stream."""
    return replace(_honest(self, context, request_hash), conditions={})


_honest = Work.as_append


@pytest.mark.parametrize("name", CHANGES)
async def test_promise_9_a_change_before_the_tick_stops_the_old_revision(register: Register, name: str) -> None:
    at, subject, change = CHANGES[name]
    await the_programme(register)
    await register.follow()
    register.at(at)
    await change(register)  # the read models have not followed yet
    await register.due.tick()
    assert of_the_old_revision(await register.raised(), name, subject) == []
    await register.tick()
    assert of_the_old_revision(await register.raised(), name, subject) == []


@pytest.mark.parametrize("name", CHANGES)
async def test_promise_9_a_change_between_deciding_and_appending_stops_it_too(either: Register, name: str) -> None:
    at, subject, change = CHANGES[name]
    await the_programme(either)
    either.at(at)
    async with meanwhile(either, change, subject=subject) as happened:
        await either.tick()
    assert happened, "nothing was being raised"
    assert of_the_old_revision(await either.raised(), name, subject) == []
    await either.tick()
    assert of_the_old_revision(await either.raised(), name, subject) == []
    check_once(await either.recorded())


@pytest.mark.parametrize("name", CHANGES)
async def test_promise_9_a_broken_one_without_read_conditions_is_caught(
    either: Register, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Work, "as_append", ignore_conditions)
    at, subject, change = CHANGES[name]
    await the_programme(either)
    either.at(at)
    async with meanwhile(either, change, subject=subject):
        await either.tick()
    assert of_the_old_revision(await either.raised(), name, subject) != []


async def test_promise_9_a_moved_moment_is_reminded_of_at_its_new_time(register: Register) -> None:
    await the_programme(register)
    register.at("2027-03-13 09:00")
    async with meanwhile(register, CHANGES["moved by an hour"][2], subject="m1"):
        await register.tick()
    await register.tick()
    register.at("2027-03-13 10:00")
    await register.tick()
    assert [(one.offset, one.revision) for one in await register.raised() if one.subject_id == "m1"] == [
        ("P14D", 2), ("P3D", 2),
    ]  # fmt: skip


async def test_promise_9_a_policy_that_changes_in_between_decides(either: Register) -> None:
    either.at("2026-11-22 12:00")
    opened = await either.cohort(terms=own_offsets(consultation=("P10D",)))
    await either.moment(planned_on="2027-03-16")
    either.at("2027-03-06 00:00")
    corrected = facts.opened(runs_from="2025-01-01", runs_until="2032-12-31", terms=own_offsets(consultation=("P5D",)))

    async def change(either: Register) -> None:
        await either.correct("cohort-c1", opened, corrected)

    async with meanwhile(either, change, subject="m1") as happened:
        await either.tick()
    assert happened
    assert await either.raised() == []
    either.at("2027-03-11 00:00")
    await either.tick()
    assert await either.offsets() == [("consultation", "P5D", "upcoming")]


async def test_promise_9_an_account_manager_assigned_in_between_is_the_recipient(register: Register) -> None:
    await the_programme(register)
    register.at("2027-09-30 00:00")
    assigned = made(AccountManagerAssigned, partner_id="agoria", person_id="p1", effective_on="2027-09-01")
    async with meanwhile(register, happens("partner-agoria", assigned), subject="a1"):
        await register.tick()
    assert {one.recipient for one in await register.raised() if one.subject_id == "a1"} == {"accountManager"}


async def test_promise_9_a_stalled_process_that_wakes_writes_nothing(either: Register) -> None:
    """It decided before the moment was cancelled and raised by another; it appends long after."""
    await the_programme(either)
    either.at("2027-03-13 09:00")

    async def others_go_on(either: Register) -> None:
        await either.happen("consultation-m1", facts.cancelled("2027-03-13"))
        await due_over(either.store, either.projector).tick()

    async with meanwhile(either, others_go_on, subject="m1") as happened:
        await either.tick()
    assert happened
    assert [one for one in await either.raised() if one.subject_id == "m1"] == []
