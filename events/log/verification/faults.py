"""What can be wrong with a log, and where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Fact: TypeAlias = str | int


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be, from this position on.

    Where the place follows from hashes alone it is known within bounds only: `position` is the first that may be wrong,
    and the fact `until` the last.
    """

    position: int
    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


class LogError(Exception):
    """The log cannot be looked at: it is not there, or does not open. That says nothing about what it holds."""


def first_of(faults: Iterable[Fault]) -> Fault | None:
    """The one to look at first: the rest may follow from it. A place that is known comes before one within bounds."""
    return min(faults, key=lambda one: (one.position, "until" in one.facts), default=None)
