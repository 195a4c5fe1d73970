"""What the same work costs in a register of 10 thousand, 100 thousand and 1 million events.

The three registers are open side by side and take turns, so that what disturbs one disturbs all. The work: appending
one event; loading one agreement; a tick of the scheduler in which one consultation moment became due; reading one
agreement as of a day; reading a page of all agreements in force on a day; proving that an event is in the log.
"""

import argparse
import random
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from bench.driver import Measured, run
from bench.places import Variant, house_of, remove, tidy
from bench.recording import record
from bench.register import PARTNERS, Programme
from bench.workload import HASH, context, pending
from domain import agreement as agreements
from domain import streams
from domain.timeline import as_known, as_of, fold
from events.catalogue.consultation import ConsultationPlanned
from events.catalogue.partner import PartnerAdded
from events.catalogue.values import ConsultationId, IsoDate, PartnerId
from events.log import merkle
from events.log.merkle import Subtree
from events.log.tiles import tile_with
from events.store.port import Append
from schedulers.due import Due
from service.app import due_of
from service.disclosing import unseen
from service.finding import Page
from service.house import Errera
from service.queries import Queries
from service.reading import Reading

_SIZES: Final = (10_000, 100_000, 1_000_000)
_TIMES: Final = 100
_TICKS: Final = 10
_PAGE: Final = 50
"""All registers have as many agreements in force."""
_PROGRAMMES: Final = 4
"""Of the first so many programmes all is in the smallest register too."""
_AWAY: Final = timedelta(days=10)
"""A moment planned so far ahead is to be spoken of at once."""
_CHANCE: Final = random.Random(1)  # noqa: S311 - picks what is read, hides no secret
_TITLES: Final[Mapping[Variant, str]] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(slots=True)
class Register:
    """One register of a size, and what is done to it."""

    house: Errera
    due: Due
    size: int
    tiles: list[int] = field(default_factory=list)
    """How many of them each proof needed; all are read in one question."""

    async def append(self) -> float:
        """One event in a new stream."""
        partner = PartnerId(uuid.uuid4().hex)
        added = PartnerAdded(partner_id=partner, name=f"Vereniging {partner}")
        return await _timed(self._record(streams.of_partner(partner), added))

    async def load(self) -> float:
        """One agreement, as a command on it would load it."""

        async def loading() -> None:
            recorded = await self.house.store.read_stream(streams.of_agreement(_some().agreement(_member())))
            assert fold(None, agreements.evolve, as_of(as_known(recorded, self.house.store.codec.revive)))  # noqa: S101

        return await _timed(loading())

    async def tick(self) -> float:
        """The scheduler looks, after one moment more was planned for soon."""
        moment = ConsultationId(uuid.uuid4().hex)
        day = datetime.now(UTC).date() + _AWAY
        planned = ConsultationPlanned(
            cohort_id=_some().cohort,
            consultation_id=moment,
            year=day.year,
            ordinal=5,
            planned_on=IsoDate(day.isoformat()),
        )
        await self._record(streams.of_consultation(moment), planned)
        await self.follow()
        took = await _timed(self.due.tick())
        await self.follow()
        return took

    async def as_of(self) -> float:
        """One agreement as it was on a day of its term."""
        programme = _some()
        reading = Reading(day=date(programme.begin + 2, 7, 1), asked=True)
        with unseen():
            return await _timed(Queries(self.house, reading).agreement(programme.agreement(_member())))

    async def page_as_of(self) -> float:
        """A page of the agreements that were in force on a day of the oldest programmes' terms."""
        programme = _some()
        reading = Reading(day=date(programme.begin + 2, 7, 1), asked=True)
        return await _timed(Queries(self.house, reading).agreements(status="inForce", page=Page(0, _PAGE)))

    async def proof(self) -> float:
        """That one event is in the log."""
        position = _CHANCE.randrange(self.size) + 1
        took = await _timed(self.house.audit.tlog_proof(position))
        log = self.house.audit.log
        read = log.hashes()

        async def counting(asked: Sequence[Subtree]) -> Sequence[bytes]:
            self.tiles.append(len({tile_with(one)[0][:2] for one in asked}))
            return await read(asked)

        await merkle.inclusion_proof(counting, position - 1, await log.size())
        return took

    async def follow(self) -> None:
        """The read models are where the log is."""
        while await self.house.projector.run_once():
            pass

    async def _record(self, stream: str, happened: object) -> None:
        await self.house.store.append(Append(context=context(), request_hash=HASH, events=pending(stream, [happened])))


_WORK: Final[Mapping[str, Callable[[Register], Awaitable[float]]]] = {
    "an append": Register.append,
    "an aggregate's load": Register.load,
    "a due tick": Register.tick,
    "an asOf read": Register.as_of,
    "a page of an asOf read": Register.page_as_of,
    "an inclusion proof": Register.proof,
}


async def _timed(work: Awaitable[object]) -> float:
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


def _some() -> Programme:
    return Programme(_CHANCE.randrange(_PROGRAMMES), datetime.now(UTC).year)


def _member() -> int:
    return _CHANCE.randrange(PARTNERS)


async def prepared(variant: Variant, stack: AsyncExitStack) -> list[Register]:
    """The registers, loaded and followed; what is due in them already has been said."""
    registers = []
    for size in _SIZES:
        name = f"register_{size}"
        await remove(variant, name)
        house = await stack.enter_async_context(house_of(variant, name))
        await record(house.store, size)
        register = Register(house, due_of(house), size)
        await register.follow()
        await register.due.tick()
        await register.follow()
        await house.audit.seal()
        await tidy(variant, name)
        registers.append(register)
    return registers


async def main() -> None:
    """Measure, and print a line for each work, size and round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", action="append", choices=_WORK, help="only this; can be given more than once")
    asked = parser.parse_args()
    works = {work: do for work, do in _WORK.items() if work in (asked.work or _WORK)}
    async with AsyncExitStack() as stack:
        registers = await prepared(asked.variant, stack)
        for number in range(asked.rounds + 1):
            for work, do in works.items():
                spent: dict[int, list[float]] = {size: [] for size in _SIZES}
                for _ in range(_TICKS if do is Register.tick else _TIMES):
                    for register in _CHANCE.sample(registers, len(registers)):
                        spent[register.size].append(await do(register))
                for register in registers if number else ():  # the round before the first warms up
                    times = spent[register.size]
                    line = {
                        "group": f"cost of {work}, {_TITLES[asked.variant]}",
                        "contender": f"{register.size:,} events",
                        "round": number,
                        **({"tiles": max(register.tiles)} if do is Register.proof else {}),
                    }
                    print(Measured(len(times), sum(times), times).told(**line), flush=True)


if __name__ == "__main__":
    run(main())
