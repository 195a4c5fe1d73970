"""A proof as a file: C2SP tlog-proof, checked without the log."""

import base64
from dataclasses import replace

import pytest

from events.log.checkpoint import Checkpoint, NoteError, SigningKey, sign
from events.log.proofs import Proof, ProofError
from tests.events.log import reference
from tests.tlog.vectors import LEAVES

KEY = SigningKey.of("errera.example/log", bytes(range(32)))
NOTE = sign(Checkpoint(KEY.name, 8, reference.mth(LEAVES)).text, [KEY])
PROOF = Proof(5, reference.path(5, LEAVES), NOTE)


def test_a_proof_is_index_hashes_and_the_checkpoint_as_it_was_signed() -> None:
    lines = PROOF.text().decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 5"]
    assert [base64.b64decode(line) for line in lines[2:5]] == reference.path(5, LEAVES)
    assert "\n".join(lines[5:]).encode() == b"\n" + NOTE
    assert PROOF.position == 6


def test_it_is_read_again_and_holds_for_its_entry() -> None:
    read = Proof.parse(PROOF.text())
    assert read == PROOF
    assert read.verified(LEAVES[5], [KEY.verifier]) == Checkpoint(KEY.name, 8, reference.mth(LEAVES))


def test_a_log_of_one_entry_needs_no_hashes() -> None:
    alone = Proof(0, [], sign(Checkpoint(KEY.name, 1, reference.mth(LEAVES[:1])).text, [KEY]))
    assert alone.text().startswith(b"c2sp.org/tlog-proof@v1\nindex 0\n\nerrera.example/log\n1\n")
    assert Proof.parse(alone.text()).verified(LEAVES[0], [KEY.verifier]).size == 1


def test_extra_data_of_others_is_passed_over() -> None:
    told = PROOF.text().replace(b"\nindex", b"\nextra aGFsbG8=\nindex")
    assert Proof.parse(told) == PROOF


def test_it_holds_for_no_other_entry_and_no_other_place() -> None:
    for broken in (PROOF, replace(PROOF, index=4), replace(PROOF, hashes=PROOF.hashes[:-1])):
        with pytest.raises(ProofError):
            broken.verified(LEAVES[4], [KEY.verifier])
    with pytest.raises(NoteError, match="no known key"):
        PROOF.verified(LEAVES[5], [SigningKey.of(KEY.name, bytes(32)).verifier])


@pytest.mark.parametrize(
    ("told", "instead"),
    [
        (b"tlog-proof@v1", b"tlog-proof@v2"),
        (b"index 5\n", b""),
        (b"index 5", b"index 05"),
        (b"index 5", b"index -5"),
        (b"index 5\n", b"index 5\nAAAA\n"),
        (b"index 5\n", b"index 5\n!!\n"),
    ],
)
def test_what_is_no_proof_is_refused(told: bytes, instead: bytes) -> None:
    with pytest.raises(ProofError):
        Proof.parse(PROOF.text().replace(told, instead))
