"""A tick that looks only where something can have come due raises what a tick that looks at everything would.

Random programmes, as in `test_walk`, in which policies and dates are also corrected, read models stay behind and raising
fails. After each step a scheduler that knows nothing yet looks at everything, and must find nothing left to do.
SEEDS="17" runs that walk, SEEDS="0-999" soaks.
"""

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any, Final

import pytest

from domain.chase import chased
from domain.policy import USUAL_OFFSETS
from domain.streams import AGENCY_CALENDAR, of_policy
from domain.values import Offset
from domain.windows import Window
from events.catalogue.policy import AgencyCalendarSet, ReminderPolicySet
from events.store.transaction import Work
from schedulers import due as due_module
from schedulers import lookout
from schedulers.chasing import Chasing
from schedulers.lookout import Lookout, Seen
from schedulers.subjects import Item
from tests.domain import facts
from tests.schedulers.lives import CHAINS, LENGTHS
from tests.schedulers.registers import BRUSSELS, due_over, open_register, own_offsets
from tests.schedulers.test_walk import A_YEAR, OWN, Walk, seeds
from tests.spec import made

STEPS: Final = 15
POLICIES: Final[tuple[dict[str, tuple[str, ...]], ...]] = (
    {},
    OWN,
    {"consultation": ("P11D", "P2D", "-P1D"), "agreementEnd": ("P5M", "P10D"), "fixDay": ("P1M",)},
    {"evaluation": ("P60D", "P7D"), "cohortEnd": ("P8M", "P4W")},
)


SHIFTS: Final = ("none", "back", "forward")


@dataclass
class WalkOfMishaps(Walk):
    async def set_a_policy(self) -> None:
        """The programme, a cohort or an agreement is reminded of otherwise from now on."""
        scope = self.chance.choice(["programme", "cohort", "agreement" if self.agreements else "cohort"])
        some: list[str | None] = [None]
        if scope != "programme":
            some = list(self.cohorts if scope == "cohort" else self.agreements)
        subject_id = self.chance.choice(some)
        policy = made(
            ReminderPolicySet,
            scope=scope,
            **({"subject_id": subject_id} if subject_id else {}),
            offsets=self.chance.choice(POLICIES),
            shift=self.chance.choice(SHIFTS),
            escalation=self.chance.choice(CHAINS),
            set_on=self.today.isoformat(),
        )
        await self.register.happen(of_policy(scope, subject_id), policy)

    async def close_some_days(self) -> None:
        first = self.some_day(-1, 14)
        closed = [{"name": "bridge", "first": first.isoformat(), "last": (first + timedelta(days=4)).isoformat()}]
        calendar = made(AgencyCalendarSet, country="BE", closed=closed, set_on=self.today.isoformat())
        await self.register.happen(AGENCY_CALENDAR, calendar)

    async def turn_the_day(self) -> None:
        """A tick just before midnight, and one at midnight: that is when most of what is shifted comes."""
        midnight = datetime.combine(self.today + timedelta(days=1), time(), BRUSSELS).astimezone(UTC)
        for now in (midnight - timedelta(seconds=5), midnight):
            self.now = max(self.now, now)
            self.register.at(self.now)
            await self.register.tick()

    async def correct_a_policy(self) -> None:
        name = self.chance.choice(list(self.cohorts))
        self.cohorts[name] = replace(self.cohorts[name], offsets=self.chance.choice(POLICIES))
        opened = facts.opened(
            cohort_id=name,
            runs_from="2020",
            runs_until=self.cohorts[name].runs_until.isoformat(),
            terms=own_offsets(**self.cohorts[name].offsets),
        )
        await self.register.correct(f"cohort-{name}", await self.first_position(f"cohort-{name}"), opened)

    async def correct_a_moment(self) -> None:
        if name := self.open_moment():
            when = {"planned_on": None, "starts_at": None, **self.when()}
            year = int((when["planned_on"] or when["starts_at"] or "")[:4])
            planned = facts.planned(
                consultation_id=name, cohort_id=self.moments[name].cohort_id, year=year, ordinal=1, **when
            )
            stream = f"consultation-{name}"
            await self.register.correct(stream, await self.first_position(stream), planned)

    async def first_position(self, stream: str) -> int:
        return (await self.register.store.read_stream(stream))[0].position

    async def pending_instants(self) -> list[datetime]:
        """When a snooze ends, or somebody's step may come."""
        found: list[datetime] = []
        streams = [f"reminder-{one.reminder_id}" for one in await self.register.raised()]
        for recorded in (await self.register.store.read_streams(streams)).values():
            if pending := chased(recorded):
                found += [pending.returns_at] if pending.returns_at else []
                found += [pending.due_at(after, BRUSSELS).astimezone(UTC) for after in LENGTHS]
        return [at for at in found if at > self.now]

    async def next_instant(self) -> datetime:
        """When the next reminder's instant comes, if one does within a year, or what follows one that was raised."""
        to_come = [
            instant
            for key, _, counts_from, at, _, _, cohort in self.obligations()
            for kind in [key.partition(".")[0]]
            for offset in self.cohorts[cohort].offsets.get(kind, USUAL_OFFSETS[kind])
            for instant in [datetime.combine(Offset.parse(offset).before(counts_from), at, BRUSSELS).astimezone(UTC)]
            if self.now < instant < self.now + A_YEAR
        ]
        to_come += await self.pending_instants() if self.chance.random() < 0.5 else []
        return min(to_come, default=self.now + timedelta(hours=1))

    async def strike(self, *, following: bool = True) -> None:
        """A tick just before an instant, and one just then; the read models follow, or stay behind."""
        instant = await self.next_instant()
        for now in (max(self.now, instant - timedelta(seconds=5)), instant):
            self.now = now
            self.register.at(now)
            await (self.register.tick() if following else self.register.due.tick())

    async def strike_behind(self) -> None:
        await self.strike(following=False)

    async def strike_in_vain(self) -> None:
        """Some of what is raised fails."""
        append, chance = due_module._append, self.chance

        async def fails(work: Work, item: Item, now: datetime, zone: tzinfo) -> int:
            if chance.random() < 0.7:
                raise OSError
            return await append(work, item, now, zone)

        due_module._append = fails
        try:
            await self.strike()
        finally:
            due_module._append = append

    async def chase_in_vain(self) -> None:
        """What comes of those that were raised fails."""
        kept, chance = Chasing.__dict__["_chase"], self.chance

        async def fails(chasing: Chasing, stream: str, version: int) -> int:
            if chance.random() < 0.7:
                raise OSError
            done: int = await kept(chasing, stream, version)
            return done

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(Chasing, "_chase", fails)
            await self.strike()

    async def step(self) -> None:
        for _ in range(self.chance.randint(0, 3)):
            await self.chance.choice(
                [
                    self.correct_a_policy, self.correct_a_moment, self.move, self.plan, self.strike,
                    self.set_a_policy, self.close_some_days, self.turn_the_day, self.turn_the_day,
                    self.strike_behind, self.strike_behind, self.strike_behind, self.strike_in_vain, self.snooze, self.chase_in_vain, self.agree_a_kpi,
                ]
            )()  # fmt: skip
            self.now += timedelta(seconds=5)
            self.register.at(self.now)
            await self.register.tick()
            await self.check_nothing_escaped()
        await super().step()
        await self.check_nothing_escaped()

    async def check_nothing_escaped(self) -> None:
        before = len(await self.register.recorded())
        await self.register.tick(due_over(self.register.store, self.register.projector))
        escaped = [record.stream for record in (await self.register.recorded())[before:]]
        assert escaped == [], f"escaped, at {self.now}"


async def walk(url: str, seed: int) -> None:
    async with open_register(url) as register:
        start = datetime(2026, 11, 22, 12, tzinfo=UTC)
        one = WalkOfMishaps(register, random.Random(seed), start)  # noqa: S311 - repeatable, not secret
        register.at(one.now)
        await one.open_cohort()
        for step in range(STEPS):
            try:
                await one.step()
            except AssertionError as error:
                raise AssertionError(f"SEEDS={seed}, step {step}: {error}") from error


@pytest.mark.parametrize("seed", seeds())
async def test_looking_where_it_may_be_due_finds_what_looking_everywhere_does(sqlite_url: str, seed: int) -> None:
    await walk(sqlite_url, seed)


def _late(after: datetime, until: datetime, zone: Any, days: Any) -> Window:
    return Window(min(after + timedelta(days=1), until), until, zone, days)


def _unshifted(after: datetime, until: datetime, zone: Any, _days: Any) -> Window:
    return Window(after, until, zone)


def _forgetful(**forgotten: Any) -> Any:
    def keep(self: Lookout, then: Seen | None, again: Any) -> None:
        _keep(self, then, forgotten.get("again", again))
        told = {name: value for name, value in forgotten.items() if name != "again"}
        self._seen = self._seen and replace(self._seen, **told)

    return keep


_keep = Lookout.keep


async def _none(_self: Lookout, _cohorts: Any) -> list[str]:
    return []


BROKEN: Final[dict[str, tuple[Any, str, Any]]] = {
    "its window starts a day late": (lookout, "Window", _late),
    "what was recorded is not looked at": (lookout, "_SUBJECTS", frozenset()),
    "what the read models do not show yet is forgotten": (Lookout, "keep", _forgetful(ahead={}, opened={})),
    "what failed is not looked at again": (Lookout, "keep", _forgetful(again=())),
    "a cohort's subjects keep their old policy": (Lookout, "_of_cohorts", _none),
    "new offsets are not noticed": (lookout, "CohortOpened", WalkOfMishaps),
    "a shift over days that are no working days is not noticed": (lookout, "Window", _unshifted),
    "a policy that was set is not noticed": (lookout, "ReminderPolicySet", WalkOfMishaps),
    "the end of a snooze or a step is overlooked": (lookout, "pending_in", lambda *_asked: []),
    "a reminder's subject is forgotten": (lookout, "pending_about", lambda *_asked: []),
    "reminders that were raised are not looked at": (lookout, "_REMINDER", "nothing"),
    "a year's end is overlooked": (lookout, "year_end", lambda *_days: None),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_broken_lookout_is_caught(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    monkeypatch.setattr(*BROKEN[broken])
    for seed in range(40):
        try:
            await walk(sqlite_url.replace("errera.", f"errera{seed}."), seed)
        except AssertionError as error:
            assert f"SEEDS={seed}" in str(error)  # noqa: PT017 - any of the walks may be the one that catches it
            return
    pytest.fail("not caught")
