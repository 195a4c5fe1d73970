"""The auditor itself, against examples that others published and logs that were made wrong."""

import ast
import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.tlog import tree
from tests.tlog.audit import Audited, Auditor, check_proof, entries_of, number_path, tile_path, tiles_of
from tests.tlog.notes import COSIGNATURE, ED25519, Checkpoint, Key, Note, Wrong, believed
from tests.tlog.vectors import LEAVES, ROOTS

# From the tests of Go's sumdb/note, by which the format was first written down.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_SAID = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()

ORIGIN = "register.example/log"


def key_and_signer(name: str = ORIGIN, kind: int = ED25519) -> tuple[Key, Callable[[str, int], str]]:
    """A key, and what signs a text with it: a signature line. The second argument is a cosignature's time."""
    secret = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
    key = Key(name, kind, secret.public_key().public_bytes_raw())

    def sign(text: str, moment: int) -> str:
        if kind == COSIGNATURE:
            signed = moment.to_bytes(8, "big") + secret.sign(f"cosignature/v1\ntime {moment}\n{text}".encode())
        else:
            signed = secret.sign(text.encode())
        return f"— {name} {base64.b64encode(key.id + signed).decode()}\n"

    return key, sign


def checkpoint_text(leaves: list[bytes], origin: str = ORIGIN) -> str:
    return f"{origin}\n{len(leaves)}\n{base64.b64encode(tree.root(leaves)).decode()}\n"


def a_log(size: int) -> tuple[Auditor, dict[str, bytes]]:
    """A log in a dictionary, as its files would be, and who audits it."""
    entries = [b"entry %d" % number for number in range(size)]
    leaves = [tree.leaf(entry) for entry in entries]
    key, sign = key_and_signer()
    text = checkpoint_text(leaves)
    files = {"checkpoint": f"{text}\n{sign(text, 0)}".encode()}
    for number, width in tiles_of(size):
        inside = entries[number * 256 : number * 256 + width]
        files[tile_path("entries", number, width)] = b"".join(len(one).to_bytes(2, "big") + one for one in inside)
    for level, row in enumerate(tree.rows(leaves)):
        for number, width in tiles_of(size, level):
            files[tile_path(level, number, width)] = b"".join(row[number * 256 : number * 256 + width])

    def fetch(path: str) -> bytes:
        if path not in files:
            raise Wrong(f"nothing at {path}")
        return files[path]

    return Auditor(fetch, [key]), files


def audited(auditor: Auditor) -> Audited:
    return auditor.audit(auditor.checkpoint())


@pytest.mark.parametrize("size", range(9))
def test_trees_have_the_roots_of_certificate_transparency(size: int) -> None:
    assert tree.root([tree.leaf(one) for one in LEAVES[:size]]).hex() == ROOTS[size]


@pytest.mark.parametrize("size", range(1, 9))
def test_every_audit_path_leads_to_the_root_and_no_changed_one_does(size: int) -> None:
    leaves = [tree.leaf(one) for one in LEAVES[:size]]
    for index, hashed in enumerate(leaves):
        told = tree.path(index, leaves)
        tree.check_inclusion(index, size, hashed, told, tree.root(leaves))
        for wrong in ([*told, hashed], told[1:], told[:-1], [hashed, *told]):
            if wrong != told:
                with pytest.raises(Wrong):
                    tree.check_inclusion(index, size, hashed, wrong, tree.root(leaves))


@pytest.mark.parametrize("size", range(1, 9))
def test_every_two_sizes_are_proven_consistent_and_other_roots_are_not(size: int) -> None:
    leaves = [tree.leaf(one) for one in LEAVES[:size]]
    for old in range(1, size + 1):
        told = tree.proof(old, leaves)
        tree.check_consistency(old, size, tree.root(leaves[:old]), tree.root(leaves), told)
        with pytest.raises(Wrong):
            tree.check_consistency(old, size, tree.leaf(b"else"), tree.root(leaves), told)
        with pytest.raises(Wrong):
            tree.check_consistency(old, size, tree.root(leaves[:old]), tree.root(leaves), [*told, leaves[0]])


def test_a_published_note_is_believed_and_a_changed_one_is_not() -> None:
    key = Key.parse(NEUMANN)
    assert Note.parse(NEUMANN_SAID).signed_by([key]) == [key]
    with pytest.raises(Wrong, match="not right"):
        Note.parse(NEUMANN_SAID.replace(b"answer", b"Answer")).signed_by([key])


def test_a_key_that_misstates_its_id_is_refused() -> None:
    with pytest.raises(Wrong, match="says its id is"):
        Key.parse(NEUMANN.replace("c74f20a3", "c74f20a4"))


def test_a_cosignature_counts_with_its_time() -> None:
    key, sign = key_and_signer("witness.example/w1", COSIGNATURE)
    text = checkpoint_text([tree.leaf(b"one")])
    line = sign(text, 1679315147)
    assert Note.parse(f"{text}\n{line}".encode()).signed_by([key]) == [key]
    raw = bytearray(base64.b64decode(line.split(" ")[2]))
    raw[11] ^= 1  # the last byte of its time
    with pytest.raises(Wrong, match="not right"):
        Note.parse(f"{text}\n— {key.name} {base64.b64encode(raw).decode()}\n".encode()).signed_by([key])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text\n",
        b"text\n\nno line\n",
        b"text\n\n\xe2\x80\x94 name !!!\n",
        b"te\x00xt\n\n\xe2\x80\x94 n AAAAAAA=\n",
    ],
)
def test_what_is_no_note_is_refused(raw: bytes) -> None:
    with pytest.raises(Wrong):
        Note.parse(raw)


@pytest.mark.parametrize("text", ["o\n01\nAA==\n", "o\n1\nAA==\n", "o\n-1\nAA==\n", "o\n1\n", "\n1\nAA==\n"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Wrong):
        Checkpoint.parse(text)


def test_a_checkpoint_of_an_unknown_key_or_another_origin_is_not_believed() -> None:
    auditor, files = a_log(3)
    stranger, _ = key_and_signer("stranger.example")
    with pytest.raises(Wrong, match="none of the known keys"):
        believed(files["checkpoint"], [stranger])
    with pytest.raises(Wrong, match="a checkpoint of"):
        auditor.checkpoint("other.example/log")


@pytest.mark.parametrize(
    ("number", "told"),
    [(0, "000"), (67, "067"), (1234067, "x001/x234/067"), (1000, "x001/000")],
)
def test_tile_numbers_are_spelt_as_specified(number: int, told: str) -> None:
    assert number_path(number) == told


def test_a_tree_of_70000_has_the_tiles_of_the_specifications_example() -> None:
    assert [len(list(tiles_of(70_000, level))) for level in range(4)] == [274, 2, 1, 0]
    assert [list(tiles_of(70_000, level))[-1][1] for level in range(3)] == [112, 17, 1]


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
def test_a_right_log_is_found_right(size: int) -> None:
    auditor, _ = a_log(size)
    assert len(audited(auditor).entries) == size


def test_any_changed_byte_of_any_file_is_found() -> None:
    auditor, files = a_log(300)
    for path, right in list(files.items()):
        for at in {0, len(right) // 3, len(right) // 2, len(right) - 1}:
            files[path] = right[:at] + bytes([right[at] ^ 1]) + right[at + 1 :]
            with pytest.raises((Wrong, ValueError)):
                audited(auditor)
            files[path] = right
    assert audited(auditor).entries


def test_a_log_that_was_written_anew_and_signed_again_does_not_follow_from_what_it_was() -> None:
    before, _ = a_log(300)
    after, files = a_log(400)
    after.follows(before.checkpoint(), after.checkpoint())
    forged = [tree.leaf(b"other %d" % number) for number in range(400)]
    for number, width in tiles_of(400):
        files[tile_path(0, number, width)] = b"".join(forged[number * 256 : number * 256 + width])
    text = checkpoint_text(forged)
    files["checkpoint"] = f"{text}\n{key_and_signer()[1](text, 0)}".encode()
    with pytest.raises(Wrong, match="checkpoint of 300"):
        after.follows(before.checkpoint(), after.checkpoint())


def test_a_proof_in_a_file_is_checked_without_the_log() -> None:
    auditor, files = a_log(300)
    seen = audited(auditor)
    hashes = "".join(base64.b64encode(one).decode() + "\n" for one in tree.path(77, seen.leaves))
    told = f"c2sp.org/tlog-proof@v1\nindex 77\n{hashes}\n".encode() + files["checkpoint"]
    assert check_proof(told, seen.entries[77], auditor.keys) == (77, seen.checkpoint)
    with pytest.raises(Wrong):
        check_proof(told, seen.entries[78], auditor.keys)
    with pytest.raises(Wrong):
        check_proof(told.replace(b"index 77", b"index 78"), seen.entries[77], auditor.keys)


def test_a_bundle_that_ends_too_soon_is_refused() -> None:
    with pytest.raises(Wrong, match="in the middle"):
        entries_of(b"\x00\x05four")


@pytest.mark.parametrize("file", ["notes.py", "tree.py", "audit.py", "witness.py"])
def test_the_auditor_knows_the_specifications_and_nothing_of_the_register(file: str) -> None:
    read = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
    named = {one.name for found in ast.walk(read) if isinstance(found, ast.Import) for one in found.names}
    named |= {found.module or "" for found in ast.walk(read) if isinstance(found, ast.ImportFrom)}
    assert not {one.partition(".")[0] for one in named} & {"events", "domain", "schedulers", "service"}
