"""Rows that follow one another, read chunk by chunk.

Each check is made on a whole chunk in few steps. Only where one fails are the rows looked at one by one, to name the
first that is wrong.
"""

import hashlib
from collections.abc import Sequence
from operator import le
from typing import Any, Final

import msgspec

from events.log.entry import ENTRY_LIMIT, entry, recorded_at_text
from events.log.merkle import leaf_hash
from events.log.verification.faults import Fault
from events.log.verification.rows import Row, Run, Stretch

_MICROS: Final = 1_000_000
_BROKEN: Final = (TypeError, ValueError, LookupError, OverflowError, OSError, msgspec.MsgspecError)
"""What reading a row raises that holds anything at all."""


class _Envelope(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """What surrounds an event, with its parts as the bytes that they are."""

    actor: str
    causation_id: str | None = None
    command_id: str
    correlation_id: str
    data: msgspec.Raw
    effective_on: str | None = None
    effective_on_kind: str | None = None
    event_id: str
    sources: msgspec.Raw = msgspec.Raw()
    stream: str
    type: str
    v: int
    version: int


_decode: Final = msgspec.json.Decoder(_Envelope).decode
_decode_all: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder(order="sorted").encode


class Chunks:
    """Rows that follow one another, chunk by chunk."""

    def __init__(self, seen: Stretch, *, deep: bool) -> None:
        self._seen = seen
        self._deep = deep
        self._time = -1
        self._second = -1
        self._minute = b""
        self._command: tuple[str | None, int, int] = (None, 0, 0)
        """The one whose events may go on: id, first position, recordedAt."""
        self._last = 0

    def read(self, rows: Sequence[Row], start: int, end: int) -> list[bytes]:
        """The leaf hashes of the rows that are well, up to the first that is not."""
        if len(rows) == end - start + 1:
            try:
                leaves = self._read_whole(rows, start)
            except _BROKEN:
                leaves = None
            if leaves is not None:
                return leaves
        return self._read_one_by_one(rows, start, end)

    def _read_whole(self, rows: Sequence[Row], start: int) -> list[bytes] | None:
        """All of them are well, or None, and nothing has changed."""
        positions, streams, versions, times, bodies = zip(*rows, strict=True)
        if positions != tuple(range(start, start + len(rows))):
            return None
        if times[0] < self._time or not all(map(le, times, times[1:])):
            return None
        read = list(map(_decode, bodies))
        if self._deep and any(_encode(_decode_all(body)) != body for body in bodies):
            return None
        if any(
            one.stream != stream or one.version != version
            for one, stream, version in zip(read, streams, versions, strict=True)
        ):
            return None
        entries = [
            b"\x00errera/1\n%d\n%b" % (position, instant) + body  # the first byte is RFC 6962's, of a leaf
            for position, instant, body in zip(positions, self._instants(times), bodies, strict=True)
        ]
        if max(map(len, entries)) > ENTRY_LIMIT + 1 or not self._follows(streams, versions, start):
            return None
        self._follow([one.command_id for one in read], positions, times)
        self._seen.types.update([(one.type, one.v) for one in read])
        self._came_to(times[0], times[-1])
        return [hashlib.sha256(one).digest() for one in entries]

    def _read_one_by_one(self, rows: Sequence[Row], start: int, end: int) -> list[bytes]:
        leaves: list[bytes] = []
        for expected, row in enumerate(rows, start):
            fault = self._judge(row, expected)
            if fault is not None:
                self._seen.note(fault)
                return leaves
            _, stream, version, recorded_at, body = row
            read = _decode(body)
            leaves.append(leaf_hash(entry(expected, recorded_at, body)))
            self._follows([stream], [version], expected)
            self._follow([read.command_id], [expected], [recorded_at])
            self._seen.types.add((read.type, read.v))
            self._came_to(recorded_at, recorded_at)
        if len(rows) < end - start + 1:
            self._seen.note(Fault(start + len(rows), "position.missing"))
        return leaves

    def _judge(self, row: Row, expected: int) -> Fault | None:
        """What is wrong with this row."""
        values: Sequence[Any] = row  # a column of SQLite holds anything
        position, stream, version, recorded_at, body = values
        if position != expected:
            return Fault(expected, "position.missing" if position > expected else "position.twice")
        if [type(one) for one in values[1:]] != [str, int, int, bytes]:
            return Fault(position, "row.malformed")
        try:
            read = _decode(body)
            canonical = not self._deep or _encode(_decode_all(body)) == body
            size = len(entry(position, recorded_at, body))
        except _BROKEN:
            return Fault(position, "body.unreadable")
        if not canonical:
            return Fault(position, "body.notCanonical")
        if (read.stream, read.version) != (stream, version):
            return Fault(position, "body.disagrees", {"stream": stream, "version": version})
        if size > ENTRY_LIMIT:
            return Fault(position, "entry.tooLarge", {"size": size})
        if recorded_at < self._time:
            return Fault(position, "recordedAt.backwards")
        before = self._seen.versions.get(stream)
        if (before is not None and version != before + 1) or version < 1:
            return Fault(position, "stream.version", {"stream": stream, "version": version, "before": before or 0})
        return None

    def _instants(self, times: Sequence[int]) -> list[bytes]:
        """As they stand in entries, with the end of their line."""
        found, last, text = [], -1, b""
        for one in times:
            if one != last:
                second, micros = divmod(one, _MICROS)
                if second != self._second:
                    self._minute = recorded_at_text(second * _MICROS)[:-7].encode()
                    self._second = second
                last, text = one, b"%b%06dZ\n" % (self._minute, micros)
            found.append(text)
        return found

    def _follows(self, streams: Sequence[str], versions: Sequence[int], start: int) -> bool:
        """Note how far the streams come. False where one skips a version; then nothing is noted."""
        known, new, begun = self._seen.versions, dict[str, int](), dict[str, tuple[int, int]]()
        for position, (stream, version) in enumerate(zip(streams, versions, strict=True), start):
            before = new.get(stream) or known.get(stream)
            if before is None:
                if version != 1:
                    begun[stream] = (version, position)
            elif version != before + 1:
                return False
            if version < 1:
                return False
            new[stream] = version
        known.update(new)
        self._seen.begun.update(begun)
        return True

    def _follow(self, command_ids: Sequence[str], positions: Sequence[int], times: Sequence[int]) -> None:
        """Note the commands by which these rows came."""
        ended: list[tuple[str, int, int, int]] = []
        command, first, at = self._command
        for command_id, position, recorded_at in zip(command_ids, positions, times, strict=True):
            if command_id != command:
                if command is not None:
                    ended.append((command, first, position - 1, at))
                command, first, at = command_id, position, recorded_at
        self._command, self._last = (command, first, at), positions[-1]
        seen = self._seen
        if ended and not seen.edges:
            seen.edges.append(Run(*ended.pop(0)))
        seen.runs += len(ended)
        seen.sum += sum(map(hash, ended))
        if seen.inner is not None:
            seen.inner += [Run(*one) for one in ended]

    def end(self) -> None:
        """No rows after these."""
        command, first, at = self._command
        if command is not None:
            self._seen.edges.append(Run(command, first, self._last, at))

    def _came_to(self, first: int, last: int) -> None:
        if self._time < 0:
            self._seen.times = (first, last)
        self._seen.times = (self._seen.times[0], last)
        self._time = last
