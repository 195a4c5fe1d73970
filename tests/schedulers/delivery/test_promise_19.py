"""Promises 3 and 19: one process sends; one that dies sends again under the same Message-ID; one that overslept writes
nothing.
"""

import asyncio
import os
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from events.store.leases import Lease
from events.store.schema import leases
from tests.postgresql import Databases
from tests.schedulers.delivery import sender
from tests.schedulers.delivery.post import ANN, BOB, Inbox, Post, open_post
from tests.schedulers.registers import create_register, own_offsets

pytestmark = [pytest.mark.server, pytest.mark.crash]

ROOT = Path(__file__).parents[3]


async def process(post: Post, *how: str) -> int:
    """Run a sender; how it ended."""
    url = (
        post.register.database.url.render_as_string(hide_password=False)
        .replace("+aiosqlite", "")
        .replace("+asyncpg", "")
    )
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(sender.__file__)),
        url,
        str(post.port),
        post.register.database.instant.isoformat(),
        *how,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    _, failed = await running.communicate()
    assert running.returncode in {0, -9}, failed.decode()[-3000:]
    return running.returncode or 0


async def free_the_lease(post: Post) -> None:
    """As when its owner has been silent for long enough."""
    async with post.register.database.write() as connection:
        await connection.execute(leases.update().where(leases.c.name == "outbox").values(expires_at=0))


@pytest.mark.postgresql
async def test_promise_3_two_processes_send_each_mail_once(
    postgresql_server: Databases, port: int, inbox: Inbox
) -> None:
    url = await postgresql_server.fresh_database(create_register)
    async with open_post(url, port) as post:
        await post.managers(await post.person("Bob", BOB))
        post.register.at("2026-11-22 12:00")
        await post.register.cohort(terms=own_offsets(consultation=("P10D",)))
        for number in range(8):
            await post.register.moment(f"m{number}", planned_on="2026-12-16", ordinal=number + 1)
        post.register.at("2026-12-06 09:00")
        await post.register.tick()
        await post.following.follow()
        assert set(await asyncio.gather(process(post), process(post))) == {0}
        assert Counter(Counter(inbox.message_ids).values()) == {1: 8}
        rows, _ = await post.rows.page(None, 0, 20)
        assert {row.state for row in rows} == {"sent"}
    await postgresql_server.drop_database(url)


@pytest.mark.postgresql
async def test_promise_3_killed_between_acceptance_and_its_note_the_mail_keeps_its_message_id(
    postgresql_server: Databases, port: int, inbox: Inbox
) -> None:
    url = await postgresql_server.fresh_database(create_register)
    async with open_post(url, port) as post:
        await post.account_manager(await post.person("Ann", ANN))
        await post.an_agreement_that_ends()
        await post.following.follow()
        assert await process(post, "die") == -9
        assert [mail.state for mail in await post.mails()] == ["trying"]
        assert await post.send() == 0  # its lease lasts a while
        await free_the_lease(post)
        assert await post.send() == 1
        first, second = inbox.message_ids
        assert first == second
        assert (await post.row()).state == "sent"
    await postgresql_server.drop_database(url)


async def overslept(post: Post, inbox: Inbox) -> None:
    """One sender stalls while it hands a mail over; another takes its place; then the first one wakes."""
    ann = await post.person("Ann", ANN)
    await post.account_manager(ann)
    await post.an_agreement_that_ends()
    inbox.holding, inbox.to_data = asyncio.Event(), ["250 taken by the first", "450 4.2.1 put off"]
    stalled = asyncio.create_task(post.send())
    await inbox.handed.wait()
    await free_the_lease(post)
    waking, inbox.holding = inbox.holding, None
    inbox.to_data = ["450 4.2.1 put off"]
    other = post.drain_of()
    assert await post.send(other) == 0
    before = await post.row(), await post.mails()
    assert before[0].reason == "450 4.2.1"
    waking.set()
    await stalled
    assert (await post.row(), await post.mails()) == before, "it wrote"


async def test_promise_19_a_sender_that_overslept_writes_nothing(either: Post, inbox: Inbox) -> None:
    await overslept(either, inbox)


async def test_promise_19_a_broken_one_that_does_not_look_whose_the_lease_is_is_caught(
    post: Post, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hold(_lease: Lease, connection: AsyncConnection) -> None:
        del connection

    monkeypatch.setattr(Lease, "hold", hold)
    with pytest.raises(AssertionError, match="it wrote"):
        await overslept(post, inbox)
