"""Reading the sealed part of the log: checkpoints, tiles, bundles of entries, and proofs made of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from events.log import merkle
from events.log.checkpoint import Checkpoint, Note, VerifierKey
from events.log.entry import entry
from events.log.merkle import HASH_BYTES, Hashes, Subtree
from events.log.proofs import Proof
from events.log.tiles import WIDTH, Bundle, Tile, bundle, complete_root, hashes_in, tile_with
from events.store.database import Database
from events.store.port import Store
from events.store.schema import log_checkpoints, log_cosignatures, log_keys, log_tiles

_MANY: Final = 300
"""Tiles in one question: SQLite takes a limited number of values."""


class NotSealedError(Exception):
    """The log is not sealed that far, or not at that size."""

    def __init__(self, asked: int, sealed: int) -> None:
        super().__init__(f"the log is sealed up to {sealed}, not up to {asked}")
        self.asked = asked
        self.sealed = sealed


class BrokenTreeError(Exception):
    """A tile is missing or too short for what was sealed: somebody has been at the tables."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A checkpoint, and the signed note that says it, with what witnesses have signed under it by now."""

    checkpoint: Checkpoint
    note: bytes

    @classmethod
    def of(cls, note: bytes) -> "Sealed":
        """From a note of our own."""
        return cls(Checkpoint.parse(Note.parse(note).text), note)


class SealedLog:
    """What has been sealed, as the database holds it."""

    def __init__(self, store: Store, database: Database) -> None:
        self._store = store
        self._database = database

    async def newest(self) -> Sealed | None:
        """The last checkpoint; None before the first."""
        return await self._checkpoint(sa.select(log_checkpoints.c.note).order_by(log_checkpoints.c.size.desc()))

    async def at(self, size: int) -> Sealed | None:
        """The checkpoint of exactly that size, if the log was sealed at it."""
        return await self._checkpoint(sa.select(log_checkpoints.c.note).where(log_checkpoints.c.size == size))

    async def covering(self, position: int) -> Sealed:
        """The first checkpoint that the event is in, as we signed it: the same bytes for ever, since cosignatures come
        later and are left out. Raises NotSealedError.
        """
        sizes = log_checkpoints.c.size
        first = sa.select(log_checkpoints.c.note).where(sizes >= position).order_by(sizes).limit(1)
        async with self._database.read() as connection:
            note: bytes | None = await connection.scalar(first)
        if note is None:
            raise NotSealedError(position, await self.size())
        return Sealed.of(note)

    async def signers(self, sealed: Sealed) -> Sequence[str]:
        """Which of the log's keys signed it, as verifier keys, whether or not they still sign."""
        async with self._database.read() as connection:
            known = await connection.scalars(sa.select(log_keys.c.verifier).order_by(log_keys.c.number))
            keys = [VerifierKey.parse(one) for one in known]
        signed = {(one.name, one.key_id) for one in Note.parse(sealed.note).signatures}
        return [str(key) for key in keys if (key.name, key.key_id) in signed]

    async def _checkpoint(self, query: sa.Select[Any]) -> Sealed | None:
        async with self._database.read() as connection:
            note: bytes | None = await connection.scalar(query.limit(1))
            if note is None:
                return None
            sealed = Sealed.of(note)
            lines = sa.select(log_cosignatures.c.line).where(log_cosignatures.c.size == sealed.checkpoint.size)
            cosigned = "".join(await connection.scalars(lines.order_by(log_cosignatures.c.name)))
        return Sealed(sealed.checkpoint, note + cosigned.encode())

    async def size(self) -> int:
        """How many entries are sealed."""
        async with self._database.read() as connection:
            return await connection.scalar(sa.select(sa.func.max(log_checkpoints.c.size))) or 0

    async def tile(self, tile: Tile) -> bytes | None:
        """A tile's hashes; None for one that the sealed log does not have."""
        if tile.size > await self.size():
            return None
        return (await self._tiles([tile]))[tile]

    async def entries(self, asked: Bundle) -> bytes | None:
        """A bundle of entries; None for one that the sealed log does not have."""
        if asked.size > await self.size():
            return None
        rows = await self._store.read_bodies(asked.number * WIDTH, asked.width)
        return bundle(entry(*row) for row in rows)

    def hashes(self) -> Hashes:
        """Of complete subtrees of what is sealed; each tile that they lie in is read once."""

        async def read(asked: Sequence[Subtree]) -> Sequence[bytes]:
            places = [tile_with(one) for one in asked]
            held = await self._tiles([tile for tile, _ in places])
            return [complete_root(hashes_in(held[tile])[hashes]) for tile, hashes in places]

        return read

    async def inclusion_proof(self, position: int, size: int | None = None) -> tuple[int, Proof]:
        """That the event is in the log of that size, else of the newest checkpoint; with the size.

        The checkpoint of the proof is empty where the log was not sealed at exactly that size. Raises NotSealedError.
        """
        sealed = await self.newest() if size is None else await self._within(size)
        asked = size if size is not None else (sealed.checkpoint.size if sealed else 0)
        if not 0 < position <= asked:
            raise NotSealedError(position, asked)
        hashes = await merkle.inclusion_proof(self.hashes(), position - 1, asked)
        return asked, Proof(position - 1, hashes, sealed.note if sealed else b"")

    async def consistency_proof(self, old: int, new: int | None = None) -> tuple[int, Sequence[bytes]]:
        """That the log of size `old` begins that of size `new`, else of the newest checkpoint; with the new size.

        Raises NotSealedError.
        """
        sealed = await self.size()
        whole = sealed if new is None else new
        if not 0 <= old <= whole <= sealed:
            raise NotSealedError(max(old, whole), sealed)
        return whole, await merkle.consistency_proof(self.hashes(), old, whole)

    async def root(self, size: int) -> bytes:
        """Of the tree over the first `size` entries. Raises NotSealedError."""
        if size > (sealed := await self.size()):
            raise NotSealedError(size, sealed)
        return await merkle.root(self.hashes(), size)

    async def _within(self, size: int) -> Sealed | None:
        sealed = await self.size()
        if size > sealed:
            raise NotSealedError(size, sealed)
        return await self.at(size)

    async def _tiles(self, asked: Sequence[Tile]) -> Mapping[Tile, bytes]:
        places = sorted({(tile.level, tile.number) for tile in asked})
        held: dict[tuple[int, int], bytes] = {}
        async with self._database.read() as connection:
            for start in range(0, len(places), _MANY):
                wanted = sa.or_(
                    *(
                        sa.and_(log_tiles.c.level == level, log_tiles.c.number == number)
                        for level, number in places[start : start + _MANY]
                    )
                )
                for level, number, hashes in await connection.execute(
                    sa.select(log_tiles.c.level, log_tiles.c.number, log_tiles.c.hashes).where(wanted)
                ):
                    held[level, number] = hashes
        found = {}
        for tile in asked:
            hashes = held.get((tile.level, tile.number), b"")[: tile.width * HASH_BYTES]
            if len(hashes) < tile.width * HASH_BYTES:
                raise BrokenTreeError(f"{tile.path} is not whole")
            found[tile] = hashes
        return found
