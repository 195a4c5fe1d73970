"""The commands that the events name, beside the records of commands.

Both are added up as hashes, whatever their order. Only where the sums differ is it looked up which is missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from events.log.verification.faults import Fault, first_of
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
        self._count = self._sum = 0
        self._open: Run | None = None

    def add(self, stretch: Stretch) -> None:
        """The next stretch."""
        self._count += stretch.runs
        self._sum += stretch.sum
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
        return self._count, self._sum % _MODULUS

    def _close(self) -> None:
        if self._open is not None:
            self._count += 1
            self._sum += hash(self._open)


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


def search(opened: Opened, size: int, runs: Iterator[Run]) -> Fault | None:
    """Which command has no record as it should be, or which record no command: the first of them."""
    known = {  # hash of a record -> its first position
        hash(row): row[1] for rows in opened.commands() for row in _whole(rows, Tally()) if row[2] <= size
    }
    missing = 0
    for run in runs:
        if known.pop(hash(run), None) is None:
            missing = missing or run.first
    found = [Fault(missing, "command.missing")] if missing else []
    if known:
        found.append(Fault(max(min(known.values()), 1), "command.unfounded"))
    return first_of(found)
