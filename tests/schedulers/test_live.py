"""Which of an obligation's reminders is live for its readers."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from service.folds import Folds
from service.house import Errera
from service.reading import Reading
from service.reminding import Reminding
from service.settings import Settings
from tests.domain import facts
from tests.schedulers.registers import Register


async def statuses(register: Register) -> list[tuple[str, str, str]]:
    """Due on, offset and status of every reminder, in the order of their events."""
    store, settings = register.store, Settings()
    house = cast("Errera", SimpleNamespace(settings=settings, store=store, now=store.now, folds=Folds()))
    reading = Reading(day=(await store.now()).astimezone(settings.zone).date())
    return [(one.view.due_on, one.view.offset, one.view.status) for one in await Reminding(house, reading).all()]


def ends(day: str) -> Any:
    return facts.signed(signed_on="2025-01-01", runs_from="2025-01-01", runs_until=day, own_term=True)


async def test_a_date_that_is_corrected_and_corrected_back_has_its_reminder_again(register: Register) -> None:
    register.at("2026-12-10 12:00")
    await register.cohort()
    position = await register.agreement(runs_until="2026-12-31")
    await register.tick()
    for day in ("2027-01-05", "2026-12-31"):
        await register.correct("agreement-a1", position, ends(day))
        await register.tick()
    raised = [one for one in await statuses(register) if one[1] == "P30D"]
    assert raised == [("2026-12-31", "P30D", "raised"), ("2027-01-05", "P30D", "superseded")]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (facts.held("2027-03-14"), "closed"),
        (facts.cancelled("2027-03-14"), "closed"),
        (facts.moved(planned_on="2027-09-16"), "superseded"),
    ],
)
async def test_what_is_over_or_moved_leaves_no_live_reminder(register: Register, event: Any, expected: str) -> None:
    register.at("2026-12-10 12:00")
    await register.cohort()
    await register.moment(planned_on="2027-03-16")
    register.at("2027-03-14 12:00")
    await register.tick()
    assert ("2027-03-16", "P3D", "raised") in await statuses(register)
    await register.happen("consultation-m1", event)
    await register.tick()
    found = await statuses(register)
    assert ("2027-03-16", "P3D", expected) in found
    assert "raised" not in {status for _, _, status in found}
