"""Who takes part in what: limits, peers and Errera, side by side in groups. The first of a group is its limit, and what
is compared with it comes next, while the machine is as it was.

Every command prints JSON lines with `peer`, `rate`, `p50_ms` and `p99_ms`; `group` where it tells of several groups.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Contender:
    """A command, run in the folder of the peers; `{seconds}`, `{n}` and `{rounds}` are filled in."""

    name: str
    command: Sequence[str]
    needs: str | None = None
    """What may be missing here: see `bench.environment`."""

    def asked(self, command: str, arguments: Sequence[str]) -> "Contender":
        """The same, for a workload."""
        filled = [command if part == "{cmd}" else part for part in self.command]
        return Contender(self.name, [*filled, *arguments], self.needs)


@dataclass(frozen=True, slots=True)
class Group:
    """Contenders of one workload. `once` where one run of its command measures several rounds by itself."""

    stage: str
    title: str
    contenders: Sequence[Contender]
    once: bool = False


def _limit(script: str, variant: str) -> Contender:
    return Contender(f"limit {variant}", [".venv/bin/python", f"limits/{script}.py", "{cmd}", "--variant", variant])


def _peer(name: str, script: str, *arguments: str, needs: str | None = None) -> Contender:
    return Contender(name, [".venv/bin/python", f"peers/{script}.py", "{cmd}", *arguments], needs)


def _node(name: str, needs: str) -> Contender:
    return Contender(name, ["node", f"peers/{needs}.mjs", "{cmd}"], needs)


def _errera(variant: str, name: str) -> Contender:
    command = [sys.executable, str(HERE / "contender.py"), "{cmd}", "--variant", variant]
    return Contender(f"errera, {name}", command)


def _own(script: str, name: str, variant: str, *more: str, needs: str | None = None) -> Contender:
    return Contender(f"errera, {name}", [sys.executable, str(HERE / script), "--variant", variant, *more], needs)


_MESSAGE_DB: Final = _peer("message-db", "messagedb", needs="messagedb")
_EVENTSOURCING: Final = _peer("eventsourcing", "es_python", "--variant", "pg-app")
_RECORDER: Final = _peer("eventsourcing, recorder", "es_python", "--variant", "pg-rec")
_EVENTSOURCING_SQLITE: Final = _peer("eventsourcing, SQLite", "es_python", "--variant", "sqlite-app")
_RECORDER_SQLITE: Final = _peer("eventsourcing, recorder, SQLite", "es_python", "--variant", "sqlite-rec")
_EMMETT: Final = _node("emmett", "emmett_pg")
_EMMETT_SQLITE: Final = _node("emmett, SQLite", "emmett_sqlite")
_DEPECHE: Final = Contender("depeche-db", [".venv-depeche/bin/python", "peers/depeche.py", "{cmd}"], "depeche")
_PG: Final = _errera("postgresql", "PostgreSQL")
_SQLITE: Final = _errera("sqlite", "SQLite")

_SECONDS: Final = ("--seconds", "{seconds}")
_COUNT: Final = ("--n", "{n}")


def _group(stage: str, title: str, command: str, arguments: Sequence[str], contenders: Sequence[Contender]) -> Group:
    asked = [*arguments, "--tag", title]
    return Group(stage, title, [one.asked(command, asked) for one in contenders])


def _loading(who: str, contenders: Sequence[Contender]) -> Group:
    one = _group("load", f"load, {who}", "load", _COUNT, contenders)
    return Group(one.stage, one.title, one.contenders, once=True)


GROUPS: Final[Sequence[Group]] = (
    _group(
        "append",
        "append, PostgreSQL, 1 writer",
        "append",
        ["--writers", "1", *_SECONDS],
        [_limit("pg", "pgbench"), _PG, _MESSAGE_DB, _limit("pg", "asyncpg"), _EVENTSOURCING, _EMMETT, _DEPECHE],
    ),
    _group(
        "append",
        "append, PostgreSQL, 32 writers",
        "append",
        ["--writers", "32", *_SECONDS],
        [
            _limit("pg", "pgbench"),
            _PG,
            _limit("pg", "asyncpg"),
            _MESSAGE_DB,
            _EVENTSOURCING,
            _RECORDER,
            _EMMETT,
            _DEPECHE,
        ],
    ),
    _group(
        "append",
        "append, PostgreSQL, 256 writers",
        "append",
        ["--writers", "256", *_SECONDS],
        [_PG],
    ),
    _group(
        "append",
        "append, PostgreSQL, hot stream, 16 writers",
        "append",
        ["--writers", "16", "--mode", "hot", *_SECONDS],
        [_MESSAGE_DB, _PG, _RECORDER, _EMMETT],
    ),
    _group(
        "append",
        "append, PostgreSQL, batch of 100, 4 writers",
        "append",
        ["--writers", "4", "--batch", "100", *_SECONDS],
        [_limit("pg", "copy"), _PG, _limit("pg", "asyncpg"), _MESSAGE_DB, _EVENTSOURCING, _EMMETT, _DEPECHE],
    ),
    _group(
        "append",
        "append, SQLite, 1 writer",
        "append",
        ["--writers", "1", *_SECONDS],
        [_limit("sq", "raw"), _SQLITE, _RECORDER_SQLITE, _EVENTSOURCING_SQLITE, _EMMETT_SQLITE],
    ),
    _group(
        "append",
        "append, SQLite, 32 writers",
        "append",
        ["--writers", "32", *_SECONDS],
        [_limit("sq", "raw"), _SQLITE, _RECORDER_SQLITE, _EVENTSOURCING_SQLITE],
    ),
    _group("append", "append, SQLite, 256 writers", "append", ["--writers", "256", *_SECONDS], [_SQLITE]),
    _group(
        "append",
        "append, SQLite, hot stream, 16 writers",
        "append",
        ["--writers", "16", "--mode", "hot", *_SECONDS],
        [_SQLITE],
    ),
    _group(
        "append",
        "append, SQLite, batch of 100, 1 writer",
        "append",
        ["--writers", "1", "--batch", "100", *_SECONDS],
        [_limit("sq", "raw"), _SQLITE, _RECORDER_SQLITE, _EMMETT_SQLITE],
    ),
    _loading("limit", [_limit("pg", "asyncpg"), _limit("sq", "raw")]),
    _loading("peers", [_EVENTSOURCING, _EVENTSOURCING_SQLITE, _MESSAGE_DB, _EMMETT, _EMMETT_SQLITE]),
    _loading("errera", [_PG, _SQLITE]),
    _group(
        "read",
        "read a stream of 1,000, PostgreSQL",
        "read_stream",
        _SECONDS,
        [_limit("pg", "orjson/txt"), _PG, _limit("pg", "orjson"), _EVENTSOURCING, _MESSAGE_DB, _EMMETT],
    ),
    _group(
        "read",
        "read a stream of 1,000, SQLite",
        "read_stream",
        _SECONDS,
        [_limit("sq", "orjson"), _SQLITE, _EVENTSOURCING_SQLITE, _EMMETT_SQLITE],
    ),
    _group(
        "read",
        "read the log, PostgreSQL",
        "read_all",
        _COUNT,
        [_limit("pg", "orjson/txt"), _PG, _limit("pg", "orjson"), _EVENTSOURCING, _MESSAGE_DB, _EMMETT],
    ),
    _group(
        "read",
        "read the log, SQLite",
        "read_all",
        _COUNT,
        [_limit("sq", "orjson"), _SQLITE, _EVENTSOURCING_SQLITE, _EMMETT_SQLITE],
    ),
    _group("read", "rebuild, PostgreSQL", "rebuild", _COUNT, [_limit("pg", "orjson/txt"), _PG, _EMMETT]),
    _group("read", "rebuild, SQLite", "rebuild", _COUNT, [_limit("sq", "orjson"), _SQLITE]),
    Group(
        "verify",
        "verify the log",
        [
            _own("verifying.py", "PostgreSQL", "postgresql", "--n", "{n}", "--rounds", "{rounds}"),
            _own("verifying.py", "SQLite", "sqlite", "--n", "{n}", "--rounds", "{rounds}"),
        ],
        once=True,
    ),
    _group(
        "lag",
        "lag at 100 appends/s",
        "lag",
        _SECONDS,
        [_limit("pg", "lag"), _PG, _EVENTSOURCING, _SQLITE, _EMMETT],
    ),
    Group(
        "http",
        "HTTP, 32 connections",
        [
            Contender("echo", ["bash", "limits/http_bench.sh", "uvicorn", "echo"], "wrk"),
            _own("http_command.py", "PostgreSQL", "postgresql", *_SECONDS, needs="wrk"),
            _own("http_command.py", "SQLite", "sqlite", *_SECONDS, needs="wrk"),
            Contender("echo with one INSERT", ["bash", "limits/http_bench.sh", "uvicorn", "insert"], "wrk"),
        ],
    ),
    Group(
        "parts",
        "parts of an append",
        [
            _own("parts.py", "PostgreSQL", "postgresql", "--rounds", "{rounds}", *_SECONDS),
            _own("parts.py", "SQLite", "sqlite", "--rounds", "{rounds}", *_SECONDS),
        ],
        once=True,
    ),
    Group(
        "sealing",
        "append while the log is sealed",
        [
            _own("sealing.py", "PostgreSQL", "postgresql", "--rounds", "{rounds}", *_SECONDS),
            _own("sealing.py", "SQLite", "sqlite", "--rounds", "{rounds}", *_SECONDS),
        ],
        once=True,
    ),
    Group(
        "size",
        "cost against size",
        [
            _own("size.py", "PostgreSQL", "postgresql", "--rounds", "{rounds}"),
            _own("size.py", "SQLite", "sqlite", "--rounds", "{rounds}"),
        ],
        once=True,
    ),
    Group(
        "memory",
        "memory of a replay of 1 million events",
        [_own("memory.py", "PostgreSQL", "postgresql"), _own("memory.py", "SQLite", "sqlite")],
        once=True,
    ),
)
