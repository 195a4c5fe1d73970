"""The program as people run it: `errera` in a process of its own, with a data directory of its own."""

import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import structlog
from typer.testing import CliRunner

from service.cli.commands import app
from service.cli.words import Stop

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-c", "from service.cli import main; main()"]
PATIENCE = 60


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Only what is said here: no setting of whoever runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ERRERA_", "LC_", "LANG"))}
    told = {"ERRERA_DATA_DIR": str(folder), "ERRERA_LANGUAGE": "en", "PYTHONPATH": str(ROOT), **more}
    return {**kept, **told}


@dataclass
class Told:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


def errera(*arguments: str, folder: Path, **more: str) -> Told:
    """A command in a process of its own."""
    done = subprocess.run(
        [*PROGRAM, *arguments],
        env=environment(folder, **more),
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Told(done.returncode, done.stdout, done.stderr)


def quick(*arguments: str, folder: Path, **more: str) -> Told:
    """A command within the test's process: the same code without its start."""
    names = {name: None for name in os.environ if name.startswith(("ERRERA_", "LC_", "LANG"))}
    env: Mapping[str, str | None] = {**names, "ERRERA_DATA_DIR": str(folder), "ERRERA_LANGUAGE": "en", **more}
    with as_it_logged():
        result = CliRunner().invoke(app, list(arguments), env=env)
    match result.exception:
        case None | SystemExit():
            return Told(result.exit_code, result.stdout, result.stderr)
        case Stop() as stop:
            return Told(stop.code, result.stdout, f"{result.stderr}errera: {stop}\n")
        case error:
            raise error


@contextmanager
def as_it_logged() -> Iterator[None]:
    """`serve` decides how its process logs; the test's process goes on as before."""
    root, lines = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        structlog.configure(**lines)
        root.handlers[:] = handlers
        root.setLevel(level)


class Service:
    """`errera serve` in a process of its own."""

    def __init__(self, folder: Path, *arguments: str, **more: str) -> None:
        self.folder = folder
        self.errors = folder.parent / f"{folder.name}.err"
        self._output = folder.parent / f"{folder.name}.out"
        with self._output.open("w") as out, self.errors.open("w") as err:
            self.process = subprocess.Popen(
                [*PROGRAM, "serve", "--port", "0", *arguments],
                env=environment(folder, **more),
                cwd=folder.parent,
                stdout=out,
                stderr=err,
            )
        self.address = self._wait_for(r"^Open (http://\S+/)$")
        self.token = self._wait_for(r"^Token: (errera_\S+)$") if "--demo" in arguments else ""

    @property
    def said(self) -> str:
        """All of stdout so far."""
        return self._output.read_text()

    def client(self, token: str | None = None) -> httpx.Client:
        """For calling it."""
        headers = {"Authorization": f"Bearer {self.token if token is None else token}", "Accept-Language": "en"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=PATIENCE)

    def get(self, path: str, **params: Any) -> Any:
        """A call's JSON."""
        with self.client() as client:
            return client.get(path, params=params).raise_for_status().json()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it; returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def _wait_for(self, pattern: str) -> str:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if found := re.search(pattern, self.said, re.MULTILINE):
                return found[1]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.process.kill()
        raise AssertionError(f"no {pattern} in {self.said!r}\n{self.errors.read_text()}")
