"""Checkpoints (C2SP tlog-checkpoint), the signed notes that carry them (signed-note), and witnesses' cosignatures.

https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note, https://c2sp.org/tlog-cosignature
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from events.log.merkle import HASH_BYTES

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
"""Of a witness: Ed25519 over the checkpoint and the time."""

_KEY_BYTES: Final = 32
_ID_BYTES: Final = 4
_TIME_BYTES: Final = 8
_LATEST: Final = 2**63 - 1
_DASH: Final = "\N{EM DASH} "
_MOST_SIGNATURES: Final = 100
"""A verifier must accept 16 and should not accept any number."""


class NoteError(ValueError):
    """Not a signed note, not a checkpoint, not a key; or nobody who is known signed it."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log of that name says of itself: so many entries, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_encoded(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """From a note's text; lines after the third are extensions that we do not know. Raises NoteError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):  # noqa: PLR2004 - three lines, each with its end
            raise NoteError("a checkpoint has three lines: origin, size and root")
        origin, size, root = lines[:3]
        if not re.fullmatch(r"0|[1-9]\d{0,18}", size, re.ASCII):
            raise NoteError(f"{size!r} is not the size of a log")
        hashed = _decoded(root)
        if len(hashed) != HASH_BYTES:
            raise NoteError(f"{root!r} is not the root of a tree")
        return cls(origin, int(size), hashed)


@dataclass(frozen=True)
class VerifierKey:
    """A public key, under the name and for the kind of signature that it is known by."""

    name: str
    public: bytes
    algorithm: int = ED25519

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.algorithm not in {ED25519, COSIGNATURE} or len(self.public) != _KEY_BYTES:
            raise NoteError(f"{self.name}: not an Ed25519 key")

    @cached_property
    def key_id(self) -> bytes:
        """Four bytes that signatures name it by."""
        said = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return hashlib.sha256(said).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """As it is passed on: `name+hash+base64`."""
        return f"{self.name}+{self.key_id.hex()}+{_encoded(bytes([self.algorithm]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """From `name+hash+base64`. Raises NoteError."""
        name, _, rest = text.partition("+")
        told, _, key = rest.partition("+")
        raw = _decoded(key)
        if not raw:
            raise NoteError(f"{text!r} is not a verifier key: name+hash+base64")
        found = cls(name, raw[1:], raw[0])
        if told != found.key_id.hex():
            raise NoteError(f"{text!r} is not a verifier key: its hash should be {found.key_id.hex()}")
        return found

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether it signed this text; `signature` without the key's id."""
        said = text.encode()
        if self.algorithm == COSIGNATURE:
            at = int.from_bytes(signature[:_TIME_BYTES], "big")
            if len(signature) < _TIME_BYTES or at > _LATEST:
                return False
            said = b"cosignature/v1\ntime %d\n" % at + said
            signature = signature[_TIME_BYTES:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, said)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A log's own key. Its bytes are a secret, and in no text that this prints."""

    name: str
    private: Ed25519PrivateKey

    @classmethod
    def of(cls, name: str, seed: bytes) -> "SigningKey":
        """From the key's 32 bytes."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed))

    @cached_property
    def verifier(self) -> VerifierKey:
        """Who has this can tell what the key signed."""
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    def signs(self, text: str) -> "Signature":
        """A line for a note."""
        return Signature(self.name, self.verifier.key_id, self.private.sign(text.encode()))


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note: who signed, by which key, and the signature itself."""

    name: str
    key_id: bytes
    raw: bytes

    @property
    def line(self) -> str:
        """As it stands there, with its end."""
        return f"{_DASH}{self.name} {_encoded(self.key_id + self.raw)}\n"

    @classmethod
    def parse(cls, line: str) -> "Signature":
        """From a line, without its end. Raises NoteError."""
        name, _, signature = line.removeprefix(_DASH).partition(" ")
        raw = _decoded(signature)
        if not line.startswith(_DASH) or len(raw) <= _ID_BYTES:
            raise NoteError(f"{line!r} is not the signature of a note")
        check_name(name)
        return cls(name, raw[:_ID_BYTES], raw[_ID_BYTES:])

    @property
    def at(self) -> int:
        """When a witness made it, in seconds since 1970 UTC."""
        return int.from_bytes(self.raw[:_TIME_BYTES], "big")


@dataclass(frozen=True, slots=True)
class Note:
    """A text, and the signatures under it, whether or not their keys are known."""

    text: str
    signatures: Sequence[Signature]

    @classmethod
    def parse(cls, note: bytes) -> "Note":
        """Its parts; nothing is verified. Raises NoteError."""
        try:
            whole = note.decode()
        except UnicodeDecodeError:
            raise NoteError("a note is UTF-8") from None
        if re.search(r"[\x00-\x09\x0b-\x1f]", whole):
            raise NoteError("a note holds no control characters")
        text, blank, signatures = whole.rpartition("\n\n")
        lines = signatures.split("\n")
        if not blank or lines.pop():
            raise NoteError("a note is a text, an empty line and signatures, each a line")
        if not 1 <= len(lines) <= _MOST_SIGNATURES:
            raise NoteError(f"a note has 1 to {_MOST_SIGNATURES} signatures")
        return cls(text + "\n", [Signature.parse(line) for line in lines])


@dataclass(frozen=True, slots=True)
class Opened:
    """A note that somebody known signed."""

    text: str
    signed_by: Sequence[VerifierKey]

    @property
    def checkpoint(self) -> Checkpoint:
        """That it carries. Raises NoteError."""
        return Checkpoint.parse(self.text)


def sign(text: str, keys: Iterable[SigningKey]) -> bytes:
    """A note: the text, signed by each of the keys."""
    return (text + "\n" + "".join(key.signs(text).line for key in keys)).encode()


def open_note(note: bytes, known: Iterable[VerifierKey]) -> Opened:
    """A note's text, once a known key is seen to have signed it. Raises NoteError.

    Signatures of others are ignored; one of a known key that is wrong refuses the note.
    """
    parsed = Note.parse(note)
    keys = {(key.name, key.key_id): key for key in known}
    signed_by = []
    for one in parsed.signatures:
        key = keys.get((one.name, one.key_id))
        if key is None:
            continue
        if not key.verifies(parsed.text, one.raw):
            raise NoteError(f"the signature of {one.name} is wrong")
        signed_by.append(key)
    if not signed_by:
        raise NoteError("no known key signed this")
    return Opened(parsed.text, list(dict.fromkeys(signed_by)))


def check_name(name: str) -> None:
    """Whether a key, and a log, may be called so. Raises NoteError."""
    if not name or "+" in name or any(one.isspace() or not one.isprintable() for one in name):
        raise NoteError(f"{name!r} cannot name a key: no spaces, no +, not empty")


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(text: str) -> bytes:
    """Standard base64, in the one form that says these bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError(f"{text!r} is not base64") from None
    if _encoded(raw) != text:
        raise NoteError(f"{text!r} is not base64 as it should be written")
    return raw
