"""What is due, when it is raised and what it says: promises 1, 2, 5, 6 and 8."""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain import calendar
from domain.values import Offset
from events.catalogue.agreement import AgreementRenewed
from events.catalogue.partner import AccountManagerAssigned
from schedulers import due as due_module
from schedulers.due import Due
from tests.domain import facts
from tests.schedulers.registers import (
    MICROSECOND,
    Register,
    brussels,
    check_never_early,
    check_once,
    due_over,
    own_offsets,
    projector_over,
)
from tests.spec import made


async def a_programme(register: Register) -> None:
    """A cohort, an agreement that is evaluated yearly, a moment at an hour, one on a day, one in a month."""
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.agreement(runs_until="2028-12-31", evaluation="yearly")
    await register.moment("m1", starts_at="2027-03-16T09:00:00+01:00")
    await register.moment("m2", planned_on="2027-05-20")
    await register.moment("m3", planned_on="2027-09")


# 1: derived


async def test_promise_1_what_is_due_follows_from_the_record_and_the_instant_alone(either: Register) -> None:
    await a_programme(either)
    await either.tick()
    at = brussels("2027-05-01 00:00")
    before = await either.recorded()
    first = await either.simulate(at)
    either.at("2029-01-01 00:00")
    later = due_over(either.store, projector_over(either.store))
    again = await later.simulate(at)
    assert Counter(item.occurrence.key for item in first) == Counter(item.occurrence.key for item in again)
    assert [item.occurrence for item in await either.simulate(at)] == [item.occurrence for item in again]
    assert await either.recorded() == before, "a simulation wrote"


async def test_promise_1_a_rebuild_raises_nothing_and_changes_nothing(either: Register) -> None:
    await a_programme(either)
    either.at("2027-05-01 00:00")
    assert await either.tick()
    before, due_before = await either.recorded(), await either.simulate()
    await either.projector.rebuild()
    assert await either.projector.verify() == []
    assert await either.tick() == 0
    assert (await either.recorded(), await either.simulate()) == (before, due_before)


async def test_promise_1_empty_read_models_raise_nothing_twice(either: Register) -> None:
    """The reminders' read model saves work; what was raised stands in the log."""
    await a_programme(either)
    either.at("2027-05-01 00:00")
    await either.tick()
    before = await either.recorded()
    async with either.database.write() as connection:
        await connection.execute(either.due._reminders.delete())
    assert await either.due.tick() == 0
    assert await either.recorded() == before


# 2: keyed


async def test_promise_2_an_occurrence_has_one_key_and_the_key_one_stream(either: Register) -> None:
    await a_programme(either)
    either.at("2027-03-01 00:00")
    await either.tick()
    recorded = await either.recorded()
    for one in recorded:
        if one.stream.startswith("reminder-"):
            assert one.stream == f"reminder-{one.event.reminder_id}"
            assert one.version == 1
    keys = {item.occurrence.key for item in await either.simulate()}
    assert keys == {one.reminder_id for one in await either.raised()}


async def test_promise_2_another_revision_offset_or_date_is_another_key(either: Register) -> None:
    await a_programme(either)
    either.at("2027-03-01 00:00")
    await either.tick()
    before = {one.reminder_id for one in await either.raised() if one.subject_id == "m1"}
    await either.move(starts_at="2027-03-17T09:00:00+01:00")
    await either.tick()
    await either.move(starts_at="2027-03-16T09:00:00+01:00")  # back to where it was
    await either.tick()
    raised = [one for one in await either.raised() if one.subject_id == "m1"]
    assert [(one.due_on, one.revision) for one in raised] == [("2027-03-16", 1), ("2027-03-17", 2), ("2027-03-16", 3)]
    assert len({one.reminder_id for one in raised}) == 3
    assert before < {one.reminder_id for one in raised}


# 5: never early


async def test_promise_5_not_a_microsecond_early(either: Register) -> None:
    either.at("2026-11-22 12:00")
    await either.cohort(terms=own_offsets(consultation=("P3D",)))
    await either.moment(starts_at="2027-03-16T09:00:00+01:00")
    moment = brussels("2027-03-13 09:00")
    either.at(moment.astimezone(UTC) - MICROSECOND)
    assert await either.tick() == 0
    either.at(moment.astimezone(UTC))
    assert await either.tick() == 1
    check_never_early(await either.recorded())


async def test_promise_5_a_day_begins_at_midnight_in_brussels(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort(terms=own_offsets(consultation=("P3D",)))
    await register.moment(planned_on="2027-07-16")
    register.at(datetime(2027, 7, 12, 22, tzinfo=UTC) - MICROSECOND)
    assert await register.tick() == 0
    register.at(datetime(2027, 7, 12, 22, tzinfo=UTC))
    assert await register.tick() == 1


async def test_promise_5_the_clock_is_asked_again_when_it_is_raised(either: Register) -> None:
    """A process that thinks it is later than the store does raises nothing."""
    either.at("2026-11-22 12:00")
    await either.cohort()
    await either.moment(planned_on="2027-07-16")
    await either.follow()
    assert await either.due._guarded("m1", either.due._raise("consultation-m1", _key_of("m1", "P3D"))) == 0
    assert await either.raised() == []


def _key_of(consultation_id: str, offset: str) -> str:
    return f"consultation.{consultation_id}.2027-07-16.r1.{offset}.programmeManager.mail"


async def test_promise_5_a_broken_one_that_rounds_to_the_day_is_caught(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_day(found: Any, at: datetime) -> Any:
        return [one for one in found if one.raise_at.date() <= at.date()]

    monkeypatch.setattr(calendar, "due", by_day)
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.moment(starts_at="2027-03-16T09:00:00+01:00")
    register.at("2027-03-13 08:00")
    await register.tick()
    with pytest.raises(AssertionError, match="raised early"):
        check_never_early(await register.recorded())


# 6: catch-up


async def test_promise_6_after_an_outage_what_still_matters_is_raised(either: Register) -> None:
    await a_programme(either)
    either.at("2027-06-01 08:00")  # down since November
    await either.tick()
    assert await either.offsets() == [
        (
            "evaluation",
            "-P30D",
            "overdue",
        ),  # of 2026: that of 2025 was due before the either began, 2027's is not yet
        ("consultation", "-P7D", "missed"),
        ("consultation", "-P7D", "missed"),
        ("fixDay", "P3M", "upcoming"),  # stands for P12M and P6M too
    ]
    assert (await either.raised())[-1].supersedes == ("P12M", "P6M")
    assert await either.tick() == 0


async def test_promise_6_an_end_that_passed_in_the_outage_is_not_reminded_of(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort(runs_until="2027-06-30")
    await register.agreement(runs_until="2027-06-30")
    register.at("2027-07-01 00:00")
    await register.tick()
    assert await register.raised() == []
    assert await register.milestones() == [("a1 commenced", "2025-01-01"), ("a1 expired", "2027-06-30")]


async def test_promise_6_decades_of_imported_history_raise_nothing(register: Register) -> None:
    register.at("2026-11-22 12:00")
    for year in range(1996, 2026):
        cohort = f"c{year}"
        await register.cohort(cohort, runs_from=str(year), runs_until=str(year))
        await register.agreement(
            f"a{year}",
            cohort_id=cohort,
            signed_on=f"{year}",
            runs_from=str(year),
            runs_until=str(year),
            evaluation="yearly",
        )
        await register.moment(f"m{year}", cohort_id=cohort, planned_on=f"{year}-03")
        await register.moment(f"n{year}", cohort_id=cohort, planned_on=f"{year}-05-11")
    await register.tick()
    assert await register.raised() == []
    assert len(await register.milestones()) == 60
    assert await register.simulate() == []
    for instant in ("2026-12-31 00:00", "2031-01-01 00:00"):
        register.at(instant)
        assert await register.tick() == 0
    assert {item.before_register for item in await register.simulate("2012-04-01 00:00")} == {True}


@pytest.mark.parametrize(
    ("hour", "raised"), [("11:59", []), ("12:00", []), ("12:01", [("consultation", "P3D", "missed")])]
)
async def test_promise_6_the_register_begins_at_an_instant(
    register: Register, hour: str, raised: list[tuple[str, str, str]]
) -> None:
    """A meeting of that very morning is not in the record; one after the first event is."""
    register.at("2026-11-23 12:00")
    await register.cohort()
    await register.moment(starts_at=brussels(f"2026-11-23 {hour}").isoformat())
    register.at("2026-11-23 18:00")
    await register.tick()
    assert await register.offsets() == raised


# 8: relevant


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2027-03-16 08:59", ("consultation", "P3D", "upcoming")),
        ("2027-03-16 09:00", ("consultation", "P3D", "missed")),
        ("2027-03-23 09:00", ("consultation", "-P7D", "missed")),
    ],
)
async def test_promise_8_nothing_is_upcoming_once_it_began(
    register: Register, at: str, expected: tuple[str, str, str]
) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.moment(starts_at="2027-03-16T09:00:00+01:00")
    register.at(at)
    await register.tick()
    assert await register.offsets() == [expected]


async def test_promise_8_a_month_that_passed_without_a_day_is_overdue(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.moment(planned_on="2027-03")
    register.at("2027-03-31 23:59")
    assert [item.timing for item in await register.simulate()] == ["upcoming"]
    register.at("2027-04-01 00:00")
    await register.tick()
    assert await register.offsets() == [("fixDay", "P0D", "overdue")]


@pytest.mark.parametrize("over", [facts.held("2026-11-22"), facts.cancelled("2026-11-22")])
async def test_promise_8_what_was_held_or_cancelled_is_never_reminded_of(register: Register, over: Any) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.moment(planned_on="2027-03-16")
    await register.happen("consultation-m1", over)
    for at in ("2027-02-20 12:00", "2027-03-16 12:00", "2027-04-16 12:00"):
        register.at(at)
        assert await register.tick() == 0
        assert await register.simulate() == []


# Where the agenda looks


async def test_a_cohort_s_own_offsets_count_however_far_away_its_end(register: Register) -> None:
    """The agenda does not list a cohort that ends in six years; its terms hold all the same."""
    register.at("2026-11-22 12:00")
    await register.cohort(terms=own_offsets(consultation=("P45D",), evaluation=("P45D",)))
    await register.moment(planned_on="2027-03-16")
    await register.agreement(runs_until="2031-12-31", evaluation="yearly")
    register.at("2027-02-28 00:00")
    await register.tick()
    assert sorted(await register.offsets()) == [
        ("consultation", "P45D", "upcoming"), ("evaluation", "P45D", "overdue"),
    ]  # fmt: skip


async def test_a_renewed_cohort_s_offsets_still_count_for_its_agreements(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort(runs_until="2027-06-30", terms=own_offsets(evaluation=("P10D",)))
    await register.agreement(runs_until="2027-06-30", evaluation="yearly")
    await register.happen("agreement-a1", facts.evaluated(2025), facts.evaluated(2026, "2026-11-20"))
    await register.happen("cohort-c1", facts.cohort_renewed())
    await register.happen("agreement-a1", facts.agreement_renewed("2026-11-22"))
    register.at("2027-06-20 00:00")
    await register.tick()
    assert await register.offsets() == [("evaluation", "P10D", "upcoming")]


async def test_an_evaluation_known_to_the_year_only_is_held(register: Register) -> None:
    """Its legal date counts from the year's last day, but the record knows today that it was held."""
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.agreement(runs_from="2026-01-01", runs_until="2030-12-31", evaluation="yearly")
    await register.happen("agreement-a1", facts.evaluated(2026, "2026"))
    register.at("2026-12-10 12:00")
    assert await register.tick() == 1, "commenced"
    assert (await register.raised(), await register.simulate()) == ([], [])


async def test_an_agreement_that_will_be_terminated_is_evaluated_until_then(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.agreement(runs_from="2026-01-01", runs_until="2027-12-31", evaluation="yearly")
    await register.happen("agreement-a1", facts.terminated("2027-06-30"))
    register.at("2026-12-15 12:00")
    await register.tick()
    assert await register.offsets() == [("evaluation", "P30D", "upcoming")], "it does not end on its last day any more"
    assert len(await register.simulate()) == 1
    register.at("2027-12-15 12:00")
    assert await register.tick() == 0
    assert await register.simulate() == []


async def test_amendments_told_out_of_order_leave_the_end_that_was_agreed_last(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort()
    await register.agreement(runs_until="2026-12-31")
    await register.happen("agreement-a1", facts.amended(effective_on="2026-06-01", runs_until="2027-01-31"))
    await register.happen("agreement-a1", facts.amended(effective_on="2026-03-01", runs_until="2031-12-31"))
    await register.tick()
    assert [(one.due_on, one.revision) for one in await register.raised()] == [("2027-01-31", 3)]
    register.at("2027-02-01 00:00")
    await register.tick()
    assert ("a1 expired", "2027-01-31") in await register.milestones()


async def test_a_corrected_date_is_reminded_of_anew_and_a_corrected_policy_counts(register: Register) -> None:
    register.at("2026-11-22 12:00")
    opened = await register.cohort()
    position = await register.agreement(runs_until="2026-12-31")
    await register.tick()
    await register.correct(
        "agreement-a1",
        position,
        facts.signed(signed_on="2025-01-01", runs_from="2025-01-01", runs_until="2027-01-15", own_term=True),
    )
    await register.tick()
    assert [(one.due_on, one.offset) for one in await register.raised()] == [
        ("2026-12-31", "P3M"),
        ("2027-01-15", "P3M"),
    ]
    terms = own_offsets(agreementEnd=("P60D", "P40D"))
    await register.correct(
        "cohort-c1", opened, facts.opened(runs_from="2025-01-01", runs_until="2032-12-31", terms=terms)
    )
    await register.tick()
    assert (await register.raised())[-1].offset == "P60D"
    check_once(await register.recorded())


async def test_whoever_is_account_manager_then_is_the_recipient(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.happen("partner-agoria", facts.added(partner_id="agoria", name="Agoria"))
    await register.cohort()
    await register.agreement(runs_until="2027-12-31")
    managed = made(AccountManagerAssigned, partner_id="agoria", person_id="p1", effective_on="2027-06-01")
    await register.happen("partner-agoria", managed)
    for at in ("2026-12-31 00:00", "2027-09-30 00:00"):
        register.at(at)
        await register.tick()
    assert [(one.offset, one.recipient) for one in await register.raised()] == [
        ("P12M", "programmeManager"), ("P3M", "accountManager"),
    ]  # fmt: skip


async def test_a_renewal_signed_for_a_later_day_is_known_today(register: Register) -> None:
    register.at("2026-11-22 12:00")
    await register.cohort(runs_until="2026-12-31")
    await register.agreement(runs_until="2026-12-31")
    renewed = made(
        AgreementRenewed,
        agreement_id="a1",
        partner_id="agoria",
        cohort_id="c1",
        successor_cohort_id="c2",
        renewed_on="2026-12-20",
    )
    await register.happen("agreement-a1", renewed)
    await register.happen("cohort-c1", facts.cohort_renewed())
    register.at("2026-12-01 12:00")
    await register.tick()
    assert (await register.raised(), await register.simulate()) == ([], [])


# One that fails


@pytest.mark.parametrize("where", ["when it is looked at", "when it is raised"])
async def test_one_that_fails_does_not_block_another(
    either: Register, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    either.at("2026-11-22 12:00")
    await either.cohort()
    for number in range(1, 4):
        await either.moment(f"m{number}", planned_on="2027-03-16")
    either.at("2027-03-13 00:00")
    if where == "when it is looked at":
        of_consultation = calendar.of_consultation

        def fails(consultation: Any, zone: Any) -> Any:
            if consultation.consultation_id == "m2":
                raise ZeroDivisionError
            return of_consultation(consultation, zone)

        monkeypatch.setattr(calendar, "of_consultation", fails)
    else:
        append = due_module._append

        async def raises(work: Any, item: Any, *rest: Any) -> int:
            if item.occurrence.obligation.subject_id == "m2":
                raise ZeroDivisionError
            return await append(work, item, *rest)

        monkeypatch.setattr(due_module, "_append", raises)
    assert await either.tick() == 2
    monkeypatch.undo()
    assert await either.tick() == 1, "and it is raised when it no longer fails"
    assert {one.subject_id for one in await either.raised()} == {"m1", "m2", "m3"}


async def test_a_milestone_that_fails_does_not_block_reminders(
    either: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_programme(either)
    either.at("2027-03-13 09:00")

    async def fails(self: Due, key: str, now: datetime) -> int:
        raise ZeroDivisionError

    monkeypatch.setattr(Due, "_record_milestones", fails)
    assert await either.tick()
    assert await either.raised()
    assert await either.milestones() == []


def test_offsets_lie_within_the_agenda_s_horizon() -> None:
    """No offset that is allowed reaches further than the agenda is searched."""
    for text in ("P731D", "P104W", "P24M", "P2Y"):
        for day in (date(2028, 2, 29), date(2028, 12, 31), date(2029, 3, 1)):
            assert day - Offset.parse(text).before(day) <= calendar.LONGEST_OFFSET
