"""RFC 6962, section 2.1, over entries: by the tests' own auditor, which is written from the specifications alone."""

from collections.abc import Sequence

from tests.tlog import tree


def mth(entries: Sequence[bytes]) -> bytes:
    """MTH(D)."""
    return tree.root([tree.leaf(one) for one in entries])


def path(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D)."""
    return tree.path(m, [tree.leaf(one) for one in entries])


def proof(m: int, entries: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D)."""
    return tree.proof(m, [tree.leaf(one) for one in entries])
