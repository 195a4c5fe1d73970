"""Serving: how it starts, refuses to start, stops, and what survives."""

import asyncio
import http.client
import json
import os
import signal
import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.service.served import PATIENCE, ROOT, Service, errera, quick

pytestmark = [pytest.mark.server]

SMALL = {"ERRERA_DEMO_FILE": str(ROOT / "examples" / "second-programme.json")}
"""A demonstration that loads in a moment."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def services() -> Iterator[list[Service]]:
    """Whatever a test starts ends with it."""
    started: list[Service] = []
    yield started
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def begin(services: list[Service], folder: Path, *arguments: str, **more: str) -> Service:
    services.append(Service(folder, *arguments, **more))
    return services[-1]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"ERRERA_TIME_ZONE": "Mars/Olympus"}, "ERRERA_TIME_ZONE: Mars/Olympus is no IANA time zone"),
        ({"ERRERA_DATABASE_URL": "mysql://x"}, "ERRERA_DATABASE_URL: a store is"),
        ({"ERRERA_TICK_SECONDS": "often"}, "ERRERA_TICK_SECONDS: "),
        ({"ERRERA_DATABSE_URL": "sqlite:///x"}, "unknown setting ERRERA_DATABSE_URL"),
        ({"ERRERA_LANGUAGE": "fr", "LANG": "en_GB.UTF-8"}, "ERRERA_LANGUAGE: "),
    ],
)
def test_a_wrong_setting_is_named(folder: Path, settings: dict[str, str], said: str) -> None:
    told = quick("serve", folder=folder, **settings)
    assert (told.code, said in told.err) == (2, True), told
    assert not folder.exists()


def test_a_wrong_setting_ends_the_program_with_a_sentence(folder: Path) -> None:
    told = errera("serve", folder=folder, ERRERA_LOG_LEVEL="LOUD")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("errera: a setting is wrong\n  ERRERA_LOG_LEVEL: ")


def test_a_taken_port_is_told(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = quick("serve", "--port", str(taken.getsockname()[1]), folder=folder)
    assert told.code == 1
    assert "--port 8001" in told.err


def test_a_database_out_of_reach_is_told(folder: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://127.0.0.1:{closed.getsockname()[1]}/errera"
        told = quick("serve", folder=folder, ERRERA_DATABASE_URL=url)
    assert told.code == 1
    assert "cannot be reached" in told.err


def test_a_service_without_a_demonstration_is_empty_and_prints_no_token(folder: Path, services: list[Service]) -> None:
    service = begin(services, folder)
    assert "Token" not in service.said
    token = quick("token", "create", "--role", "programmeManager", folder=folder).out.strip()
    with service.client(token) as client:
        assert client.get("/v1/partners").json()["total"] == 0
        assert client.get("/v1/partners?secret=hidden-4711").status_code == 400
    assert folder.stat().st_mode & 0o777 == 0o700
    assert service.stop(signal.SIGINT) == 0
    assert not (folder / "errera.sock").exists()
    log = service.errors.read_text()
    assert "hidden-4711" not in log
    assert all(json.loads(line) for line in log.splitlines())


def test_the_clock_of_a_register_in_use_cannot_be_moved(folder: Path) -> None:
    assert quick("token", "create", "--role", "auditor", folder=folder).code == 0
    told = quick("serve", "--now", "2099-01-01T00:00:00Z", folder=folder)
    assert (told.code, "this register is none" in told.err) == (2, True)
    assert quick("serve", "--now", "2099-01-01T00:00:00", folder=folder).code == 2


def test_an_empty_demonstration_may_begin_in_the_past(folder: Path, services: list[Service]) -> None:
    service = begin(services, folder, "--demo", "--now", "2026-10-15T09:00:00+02:00", **SMALL)
    assert service.get("/v1/events")["items"][0]["recordedat"].startswith("2026-10-15T07:0")


def test_the_clock_of_a_demonstration_moves_forward_only(folder: Path, services: list[Service]) -> None:
    later = datetime.now(UTC).replace(microsecond=0) + timedelta(days=400)
    service = begin(services, folder, "--demo", "--now", later.isoformat(), **SMALL)
    recorded = [datetime.fromisoformat(one["recordedat"]) for one in service.get("/v1/events")["items"]]
    assert all(later <= one < later + timedelta(minutes=2) for one in recorded)
    size = service.get("/v1/projections")["logSize"]
    assert service.stop() == 0
    back = quick("serve", "--now", (later - timedelta(days=1)).isoformat(), folder=folder)
    assert (back.code, "only move the clock forward" in back.err) == (2, True)
    again = begin(services, folder, "--demo", "--now", (later + timedelta(days=30)).isoformat(), **SMALL)
    assert "nothing is loaded" in again.said
    assert again.get("/v1/events", limit=size)["items"][-1]["position"] == size
    with again.client() as client:
        made = client.post("/v1/partners", json={"name": "Kring van Lezers"}).raise_for_status().json()
    [event] = again.get("/v1/events", after=made["position"] - 1, limit=1)["items"]
    assert datetime.fromisoformat(event["recordedat"]) >= later + timedelta(days=30)


def test_a_load_that_was_interrupted_goes_on(folder: Path, services: list[Service]) -> None:
    whole = begin(services, folder, "--demo", **SMALL).get("/v1/projections")["logSize"]
    assert services[-1].stop() == 0
    with closing(sqlite3.connect(folder / "errera.sqlite")) as database:
        database.execute("UPDATE register SET value = 'loading' WHERE name = 'demo'")
        database.commit()
    again = begin(services, folder, "--demo", **SMALL)
    assert "rows loaded" in again.said
    assert again.get("/v1/projections")["logSize"] == whole


def test_kill_9_loses_nothing_that_was_answered(folder: Path, services: list[Service]) -> None:
    service = begin(services, folder, "--demo", **SMALL)
    with service.client() as client:
        made = [
            client.post("/v1/partners", json={"name": f"Vereniging nummer {number}"}).raise_for_status().json()
            for number in range(10)
        ]
    assert service.stop(signal.SIGKILL) == -signal.SIGKILL
    assert (folder / "errera.sock").exists()
    again = begin(services, folder)
    with again.client(service.token) as client:
        for one in made:
            assert client.get(one["href"]).json()["name"] == one["name"]
    assert quick("projections", "verify", folder=folder).code == 0


def test_a_reader_that_waits_does_not_hold_up_the_end(folder: Path, services: list[Service]) -> None:
    service = begin(services, folder, "--demo", **SMALL)
    address = httpx.URL(service.address)
    waiting = http.client.HTTPConnection(address.host, address.port or 80, timeout=PATIENCE)
    with closing(waiting), service.client() as client:
        asked = {"Authorization": client.headers["Authorization"]}
        waiting.request("GET", "/v1/events?after=1000000&waitSeconds=30", headers=asked)
        client.get("/health").raise_for_status()  # answered after that one was begun
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 5
        assert waiting.getresponse().status == 503, "told to come back, before its time was over"
    assert service.errors.read_text() == ""


def test_a_data_directory_with_a_long_path_has_its_socket_elsewhere(tmp_path: Path, services: list[Service]) -> None:
    folder = tmp_path / ("long" * 20) / ("longer" * 15) / "data"
    folder.parent.mkdir(parents=True)
    service = begin(services, folder)
    elsewhere = Path((folder / "errera.sock.path").read_text())
    assert elsewhere.stat().st_mode & 0o777 == 0o600
    assert elsewhere.parent.stat().st_mode & 0o777 == 0o700
    assert quick("token", "create", "--role", "auditor", folder=folder).code == 0
    assert "service: runs" in quick("doctor", folder=folder).out
    assert service.stop() == 0
    assert not elsewhere.parent.exists()


def test_two_databases_of_one_data_directory_have_a_socket_each(folder: Path, services: list[Service]) -> None:
    elsewhere = {"ERRERA_DATABASE_URL": f"sqlite:///{folder / 'other.sqlite'}"}
    one, other = begin(services, folder), begin(services, folder, **elsewhere)
    assert len(list(folder.glob("errera*.sock"))) == 2
    for service, settings in ((one, {}), (other, elsewhere)):
        token = quick("token", "create", "--role", "auditor", folder=folder, **settings).out.strip()
        with one.client(token) as of_one, other.client(token) as of_other:
            answers = {of_one.get("/v1/partners").status_code: one, of_other.get("/v1/partners").status_code: other}
        assert answers.keys() == {200, 401}, "a token is made in the database that the command was told"
        assert answers[200] is service


def test_commands_say_what_to_do_when_the_register_is_held_and_nobody_answers(folder: Path) -> None:
    assert quick("token", "list", folder=folder).code == 0
    holder = os.open(folder / "errera.sqlite.lock", os.O_RDWR)
    try:
        import fcntl

        fcntl.flock(holder, fcntl.LOCK_EX)
        told = quick("token", "list", folder=folder)
    finally:
        os.close(holder)
    assert told.code == 1
    assert "stop the other process" in told.err


async def test_it_serves_from_postgresql_and_commands_reach_it_there(tmp_path: Path, postgresql_url: str) -> None:
    services: list[Service] = []
    settings = {**SMALL, "ERRERA_DATABASE_URL": postgresql_url}
    folder = tmp_path / "data"

    def story() -> None:
        service = begin(services, folder, "--demo", **settings)
        token = quick("token", "create", "--role", "auditor", folder=folder, **settings).out.strip()
        with service.client(token) as client:
            assert client.get("/v1/partners").json()["total"] > 0
        other = begin(services, folder, **settings)
        with other.client(token) as client:
            assert client.get("/health").json()["status"] == "UP"
        assert "PostgreSQL " in quick("doctor", folder=folder, **settings).out
        assert [one.stop() for one in reversed(services)] == [0, 0]

    try:
        await asyncio.to_thread(story)
    finally:
        for one in services:
            if one.process.poll() is None:
                one.process.kill()
