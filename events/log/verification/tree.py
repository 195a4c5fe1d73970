"""The tree over all entries, as it grows from the hashes of its full tiles."""

from collections.abc import Iterator, Sequence

from events.log.merkle import HASH_BYTES, joined, node_hash, subtrees
from events.log.tiles import LEVELS_IN_TILE, WIDTH, complete_root


def range_root(leaves: Sequence[bytes]) -> bytes:
    """The hash over the first leaves of a tile that is not full."""
    return joined(
        [
            complete_root(leaves[one.number << one.level : (one.number + 1) << one.level])
            for one in subtrees((0, len(leaves)))
        ]
    )


class Tree:
    """Every complete subtree of 256 leaves or more."""

    def __init__(self) -> None:
        self._above: list[list[bytes]] = [[]]

    @property
    def leaves(self) -> int:
        """In its full tiles."""
        return len(self._above[0]) * WIDTH

    def grow(self, roots: Sequence[bytes]) -> None:
        """The hashes of the next full tiles of leaves, in order."""
        for one in roots:
            hashed, level = one, 0
            self._above[0].append(hashed)
            while len(self._above[level]) % 2 == 0:
                hashed = node_hash(self._above[level][-2], hashed)
                level += 1
                if level == len(self._above):
                    self._above.append([])
                self._above[level].append(hashed)

    def root(self, size: int, rest: bytes | None) -> bytes:
        """Of the first `size` leaves; `rest` is the hash over those after the last full tile."""
        hashes = [self._above[one.level][one.number] for one in subtrees((0, size // WIDTH))]
        return joined([*hashes, rest] if rest is not None else hashes)

    def tiles(self, level: int, size: int) -> Iterator[bytes]:
        """The tiles of a level from 1 up, of a log of that size, in order."""
        row = LEVELS_IN_TILE * (level - 1)
        held = size >> (LEVELS_IN_TILE * level)
        for first in range(0, held, WIDTH):
            yield b"".join(self._above[row][first : min(first + WIDTH, held)])


def tile_difference(told: bytes, leaves: Sequence[bytes]) -> int | None:
    """The index of the first hash that is not the tile's; None where all are."""
    if told == b"".join(leaves):
        return None
    for index, leaf in enumerate(leaves):
        if told[index * HASH_BYTES : (index + 1) * HASH_BYTES] != leaf:
            return index
    return len(leaves)
