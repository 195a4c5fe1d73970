"""What a read model is to the machinery: a name, a version, a table, and pure functions that are handed in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

import msgspec
import sqlalchemy as sa

from events.envelope import Recorded

R = TypeVar("R")

CorrectionOf = Callable[[Any], tuple[int, Any] | None]
"""For a correction: the position that it corrects, and the event that stands there from now on."""

Slot: TypeAlias = Literal["live", "new", "old", "check"]
"""Which of a read model's tables: what readers see, what is built, what was before, what it is compared with."""

_TYPES: Final[Mapping[type, type[sa.types.TypeEngine[Any]]]] = {
    str: sa.Text,
    int: sa.BigInteger,
    bool: sa.Boolean,
}
_ENCODE: Final = msgspec.json.Encoder().encode

metadata = sa.MetaData()
beside = sa.MetaData()
"""Tables that are not live. They get their indexes when they are about to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModel(Generic[R]):
    """Rows of one type, rebuilt from the log.

    `categories` are the stream categories it follows. `keys` says which rows an event touches; `sources` which streams
    a row is made of, so that a correction makes it anew from them. None: each row is made by one event, once, whatever
    comes later; corrections leave it as it is. `indexes` are the columns that rows are found by; `columns` fills them.
    `group` is one more, for rows of which an event has several: what stands before the last stroke of their key.
    A row of which several things are found has `entries`, in a table of their own: their columns, the indexes over
    these, and what they are. With `tells_corrections` a correction is folded in as it was recorded, for a model of what
    was known when.
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
    entries: Mapping[str, type] = field(default_factory=dict)
    entry_indexes: Sequence[Sequence[str]] = ()
    entered: Callable[[R], Sequence[tuple[Any, ...]]] | None = None
    tells_corrections: bool = False

    def table(self, slot: Slot = "live") -> sa.Table:
        """A table of this version; the live one always goes by the same name."""
        live = slot == "live"
        name = f"{self.name}_v{self.version}" + ("" if live else f"_{slot}")
        among = metadata if live else beside
        if name in among.tables:
            return among.tables[name]
        return sa.Table(
            name,
            among,
            sa.Column("key", sa.Text, primary_key=True),
            sa.Column("row", sa.LargeBinary, nullable=False),
            *(sa.Column(column, _TYPES[kind], index=live) for column, kind in self.indexes.items()),
            *([sa.Column(self.group, sa.Text, nullable=False, index=live)] if self.group else []),
        )

    def entry_table(self, slot: Slot = "live") -> sa.Table:
        """The table of its entries, beside `table`."""
        live = slot == "live"
        name = entries_of(self.table(slot).name)
        among = metadata if live else beside
        if name in among.tables:
            return among.tables[name]
        table = sa.Table(
            name,
            among,
            sa.Column("key", sa.Text, primary_key=True),
            sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
            *(sa.Column(column, _TYPES[kind]) for column, kind in self.entries.items()),
        )
        for columns in self.entry_indexes if live else ():
            sa.Index(f"ix_{name}_{'_'.join(columns[:2])}", *(table.c[column] for column in columns))
        return table

    def tables(self, slot: Slot = "live") -> Sequence[sa.Table]:
        """All of its tables in a place."""
        return [self.table(slot), *([self.entry_table(slot)] if self.entries else [])]

    @property
    def found_by(self) -> Sequence[str]:
        """The columns with an index."""
        return [*self.indexes, *([self.group] if self.group else [])]

    def encode(self, key: str, row: R) -> tuple[Any, ...]:
        """The table's row: key, row, and the columns in `found_by`."""
        stored = _ENCODE(row)
        found = self.columns(row) if self.columns else None
        indexed = [getattr(row, name) if found is None else found[name] for name in self.indexes]
        return (key, stored, *indexed, key.rpartition("/")[0]) if self.group else (key, stored, *indexed)

    def enter(self, key: str, row: R) -> Sequence[tuple[Any, ...]]:
        """The rows of the entries' table: key, number, and their columns."""
        found = self.entered(row) if self.entered else ()
        return [(key, number, *columns) for number, columns in enumerate(found)]

    def decode(self, stored: bytes) -> R:
        """The row."""
        decode: Callable[[bytes], R] = _decoder(self.row)  # type: ignore[arg-type] # a class is hashable
        return decode(stored)


def entries_of(table: str) -> str:
    """The table that holds the entries of a table's rows."""
    return f"{table}_entries"


@cache
def _decoder(row: type[Any]) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(row).decode


class UnplaceableError(Exception):
    """A correction that cannot be read, or that corrects nothing."""

    def __init__(self, recorded: Recorded[Any], why: Exception) -> None:
        super().__init__(f"{type(why).__name__}: {why}")
        self.recorded = recorded
        self.why = why


def in_place(recorded: Sequence[Recorded[Any]], correction_of: CorrectionOf) -> Sequence[Recorded[Any]]:
    """Events in position order, each correction in the place of what it corrects. Raises UnplaceableError."""
    facts: dict[int, Recorded[Any]] = {}
    for one in sorted(recorded, key=lambda one: one.position):
        try:
            correction = correction_of(one.event)
            if correction is None:
                facts[one.position] = one
            else:
                position, event = correction
                facts[position] = msgspec.structs.replace(facts[position], event=event)
        except Exception as error:
            raise UnplaceableError(one, error) from error
    return list(facts.values())
