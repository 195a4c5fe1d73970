"""Logs to seal, and an outside view of what was sealed: the reference tree over the entries as they are stored."""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from events.log.checkpoint import open_note
from events.log.entry import entry
from events.log.keys import LogKeys, open_keys
from events.log.sealed import Sealed, SealedLog
from events.log.sealing import Sealer
from events.log.tiles import hashes_in, tiles_of
from events.store.schema import log_checkpoints, log_tiles
from events.store.sql import SqlStore
from tests.events.log import reference
from tests.events.logs import append, pending

ORIGIN = "errera.example/log"


async def grow(store: SqlStore, count: int) -> None:
    """So many more events, in one append for each hundred."""
    size = (await store.head()).size
    for start in range(size, size + count, 100):
        stop = min(start + 100, size + count)
        await store.append(append(*(pending(f"partner-{number}", 1) for number in range(start, stop))))


async def keys_of(store: SqlStore, folder: Path, name: str = "log.key") -> LogKeys:
    return await open_keys(store.database, folder / name, ORIGIN)


async def seal_all(sealer: Sealer) -> None:
    while await sealer.seal():
        pass


async def entries_of(store: SqlStore) -> list[bytes]:
    return [entry(*row) for row in await store.read_bodies(0, 1_000_000)]


async def checkpoints_of(store: SqlStore) -> list[Sealed]:
    async with store.database.read() as connection:
        notes = await connection.scalars(sa.select(log_checkpoints.c.note).order_by(log_checkpoints.c.size))
        return [Sealed.of(note) for note in notes]


async def check_whole(store: SqlStore, keys: Sequence[LogKeys]) -> int:
    """Every checkpoint is signed and of the tree of the entries, and the tiles are of the last; returns its size."""
    leaves = await entries_of(store)
    known = [key.verifier for one in keys for key in one.keys]
    sealed = await checkpoints_of(store)
    for one in sealed:
        checkpoint = open_note(one.note, known).checkpoint
        assert checkpoint == one.checkpoint
        assert checkpoint.origin == ORIGIN
        assert checkpoint.root == reference.mth(leaves[: checkpoint.size])
    size = sealed[-1].checkpoint.size
    async with store.database.read() as connection:
        kept = {(level, number): hashes for level, number, hashes in await connection.execute(sa.select(log_tiles))}
    assert set(kept) == {tile[:2] for tile in tiles_of(size)}
    for tile in tiles_of(size):
        hashes = hashes_in(kept[tile.level, tile.number])
        assert len(hashes) == tile.width
        span = 256**tile.level
        first = tile.number * 256
        assert hashes[-1] == reference.mth(leaves[(first + tile.width - 1) * span : (first + tile.width) * span])
        assert hashes[0] == reference.mth(leaves[first * span : (first + 1) * span])
    return size


def sealed_log(store: SqlStore) -> SealedLog:
    return SealedLog(store, store.database)
