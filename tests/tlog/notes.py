"""Signed notes, checkpoints and cosignatures, from their specifications alone (C2SP signed-note, tlog-checkpoint,
tlog-cosignature): nothing here comes from the register's own code, which it is there to judge.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04
ED25519_SIGNATURE = 64
LEADER = "\N{EM DASH} "


class Wrong(Exception):
    """What was looked at is not what its specification asks for."""


@dataclass(frozen=True)
class Key:
    """A verifier key: `<name>+<key id in hexadecimal>+<base64 of the type's byte and the public key>`."""

    name: str
    kind: int
    public: bytes

    @classmethod
    def parse(cls, vkey: str) -> "Key":
        name, told, encoded = vkey.strip().split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        key = cls(name, raw[0], raw[1:])
        if told != key.id.hex():
            raise Wrong(f"the key of {name} says its id is {told}, and it is {key.id.hex()}")
        if key.kind not in {ED25519, COSIGNATURE} or len(key.public) != 32:
            raise Wrong(f"the key of {name} is of no kind known here")
        return key

    @property
    def id(self) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def signed(self, text: str, signature: bytes) -> bool:
        """Whether the signature, without the key's id, is this key's on the text."""
        message = text.encode()
        if self.kind == COSIGNATURE:
            if len(signature) != 8 + ED25519_SIGNATURE:
                return False
            moment, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = b"cosignature/v1\ntime %d\n" % moment + message
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Note:
    """A text and its signature lines, not yet believed."""

    text: str
    signatures: Sequence[tuple[str, bytes, bytes]]
    """Key name, key id, signature."""

    @classmethod
    def parse(cls, raw: bytes) -> "Note":
        try:
            told = raw.decode()
        except UnicodeDecodeError as error:
            raise Wrong("a note is UTF-8") from error
        if any(ord(one) < 0x20 and one != "\n" for one in told):
            raise Wrong("a note holds no control characters")
        text, gap, lines = told.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise Wrong("a note is a text, an empty line, and signature lines")
        return cls(text + "\n", [_signature(line) for line in lines.removesuffix("\n").split("\n")])

    def signed_by(self, keys: Sequence[Key]) -> Sequence[Key]:
        """Those of the keys whose signature it carries. A known key's signature that is not right spoils the note."""
        found = []
        for name, key_id, signature in self.signatures:
            for key in keys:
                if (key.name, key.id) == (name, key_id):
                    if not key.signed(self.text, signature):
                        raise Wrong(f"the signature of {name} is not right")
                    found.append(key)
        return found


def _signature(line: str) -> tuple[str, bytes, bytes]:
    if not line.startswith(LEADER):
        raise Wrong(f"not a signature line: {line!r}")
    name, gap, encoded = line.removeprefix(LEADER).partition(" ")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise Wrong(f"not a signature line: {line!r}") from error
    if not gap or not name or "+" in name or len(raw) <= 4:
        raise Wrong(f"not a signature line: {line!r}")
    return name, raw[:4], raw[4:]


@dataclass(frozen=True)
class Checkpoint:
    """How large a log says it is, and with which root."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
            raise Wrong("a checkpoint is at least three lines, none of them empty")
        origin, size, root = lines[:3]
        if not re.fullmatch("0|[1-9][0-9]*", size):
            raise Wrong(f"no tree size: {size!r}")
        hashed = base64.b64decode(root, validate=True)
        if len(hashed) != 32:
            raise Wrong(f"no root hash: {root!r}")
        return cls(origin, int(size), hashed)


def believed(raw: bytes, keys: Sequence[Key], origin: str | None = None) -> Checkpoint:
    """A checkpoint, once one of the keys is seen to have signed it, for this origin."""
    note = Note.parse(raw)
    if not note.signed_by(keys):
        raise Wrong("none of the known keys has signed this checkpoint")
    found = Checkpoint.parse(note.text)
    if origin is not None and found.origin != origin:
        raise Wrong(f"a checkpoint of {found.origin}, not of {origin}")
    return found
