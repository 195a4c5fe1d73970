"""Benches of our own measure what they say, on a store made for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"


@pytest.mark.parametrize(
    ("script", "contenders"),
    [
        ("sealing.py", ["not sealed", "sealed"]),
        ("parts.py", ["a bare INSERT", "three tables by hand", "encoding", "append"]),
    ],
)
def test_all_of_them_are_measured(tmp_path: Path, script: str, contenders: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, BENCH / script, "--variant", "sqlite", "--rounds", "1", "--seconds", "0.1"],
        env={**os.environ, "BENCH_TMP": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["contender"] for line in lines] == contenders
    assert all(line["rate"] > 0 for line in lines)
