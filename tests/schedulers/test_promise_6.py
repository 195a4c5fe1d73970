"""Promise 6: after an outage, or an import, what still matters is raised, and nothing else."""

import pytest

from tests.schedulers.registers import (
    Register,
    a_programme,
    brussels,
)


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
