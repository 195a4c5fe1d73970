"""Where in the log the register learned something between two instants, and of what."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from events.envelope import to_micros
from events.store.schema import events
from service.house import Errera


async def known_by(house: Errera, instant: datetime) -> int:
    """The last position that was recorded by an instant; 0 before the first."""
    low, high = 0, (await house.store.head()).size
    while low < high:
        middle = (low + high + 1) // 2
        [(_, recorded_at, _)] = await house.store.read_bodies(middle - 1, 1)
        low, high = (middle, high) if recorded_at <= to_micros(instant) else (low, middle - 1)
    return low


async def first_touched(house: Errera, begin: int, end: int) -> Mapping[str, int]:
    """The streams that grew after one position and up to another, each with the first of what it grew by; in order."""
    first = sa.func.min(events.c.position).label("first")
    asked = (
        sa.select(events.c.stream, first)
        .where(events.c.position > begin, events.c.position <= end)
        .group_by(events.c.stream)
        .order_by(first)
    )
    async with house.store.database.read() as connection:
        return {row.stream: row.first for row in await connection.execute(asked)}
