"""The Merkle tree of RFC 6962, section 2.1, as it is defined there: slow, recursive, and nobody's but the tests'."""

import hashlib
from collections.abc import Iterable, Sequence

from tests.tlog.notes import Wrong


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two smaller than the size."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes."""
    match len(leaves):
        case 0:
            return hashlib.sha256(b"").digest()
        case 1:
            return leaves[0]
        case size:
            return node(root(leaves[: split(size)]), root(leaves[split(size) :]))


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]): the audit path of one leaf."""
    if len(leaves) == 1:
        return []
    half = split(len(leaves))
    if index < half:
        return [*path(index, leaves[:half]), root(leaves[half:])]
    return [*path(index - half, leaves[half:]), root(leaves[:half])]


def proof(old: int, leaves: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """PROOF(m, D[n]), by way of SUBPROOF."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    half = split(len(leaves))
    if old <= half:
        return [*proof(old, leaves[:half], whole=whole), root(leaves[half:])]
    return [*proof(old - half, leaves[half:], whole=False), root(leaves[:half])]


def root_by_inclusion(index: int, size: int, hashed: bytes, told: Sequence[bytes]) -> bytes:
    """The root to which an audit path leads from a leaf's hash."""
    if not 0 <= index < size:
        raise Wrong(f"no leaf {index} in a tree of {size}")
    if size == 1:
        if told:
            raise Wrong("the path is too long")
        return hashed
    if not told:
        raise Wrong("the path is too short")
    half = split(size)
    if index < half:
        return node(root_by_inclusion(index, half, hashed, told[:-1]), told[-1])
    return node(told[-1], root_by_inclusion(index - half, size - half, hashed, told[:-1]))


def roots_by_consistency(old: int, new: int, old_root: bytes, told: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots of both sizes to which a consistency proof leads, taking the old one's word for what it covers."""
    if not 0 < old <= new:
        raise Wrong(f"nothing to prove from {old} to {new}")
    return _both(old, new, old_root, list(told), whole=True)


def _both(old: int, new: int, old_root: bytes, told: list[bytes], *, whole: bool) -> tuple[bytes, bytes]:
    if old == new:
        if len(told) != (0 if whole else 1):
            raise Wrong("the proof is not of that length")
        return (old_root, old_root) if whole else (told[0], told[0])
    if not told:
        raise Wrong("the proof is too short")
    half, last = split(new), told[-1]
    if old <= half:
        before, after = _both(old, half, old_root, told[:-1], whole=whole)
        return before, node(after, last)
    before, after = _both(old - half, new - half, old_root, told[:-1], whole=False)
    return node(last, before), node(last, after)


def check_inclusion(index: int, size: int, hashed: bytes, told: Sequence[bytes], rooted: bytes) -> None:
    if root_by_inclusion(index, size, hashed, told) != rooted:
        raise Wrong(f"leaf {index} is not in the tree of {size} with that root")


def check_consistency(old: int, new: int, old_root: bytes, new_root: bytes, told: Sequence[bytes]) -> None:
    if old == 0:  # every tree goes on from the empty one
        if told:
            raise Wrong("from the empty tree there is nothing to prove")
        return
    if roots_by_consistency(old, new, old_root, told) != (old_root, new_root):
        raise Wrong(f"the tree of {new} does not go on from the tree of {old}")


def rows(leaves: Iterable[bytes]) -> list[list[bytes]]:
    """The hashes that tiles hold: level 0 the leaves', level l the hash of each 256 of the level below."""
    levels = [list(leaves)]
    while len(levels[-1]) >= 256:
        below = levels[-1]
        levels.append([root(below[at : at + 256]) for at in range(0, len(below) - 255, 256)])
    return levels
