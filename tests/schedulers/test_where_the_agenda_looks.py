"""Where the agenda looks: whatever moves what is due, it is found."""

from events.catalogue.agreement import AgreementRenewed
from events.catalogue.partner import AccountManagerAssigned
from tests.domain import facts
from tests.schedulers.registers import (
    Register,
    check_once,
    own_offsets,
)
from tests.spec import made


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
