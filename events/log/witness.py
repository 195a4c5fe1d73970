"""What a log says to a witness, and what it hears (C2SP tlog-witness).

https://c2sp.org/tlog-witness
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from events.log.checkpoint import COSIGNATURE, Note, NoteError, Signature, VerifierKey


@dataclass(frozen=True, slots=True)
class Witness:
    """Who cosigns: the key that it is known by, and the address before `/add-checkpoint`."""

    key: VerifierKey
    prefix: str

    @classmethod
    def parse(cls, text: str) -> "Witness":
        """From `name+hash+base64 https://…`. Raises NoteError."""
        key, _, prefix = text.strip().partition(" ")
        found = VerifierKey.parse(key)
        if found.algorithm != COSIGNATURE:
            raise NoteError(f"{found.name}: not the key of a witness, which signs with the time (cosignature/v1)")
        if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", prefix.strip()):
            raise NoteError(f"{found.name}: give its address after its key, https://…")
        return cls(found, prefix.strip().rstrip("/"))

    @property
    def address(self) -> str:
        """Where checkpoints go."""
        return f"{self.prefix}/add-checkpoint"


def request(old: int, proof: Sequence[bytes], note: bytes) -> bytes:
    """A checkpoint, and the proof that it goes on from the size that the witness knows."""
    lines = [f"old {old}", *(base64.b64encode(one).decode() for one in proof), "", ""]
    return "\n".join(lines).encode() + note


def cosignatures(answer: bytes, note: bytes, witness: Witness) -> Sequence[Signature]:
    """The witness' own signatures on the checkpoint; others in the answer are ignored. Raises NoteError."""
    text = Note.parse(note).text
    signed = Note.parse(text.encode() + b"\n" + answer)
    found = [one for one in signed.signatures if (one.name, one.key_id) == (witness.key.name, witness.key.key_id)]
    if not found:
        raise NoteError(f"{witness.key.name} answered without its signature")
    if not all(witness.key.verifies(text, one.raw) for one in found):
        raise NoteError(f"the signature of {witness.key.name} is wrong")
    return found


def known_size(answer: bytes) -> int:
    """What a witness says to know of the log. Raises NoteError."""
    told = re.fullmatch(rb"(0|[1-9]\d{0,18})\n", answer)
    if told is None:
        raise NoteError("the witness should have said which size it knows")
    return int(told[1])
