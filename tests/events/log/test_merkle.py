"""The tree: the known vectors of Certificate Transparency, and the RFC's own definitions as a second opinion."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.log import merkle
from events.log.merkle import Subtree, leaf_hash, verify_inclusion
from tests.events.log import reference
from tests.tlog.tree import check_consistency
from tests.tlog.vectors import LEAVES, ROOTS

T = TypeVar("T")

INCLUSIONS = {
    (0, 1): [],
    (0, 2): ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"],
    (1, 2): ["6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
GROWTHS = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
"""From certificate-transparency's own tests, as github.com/transparency-dev/merkle carries them on."""


def hashes_over(leaves: list[bytes]) -> Callable[[Sequence[Subtree]], Awaitable[Sequence[bytes]]]:
    async def hashes(subtrees: Sequence[Subtree]) -> Sequence[bytes]:
        return [reference.mth(leaves[one.number << one.level : (one.number + 1) << one.level]) for one in subtrees]

    return hashes


def hexed(hashes: Sequence[bytes]) -> list[str]:
    return [one.hex() for one in hashes]


@pytest.mark.parametrize("size", range(9))
async def test_the_root_is_the_known_one(size: int) -> None:
    assert (await merkle.root(hashes_over(LEAVES), size)).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSIONS)
async def test_an_inclusion_proof_is_the_known_one(index: int, size: int) -> None:
    proof = await merkle.inclusion_proof(hashes_over(LEAVES), index, size)
    assert hexed(proof) == INCLUSIONS[index, size]
    assert verify_inclusion(leaf_hash(LEAVES[index]), index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), GROWTHS)
async def test_a_consistency_proof_is_the_known_one(old: int, new: int) -> None:
    proof = await merkle.consistency_proof(hashes_over(LEAVES), old, new)
    assert hexed(proof) == GROWTHS[old, new]
    check_consistency(old, new, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]), proof)


@st.composite
def trees(draw: st.DrawFn) -> tuple[list[bytes], int, int]:
    """Leaves, and two sizes or an index and a size."""
    new = draw(st.integers(1, 600))
    return [b"%d" % number for number in range(new)], draw(st.integers(0, new - 1)), new


@given(trees())
def test_proofs_are_what_the_rfc_defines(tree: tuple[list[bytes], int, int]) -> None:
    leaves, some, size = tree
    hashes = hashes_over(leaves)
    assert done(merkle.root(hashes, size)) == reference.mth(leaves)
    assert done(merkle.inclusion_proof(hashes, some, size)) == reference.path(some, leaves)
    assert done(merkle.consistency_proof(hashes, some, size)) == (reference.proof(some, leaves) if some else [])


@given(trees(), st.data())
def test_a_proof_holds_for_its_leaf_and_trees_and_for_no_other(
    tree: tuple[list[bytes], int, int], data: st.DataObject
) -> None:
    leaves, index, size = tree
    root, leaf = reference.mth(leaves), leaf_hash(leaves[index])
    proof = reference.path(index, leaves)
    assert verify_inclusion(leaf, index, size, proof, root)
    assert not verify_inclusion(leaf_hash(b"another"), index, size, proof, root)
    assert not verify_inclusion(leaf, index, size, [*proof, root], root)
    assert not verify_inclusion(leaf, index, size, proof, leaf_hash(root))
    assert not verify_inclusion(leaf, size, size, proof, root)
    other = data.draw(st.integers(0, size - 1))
    assert verify_inclusion(leaf, other, size, proof, root) == (other == index)
    for number in range(len(proof)):
        changed = [*proof[:number], sha256(proof[number]).digest(), *proof[number + 1 :]]
        assert not verify_inclusion(leaf, index, size, changed, root)
        assert not verify_inclusion(leaf, index, size, proof[:number] + proof[number + 1 :], root)


async def test_what_there_is_no_proof_of_is_refused() -> None:
    with pytest.raises(ValueError, match="leaf 8"):
        await merkle.inclusion_proof(hashes_over(LEAVES), 8, 8)
    with pytest.raises(ValueError, match="tree of 8"):
        await merkle.consistency_proof(hashes_over(LEAVES), 8, 7)


def done(work: Awaitable[T]) -> T:
    async def awaited() -> T:
        return await work

    return asyncio.run(awaited())
