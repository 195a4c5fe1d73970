"""What a read model is to the machinery: a name, a version, a table, and pure functions that are handed in."""

from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

import msgspec
import sqlalchemy as sa

from events.envelope import Recorded

R = TypeVar("R")

CorrectionOf = Callable[[Any], tuple[int, Any] | None]
"""For a correction: the position that it corrects, and the event that stands there from now on."""

_TYPES: Final[Mapping[type, type[sa.types.TypeEngine[Any]]]] = {
    str: sa.Text,
    int: sa.BigInteger,
    bool: sa.Boolean,
}

metadata = sa.MetaData()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel(Generic[R]):
    """Rows of one type, rebuilt from the log.

    `categories` are the stream categories it follows. `keys` says which rows an event touches; `sources` which streams
    a row is made of, so that a correction makes it anew from them (None: rows of single events, which corrections
    leave as they are). `indexes` are the columns that rows are found by, and `columns` fills them.
    `group` is one more, for rows of which an event has several: what stands before the last stroke of their key.
    """

    name: str
    version: int
    row: type[R]
    categories: frozenset[str]
    project: Callable[[R | None, Any], R | None]
    keys: Callable[[Any], Sequence[str]]
    sources: Callable[[str], Sequence[str]] | None
    indexes: Mapping[str, type] = field(default_factory=dict)
    columns: Callable[[R], Mapping[str, Any]] | None = None
    group: str | None = None

    def table(self) -> sa.Table:
        """The table of this version."""
        name = f"{self.name}_v{self.version}"
        if name in metadata.tables:
            return metadata.tables[name]
        return sa.Table(
            name,
            metadata,
            sa.Column("key", sa.Text, primary_key=True),
            sa.Column("row", sa.LargeBinary, nullable=False),
            *(sa.Column(column, _TYPES[kind], index=True) for column, kind in self.indexes.items()),
            *([sa.Column(self.group, sa.Text, nullable=False, index=True)] if self.group else []),
        )

    def encode(self, key: str, row: R) -> dict[str, Any]:
        """The table's row."""
        found = self.columns(row) if self.columns else {name: getattr(row, name) for name in self.indexes}
        grouped = {self.group: key.rpartition("/")[0]} if self.group else {}
        return {"key": key, "row": msgspec.json.encode(row), **found, **grouped}

    def decode(self, stored: bytes) -> R:
        """The row."""
        return msgspec.json.decode(stored, type=self.row)

    def follows(self, stream: str) -> bool:
        """Whether events of that stream concern it."""
        return stream.partition("-")[0] in self.categories


def apply(
    model: ReadModel[R],
    rows: MutableMapping[str, R | None],
    recorded: Recorded[Any],
    correction_of: CorrectionOf,
    streams: Mapping[str, Sequence[Recorded[Any]]],
) -> None:
    """Fold one event into the rows. `streams` holds the sources of the rows that a correction touches."""
    corrects = model.sources is not None and correction_of(recorded.event) is not None
    for key in model.keys(recorded):
        if not corrects or model.sources is None:
            rows[key] = model.project(rows.get(key), recorded)
            continue
        row: R | None = None
        for one in in_place(
            [one for source in model.sources(key) for one in streams[source] if one.position <= recorded.position],
            correction_of,
        ):
            row = model.project(row, one)
        rows[key] = row


def in_place(recorded: Sequence[Recorded[Any]], correction_of: CorrectionOf) -> Sequence[Recorded[Any]]:
    """Events in position order, each correction in the place of what it corrects."""
    facts: dict[int, Recorded[Any]] = {}
    for one in sorted(recorded, key=lambda one: one.position):
        correction = correction_of(one.event)
        if correction is None:
            facts[one.position] = one
        else:
            position, event = correction
            facts[position] = msgspec.structs.replace(facts[position], event=event)
    return list(facts.values())
