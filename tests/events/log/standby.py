"""A real standby of a test's PostgreSQL, that follows it by streaming, and can be stopped and started again."""

import os
import socket
import subprocess
from typing import Any

from tests.postgresql_server import HOST, USER, Server, find_binaries

NAME = "standby_one"
PATIENCE = 30


class Standby:
    def __init__(self, server: Server) -> None:
        self._server = server
        self.folder = server.folder / "standby"
        self._process: subprocess.Popen[bytes] | None = None
        owner = (server.folder / "data").stat()
        self._as_user: dict[str, Any] = {"cwd": server.folder, "stdin": subprocess.DEVNULL}
        if os.geteuid() == 0:
            self._as_user |= {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        copied = sorted((server.folder / "site").rglob("pg_basebackup"))
        self._binaries = copied[0].parent if copied else find_binaries()
        self._make(owner.st_uid, owner.st_gid)

    def _make(self, user: int, group: int) -> None:
        self.folder.mkdir(0o700)
        os.chown(self.folder, user, group)
        address = self._server.address
        self._primary = (
            f"host={HOST} port={address.port} user={USER} password={address.password} application_name={NAME}"
        )
        made = subprocess.run(
            [self._binaries / "pg_basebackup", "-D", self.folder, "-d", self._primary, "-X", "stream", "-c", "fast"],
            capture_output=True,
            text=True,
            check=False,
            **self._as_user,
        )
        assert not made.returncode, made.stderr
        (self.folder / "standby.signal").touch()

    def start(self) -> None:
        with socket.socket() as free:
            free.bind((HOST, 0))
            port = free.getsockname()[1]
        told = {
            "port": port,
            "listen_addresses": HOST,
            "unix_socket_directories": "",
            "primary_conninfo": self._primary,
            "max_connections": 200,
            "wal_receiver_status_interval": "1s",
        }
        arguments = [part for name, value in told.items() for part in ("-c", f"{name}={value}")]
        with (self._server.folder / "standby.log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._binaries / "postgres", "-D", self.folder, *arguments], stdout=log, stderr=log, **self._as_user
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE)
            self._process = None
