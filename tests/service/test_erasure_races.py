"""Two people and a legal hold, also where everything happens at once and in two processes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec import structs

from events.catalogue.person import ErasureRequested, LegalHoldPlaced, PersonErased
from events.store.port import Append, Ground
from events.store.sql import SqlStore
from events.store.transaction import Work
from tests.acceptance.world import World, open_world, refused, told, written
from tests.service.erased import GROUND

ROUNDS = 8


@asynccontextmanager
async def doors(folder: Path, url: str | None) -> AsyncIterator[Sequence[World]]:
    """Two processes over one PostgreSQL, which share their keys; SQLite has one, and here it is asked through twice."""
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(open_world(folder, url=url))
        yield [one, await stack.enter_async_context(open_world(folder, url=url)) if url else one]


async def person(world: World) -> str:
    manager = await world.client()
    return str(written(await manager.post("/v1/persons", json={"name": "Zoë Ölçer"}))["personId"])


async def asked(client: httpx.AsyncClient, who: str) -> str:
    return str(written(await client.post(f"/v1/persons/{who}/erasureRequests", json=GROUND))["requestId"])


async def events_of(world: World, who: str) -> list[Any]:
    return [one.event for one in await world.house.store.read_stream(f"person-{who}")]


async def at_once(*calls: Any) -> list[httpx.Response]:
    """Each begins as the others do."""
    return list(await asyncio.gather(*calls))


async def hold_against_execution(worlds: Sequence[World]) -> tuple[int, int]:
    """How often the hold came first, and how often the erasure: the loser is refused, and nothing else happens."""
    one, other = worlds
    held = erased = 0
    for number in range(ROUNDS):
        who = await person(one)
        manager, administrator = await one.client(), await other.client("administrator")
        request = await asked(manager, who)
        place = manager.post(f"/v1/persons/{who}/legalHolds", json={"ground": "rolnummer 2026/AB/12"})
        execute = administrator.post(f"/v1/persons/{who}/erasures", json={"requestId": request})
        if number % 2:
            placed, executed = await at_once(place, execute)
        else:
            executed, placed = await at_once(execute, place)
        happened = await events_of(one, who)
        kinds = {type(event) for event in happened}
        assert not kinds >= {LegalHoldPlaced, PersonErased}, "who is held is not erased"
        if LegalHoldPlaced in kinds:
            held += 1
            written(placed)
            refused(executed, 409, "erasure.onHold")
            assert told(await manager.get(f"/v1/persons/{who}"))["name"] == "Zoë Ölçer"
        else:
            erased += 1
            assert executed.status_code in {200, 202}, executed.text
            refused(placed, 409, "person.erased")
            assert await one.house.vault.about(who) == []
    return held, erased


async def test_a_legal_hold_and_an_erasure_at_the_same_moment_exclude_each_other(
    tmp_path: Path, database_url: str | None
) -> None:
    async with doors(tmp_path / "data", database_url) as worlds:
        held, erased = await hold_against_execution(worlds)
        assert held + erased == ROUNDS


async def test_without_judging_again_on_what_has_moved_it_would_be_noticed(
    tmp_path: Path, database_url: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: it judges on what it read, and appends behind whatever has come since."""
    read, submit = Work.read, SqlStore.submit
    both, one_by_one = asyncio.Barrier(2), asyncio.Lock()

    async def reading(self: Work, *streams: str) -> Any:
        found = await read(self, *streams)
        if any(isinstance(one.event, ErasureRequested) for one in found[0]):
            self.end_turn()
            await both.wait()
        return found

    async def submitting(self: SqlStore, append: Append, grounds: Sequence[Ground] = ()) -> Any:
        async with one_by_one:
            [event] = append.events
            version = len(await self.read_stream(event.stream)) + 1
            behind = structs.replace(append, events=[structs.replace(event, version=version)], conditions={})
            outcome = asyncio.ensure_future(await submit(self, behind))
            await asyncio.wait([outcome])
            return outcome

    async with doors(tmp_path / "data", database_url) as worlds:
        with monkeypatch.context() as broken:
            broken.setattr(Work, "read", reading)
            broken.setattr(SqlStore, "submit", submitting)
            with pytest.raises(AssertionError, match="who is held is not erased"):
                await hold_against_execution(worlds)


async def test_two_who_carry_it_out_at_once_do_it_once(tmp_path: Path, database_url: str | None) -> None:
    async with doors(tmp_path / "data", database_url) as worlds:
        one, other = worlds
        for _ in range(ROUNDS):
            who = await person(one)
            request = await asked(await one.client(), who)
            executors = [await world.client("administrator") for world in (one, other, one, other)]
            path, body = f"/v1/persons/{who}/erasures", {"requestId": request}
            answers = await at_once(*(client.post(path, json=body) for client in executors))
            assert {answer.status_code for answer in answers} <= {200, 202}, [answer.text for answer in answers]
            assert len({answer.json()["position"] for answer in answers}) == 1
            assert len({answer.json()["executedBy"] for answer in answers}) == 1
            happened = [type(event) for event in await events_of(one, who)]
            assert happened.count(PersonErased) == 1
            ledger = [noted["personId"] for noted in one.house.erasing.ledger.entries()]
            assert ledger.count(who) == 1
            assert await other.house.vault.about(who) == []


async def test_whoever_requests_it_does_not_carry_it_out_however_it_races(
    tmp_path: Path, database_url: str | None
) -> None:
    """One human requests, declines, requests again and executes at once, all with two tokens that name the same person."""
    async with doors(tmp_path / "data", database_url) as worlds:
        one, other = worlds
        self_same = await person(one)
        manager = await one.client(person_id=self_same)
        administrator = await other.client("administrator", person_id=self_same)
        await other.client("administrator")
        for _ in range(ROUNDS):
            who = await person(one)
            request = await asked(manager, who)
            path = f"/v1/persons/{who}"
            next_one = f"{who}.2"
            answers = await at_once(
                administrator.post(f"{path}/erasures", json={"requestId": request}),
                manager.post(f"{path}/erasureRefusals", json={"requestId": request, "reason": "toch niet"}),
                manager.post(f"{path}/erasureRequests", json={"legalGround": "AVG, artikel 17, lid 1, b)"}),
                administrator.post(f"{path}/erasures", json={"requestId": next_one}),
                administrator.post(f"{path}/erasures", json={"requestId": request}),
            )
            for executed in (answers[0], answers[3], answers[4]):
                assert executed.status_code in {400, 409}, executed.text
            assert PersonErased not in [type(event) for event in await events_of(one, who)]
            assert told(await manager.get(path))["name"] == "Zoë Ölçer"
