"""Promise 4: no row of the outbox without its event, no event without its row."""

import asyncio

import pytest
import sqlalchemy as sa

from events.projections.runner import Projector
from schedulers.outbox import following
from schedulers.outbox.following import Following
from schedulers.outbox.tables import outbox_progress
from tests.schedulers.delivery.post import Post
from tests.schedulers.registers import own_offsets

pytestmark = pytest.mark.server


async def several(post: Post, count: int = 12) -> list[str]:
    """Reminders of as many moments, raised; in the order of the log."""
    post.register.at("2026-11-22 12:00")
    await post.register.cohort(terms=own_offsets(consultation=("P10D",)))
    for number in range(count):
        await post.register.moment(f"m{number}", planned_on="2026-12-16", ordinal=number + 1)
    post.register.at("2026-12-06 09:00")
    await post.register.tick()
    return [one.reminder_id for one in await post.register.raised()]


async def test_promise_4_each_reminder_that_goes_by_mail_has_one_row(either: Post) -> None:
    raised = await several(either)
    assert await either.following.follow() == 12
    assert await either.ids() == raised
    assert await either.following.follow() == 0


async def test_promise_4_followed_from_the_beginning_again_it_makes_no_second_row(either: Post) -> None:
    raised = await several(either)
    await either.following.follow()
    async with either.register.database.write() as connection:
        await connection.execute(outbox_progress.update().values(position=0))
    assert await Following(either.register.store).follow() == 0
    assert await either.ids() == raised


async def test_promise_4_several_that_follow_at_once_make_each_row_once(either: Post) -> None:
    raised = await several(either)
    made = await asyncio.gather(*(Following(either.register.store).follow() for _ in range(4)))
    assert sum(made) == 12
    assert await either.ids() == raised


async def test_promise_4_interrupted_anywhere_it_has_neither_rows_nor_gone_on(
    either: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised = await several(either)
    monkeypatch.setattr(following, "_BATCH", 5)
    passed, last = 0, 0

    class KilledError(Exception):
        """Here."""

    def kill(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        nonlocal passed
        if "outbox" in statement and not statement.lstrip().upper().startswith("SELECT"):
            passed += 1
            if passed == last:
                raise KilledError

    engine = either.register.database._writer.sync_engine
    sa.event.listen(engine, "after_cursor_execute", kill)
    while True:
        passed, last = 0, last + 1  # the next time it comes one statement further
        try:
            await Following(either.register.store).follow()
            break
        except KilledError:
            async with either.register.database.read() as connection:
                position = await connection.scalar(sa.select(outbox_progress.c.position)) or 0
            expected = [
                one.event.reminder_id
                for one in await either.register.recorded()
                if one.position <= position and one.stream.startswith("reminder-")
            ]
            assert await either.ids() == expected
    sa.event.remove(engine, "after_cursor_execute", kill)
    assert last > 3
    assert await either.ids() == raised


async def test_promise_4_a_rebuild_of_the_read_models_sends_nothing(post: Post) -> None:
    await several(post)
    await post.following.follow()
    before = await post.ids()
    projector: Projector = post.register.projector
    await projector.rebuild()
    assert await post.following.follow() == 0
    assert await post.ids() == before
