"""Writing a synthetic register into a store, as fast as the store's own append takes it."""

import uuid
from collections import Counter
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from bench.register import happenings
from bench.workload import HASH, context
from events.codec import Pending
from events.store.port import Append
from events.store.sql import SqlStore

_COMMAND: Final = 500
"""How many events one command records here."""


async def record(store: SqlStore, count: int) -> None:
    """The first `count` events of the synthetic register, into an empty store."""
    versions: Counter[str] = Counter()
    coming = islice(happenings(datetime.now(UTC).year), count)
    while some := list(islice(coming, _COMMAND)):
        pending = []
        for stream, happened in some:
            versions[stream] += 1
            event_id = str(uuid.uuid4())
            pending.append(Pending(stream=stream, version=versions[stream], event_id=event_id, event=happened))
        await store.append(Append(context=context(), request_hash=HASH, events=pending))
