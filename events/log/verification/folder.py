"""A log in a folder, as C2SP tlog-tiles lays it out: `checkpoint`, `tile/…`, `tile/entries/…`, and `publicKey`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from events.envelope import to_micros
from events.log.checkpoint import Checkpoint, Note, NoteError
from events.log.entry import recorded_at_text
from events.log.tiles import LEVELS_IN_TILE, WIDTH, Bundle, Tile, entries_in
from events.log.verification.faults import LogError
from events.log.verification.places import Found, Snapshot, Spans
from events.log.verification.rows import Row

PUBLIC_KEY: Final = "publicKey"
CHECKPOINT: Final = "checkpoint"
_decode: Final = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class FolderPlace:
    """By its path."""

    path: Path

    @property
    def shown(self) -> str:
        """Its name."""
        return str(self.path)

    @contextmanager
    def open(self) -> Iterator["FolderLogReader"]:
        """See Place."""
        try:
            note = (self.path / CHECKPOINT).read_bytes()
            yield FolderLogReader(self.path, note, Checkpoint.parse(Note.parse(note).text).size)
        except NoteError as error:
            raise LogError(f"{self.path / CHECKPOINT}: {error}") from error
        except OSError as error:
            raise LogError(f"{error.filename or self.path}: {error.strerror}") from error


class FolderLogReader:
    """A folder whose checkpoint says how much is in it."""

    def __init__(self, path: Path, note: bytes, size: int) -> None:
        self._path = path
        self._note = note
        self._size = size

    def rows(self, after: int, until: int) -> Sequence[Row]:
        """See Source."""
        found: list[Row] = []
        for number in range(after // WIDTH, -(-min(until, self._size) // WIDTH)):
            bundle = Bundle(number, min(WIDTH, self._size - number * WIDTH))
            told = self._read(bundle.path)
            if told is None:
                break
            rows = _rows(told, number * WIDTH + 1, bundle.width)
            found += [row for index, row in enumerate(rows, number * WIDTH + 1) if after < index <= until]
            if len(rows) < bundle.width:
                break
        return found

    def tiles(self, level: int, first: int, count: int) -> Mapping[int, bytes]:
        """See Source."""
        held = self._size >> (LEVELS_IN_TILE * level)
        found = {}
        for number in range(first, min(first + count, -(-held // WIDTH))):
            told = self._read(Tile(level, number, min(WIDTH, held - number * WIDTH)).path)
            if told is not None:
                found[number] = told
        return found

    def commands(self) -> Iterator[Spans]:
        """Of commands, the log says only what stands in their events."""
        yield from ()

    def snapshot(self) -> Snapshot:
        """See Opened."""
        levels = range(max(self._size.bit_length() - 1, 0) // LEVELS_IN_TILE + 1)
        key = self._read(PUBLIC_KEY)
        return Snapshot(
            size=self._size,
            recorded_at=None,
            last=self._size,
            last_of_commands=0,
            tiles={level: self._size >> (LEVELS_IN_TILE * level) for level in levels} if self._size else {},
            checkpoints=[Found(str(self._path / CHECKPOINT), self._note)],
            keys=[] if key is None else key.decode(errors="replace").split(),
        )

    def _read(self, name: str) -> bytes | None:
        try:
            return (self._path / name).read_bytes()
        except FileNotFoundError:
            return None


def _rows(bundle: bytes, first: int, width: int) -> list[Row]:
    """As a database would hold them. An entry that is none becomes a row that no check lets pass."""
    try:
        entries = entries_in(bundle)
    except ValueError:
        return [_malformed(first)]
    rows = [_row(entry, position) for position, entry in enumerate(entries, first)]
    return rows if len(rows) <= width else [*rows[: width - 1], _malformed(first + width - 1)]


def _row(entry: bytes, position: int) -> Row:
    try:
        kind, number, instant, body = entry.split(b"\n", 3)
        recorded_at = to_micros(datetime.fromisoformat(instant.decode()))
        read = _decode(body)
        row = (position, read["stream"], read["version"], recorded_at, body)
    except (ValueError, TypeError, LookupError, OverflowError, msgspec.MsgspecError):
        return _malformed(position)
    if kind != b"errera/1" or number != b"%d" % position or instant != recorded_at_text(recorded_at).encode():
        return _malformed(position)
    return row


def _malformed(position: int) -> Row:
    return (position, "", 0, 0, b"")
