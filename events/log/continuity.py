"""Whether the log is the one that was published: it has the root of every checkpoint that went out under its name."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from events.log.checkpoint import Checkpoint
from events.log.edge import Edge
from events.log.entry import entry
from events.log.merkle import leaf_hash
from events.log.sealed import BrokenTreeError, NotSealedError, SealedLog
from events.store.port import Store

_AT_ONCE: Final = 256

NOT_PUBLISHED: Final = "this log is not the one that was published under its name: "
"""How the reason begins for which nothing is written."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A published checkpoint that the log does not have, and where that begins to show."""

    size: int
    """Of the checkpoint."""
    position: int
    """The first position that may be another or is missing."""
    shorter: bool
    """Whether the log ends before it."""
    where: str
    """Who has it."""

    def __str__(self) -> str:
        found = f"it ends before position {self.position}" if self.shorter else f"from position {self.position} on"
        return f"{NOT_PUBLISHED}{found}{_BESIDE}{self.size} at {self.where}"

    @classmethod
    def parse(cls, text: str) -> "Mismatch | None":
        """What such a sentence says, where it is one."""
        told = _SENTENCE.fullmatch(text)
        if told is None:
            return None
        shorter, longer, size, where = told.groups()
        return cls(int(size), int(shorter or longer), shorter=longer is None, where=where)


_BESIDE: Final = ", and that is not what this checkpoint attests to: "
_SENTENCE: Final = re.compile(
    re.escape(NOT_PUBLISHED)
    + r"(?:it ends before position (\d+)|from position (\d+) on)"
    + re.escape(_BESIDE)
    + r"(\d+) at (.+)"
)


_NOT_SEALED: Final = "this log is not what was sealed: position "


def not_sealed_so(position: int, code: str) -> str:
    """The reason, where an entry does not have the hash that it was sealed with."""
    return f"{_NOT_SEALED}{position} ({code}): errera log verify"


def changed_position(why: str) -> int | None:
    """The position in such a reason."""
    told = re.match(re.escape(_NOT_SEALED) + r"(\d+) ", why)
    return None if told is None else int(told[1])


async def mismatch(
    store: Store, log: SealedLog, published: Checkpoint, where: str, earlier: Sequence[Checkpoint] = ()
) -> Mismatch | None:
    """What is wrong, if the log does not go on from a published checkpoint; `earlier` ones narrow the place down."""
    size = (await store.head()).size
    if published.size > size:
        return Mismatch(published.size, size + 1, shorter=True, where=where)
    if await root_at(store, log, published.size) == published.root:
        return None
    good = 0
    for one in sorted(earlier, key=lambda one: one.size):
        if one.size >= published.size or await root_at(store, log, one.size) != one.root:
            break
        good = one.size
    return Mismatch(published.size, good + 1, shorter=False, where=where)


async def root_at(store: Store, log: SealedLog, size: int) -> bytes:
    """Of the tree over the first `size` entries: by its tiles, or where it is not sealed that far by its entries.

    Where entries are missing at the end it is the root of those that are there.
    """
    try:
        return await log.root(size)
    except (NotSealedError, BrokenTreeError):
        edge = Edge()
        while rows := await store.read_bodies(edge.size, min(_AT_ONCE, size - edge.size)):
            edge.extend([leaf_hash(entry(*row)) for row in rows])
            await asyncio.sleep(0)
        return edge.root()
