"""Sealing: entries are put into the log's tree, and its root is signed. About every second, off the append path.

One process at a time does it, under a lease. A stretch of entries is hashed into tiles, and tiles and checkpoint are
written in one transaction that the lease's token guards: a process that is killed leaves nothing or all of it, and one
that overslept writes nothing. So no size is ever signed twice, and every checkpoint's tree begins the next one's.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from events.log.beside import LONG, Beside
from events.log.checkpoint import Checkpoint, sign
from events.log.edge import Edge
from events.log.hashing import MissingEntryError, grow
from events.log.keys import LogKeys
from events.log.merkle import HASH_BYTES
from events.log.replication import replicated_size
from events.log.sealed import Sealed
from events.log.tiles import WIDTH, Tile
from events.store.leases import Lease, LeaseLostError
from events.store.schema import log_checkpoints, log_tiles
from events.store.sql import SqlStore

_log = structlog.get_logger(__name__)

LEASE: Final = "sealing"
STRETCH: Final = 32_768
"""Entries sealed at once, at most: whole tiles, where a long log is sealed for the first time."""

Tiles: TypeAlias = Sequence[tuple[Tile, bytes]]


class SealingError(Exception):
    """The log cannot be sealed: it is not what was sealed before, or the keys are not these any more."""


class Sealer:
    """Seals one log. Several processes may run one each; the lease says which of them works."""

    def __init__(self, store: SqlStore, keys: LogKeys, noted: Callable[[Sealed], None] = lambda _: None) -> None:
        self._store = store
        self._database = store.database
        self._keys = keys
        self._noted = noted
        self._lease = Lease(store.database, LEASE)
        self._beside: Beside | None = None
        self._edge: Edge | None = None
        self._sealed: Checkpoint | None = None
        self.failing: str | None = None
        """Why the last attempt came to nothing, if so."""

    async def run(self, seconds: float) -> None:
        """Seal about that often, until cancelled. Long stretches are hashed in a process beside this one."""
        self._beside = Beside(self._database)
        try:
            while True:
                await self._run_once()
                await self._beside.rest()
                await asyncio.sleep(seconds)
                if self.failing is None and self._edge is not None:
                    await self._store.grown(self._edge.size, seconds)
        finally:
            await self._beside.stop()
            self._beside = None

    async def _run_once(self) -> None:
        try:
            while self._store.read_only is None and await self.seal():
                pass
            self.failing = self._store.read_only  # which was told where it was found
        except LeaseLostError:
            _log.warning("sealer.leaseLost")
        except Exception as error:  # noqa: BLE001 - whatever it is, health says it, and the next try may do
            if self.failing is None:
                _log.exception("sealer.failed")
            self.failing = str(getattr(error, "orig", None) or error)

    async def seal(self) -> bool:
        """Seal the next stretch, if there is one and no other process does. Returns whether there may be more."""
        try:
            return await self._seal()
        except BaseException:
            self._edge = None  # what was written, if anything, is read again
            raise

    async def _seal(self) -> bool:
        if why := self._store.read_only:
            raise SealingError(why)
        head = await self._size()
        if await self._done() >= head:
            return False
        async with self._database.write(durable=False) as connection:
            if not await self._lease.take(connection):
                self._edge = None
                return False
        try:
            if self._edge is None or not self._lease.continuous:
                await self._load()
                head = await self._size()  # again: who stalled before this may find more sealed than there was then
            edge, sealed = await self._hashed(head)
        except SealingError:
            async with self._database.write(durable=False) as connection:
                await self._lease.hold(connection)  # else it stalled meanwhile, and read what another was writing
            raise
        tiles = edge.grown()
        checkpoint = Checkpoint(self._keys.origin, edge.size, edge.root())
        if sealed is not None and edge.size == sealed.size and checkpoint.root != sealed.root:
            raise SealingError(f"the log is not the one that was sealed at {sealed.size}: errera log verify")
        fresh = sealed is None or edge.size > sealed.size
        if not (fresh or tiles):
            return False
        note = sign(checkpoint.text, self._keys.keys) if fresh else None
        async with self._database.write() as connection:
            await self._lease.hold(connection)
            await self._write(connection, tiles, checkpoint, note)
        if note is not None:
            self._sealed = checkpoint
            self._noted(Sealed(checkpoint, note))
            if head - edge.size >= STRETCH:  # a long log that is sealed for the first time, or after a long while
                _log.info("sealer.sealed", size=edge.size, of=head)
        return edge.size < head

    async def release(self) -> None:
        """Another process may go on at once."""
        async with self._database.write(durable=False) as connection:
            await self._lease.release(connection)

    async def _done(self) -> int:
        """How far it is sealed; -1 before the first checkpoint, which is of an empty log."""
        if self._edge is not None and self._sealed is not None:
            return self._edge.size
        async with self._database.read() as connection:
            found = await connection.scalar(sa.select(sa.func.max(log_checkpoints.c.size)))
        return -1 if found is None else int(found)

    async def _size(self) -> int:
        if self._database.sqlite:
            return (await self._store.head()).size
        return await replicated_size(self._database, 1)

    async def _load(self) -> None:
        """The edge of the tree and the last checkpoint, from the tables."""
        last = sa.select(log_tiles.c.number, sa.func.length(log_tiles.c.hashes)).where(log_tiles.c.level == 0)
        async with self._database.read() as connection:
            note = await connection.scalar(
                sa.select(log_checkpoints.c.note).order_by(log_checkpoints.c.size.desc()).limit(1)
            )
            found = (await connection.execute(last.order_by(log_tiles.c.number.desc()).limit(1))).first()
            size = found[0] * WIDTH + found[1] // HASH_BYTES if found else 0
            partial = []
            for tile in Edge.partial_tiles(size):
                hashes = await connection.scalar(
                    sa.select(log_tiles.c.hashes).where(
                        log_tiles.c.level == tile.level, log_tiles.c.number == tile.number
                    )
                )
                if hashes is None or len(hashes) != tile.width * HASH_BYTES:
                    raise SealingError(f"{tile.path} of the tree is not whole: errera log verify")
                partial.append((tile, hashes))
        self._edge, self._sealed = Edge(size, partial), Sealed.of(note).checkpoint if note is not None else None
        if size > (self._sealed.size if self._sealed is not None else 0):
            raise SealingError(f"there are tiles up to {size} and no checkpoint of that: errera log verify")

    async def _hashed(self, head: int) -> tuple[Edge, Checkpoint | None]:
        """The edge with the next stretch in it; first up to what was sealed before, where tiles are missing for it."""
        edge, sealed = self._edge, self._sealed
        if edge is None:
            raise AssertionError("the edge is loaded")
        until = min(head, edge.size - edge.size % STRETCH + STRETCH)
        if sealed is not None:
            if head < sealed.size:
                raise SealingError(f"the log holds {head} entries and was sealed at {sealed.size}: errera log verify")
            if edge.size < sealed.size:
                until = min(until, sealed.size)
        grown = await self._beside.grown(edge, until) if self._beside and until - edge.size > LONG else None
        if grown is not None:
            self._edge = grown
            return grown, sealed
        try:
            await grow(edge, self._store.read_bodies, until)
        except MissingEntryError as error:
            raise SealingError(f"{error}: errera log verify") from None
        return edge, sealed

    async def _write(
        self,
        connection: AsyncConnection,
        tiles: Sequence[tuple[Tile, bytes]],
        checkpoint: Checkpoint,
        note: bytes | None,
    ) -> None:
        if tiles:
            insert: Any = (sqlite if self._database.sqlite else postgresql).insert(log_tiles)
            await connection.execute(
                insert.on_conflict_do_update(
                    index_elements=[log_tiles.c.level, log_tiles.c.number], set_={"hashes": insert.excluded.hashes}
                ),
                [{"level": tile.level, "number": tile.number, "hashes": hashes} for tile, hashes in tiles],
            )
        if note is None:
            return
        if not await self._keys.still_ours(connection):
            raise SealingError(
                "another process has changed the log's keys: start this one anew with the same ERRERA_LOG_KEY_FILE"
            )
        await connection.execute(
            log_checkpoints.insert().values(size=checkpoint.size, note=note, sealed_at=self._database.now_micros())
        )
