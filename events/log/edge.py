"""The right edge of the tree: the tiles that are not full yet, one of each level. All that a log needs to grow."""

from collections.abc import Iterable, Sequence

from events.log.merkle import joined, subtrees
from events.log.tiles import WIDTH, Tile, complete_root, hashes_in, tile_with


class Edge:
    """Hashes of leaves go in; tiles and the root come out."""

    def __init__(self, size: int = 0, partial: Iterable[tuple[Tile, bytes]] = ()) -> None:
        self.size = size
        self._rows: dict[int, list[bytes]] = {tile.level: hashes_in(hashes) for tile, hashes in partial}
        self._full: list[tuple[Tile, bytes]] = []
        self._grown: set[int] = set()

    @staticmethod
    def partial_tiles(size: int) -> Sequence[Tile]:
        """The tiles that an edge of that size begins with."""
        found, level = [], 0
        while size:
            number, width = divmod(size, WIDTH)
            if width:
                found.append(Tile(level, number, width))
            size, level = number, level + 1
        return found

    def extend(self, leaves: Sequence[bytes]) -> None:
        """More leaves, as their hashes."""
        row = self._rows.setdefault(0, [])
        at = 0
        while at < len(leaves):
            more = leaves[at : at + WIDTH - len(row)]
            at += len(more)
            row += more
            self.size += len(more)
            self._widened(0)

    def _widened(self, level: int) -> None:
        """The last tile of that level; where it is full, its root goes into the level above."""
        self._grown.add(level)
        row = self._rows[level]
        if len(row) == WIDTH:
            self._full.append((Tile(level, self._number(level) - 1), b"".join(row)))
            self._rows.setdefault(level + 1, []).append(complete_root(row))
            row.clear()
            self._widened(level + 1)

    def grown(self) -> Sequence[tuple[Tile, bytes]]:
        """The tiles that the leaves added since the last time made or made wider."""
        partial = [
            (Tile(level, self._number(level), len(row)), b"".join(row))
            for level in sorted(self._grown)
            if (row := self._rows[level])
        ]
        found = [*self._full, *partial]
        self._full = []
        self._grown.clear()
        return found

    def root(self) -> bytes:
        """Of the tree as it is now."""
        parts = []
        for one in subtrees((0, self.size)):
            tile, hashes = tile_with(one)
            parts.append(complete_root(self._rows[tile.level][hashes]))
        return joined(parts)

    def _number(self, level: int) -> int:
        """Of the tile of that level that is not full."""
        return self.size >> (8 * (level + 1))
