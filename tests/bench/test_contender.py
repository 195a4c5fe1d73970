"""The contender answers as the peers do: one line of JSON for each of their commands."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.postgresql import Databases
from tests.postgresql_server import USER

CONTENDER: Final = Path(__file__).parents[2] / "bench" / "contender.py"
PROMISED: Final = {"peer", "workload", "rate", "p50_ms", "p99_ms"}
TIMED: Final = {"append", "read_stream", "lag"}
COMMANDS: Final = (
    "append --writers 32",
    "append --writers 16 --mode hot",
    "append --writers 4 --batch 100",
    "load --n 2000",
    "read_stream",
    "read_all --n 2000",
    "rebuild --n 2000",
    "lag",
)
"""In this order: `load` writes what others read."""


def answers(variant: str, settings: Mapping[str, str]) -> None:
    for command in COMMANDS:
        done = subprocess.run(
            [sys.executable, CONTENDER, *command.split(), "--variant", variant, "--seconds", "0.1", "--tag", command],
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        [line] = done.stdout.splitlines()
        told = json.loads(line)
        assert told.keys() >= PROMISED
        assert told["workload"] == command
        assert told["rate"] > 0
        assert (told["p99_ms"] is not None) == (command.split()[0] in TIMED)


def test_it_answers_on_sqlite(tmp_path: Path) -> None:
    answers("sqlite", {"BENCH_TMP": str(tmp_path)})


@pytest.mark.postgresql
def test_it_answers_on_postgresql(tmp_path: Path, postgresql_server: Databases) -> None:
    address = postgresql_server.server.address
    settings = {"PGPORT": str(address.port), "PGPASSWORD": address.password, "BENCH_PGUSER": USER}
    answers("postgresql", {"BENCH_TMP": str(tmp_path), **settings})
