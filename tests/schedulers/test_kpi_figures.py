"""The KPI figures of a year, due when its evaluation is: reminded of as long as one is missing."""

from typing import Any

import pytest

from events.catalogue.agreement import KpiAgreed, KpiMeasured
from schedulers import lookout
from tests.domain import facts
from tests.schedulers.registers import Register, own_offsets
from tests.spec import made


def agreed(kpi_id: str = "k1", **said: Any) -> KpiAgreed:
    return made(KpiAgreed, agreement_id="a1", kpi_id=kpi_id, name=f"Leads {kpi_id}", **said)


def measured(on: str, kpi_id: str = "k1") -> KpiMeasured:
    return made(KpiMeasured, agreement_id="a1", kpi_id=kpi_id, value="12", measured_on=on)


async def an_agreement_with_kpis(register: Register, *kpis: KpiAgreed, **offsets: tuple[str, ...]) -> None:
    register.at("2026-10-01 12:00")
    await register.cohort(terms=own_offsets(**{"evaluation": (), "agreementEnd": (), "cohortEnd": (), **offsets}))
    await register.agreement(runs_from="2026-01-01", runs_until="2027-06-30", evaluation="yearly")
    for one in kpis:
        await register.happen("agreement-a1", one)
    await register.tick()


async def days(register: Register, *at: str) -> list[tuple[str, str, str]]:
    for instant in at:
        register.at(instant)
        await register.tick()
    return [(one.obligation, one.offset, one.recipient) for one in await register.raised()]


async def test_figures_are_asked_for_before_each_year_s_evaluation_is_due(either: Register) -> None:
    await an_agreement_with_kpis(either, agreed())
    at = ["2026-10-31 23:59", "2026-11-01 00:00", "2026-12-01 00:00", "2026-12-24 00:00", "2027-05-01 00:00"]
    assert await days(either, *at) == [
        ("kpiFigures.a1.2026", "P60D", "programmeManager"),
        ("kpiFigures.a1.2026", "P30D", "programmeManager"),
        ("kpiFigures.a1.2026", "P7D", "programmeManager"),
        ("kpiFigures.a1.2027", "P60D", "programmeManager"),
    ], "for 2027 before the end of its term, in June"
    assert {item.occurrence.obligation.key for item in await either.simulate()} == {
        "kpiFigures.a1.2026", "kpiFigures.a1.2027",
    }  # fmt: skip


async def test_nobody_is_asked_for_figures_that_are_there(register: Register) -> None:
    await an_agreement_with_kpis(register, agreed(), agreed("k2"))
    await register.happen("agreement-a1", measured("2026-10"), measured("2025-11-30", "k2"))
    assert len(await days(register, "2026-11-02 00:00")) == 1, "of k2 there is one of another year only"
    await register.happen("agreement-a1", measured("2026", "k2"))
    assert len(await days(register, "2026-12-01 00:00", "2026-12-24 00:00")) == 1
    assert await register.simulate() == []


async def test_nobody_is_asked_without_kpis_or_for_a_year_before_they_were_agreed(register: Register) -> None:
    await an_agreement_with_kpis(register)
    assert await days(register, "2026-11-02 00:00") == []
    await register.happen("agreement-a1", agreed(effective_on="2027-01-01"))
    assert await days(register, "2026-12-24 00:00") == []
    assert len(await days(register, "2027-05-01 00:00")) == 1


async def test_nobody_is_asked_once_the_year_was_evaluated(register: Register) -> None:
    await an_agreement_with_kpis(register, agreed())
    await register.happen("agreement-a1", facts.evaluated(2026, "2026-10-01"))
    assert await days(register, "2026-12-24 00:00") == []


async def test_a_cohort_asks_when_it_wants(register: Register) -> None:
    await an_agreement_with_kpis(register, agreed(), kpiFigures=("P40D",))
    assert await days(register, "2026-11-20 23:59", "2026-11-21 00:00") == [
        ("kpiFigures.a1.2026", "P40D", "programmeManager")
    ]


async def test_a_broken_one_that_looks_for_evaluations_only_is_caught(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "_WITH_IT", {"evaluation": ()})
    with pytest.raises(AssertionError):
        await test_a_cohort_asks_when_it_wants(register)
