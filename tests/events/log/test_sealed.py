"""Reading what is sealed: proofs against the signed roots, tiles and bundles, and how little is read for them."""

import random
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from events.log import merkle
from events.log.keys import LogKeys
from events.log.merkle import leaf_hash
from events.log.sealed import NotSealedError, SealedLog
from events.log.sealing import Sealer
from events.log.tiles import Bundle, Tile, entries_in, hashes_in, tile_with
from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.log import reference
from tests.events.log.sealing_logs import (
    checkpoints_of,
    entries_of,
    grow,
    keys_of,
    seal_all,
    sealed_log,
)
from tests.tlog.tree import check_consistency


@pytest.fixture
async def keys(store: SqlStore, tmp_path: Path) -> LogKeys:
    return await keys_of(store, tmp_path)


@pytest.fixture
def sealer(store: SqlStore, keys: LogKeys) -> Sealer:
    return Sealer(store, keys)


async def test_proofs_hold_against_the_signed_roots(store: SqlStore, keys: LogKeys, sealer: Sealer) -> None:
    for count in (200, 100, 400):
        await grow(store, count)
        await seal_all(sealer)
    log, leaves = sealed_log(store), await entries_of(store)
    known = [key.verifier for key in keys.keys]
    for position in (1, 200, 256, 257, 700):
        _, proof = await log.inclusion_proof(position)
        assert proof.verified(leaves[position - 1], known).size == 700
    size, signed = await log.inclusion_proof(3, 300)
    assert signed.verified(leaves[2], known).size == size == 300
    _, unsigned = await log.inclusion_proof(3, 299)
    assert unsigned.hashes == reference.path(2, leaves[:299])
    assert unsigned.checkpoint == b""
    first, _, last = await checkpoints_of(store)
    size, growth = await log.consistency_proof(200)
    assert size == 700
    check_consistency(200, 700, first.checkpoint.root, last.checkpoint.root, growth)
    assert await log.root(123) == reference.mth(leaves[:123])


async def test_what_is_not_sealed_is_not_proved(store: SqlStore, sealer: Sealer) -> None:
    log = sealed_log(store)
    await grow(store, 5)
    assert await log.newest() is None
    with pytest.raises(NotSealedError):
        await log.inclusion_proof(1)
    await seal_all(sealer)
    await grow(store, 5)
    for asking in (
        log.inclusion_proof(6),
        log.inclusion_proof(0),
        log.inclusion_proof(3, 6),
        log.inclusion_proof(3, 2),
    ):
        with pytest.raises(NotSealedError):
            await asking
    for growth in (log.consistency_proof(6), log.consistency_proof(3, 2), log.consistency_proof(1, 6)):
        with pytest.raises(NotSealedError):
            await growth
    assert await log.at(3) is None
    assert await log.tile(Tile(0, 0, 6)) is None
    assert await log.entries(Bundle(0, 6)) is None


async def test_tiles_and_bundles_are_of_what_is_sealed(store: SqlStore, sealer: Sealer) -> None:
    await grow(store, 300)
    await seal_all(sealer)
    await grow(store, 100)
    log, leaves = sealed_log(store), await entries_of(store)
    hashes = [leaf_hash(one) for one in leaves]
    assert hashes_in(await log.tile(Tile(0, 0)) or b"") == hashes[:256]
    assert hashes_in(await log.tile(Tile(0, 1, 44)) or b"") == hashes[256:300]
    assert hashes_in(await log.tile(Tile(1, 0, 1)) or b"") == [reference.mth(leaves[:256])]
    assert await log.tile(Tile(0, 1, 45)) is None
    assert await log.tile(Tile(0, 1)) is None
    assert await log.tile(Tile(1, 0)) is None
    assert entries_in(await log.entries(Bundle(0)) or b"") == leaves[:256]
    assert entries_in(await log.entries(Bundle(1, 44)) or b"") == leaves[256:300]
    assert entries_in(await log.entries(Bundle(1, 3)) or b"") == leaves[256:259]
    assert await log.entries(Bundle(1, 45)) is None


async def test_a_proof_asks_once_for_two_tiles_of_each_level_whatever_the_log_s_size(
    store: SqlStore, keys: LogKeys
) -> None:
    """One on the way up from the leaf, and one at the right edge, which at the top is the same: of a million entries five."""
    await grow(store, 9_000)
    await seal_all(Sealer(store, keys))
    log = Counted(store, store.database)
    for position in (1, 257, 4_500, 8_999, 9_000):
        await log.inclusion_proof(position)
        await log.consistency_proof(position)
    assert log.questions == 10
    assert max(log.tiles) == 3 == most_tiles(9_000)
    assert most_tiles(1_000_000) == 5
    assert most_tiles(200) == 1


def most_tiles(size: int) -> int:
    """For the proof of an entry in a log of that size."""
    chance = random.Random(size)  # noqa: S311 - picks what is proved
    places = [0, size - 1, *(chance.randrange(size) for _ in range(300))]
    proofs = [[part for span in merkle._path(index, size) for part in merkle.subtrees(span)] for index in places]
    return max(len({tile_with(part)[0][:2] for part in proof}) for proof in proofs)


class Counted(SealedLog):
    """Counts what it reads."""

    def __init__(self, store: SqlStore, database: Database) -> None:
        super().__init__(store, database)
        self.tiles: list[int] = []
        self.questions = 0

    async def _tiles(self, asked: Sequence[Tile]) -> Mapping[Tile, bytes]:
        self.tiles.append(len({(tile.level, tile.number) for tile in asked}))
        self.questions += 1
        return await super()._tiles(asked)
