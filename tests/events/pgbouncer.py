"""A real PgBouncer before the tests' PostgreSQL, in transaction mode, with fewer connections than its clients have."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from tests.system import missing

CONNECTIONS = 3
PATIENCE_SECONDS = 20


def program() -> str:
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or missing(
        "PgBouncer", "install it (Debian: apt-get install pgbouncer)"
    )


@contextmanager
def pgbouncer(url: str, folder: Path) -> Iterator[str]:
    """The URL that leads through it."""
    real = make_url(url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir()
    (folder / "users.txt").write_text(f'"{real.username}" "{real.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n* = host={real.host} port={real.port}\n"
        "[pgbouncer]\nlisten_addr = 127.0.0.1\nunix_socket_dir =\n"
        f"listen_port = {port}\nauth_type = scram-sha-256\nauth_file = {folder / 'users.txt'}\n"
        f"pool_mode = transaction\ndefault_pool_size = {CONNECTIONS}\nmax_client_conn = 100\n"
        "server_idle_timeout = 5\n"
    )
    command = [program(), "-q", str(folder / "pgbouncer.ini")]
    user = group = None
    if os.geteuid() == 0:  # it refuses to run as root
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        for parent in folder.parents:
            if parent.owner() == "root" and str(parent).startswith(("/tmp/pytest-of-root", "/tmp/pytest-of")):  # noqa: S108 - where pytest makes its folders
                parent.chmod(0o711)
        user, group = nobody.pw_uid, nobody.pw_gid
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, user=user, group=group
    ) as running:
        try:
            wait_for(port, running)
            yield real.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        finally:
            running.kill()


def wait_for(port: int, running: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError as error:
            if running.poll() is not None:
                said = running.stderr.read() if running.stderr else ""
                raise RuntimeError(f"PgBouncer ended: {said}") from error
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
