import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import asyncpg
import pytest
from pytest_socket import SocketBlockedError, SocketConnectBlockedError

from tests import postgresql_server as servers
from tests.postgresql import Databases
from tests.postgresql_server import Server, find_binaries, new_folder
from tests.system import missing


async def fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE partners (name text); CREATE TABLE filled AS SELECT now() AS at")
    await connection.close()


async def names_in(url: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [row["name"] for row in await connection.fetch("SELECT name FROM partners ORDER BY name")]
    finally:
        await connection.close()


async def add(url: str, name: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("INSERT INTO partners VALUES ($1)", name)
    finally:
        await connection.close()


async def test_the_server_is_a_real_one(postgresql_url: str) -> None:
    connection = await asyncpg.connect(postgresql_url)
    try:
        assert (await connection.fetchval("SELECT version()")).startswith("PostgreSQL")
        assert await connection.fetchval("SHOW fsync") == "off"
        assert (
            await connection.fetchval("SELECT pg_catalog.pg_encoding_to_char(encoding) FROM pg_database LIMIT 1")
            == "UTF8"
        )
    finally:
        await connection.close()


def test_the_server_does_not_run_as_root(postgresql_server: Databases) -> None:
    # It refuses to start on data that another user owns.
    assert (postgresql_server.server.folder / "data").stat().st_uid != 0


async def test_a_wrong_password_is_refused(postgresql_url: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgresql_url, password="guess")


async def test_clones_share_a_template_and_nothing_else(postgresql_server: Databases) -> None:
    one, two = [await postgresql_server.fresh_database(fill) for _ in range(2)]
    await add(one, "Agoria")
    await add(two, "Voka")
    assert (await names_in(one), await names_in(two)) == (["Agoria"], ["Voka"])
    three = await postgresql_server.fresh_database(fill)
    assert await names_in(three) == []
    times = set()
    for url in (one, two, three):
        connection = await asyncpg.connect(url)
        times.add(await connection.fetchval("SELECT at FROM filled"))
        await connection.close()
        await postgresql_server.drop_database(url)
    assert len(times) == 1, "the template is filled once"
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await names_in(one)


async def test_a_template_that_could_not_be_filled_is_not_used(postgresql_server: Databases) -> None:
    attempts = []

    async def fails_once(url: str) -> None:
        attempts.append(url)
        if len(attempts) == 1:
            raise ValueError("no schema today")
        await fill(url)

    with pytest.raises(ValueError, match="no schema today"):
        await postgresql_server.fresh_database(fails_once)
    url = await postgresql_server.fresh_database(fails_once)
    assert await names_in(url) == []
    await postgresql_server.drop_database(url)


@pytest.mark.crash
async def test_what_was_committed_outlives_a_crash(postgresql_crashable: Databases) -> None:
    url = await postgresql_crashable.fresh_database(fill)
    await add(url, "Agoria")
    lost = await asyncpg.connect(url)
    await lost.execute("BEGIN; INSERT INTO partners VALUES ('never committed')")
    postgresql_crashable.server.crash()
    with pytest.raises((OSError, asyncpg.PostgresError)):
        await names_in(url)
    lost.terminate()
    postgresql_crashable.server.start()
    assert await names_in(url) == ["Agoria"]
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SHOW fsync") == "on"
    await connection.close()


@pytest.mark.crash
@pytest.mark.postgresql
def test_a_killed_run_leaves_no_server_behind() -> None:
    try:
        find_binaries()
    except servers.NotInstalledError:
        missing("PostgreSQL", "see the other tests here")
    folder = new_folder()
    start = "import sys; from pathlib import Path; from tests.postgresql_server import Server; Server(Path(sys.argv[1])).start()"
    program = [sys.executable, "-c", f"{start}; print('started', flush=True); input()", str(folder)]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"started\n"
        address = Server(folder).address
        assert servers.alive(address.server)
        run.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 30
    while folder.exists():
        assert time.monotonic() < deadline, "the keeper did not notice"
        time.sleep(0.05)
    with socket.socket() as knock:
        assert knock.connect_ex((servers.HOST, address.port)) != 0


def test_a_unit_test_has_no_sockets() -> None:
    with pytest.warns(UserWarning, match="socket"), pytest.raises(SocketBlockedError):
        socket.socket(socket.AF_INET)


@pytest.mark.server
def test_a_test_with_a_server_reaches_this_machine_only() -> None:
    with (
        socket.socket() as outside,
        pytest.warns(UserWarning, match="connect"),
        pytest.raises(SocketConnectBlockedError),
    ):
        outside.connect(("192.0.2.1", 80))


def test_a_missing_part_is_a_skip_here_and_a_failure_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Chromium is missing: install it"):
        missing("Chromium", "install it")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Chromium is missing: install it"):
        missing("Chromium", "install it")


def test_without_binaries_there_is_no_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ERRERA_TEST_POSTGRESQL_BIN", os.fspath(tmp_path))
    with pytest.raises(servers.NotInstalledError):
        Server(tmp_path).start()
