"""An auditor who knows the specifications and an address (C2SP tlog-tiles, tlog-proof), and believes nothing else."""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.tlog import tree
from tests.tlog.notes import Checkpoint, Key, Wrong, believed

Fetch = Callable[[str], bytes]
"""What is at a path under the log's prefix; raises Wrong where there is nothing."""

WIDTH = 256


def number_path(number: int) -> str:
    """`<N>`: three digits to an element, all but the last with an x before them."""
    last, rest = f"{number % 1000:03}", number // 1000
    parts = []
    while rest:
        parts.append(f"x{rest % 1000:03}")
        rest //= 1000
    return "/".join([*reversed(parts), last])


def tile_path(kind: str | int, number: int, width: int = WIDTH) -> str:
    return f"tile/{kind}/{number_path(number)}" + ("" if width == WIDTH else f".p/{width}")


def tiles_of(size: int, level: int = 0) -> Iterator[tuple[int, int]]:
    """The numbers and widths of a level's tiles in a tree of a size."""
    held = size // WIDTH**level
    for number in range(-(-held // WIDTH)):
        yield number, min(WIDTH, held - number * WIDTH)


def entries_of(bundle: bytes) -> list[bytes]:
    """A bundle's entries: each has its length before it, in sixteen bits."""
    found = []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        if len(bundle) < 2 + length:
            raise Wrong("an entry bundle ends in the middle of an entry")
        found.append(bundle[2 : 2 + length])
        bundle = bundle[2 + length :]
    return found


@dataclass(frozen=True)
class Audited:
    """A log that was looked at from its first entry to its last."""

    checkpoint: Checkpoint
    entries: Sequence[bytes]
    leaves: Sequence[bytes]


@dataclass(frozen=True)
class Auditor:
    """Whoever has the log's key, from elsewhere."""

    fetch: Fetch
    keys: Sequence[Key]

    def checkpoint(self, origin: str | None = None) -> Checkpoint:
        return believed(self.fetch("checkpoint"), self.keys, origin)

    def audit(self, checkpoint: Checkpoint) -> Audited:
        """Fetch every entry and every tile of a checkpoint, and see that each is what the checkpoint says."""
        size = checkpoint.size
        entries: list[bytes] = []
        for number, width in tiles_of(size):
            bundle = entries_of(self.fetch(tile_path("entries", number, width)))
            if len(bundle) != width:
                raise Wrong(f"entry bundle {number} holds {len(bundle)} entries, not {width}")
            entries += bundle
        leaves = [tree.leaf(entry) for entry in entries]
        if tree.root(leaves) != checkpoint.root:
            raise Wrong(f"the entries do not have the root of the checkpoint of {size}")
        for level, row in enumerate(tree.rows(leaves)):
            for number, width in tiles_of(size, level):
                at = number * WIDTH
                if self.fetch(tile_path(level, number, width)) != b"".join(row[at : at + width]):
                    raise Wrong(f"tile {number} of level {level} is not that of the entries")
        return Audited(checkpoint, entries, leaves)

    def follows(self, old: Checkpoint, new: Checkpoint) -> None:
        """See by tiles alone that one checkpoint goes on from another: what a monitor does that keeps no entries."""
        if old.origin != new.origin:
            raise Wrong(f"{new.origin} is not {old.origin}")
        leaves = self._leaves(new.size)
        for one in (old, new):
            if tree.root(leaves[: one.size]) != one.root:
                raise Wrong(f"the tiles do not have the root of the checkpoint of {one.size}")

    def _leaves(self, size: int) -> list[bytes]:
        hashes: list[bytes] = []
        for number, width in tiles_of(size):
            tile = self.fetch(tile_path(0, number, width))
            if len(tile) != width * 32:
                raise Wrong(f"tile {number} holds {len(tile)} bytes, not {width} hashes")
            hashes += [tile[at : at + 32] for at in range(0, len(tile), 32)]
        return hashes


def check_proof(told: bytes, entry: bytes, keys: Sequence[Key]) -> tuple[int, Checkpoint]:
    """A tlog-proof about an entry: its index and the checkpoint it rests on, once both are seen to hold."""
    head, gap, note = told.partition(b"\n\n")
    first, *lines = head.decode().split("\n")
    if not gap or first != "c2sp.org/tlog-proof@v1":
        raise Wrong("not a tlog-proof")
    if lines and lines[0].startswith("extra "):
        del lines[0]
    if not lines or not lines[0].startswith("index "):
        raise Wrong("a tlog-proof says the index")
    index = int(lines[0].removeprefix("index "))
    checkpoint = believed(note, keys)
    hashes = [base64.b64decode(line, validate=True) for line in lines[1:]]
    tree.check_inclusion(index, checkpoint.size, tree.leaf(entry), hashes, checkpoint.root)
    return index, checkpoint
