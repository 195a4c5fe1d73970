"""How far the log has reached PostgreSQL's synchronous standbys: a checkpoint must not outlive the entries under it.

Where a standby takes over, what it had not flushed is gone. An append is answered once it has; but after a cancelled
wait or a restart of the primary the log also shows what no standby has yet. So a size of the log is good once standbys,
as many as `synchronous_standby_names` asks for, have flushed all that was written before it was seen.
"""

import asyncio
import re
from typing import Final

import sqlalchemy as sa

from events.store.database import Database

_NEEDED: Final = re.compile(r"\s*(?:(?:FIRST|ANY)\s+)?(\d+)\s*\(", re.IGNORECASE)
_POLL_SECONDS: Final = 0.05

_SEEN: Final = sa.text(
    "SELECT current_setting('synchronous_standby_names'), head.size, pg_current_wal_insert_lsn()::text FROM head"
)
_FLUSHED: Final = sa.text(
    "SELECT count(*) FILTER (WHERE flush_lsn >= CAST(CAST(:lsn AS text) AS pg_lsn)), "
    "count(*) FILTER (WHERE sync_state IS NULL) "
    "FROM pg_stat_replication WHERE sync_state IS NULL OR sync_state IN ('sync', 'quorum')"
)
"""For a role that may not see other sessions, the columns are null."""


class NotReplicatedError(Exception):
    """The synchronous standbys have not flushed the log, or it cannot be seen whether they have."""


def standbys_needed(names: str) -> int:
    """How many have to flush, by `synchronous_standby_names`: `FIRST 2 (a, b)`, `ANY 1 (a, b)`, `2 (a, b)`, `a, b`."""
    if not names.strip():
        return 0
    found = _NEEDED.match(names)
    return int(found[1]) if found else 1


async def replicated_size(database: Database, seconds: float) -> int:
    """A size of the log that no failover undoes. Raises NotReplicatedError where standbys take longer than that."""
    async with database.read() as connection:
        names, size, lsn = (await connection.execute(_SEEN)).one()
    needed = standbys_needed(names)
    deadline = asyncio.get_running_loop().time() + seconds
    while needed:
        async with database.read() as connection:
            flushed, hidden = (await connection.execute(_FLUSHED, {"lsn": lsn})).one()
        if flushed >= needed:
            break
        if hidden:
            raise NotReplicatedError("the role of ERRERA_DATABASE_URL may not see the standbys: GRANT pg_monitor TO it")
        if asyncio.get_running_loop().time() > deadline:
            raise NotReplicatedError(f"{flushed} of {needed} synchronous standbys have flushed the log")
        await asyncio.sleep(_POLL_SECONDS)
    return int(size)
