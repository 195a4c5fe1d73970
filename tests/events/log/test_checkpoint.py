"""Signed notes and checkpoints: the notes of other implementations open here, and ours are as theirs."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from events.log.checkpoint import (
    COSIGNATURE,
    Checkpoint,
    Note,
    NoteError,
    SigningKey,
    VerifierKey,
    open_note,
    sign,
)

PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SECRET = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETERS_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETERS_NOTE = (
    PETERS_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
"""The note of golang.org/x/mod/sumdb/note's documentation."""

OTHERS = [
    PETER,
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
]
"""Keys of other implementations; the last is a witness's."""

KEY = SigningKey.of("errera.example/log", bytes(range(32)))
CHECKPOINT = Checkpoint(
    "errera.example/log", 20852163, base64.b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
)


def test_a_note_of_another_implementation_opens() -> None:
    opened = open_note(PETERS_NOTE, [VerifierKey.parse(PETER)])
    assert opened.text == PETERS_TEXT
    assert [str(key) for key in opened.signed_by] == [PETER]


def test_our_note_is_byte_for_byte_that_of_another_implementation() -> None:
    peter = SigningKey.of("PeterNeumann", base64.b64decode(PETERS_SECRET)[1:])
    assert str(peter.verifier) == PETER
    assert sign(PETERS_TEXT, [peter]) == PETERS_NOTE


@pytest.mark.parametrize("key", OTHERS)
def test_a_verifier_key_of_another_implementation_is_read_and_written(key: str) -> None:
    assert str(VerifierKey.parse(key)) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumanN+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T",
        "PeterNeumann+c74f20a3+AhpC2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "x+00000000+",
    ],
)
def test_what_is_no_verifier_key_is_refused(key: str) -> None:
    with pytest.raises(NoteError):
        VerifierKey.parse(key)


def test_a_checkpoint_is_three_lines_and_a_signature() -> None:
    note = sign(CHECKPOINT.text, [KEY]).decode()
    assert note.split("\n")[:4] == [
        "errera.example/log",
        "20852163",
        "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "",
    ]
    assert open_note(note.encode(), [KEY.verifier]).checkpoint == CHECKPOINT


def test_extension_lines_are_passed_over() -> None:
    assert Checkpoint.parse(CHECKPOINT.text + "something of others\n") == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "errera.example/log\n1\n",
        CHECKPOINT.text[:-1],
        CHECKPOINT.text.replace("20852163", "020852163"),
        CHECKPOINT.text.replace("20852163", "-1"),
        CHECKPOINT.text.replace("20852163", "\u0663"),
        CHECKPOINT.text.replace("q2I=", "q2I"),
        CHECKPOINT.text.replace("q2I=", "q2J="),
        CHECKPOINT.text.replace("CsUY", ""),
        CHECKPOINT.text.replace("errera.example/log", ""),
        CHECKPOINT.text + "\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


def test_while_keys_rotate_either_opens_the_note() -> None:
    newer = SigningKey.of(KEY.name, bytes(32))
    note = sign(CHECKPOINT.text, [newer, KEY])
    assert open_note(note, [KEY.verifier]).signed_by == [KEY.verifier]
    assert open_note(note, [newer.verifier]).signed_by == [newer.verifier]
    assert open_note(note, [KEY.verifier, newer.verifier]).signed_by == [newer.verifier, KEY.verifier]


def test_nobody_known_is_nobody() -> None:
    namesake = SigningKey.of(KEY.name, bytes(32))
    with pytest.raises(NoteError, match="no known key"):
        open_note(sign(CHECKPOINT.text, [KEY]), [namesake.verifier])


def test_a_known_key_s_wrong_signature_refuses_the_note() -> None:
    other = SigningKey.of("another", bytes(32))
    note = sign(CHECKPOINT.text, [other, KEY]).replace(b"20852163", b"20852164")
    with pytest.raises(NoteError, match="the signature of errera"):
        open_note(note, [KEY.verifier])


@given(st.data())
def test_a_note_of_which_a_bit_is_flipped_does_not_open(data: st.DataObject) -> None:
    note = bytearray(sign(CHECKPOINT.text, [KEY]))
    at = data.draw(st.integers(0, len(note) - 1))
    note[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NoteError):
        open_note(bytes(note), [KEY.verifier])


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n\xe2\x80\x94 name\n",
        b"text\n\n\xe2\x80\x94 name AAAA\n",
        b"text\n\n- name AAAAAAAA\n",
        PETERS_NOTE[:-1],
        PETERS_NOTE.replace(b"If you", b"If\tyou"),
        PETERS_NOTE.replace(b"If you", b"If \xffyou"),
        PETERS_TEXT.encode() + b"\n" + PETERS_NOTE.split(b"\n")[-2] + b"\n" * 2,
        PETERS_TEXT.encode() + b"\n" + (PETERS_NOTE.split(b"\n")[-2] + b"\n") * 101,
    ],
)
def test_what_is_no_note_is_refused(note: bytes) -> None:
    with pytest.raises(NoteError):
        open_note(note, [VerifierKey.parse(PETER)])


def test_a_note_carries_as_many_signatures_as_everybody_must_accept() -> None:
    keys = [SigningKey.of("errera.example/log", bytes([number] * 32)) for number in range(16)]
    assert len(open_note(sign(CHECKPOINT.text, keys), [key.verifier for key in keys]).signed_by) == 16


def cosigned(name: str, secret: Ed25519PrivateKey, at: int, text: str) -> tuple[VerifierKey, bytes]:
    """As a witness does it, by tlog-cosignature."""
    key = VerifierKey(name, secret.public_key().public_bytes_raw(), COSIGNATURE)
    signature = secret.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
    encoded = base64.b64encode(key.key_id + at.to_bytes(8, "big") + signature).decode()
    return key, f"— {name} {encoded}\n".encode()


def test_a_witness_s_cosignature_stands_beside_the_log_s() -> None:
    key, line = cosigned("witness.example/w1", Ed25519PrivateKey.generate(), 1679315147, CHECKPOINT.text)
    note = sign(CHECKPOINT.text, [KEY]) + line
    assert open_note(note, [KEY.verifier, key]).signed_by == [KEY.verifier, key]
    assert Note.parse(note).signatures[1].at == 1679315147
    assert open_note(note, [KEY.verifier]).signed_by == [KEY.verifier]


def test_a_cosignature_at_another_time_or_as_a_plain_signature_is_wrong() -> None:
    secret = Ed25519PrivateKey.generate()
    key, line = cosigned("witness.example/w1", secret, 1679315147, CHECKPOINT.text)
    [signature] = Note.parse(CHECKPOINT.text.encode() + b"\n" + line).signatures
    assert key.verifies(CHECKPOINT.text, signature.raw)
    later = (1679315148).to_bytes(8, "big") + signature.raw[8:]
    assert not key.verifies(CHECKPOINT.text, later)
    assert not key.verifies(CHECKPOINT.text, secret.sign(CHECKPOINT.text.encode()))
    assert not key.verifies(CHECKPOINT.text, b"")
    _, far = cosigned("witness.example/w1", secret, 2**63, CHECKPOINT.text)
    assert not key.verifies(CHECKPOINT.text, Note.parse(b"x\n\n" + far).signatures[0].raw)
