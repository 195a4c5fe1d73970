"""What a group commit hands to the database, and what it hears back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec

from events.store.port import Append, CommandRecord, Ground, VersionConflictError

Row: TypeAlias = tuple[int, int, bytes]
"""A stored event: position, recordedAt in microseconds since 1970, body."""


class Prepared(msgspec.Struct, frozen=True):
    """One append with its bodies, and the version that every stream it names must be at."""

    append: Append
    bodies: Sequence[bytes]
    expected: Mapping[str, int]
    grounds: Sequence[Ground] = ()

    def unfounded(self) -> VersionConflictError | None:
        """Why it must not be written, where it was decided on an event that was not recorded after all.

        The expected version does not tell: another process may have put an event of its own in that place.
        """
        for belief, count in self.grounds:
            if count > belief.sound:
                return VersionConflictError(belief.stream, count, belief.sound)
        return None

    @property
    def command_id(self) -> str:
        """Of the command whose events these are."""
        return self.append.context.command_id


@dataclass(slots=True)
class Batch:
    """Appends that can all stand, one after another, in one transaction."""

    appends: list[Prepared] = field(default_factory=list)
    expected: dict[str, int] = field(default_factory=dict)
    """What the database must say, for the first append that names a stream; the later ones build on the earlier."""
    _after: dict[str, int] = field(default_factory=dict)
    _commands: set[str] = field(default_factory=set)
    events: int = 0

    @property
    def taken(self) -> Mapping[str, int]:
        """Versions that must be there; what comes after them, the unique keys of the log refuse."""
        return {stream: version for stream, version in self.expected.items() if version}

    @property
    def free(self) -> Mapping[str, int]:
        """Versions that must not be there, of streams that get no event."""
        written = {pending.stream for one in self.appends for pending in one.append.events}
        return {stream: version + 1 for stream, version in self.expected.items() if stream not in written}

    def take(self, one: Prepared) -> bool:
        """Add it if it can stand after those in here; whether it was."""
        if one.command_id in self._commands:
            return False
        for stream, version in one.expected.items():
            if self._after.get(stream, version) != version:
                return False
        for stream, version in one.expected.items():
            if stream not in self._after:
                self.expected[stream] = version
        self._after.update(one.expected)
        for pending in one.append.events:
            self._after[pending.stream] = pending.version
        self._commands.add(one.command_id)
        self.appends.append(one)
        self.events += len(one.bodies)
        return True


@dataclass(frozen=True, slots=True)
class Written:
    """All of the batch is recorded: its events from `first` on, at `recorded_at` (microseconds since 1970)."""

    first: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class Refused:
    """None of the batch is recorded: streams that are at another version, commands that were carried out before."""

    moved: Mapping[str, int]
    known: Mapping[str, CommandRecord]
