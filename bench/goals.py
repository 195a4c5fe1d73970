"""What Errera's store is held to: one row for each comparison, judged by the median of the rounds' ratios."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

Line = Mapping[str, Any]
"""What a contender printed, with its `group`, `contender` and `round`."""

_PG: Final = "errera, PostgreSQL"
_SQLITE: Final = "errera, SQLite"
_STREAM, _LOG, _REBUILD = "read a stream of 1,000", "read the log", "rebuild"
_LARGE, _SMALL = "1,000,000 events", "10,000 events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """`ours` against `base` in one measure of one group; against nothing where `base` is None."""

    group: str
    ours: str
    base: str | None
    least: float | None = None
    most: float | None = None
    measure: str = "rate"

    def ratios(self, lines: Sequence[Line]) -> Sequence[float]:
        """One for each round in which both were measured."""
        ours, base = self._by_round(lines, self.ours), self._by_round(lines, self.base)
        if self.base is None:
            return list(ours.values())
        return [value / base[number] for number, value in ours.items() if base.get(number)]

    def holds(self, ratio: float) -> bool:
        """Whether that is good enough."""
        return (self.least is None or ratio >= self.least) and (self.most is None or ratio <= self.most)

    @property
    def told(self) -> str:
        """`≥ 1.2 x limit pgbench`."""
        bound = f"≥ {self.least:g}" if self.least is not None else f"≤ {self.most:g}"
        return f"{bound} x {self.base}" if self.base else bound

    def _by_round(self, lines: Sequence[Line], contender: str | None) -> Mapping[Any, float]:
        return {
            line["round"]: line[self.measure]
            for line in lines
            if (line["group"], line["contender"]) == (self.group, contender) and line.get(self.measure) is not None
        }


def _at_least(group: str, ours: str, least: float, base: str) -> Goal:
    return Goal(group=group, ours=ours, base=base, least=least)


def _p99(group: str, ours: str, most: float, base: str) -> Goal:
    return Goal(group=group, ours=ours, base=base, most=most, measure="p99_ms")


def _size(work: str, database: str) -> Goal:
    return Goal(group=f"cost of {work}, {database}", ours=_LARGE, base=_SMALL, most=1.3, measure="p50_ms")


_MANY, _LONE = "append, PostgreSQL, 32 writers", "append, PostgreSQL, 1 writer"
_HOT, _BATCH = "append, PostgreSQL, hot stream, 16 writers", "append, PostgreSQL, batch of 100, 4 writers"
_LAG, _HTTP, _MEMORY = "lag at 100 appends/s", "HTTP, 32 connections", "memory of a replay of 1 million events"

_TILES: Final = 6
"""Two of each level that a tree of a million has: as a tile covers 256 hashes, reads grow with log256 of the size."""

GOALS: Final[Sequence[Goal]] = (
    _at_least(_MANY, _PG, 1.2, "limit pgbench"),
    _p99(_MANY, _PG, 1, "limit pgbench"),
    _at_least(_LONE, _PG, 0.65, "limit pgbench"),
    _at_least(_LONE, _PG, 1, "message-db"),
    _at_least(_HOT, _PG, 10, "message-db"),
    _at_least(_BATCH, _PG, 0.6, "limit copy"),
    _at_least("append, SQLite, 32 writers", _SQLITE, 3, "limit raw"),
    _at_least("append, SQLite, batch of 100, 1 writer", _SQLITE, 0.85, "limit raw"),
    _at_least(f"{_STREAM}, PostgreSQL", _PG, 0.8, "limit orjson/txt"),
    _at_least(f"{_LOG}, PostgreSQL", _PG, 0.8, "limit orjson/txt"),
    _at_least(f"{_REBUILD}, PostgreSQL", _PG, 0.3, "limit orjson/txt"),
    _at_least(f"{_REBUILD}, PostgreSQL", _PG, 10, "emmett"),
    _at_least("verify the log, PostgreSQL", "errera", 0.6, "limit select and hash"),
    _at_least("verify the log, SQLite", "errera", 0.6, "limit select and hash"),
    _p99(_LAG, _PG, 1, "eventsourcing"),
    _p99(_LAG, _PG, 2, "limit lag"),
    *(
        goal
        for ours in (_PG, _SQLITE)
        for goal in (
            _at_least(_HTTP, ours, 0.5, "echo"),
            Goal(group=_HTTP, ours=ours, base=None, most=0, measure="errors"),
        )
    ),
    *(
        _at_least(f"append while the log is sealed, {database}", "sealed", 0.95, "not sealed")
        for database in ("PostgreSQL", "SQLite")
    ),
    *(
        _size(work, database)
        for database in ("PostgreSQL", "SQLite")
        for work in (
            "an append",
            "an aggregate's load",
            "a due tick",
            "an asOf read",
            "a page of an asOf read",
            "an inclusion proof",
        )
    ),
    *(
        Goal(group=f"cost of an inclusion proof, {database}", ours=_LARGE, base=None, most=_TILES, measure="tiles")
        for database in ("PostgreSQL", "SQLite")
    ),
    *(
        Goal(group=f"{_MEMORY}, {database}", ours="second half", base="first half", most=1.1, measure="mib")
        for database in ("PostgreSQL", "SQLite")
    ),
)


def middle(values: Sequence[float]) -> float | None:
    """Their median."""
    return median(values) if values else None
