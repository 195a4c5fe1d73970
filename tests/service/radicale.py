"""A real calendar server on this machine, and a client of it that speaks CalDAV (RFC 4791)."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import caldav
import icalendar

PATIENCE: Final = 60


class Shelf:
    """A calendar on the server, that whole feeds are put in."""

    def __init__(self, client: Any, address: str) -> None:
        self._client = client
        self._address = f"{address}reader/feed/"

    def put(self, feed: bytes) -> None:
        answer = self._client.put(self._address, feed, {"Content-Type": "text/calendar; charset=utf-8"})
        assert answer.status == 201, answer.raw

    def events(self) -> dict[str, Any]:
        """As the server keeps them, by their ids."""
        return dict(_read(one.data) for one in self._calendar().events())

    def between(self, start: datetime, end: datetime) -> set[str]:
        """The ids of those that the server says begin then."""
        found = self._calendar().search(start=start, end=end, event=True, expand=False)
        return {uid for uid, _ in (_read(one.data) for one in found)}

    def _calendar(self) -> Any:
        return caldav.Calendar(self._client, url=self._address)


def _read(data: str) -> tuple[str, Any]:
    [event] = icalendar.Calendar.from_ical(data).walk("VEVENT")
    return str(event["UID"]), event


@contextmanager
def shelf(folder: Path) -> Iterator[Shelf]:
    """The server, empty, in a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = folder / "radicale.err"
    program = [
        sys.executable, "-m", "radicale", "--config", "", "--server-hosts", f"127.0.0.1:{port}", "--auth-type", "none",
        "--storage-filesystem-folder", str(folder / "radicale"),
    ]  # fmt: skip
    with told.open("w") as log:
        process = subprocess.Popen(
            program, stdout=log, stderr=log, cwd=folder, env={**os.environ, "TZ": "America/Lima"}
        )
    try:
        _wait_for(port, process, told)
        address = f"http://127.0.0.1:{port}/"
        client: Any
        with caldav.DAVClient(address, username="reader", password="x") as client:
            client.principal()  # its first visit makes the place that calendars are put in
            yield Shelf(client, address)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _wait_for(port: int, process: "subprocess.Popen[bytes]", told: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(told.read_text())
