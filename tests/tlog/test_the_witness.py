"""The witness itself, asked as its specification says."""

import base64

import httpx
import pytest

from tests.tlog import tree
from tests.tlog.notes import Note
from tests.tlog.test_the_auditor import ORIGIN, checkpoint_text, key_and_signer
from tests.tlog.witness import Witness, witnessing

LEAVES = [tree.leaf(b"%d" % number) for number in range(20)]
LOG, SIGN = key_and_signer()


@pytest.fixture
def witness() -> Witness:
    return Witness("witness.example/w1", {ORIGIN: [LOG]}, lambda: 1_700_000_000)


def request(old: int, new: int, leaves: list[bytes] = LEAVES, signed_by: str = ORIGIN, proven_from: int = -1) -> bytes:
    start = old if proven_from < 0 else proven_from
    hashes = tree.proof(start, leaves[:new]) if start else []
    text = checkpoint_text(leaves[:new])
    lines = "".join(base64.b64encode(one).decode() + "\n" for one in hashes)
    return f"old {old}\n{lines}\n{text}\n{key_and_signer(signed_by)[1](text, 0)}".encode()


def test_it_cosigns_what_goes_on_from_what_it_saw(witness: Witness) -> None:
    for old, new in ((0, 5), (5, 12), (12, 12), (12, 20)):
        status, _, line = witness.add_checkpoint(request(old, new))
        assert status == 200
        text = checkpoint_text(LEAVES[:new])
        assert Note.parse(f"{text}\n{line.decode()}".encode()).signed_by([witness.key]) == [witness.key]


def test_it_says_what_it_knows_to_who_does_not(witness: Witness) -> None:
    witness.add_checkpoint(request(0, 5))
    assert witness.add_checkpoint(request(0, 12)) == (409, "text/x.tlog.size", b"5\n")


def test_it_cosigns_no_fork(witness: Witness) -> None:
    forked = [tree.leaf(b"else %d" % number) for number in range(20)]
    witness.add_checkpoint(request(0, 5))
    assert witness.add_checkpoint(request(5, 12, forked))[0] == 422
    assert witness.add_checkpoint(request(5, 5, forked, proven_from=0))[0] == 409
    assert witness.seen[ORIGIN].size == 5


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (request(7, 5, proven_from=0), 400),
        (request(0, 5).replace(ORIGIN.encode() + b"\n5", b"other.example\n5"), 404),
        (request(0, 5, signed_by="stranger.example"), 403),
    ],
)
def test_it_refuses_as_specified(witness: Witness, body: bytes, status: int) -> None:
    assert witness.add_checkpoint(body)[0] == status


@pytest.mark.server
def test_it_listens(witness: Witness) -> None:
    with witnessing(witness) as prefix:
        assert httpx.post(f"{prefix}/add-checkpoint", content=request(0, 5)).status_code == 200
    assert witness.asked == [(0, 200)]
