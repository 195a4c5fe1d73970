"""The commands that the events name, beside the records of commands.

Both are added up as hashes, whatever their order. Only where the sums differ is it looked up which is missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from events.log.verification.faults import Fault
from events.log.verification.places import Opened, Spans
from events.log.verification.rows import Run, Stretch

_MODULUS = 1 << 64


@dataclass(slots=True)
class Tally:
    """So many, and the sum of their hashes."""

    count: int = 0
    sum: int = 0
    latest: bool = False
    """Whether one was recorded at the instant that the head says."""
    fault: Fault | None = None


class Told:
    """The commands that events name, put together from stretches in their order."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._open: Run | None = None

    def add(self, stretch: Stretch) -> None:
        """The next stretch."""
        self._tally.count += stretch.runs
        self._tally.sum += stretch.sum
        for edge in stretch.edges:
            if self._open is not None and edge.command_id == self._open.command_id:
                self._open = self._open._replace(last=edge.last)
                continue
            self._close()
            self._open = edge

    def total(self) -> tuple[int, int]:
        """Of the whole log."""
        self._close()
        self._open = None
        return self._tally.count, self._tally.sum % _MODULUS

    def _close(self) -> None:
        if self._open is not None:
            self._tally.count += 1
            self._tally.sum += hash(self._open)


def recorded(opened: Opened, size: int, recorded_at: int) -> Tally:
    """The records of commands up to a size of the log."""
    found = Tally()
    for rows in opened.commands():
        found.latest = found.latest or any(row[3] == recorded_at for row in rows)
        for row in _whole(rows, found):
            if row[2] <= size:
                found.count += 1
                found.sum += hash(row)
    found.sum %= _MODULUS
    return found


def _whole(rows: Spans, found: Tally) -> Iterator[tuple[str, int, int, int]]:
    for row in rows:
        command_id, first, last, recorded_at = row
        if first is None and last is None:
            continue
        if not isinstance(first, int) or not isinstance(last, int) or not 0 < first <= last:
            at = first if isinstance(first, int) else last
            found.fault = found.fault or Fault(max(at, 1) if isinstance(at, int) else 1, "command.unfounded")
        else:
            yield (command_id, first, last, recorded_at)


@dataclass(slots=True)
class _Search:
    known: dict[int, int] = field(default_factory=dict)
    """Hash of a record -> its first position."""


def search(opened: Opened, size: int, runs: Iterator[Run]) -> Fault | None:
    """Which command has no record as it should be, or which record no command: the first of them."""
    search = _Search()
    for rows in opened.commands():
        for row in _whole(rows, Tally()):
            if row[2] <= size:
                search.known[hash(row)] = row[1]
    missing = None
    for run in runs:
        if search.known.pop(hash(run), None) is None and missing is None:
            missing = Fault(run.first, "command.missing")
    unfounded = min(search.known.values(), default=None)
    if missing is None or (unfounded is not None and unfounded < missing.position):
        return None if unfounded is None else Fault(max(unfounded, 1), "command.unfounded")
    return missing
