"""A stretch of the log, read and hashed anew: what one process does at a time."""

from collections.abc import Mapping, Sequence
from typing import Final

from events.log.merkle import HASH_BYTES
from events.log.tiles import WIDTH, Tile, complete_root
from events.log.verification.chunks import Chunks
from events.log.verification.faults import Fault
from events.log.verification.rows import Row, Source, Stretch, UnreadableRowsError
from events.log.verification.tree import range_root, tile_difference

STRETCH: Final = 64 * WIDTH
"""How many positions are looked at in one piece of work."""
_FETCHED: Final = 8 * WIDTH
"""How many rows are asked for at once; they are looked at in chunks of a tile, which a processor's caches hold."""


def examine(
    source: Source,
    first: int,
    last: int,
    sealed: int = 0,
    sizes: Sequence[int] = (),
    *,
    deep: bool = False,
    runs: bool = False,
) -> Stretch:
    """Look at the positions from `first`, which begins a tile, to `last`.

    `sealed` is how many leaves the tiles hold; `sizes` are those whose root is asked for and that end in this stretch.
    With `deep` the bodies are seen to be canonical JSON; with `runs` every command is named.
    """
    seen = Stretch(first, last, inner=[] if runs else None)
    chunk = Chunks(seen, deep=deep)
    for fetched in range(first, last + 1, _FETCHED):
        rows = _rows(source, seen, fetched, min(fetched + _FETCHED - 1, last))
        tiles = _tiles(source, fetched, min(len(rows), sealed - fetched + 1))
        for start in range(fetched, min(fetched + _FETCHED, last + 1), WIDTH):
            end = min(start + WIDTH - 1, last)
            leaves = chunk.read(rows[start - fetched : end - fetched + 1], start, end)
            _compare(seen, tiles, start, leaves, sealed)
            within = [size for size in sizes if start <= size < start + len(leaves) and size % WIDTH]
            for size in within:
                seen.parts[size] = range_root(leaves[: size - start + 1])
            if seen.fault and within and (told := _hashes_of(tiles.get(start // WIDTH, b""))):
                seen.told = {size: range_root(told[: size - start + 1]) for size in within if size - start < len(told)}
            if seen.fault:
                break
        if seen.fault:
            break
    chunk.end()
    return seen


def _rows(source: Source, seen: Stretch, start: int, end: int) -> Sequence[Row]:
    """The rows; where they cannot be read, those before the first that cannot."""
    try:
        return source.rows(start - 1, end)
    except UnreadableRowsError:
        found: list[Row] = []
        for position in range(start, end + 1):
            try:
                found += source.rows(position - 1, position)
            except UnreadableRowsError as error:
                seen.note(Fault(position, "row.unreadable", {"why": str(error)}))
                break
        return found


def _tiles(source: Source, start: int, count: int) -> Mapping[int, bytes]:
    """The tiles that hold so many positions from `start`."""
    return source.tiles(0, start // WIDTH, -(-count // WIDTH)) if count > 0 else {}


def _compare(seen: Stretch, tiles: Mapping[int, bytes], start: int, leaves: Sequence[bytes], sealed: int) -> None:
    """Leaves with the tile that holds them, and on to its root where it is full."""
    number = start // WIDTH
    width = min(sealed - start + 1, len(leaves))
    if width > 0:
        told = tiles.get(number)
        differs = 0 if told is None else tile_difference(told[: width * HASH_BYTES], leaves[:width])
        if differs is not None:
            code = "tile.missing" if told is None else "tile.entry"
            seen.note(Fault(start + differs, code, {"tile": Tile(0, number, width).path}))
            return
    if len(leaves) == WIDTH:
        seen.roots.append(complete_root(leaves))


def _hashes_of(tile: bytes) -> list[bytes]:
    """Those that a tile holds, whatever its length."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]
