"""A dossier before it is written out: chapters of rows, each with the events that it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from events.catalogue.claim import SourceDescribed
from events.log.checkpoint import Checkpoint
from service.texts import Language

Tone = Literal["known", "claimed", "unknown", "warning", "conflict", "settled"]
Shape = Literal["facts", "table", "points"]


@dataclass(frozen=True, slots=True)
class Cite:
    """An event that something rests on, and the document and lines that it was taken from."""

    position: int
    document: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that the record says, or says that it does not say."""

    cells: tuple[str, ...]
    cites: tuple[Cite, ...] = ()
    tone: Tone = "known"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one shape: a name and a value, columns, or numbered points."""

    rows: tuple[Row, ...]
    title: str = ""
    shape: Shape = "facts"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the answer."""

    key: str
    title: str
    blocks: tuple[Block, ...]
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the summary."""

    value: str
    label: str
    cites: tuple[Cite, ...] = ()
    tone: Tone = "known"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """What is said of one cohort."""

    name: str
    period: str
    tiles: tuple[Tile, ...]
    chapters: tuple[Chapter, ...]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """An event that is cited: in words, as the log holds it, and the proof that it does."""

    position: int
    sentence: str
    type: str
    actor: str
    effective_on: str | None
    recorded_at: str
    cites: tuple[Cite, ...]
    entry: bytes
    proof: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All of it. The same day, instant, cohort and language make the same dossier, whoever asks and whenever."""

    language: Language
    as_of: str
    known_at: datetime
    position: int
    """The last event that was known."""
    parts: tuple[Part, ...]
    exhibits: tuple[Exhibit, ...]
    documents: Mapping[str, SourceDescribed | None]
    """Those that are cited, in the order of their numbers."""
    checkpoint: Checkpoint
    note: str
    """The checkpoint as it was signed."""
    keys: tuple[str, ...]
    """The log's public keys, as verifier keys."""
    unpublished: int = 0
    """Claims left out because their sources came out later."""
    persons: bool = False
    """Whether persons go by their names."""
    _numbers: dict[str, int] = field(default_factory=dict, compare=False)

    def number(self, document: str) -> int:
        """Of a document, from 1."""
        if not self._numbers:
            self._numbers.update({name: index for index, name in enumerate(self.documents, 1)})
        return self._numbers[document]

    @property
    def unknowns(self) -> Sequence[Row]:
        """All that the record does not say, once."""
        found = [
            row
            for part in self.parts
            for chapter in part.chapters
            for block in chapter.blocks
            for row in block.rows
            if row.tone == "unknown"
        ]
        return list({row.cells: row for row in found}.values())
