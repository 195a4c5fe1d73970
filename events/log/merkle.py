"""The tree of RFC 6962, section 2.1, over the log's entries: its root, and proofs about it.

A proof needs the hashes of a few complete subtrees. Which ones follows from the numbers alone, so a store is asked for
all of them in one go: `Hashes` gets subtrees and answers with their hashes, in the same order.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, TypeAlias

EMPTY_ROOT: Final = hashlib.sha256().digest()
HASH_BYTES: Final = 32


class Subtree(NamedTuple):
    """A complete one, over the leaves from `number << level` and before `(number + 1) << level`."""

    level: int
    number: int


Hashes: TypeAlias = Callable[[Sequence[Subtree]], Awaitable[Sequence[bytes]]]
Range: TypeAlias = tuple[int, int]
"""Leaves from the first and before the second, as RFC 6962 divides a tree."""


def leaf_hash(entry: bytes) -> bytes:
    """Of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Of what two subtrees make together."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def subtrees(leaves: Range) -> Sequence[Subtree]:
    """The complete subtrees that a range consists of, from left to right."""
    start, end = leaves
    found = []
    while start < end:
        level = (end - start).bit_length() - 1
        found.append(Subtree(level, start >> level))
        start += 1 << level
    return found


def joined(hashes: Sequence[bytes]) -> bytes:
    """The hash of a range, from those of its complete subtrees."""
    if not hashes:
        return EMPTY_ROOT
    *left, whole = hashes
    for one in reversed(left):
        whole = node_hash(one, whole)
    return whole


async def root(hashes: Hashes, size: int) -> bytes:
    """Of the tree over the first `size` entries."""
    return joined(await hashes(subtrees((0, size))))


async def inclusion_proof(hashes: Hashes, index: int, size: int) -> Sequence[bytes]:
    """That the leaf is in the tree of that size: PATH(index, D[size]). Raises ValueError for a leaf that is not."""
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    return await _hashed(hashes, _path(index, size))


async def consistency_proof(hashes: Hashes, old: int, new: int) -> Sequence[bytes]:
    """That the tree of size `old` begins the one of size `new`: PROOF(old, D[new]).

    Nothing needs proof where the sizes are the same, and where the old tree is empty. Raises ValueError for a new tree
    that is the smaller one.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} does not begin one of {new}")
    return await _hashed(hashes, _growth(old, new)) if old else []


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf (its hash) is in the tree; as RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    last, hashed, left = size - 1, leaf, list(reversed(proof))
    while left:
        if not last:
            return False
        one = left.pop()
        if index & 1 or index == last:
            hashed = node_hash(one, hashed)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            hashed = node_hash(hashed, one)
        index, last = index >> 1, last >> 1
    return not last and hashed == root


def _path(index: int, size: int) -> Sequence[Range]:
    start, end, beside = 0, size, []
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            beside.append((middle, end))
            end = middle
        else:
            beside.append((start, middle))
            start = middle
    return beside[::-1]


def _growth(old: int, new: int) -> Sequence[Range]:
    start, end, beside = 0, new, []
    while end != old:
        middle = _middle(start, end)
        if old <= middle:
            beside.append((middle, end))
            end = middle
        else:
            beside.append((start, middle))
            start = middle
    if start:  # else it is the old root, which the reader has
        beside.append((start, end))
    return beside[::-1]


def _middle(start: int, end: int) -> int:
    """Where the RFC divides: after the largest power of two that is smaller than the whole."""
    return start + (1 << ((end - start - 1).bit_length() - 1))


async def _hashed(hashes: Hashes, ranges: Sequence[Range]) -> Sequence[bytes]:
    parts = [subtrees(one) for one in ranges]
    found = iter(await hashes([one for part in parts for one in part]))
    return [joined([next(found) for _ in part]) for part in parts]
