"""Checkpoints that are known of a log: who signed them, and whether the log has their root."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events.log.checkpoint import COSIGNATURE, Checkpoint, NoteError, VerifierKey, open_note
from events.log.tiles import WIDTH
from events.log.verification.faults import Fact, Fault
from events.log.verification.places import Found
from events.log.verification.rows import Stretch
from events.log.verification.tree import Tree


@dataclass(frozen=True, slots=True)
class Known:
    """A checkpoint that the log's key signed."""

    where: str
    checkpoint: Checkpoint
    cosigned_by: Sequence[str]
    outside: bool
    """Whether it was kept where whoever has the database and the log's key cannot reach it."""


@dataclass(slots=True)
class Read:
    """What notes were, and what was wrong with them."""

    known: list[Known] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read(notes: Sequence[Found], keys: Sequence[VerifierKey]) -> Read:
    """Notes whose signatures are right. Of a witness that is known the cosignature must be right too."""
    found = Read()
    for where, note, size in notes:
        try:
            opened = open_note(note, keys)
            checkpoint = opened.checkpoint
        except NoteError as error:
            found.faults.append(Fault(_size_of(note), "checkpoint.signature", {"where": where, "why": str(error)}))
            continue
        cosigned_by = [one.name for one in opened.signed_by if one.algorithm == COSIGNATURE]
        why = None
        if len(cosigned_by) == len(opened.signed_by):
            why = "only witnesses signed it, not the log"
        elif size not in {None, checkpoint.size}:
            why = f"it is of {checkpoint.size}"
        if why is None:
            found.known.append(Known(where, checkpoint, cosigned_by, size is None))
        else:
            found.faults.append(Fault(checkpoint.size, "checkpoint.signature", {"where": where, "why": why}))
    return found


def _size_of(note: bytes) -> int:
    """What it says, whoever signed it: the place of the fault."""
    try:
        return max(int(note.split(b"\n")[1]), 1)
    except (ValueError, IndexError):
        return 1


@dataclass(slots=True)
class Roots:
    """Known checkpoints beside the tree, in the order of their sizes, as the tree grows."""

    known: list[Known]
    tree: Tree = field(default_factory=Tree)
    confirmed: int = 0
    """The size of the newest checkpoint that the log has the root of."""
    _outside: int = 0
    """The same of those from outside."""
    faults: list[Fault] = field(default_factory=list)
    _at: int = 0

    def __post_init__(self) -> None:
        self.known.sort(key=lambda one: one.checkpoint.size)

    def within(self, first: int, last: int) -> list[int]:
        """The sizes in a stretch whose root is asked for."""
        sizes = {one.checkpoint.size for one in self.known}
        return sorted(size for size in sizes if first <= size <= last)

    def grow(self, stretch: Stretch) -> None:
        """The next stretch; what is known of the sizes in it is compared, as far as it was well."""
        self.tree.grow(stretch.roots)
        while self._at < len(self.known):
            known = self.known[self._at]
            size = known.checkpoint.size
            if size > stretch.last or self.tree.leaves < size // WIDTH * WIDTH:
                return
            if size % WIDTH and size not in stretch.parts:
                return
            self._compare(known, stretch)
            self._at += 1

    def _compare(self, known: Known, stretch: Stretch) -> None:
        size = known.checkpoint.size
        if known.checkpoint.root == self.tree.root(size, stretch.parts.get(size)):
            self.confirmed = size
            if known.outside:
                self._outside = size
        elif size not in stretch.told or known.checkpoint.root != self.tree.root(size, stretch.told[size]):
            # Who has the key can sign anew what was changed: what one from outside tells, only others from there bound.
            sure = self._outside if known.outside else self.confirmed
            facts: dict[str, Fact] = {"size": size, "where": known.where, "until": size}
            self.faults.append(Fault(min(sure + 1, max(size, 1)), "checkpoint.root", facts))

    def end(self, size: int) -> None:
        """The log goes no further: checkpoints of more tell that it did."""
        self.grow(Stretch(1, 0))  # of an empty log there is a checkpoint too, and no stretch
        for known in self.known[self._at :]:
            if known.checkpoint.size > size:
                facts: dict[str, Fact] = {"size": known.checkpoint.size, "where": known.where}
                self.faults.append(Fault(size + 1, "checkpoint.beyond", facts))
