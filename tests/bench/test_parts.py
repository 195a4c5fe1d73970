"""The bench of an append's parts measures each of them, on a store of either kind."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "bench" / "parts.py"


def test_the_parts_of_a_batch_are_measured_in_turns(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--variant", "sqlite", "--rounds", "1", "--seconds", "0.1"],
        env={**os.environ, "BENCH_TMP": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["contender"] for line in lines] == ["a bare INSERT", "three tables by hand", "encoding", "append"]
    assert all(line["p50_ms"] > 0 for line in lines)
