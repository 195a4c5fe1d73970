"""The metronome ticks at start and then regularly, never twice at once, and whatever a tick throws."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo

import apscheduler.schedulers.base
import apscheduler.triggers.interval
import pytest

from schedulers import runner
from schedulers.runner import Metronome

SOON = 0.02
PATIENCE = 20


async def until(condition: asyncio.Event) -> None:
    await asyncio.wait_for(condition.wait(), PATIENCE)


async def test_it_ticks_at_start_and_goes_on() -> None:
    ticks, many = 0, asyncio.Event()

    async def tick() -> None:
        nonlocal ticks
        ticks += 1
        if ticks == 5:
            many.set()

    metronome = Metronome(tick, SOON)
    await metronome.start()
    assert ticks == 1, "start returns after the first tick"
    await until(many)
    metronome.stop()
    at_the_end = ticks
    await asyncio.sleep(5 * SOON)
    assert ticks == at_the_end, "no tick after the stop"


async def test_never_two_at_once_however_long_one_takes() -> None:
    at_once, most, ticks, done = 0, 0, 0, asyncio.Event()

    async def slow() -> None:
        nonlocal at_once, most, ticks
        at_once, ticks = at_once + 1, ticks + 1
        most = max(most, at_once)
        await asyncio.sleep(4 * SOON if ticks > 1 else 0)
        at_once -= 1
        if ticks == 4:
            done.set()

    metronome = Metronome(slow, SOON)
    await metronome.start()
    await until(done)
    metronome.stop()
    assert most == 1


async def test_it_goes_on_after_a_tick_that_fails_and_says_so_meanwhile() -> None:
    ticks, failing, well = 0, list[str | None](), asyncio.Event()

    async def tick() -> None:
        nonlocal ticks
        ticks += 1
        failing.append(metronome.failing)
        if ticks <= 3:
            raise ZeroDivisionError("the first three fail")
        if ticks == 6:
            well.set()

    metronome = Metronome(tick, SOON)
    await metronome.start()
    assert metronome.failing == "ZeroDivisionError: the first three fail"
    await until(well)
    metronome.stop()
    assert failing[:6] == [None, *["ZeroDivisionError: the first three fail"] * 3, None, None]


async def test_stopped_in_the_middle_of_a_tick_it_ends() -> None:
    started, ended = asyncio.Event(), asyncio.Event()
    first = True

    async def tick() -> None:
        nonlocal first
        if first:
            first = False
            return
        started.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    metronome = Metronome(tick, SOON)
    await metronome.start()
    await until(started)
    metronome.stop()
    await until(ended)


@pytest.mark.parametrize("seconds", [0.3, 5])
async def test_the_first_tick_does_not_wait_for_the_interval(seconds: float) -> None:
    ticked = asyncio.Event()

    async def tick() -> None:
        ticked.set()

    metronome = Metronome(tick, seconds)
    await metronome.start()
    assert ticked.is_set()
    metronome.stop()


class Clock(datetime):
    """The wall clock, which somebody sets."""

    moved = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) + cls.moved


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Clock]]:
    for module in (apscheduler.schedulers.base, apscheduler.triggers.interval, runner):
        monkeypatch.setattr(module, "datetime", Clock)
    yield Clock
    Clock.moved = timedelta()


async def test_it_goes_on_where_the_clock_is_set_back(clock: type[Clock]) -> None:
    before, after = asyncio.Event(), asyncio.Event()
    ticks: list[datetime] = []

    async def tick() -> None:
        ticks.append(clock.now(UTC))
        (after if clock.moved and len(ticks) > 6 else before).set()

    metronome = Metronome(tick, SOON)
    await metronome.start()
    await until(before)
    clock.moved = timedelta(days=-1)
    ticks.clear()
    await until(after)
    metronome.stop()


async def test_where_nobody_looks_at_the_clock_it_would_be_noticed(
    clock: type[Clock], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nobody(_self: Metronome) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(Metronome, "_watching", nobody)
    monkeypatch.setattr(f"{__name__}.PATIENCE", 1)
    with pytest.raises(TimeoutError):
        await test_it_goes_on_where_the_clock_is_set_back(clock)
