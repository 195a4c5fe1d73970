"""The tree as C2SP tlog-tiles divides it: tiles of 256 hashes, and bundles of the entries under a tile of leaves.

https://c2sp.org/tlog-tiles
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from events.log.merkle import HASH_BYTES, Subtree

WIDTH: Final = 256
LEVELS_IN_TILE: Final = 8
_HIGHEST: Final = 63
_sha256: Final = hashlib.sha256
_NUMBER: Final = re.compile(r"((?:x\d{3}/)*)(\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)
_LONGEST_NUMBER: Final = 7
"""Groups of three digits; beyond that no log of ours reaches."""


class Tile(NamedTuple):
    """The first `width` hashes of a tile: of leaves on level 0, on any other of the full tiles below."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it is served, after the log's address: `tile/0/x001/x234/067.p/8`."""
        return f"tile/{self.level}/{_place(self.number, self.width)}"

    @property
    def size(self) -> int:
        """How large a log has to be to have it."""
        return (self.number * WIDTH + self.width) << (self.level * LEVELS_IN_TILE)


class Bundle(NamedTuple):
    """The entries under the first `width` hashes of a tile of leaves."""

    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it is served, after the log's address: `tile/entries/x001/x234/067.p/8`."""
        return f"tile/entries/{_place(self.number, self.width)}"

    @property
    def size(self) -> int:
        """How large a log has to be to have it."""
        return self.number * WIDTH + self.width


def parse_number(text: str) -> tuple[int, int] | None:
    """Number and width from the end of a path; None for one that no tile has."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    groups = [*re.findall(r"\d{3}", found[1]), found[2]]
    width = int(found[3] or WIDTH)
    # One number has one name, so "x000" does not begin it; a partial tile of 256 is a full one.
    if len(groups) > _LONGEST_NUMBER or (len(groups) > 1 and groups[0] == "000") or (found[3] and width >= WIDTH):
        return None
    return int("".join(groups)), width


def parse_tile(level: str, number: str) -> Tile | None:
    """A tile from the two parts of its path; None for one that there cannot be."""
    if not re.fullmatch(r"0|[1-9]\d?", level, re.ASCII) or int(level) > _HIGHEST:
        return None
    found = parse_number(number)
    return Tile(int(level), *found) if found else None


def tiles_of(size: int) -> Iterable[Tile]:
    """Every tile of a log of that size: the full ones, and the last one of each level where it is partial."""
    level, hashes = 0, size
    while hashes:
        full, rest = divmod(hashes, WIDTH)
        yield from (Tile(level, number) for number in range(full))
        if rest:
            yield Tile(level, full, rest)
        level, hashes = level + 1, full


def bundles_of(size: int) -> Iterable[Bundle]:
    """Every bundle of entries of a log of that size."""
    full, rest = divmod(size, WIDTH)
    yield from (Bundle(number) for number in range(full))
    if rest:
        yield Bundle(full, rest)


def tile_with(subtree: Subtree) -> tuple[Tile, slice]:
    """The narrowest tile that a subtree's hash follows from, and from which of its hashes."""
    level, above = divmod(subtree.level, LEVELS_IN_TILE)
    first = subtree.number << above
    start = first % WIDTH
    end = start + (1 << above)
    return Tile(level, first // WIDTH, end), slice(start, end)


def hashes_in(tile: bytes) -> list[bytes]:
    """The hashes that a tile's bytes are. Raises ValueError for bytes that are none."""
    if len(tile) % HASH_BYTES:
        raise ValueError(f"a tile of {len(tile)} bytes does not hold whole hashes")
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The hash of a complete subtree over these; there is a power of two of them. The innermost loop of verifying."""
    while len(hashes) > 1:
        hashes = [
            _sha256(b"\x01" + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2], strict=True)
        ]
    return hashes[0]


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries as one bundle: each with its length before it, sixteen bits, big-endian."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in entries)


def entries_in(bundled: bytes) -> Sequence[bytes]:
    """The entries of a bundle. Raises ValueError for bytes that end in the middle of one."""
    found: list[bytes] = []
    at = 0
    while at < len(bundled):
        start = at + 2
        at = start + int.from_bytes(bundled[at:start], "big")
        if start > len(bundled) or at > len(bundled):
            raise ValueError(f"the bundle ends in the middle of entry {len(found)}")
        found.append(bundled[start:at])
    return found


def _place(number: int, width: int) -> str:
    digits = f"{number:03}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    place = "/".join([*(f"x{one}" for one in groups[:-1]), groups[-1]])
    return place if width == WIDTH else f"{place}.p/{width}"
