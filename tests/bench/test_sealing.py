"""The bench of sealing measures both: appends with it, and without."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "bench" / "sealing.py"


def test_appends_are_measured_with_and_without_sealing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--variant", "sqlite", "--rounds", "1", "--seconds", "0.1"],
        env={**os.environ, "BENCH_TMP": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["contender"] for line in lines] == ["not sealed", "sealed"]
    assert all(line["rate"] > 0 for line in lines)
