"""A proof on its own that an entry is in the log: C2SP tlog-proof. With the log's public key it is checked offline.

https://c2sp.org/tlog-proof
"""

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from events.log.checkpoint import Checkpoint, NoteError, VerifierKey, open_note
from events.log.merkle import HASH_BYTES, leaf_hash, verify_inclusion

SUFFIX: Final = ".tlog-proof"
_FIRST: Final = "c2sp.org/tlog-proof@v1"


class ProofError(ValueError):
    """It does not prove it."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Leaf `index` is in the tree of the checkpoint (a signed note), by these hashes."""

    index: int
    hashes: Sequence[bytes]
    checkpoint: bytes

    @property
    def position(self) -> int:
        """Of the event."""
        return self.index + 1

    def text(self) -> bytes:
        """As it is kept in a file."""
        lines = [_FIRST, f"index {self.index}", *(base64.b64encode(one).decode() for one in self.hashes), "", ""]
        return "\n".join(lines).encode() + self.checkpoint

    @classmethod
    def parse(cls, text: bytes) -> "Proof":
        """From a file's content; extra data in it is not ours and is left out. Raises ProofError."""
        head, _, checkpoint = text.partition(b"\n\n")
        lines = head.decode(errors="replace").split("\n")
        if lines[:1] != [_FIRST]:
            raise ProofError(f"not a proof: it should begin with {_FIRST}")
        if lines[1:2] and lines[1].startswith("extra "):
            del lines[1]
        index = re.fullmatch(r"index (0|[1-9]\d{0,18})", lines[1] if len(lines) > 1 else "", re.ASCII)
        if index is None:
            raise ProofError("not a proof: no index")
        return cls(int(index[1]), [_hash(line) for line in lines[2:]], checkpoint)

    def verified(self, entry: bytes, known: Iterable[VerifierKey]) -> Checkpoint:
        """The checkpoint, once the proof is seen to hold for this entry. Raises ProofError, NoteError."""
        checkpoint = open_note(self.checkpoint, known).checkpoint
        if not verify_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root):
            raise ProofError(f"the entry at position {self.position} is not in the log of this checkpoint")
        return checkpoint


def _hash(line: str) -> bytes:
    try:
        found = base64.b64decode(line, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != HASH_BYTES:
        raise ProofError(f"{line!r} is not a hash")
    return found


__all__ = ["SUFFIX", "NoteError", "Proof", "ProofError"]
