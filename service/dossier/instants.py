"""Where in the log an instant of knowledge lies."""

from datetime import datetime

from events.envelope import from_micros
from events.store.port import Store


async def last_known(store: Store, known_at: datetime | None) -> tuple[int, datetime] | None:
    """The last event recorded by then (None: by now), and when it was recorded; None before the first.

    Times of recording never run backwards, so a few looks find it in a log of any size.
    """
    head = await store.head()
    if not head.size or head.recorded_at is None:
        return None
    if known_at is None or known_at >= head.recorded_at:
        return head.size, head.recorded_at
    low, high = 0, head.size  # recorded by then; not recorded by then
    while high - low > 1:
        middle = (low + high) // 2
        if await _recorded_at(store, middle) <= known_at:
            low = middle
        else:
            high = middle
    return (low, await _recorded_at(store, low)) if low else None


async def _recorded_at(store: Store, position: int) -> datetime:
    [(_, micros, _)] = await store.read_bodies(position - 1, 1)
    return from_micros(micros)
