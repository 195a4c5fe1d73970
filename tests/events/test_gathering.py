"""Streams that many ask for at the same time: one question, and each gets its own."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from events.catalogue import EVENT_TYPES
from events.codec import Codec
from events.store.gathering import Gathering
from events.store.port import UnreadableEventError
from events.store.sql import SqlStore
from tests.events.conftest import OpenStore
from tests.events.logs import put, renamed

STREAMS = [f"partner-{number}" for number in range(5)]


class Listening:
    """A gathering over the tables of a store, and the questions that it asked them."""

    def __init__(self, store: SqlStore) -> None:
        self._log: Any = store._log
        self.asked: list[Sequence[str]] = []
        self.gathering = Gathering(self.one, self.several)

    async def one(self, stream: str) -> Any:
        self.asked.append([stream])
        return await self._log.stream(stream)

    async def several(self, streams: Sequence[str]) -> Any:
        self.asked.append(streams)
        return await self._log.streams(streams)


@pytest.fixture
async def listening(store: SqlStore) -> Listening:
    for number, stream in enumerate(STREAMS):
        for version in range(1, number + 1):
            await put(store, stream, version)
    return Listening(store)


async def test_who_asks_at_the_same_time_shares_a_question_and_gets_what_it_asked_for(listening: Listening) -> None:
    found = await asyncio.gather(*(listening.gathering.rows(stream) for stream in STREAMS * 3))
    alone = [await listening.gathering.rows(stream) for stream in STREAMS]
    assert [list(map(tuple, one)) for one in found] == [list(map(tuple, one)) for one in alone] * 3
    assert [len(one) for one in alone] == [0, 1, 2, 3, 4]
    first, together, *later = listening.asked
    assert (first, sorted(together)) == ([STREAMS[0]], STREAMS), "the first is not kept waiting for the others"
    assert later == [[stream] for stream in STREAMS]


async def test_what_is_asked_while_a_question_is_on_its_way_is_read_after_it_was_asked(
    store: SqlStore, listening: Listening
) -> None:
    early = [asyncio.create_task(listening.gathering.rows(stream)) for stream in STREAMS]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await put(store, STREAMS[0], 1)
    assert len(await listening.gathering.rows(STREAMS[0])) == 1
    await asyncio.gather(*early)


async def test_one_who_no_longer_waits_takes_nothing_from_the_others(listening: Listening) -> None:
    asking = [asyncio.create_task(listening.gathering.rows(stream)) for stream in STREAMS]
    await asyncio.sleep(0)
    asking[0].cancel()
    asking[1].cancel()
    assert [len(one) for one in await asyncio.gather(*asking[2:])] == [2, 3, 4]
    assert len(await listening.gathering.rows(STREAMS[1])) == 1


async def test_an_event_that_cannot_be_read_is_told_only_to_who_asked_for_it(
    store: SqlStore, another: OpenStore
) -> None:
    await put(store, "partner-0", 1)
    await put(store, "partner-1", 1, renamed("AGORIA"))
    older = another(codec=Codec({key: cls for key, cls in EVENT_TYPES.items() if key != ("PartnerRenamed", 1)}))
    asked = [older.read_stream(f"partner-{number}") for number in (0, 1, 0, 1)]
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(one) for one in found] == [list, UnreadableEventError] * 2
