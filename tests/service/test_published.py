"""A log that is not the one published is told at once, and nothing is written; an intact one goes on, a lost one anew."""

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.served import PATIENCE, Service, errera
from tests.tlog.notes import Checkpoint, Key, believed
from tests.tlog.witness import Witness, witnessing

pytestmark = pytest.mark.server

ORIGIN = "errera.example/log"
SETTINGS = {"ERRERA_LOG_ORIGIN": ORIGIN, "ERRERA_LOG_PUBLISH_SECONDS": "0.01"}


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Service]:
    service = Service(folder, **settings)
    try:
        yield service
    finally:
        assert service.stop() == 0


def token_of(folder: Path, **settings: str) -> str:
    told = errera("token", "create", "--role", "programmeManager", folder=folder, **settings)
    assert told.code == 0, told.err
    return told.out.strip()


def add(service: Service, token: str, name: str, language: str = "en") -> httpx.Response:
    with service.client(token) as client:
        headers = {"Accept-Language": language, "Idempotency-Key": name}
        return client.post("v1/partners", json={"name": name}, headers=headers)


def written(service: Service, token: str, *names: str) -> int:
    """The position of the last of them."""
    positions = [add(service, token, name).raise_for_status().json()["position"] for name in names]
    return int(positions[-1])


def until(found: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (value := found()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return value


def published(folder: Path) -> Checkpoint | None:
    file = folder / "checkpoint"
    keys = [Key.parse(line) for line in (folder / "publicKey").read_text().split()] if file.exists() else []
    return believed(file.read_bytes(), keys) if keys else None


def store_of(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{service.address}health", timeout=PATIENCE).json()["checks"]["store"]
    return found


def test_a_log_shorter_than_what_was_published_takes_nothing_and_can_be_begun_anew(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    settings = {**SETTINGS, "ERRERA_LOG_PUBLISH_DIR": str(out)}
    with served(data, **settings) as service:
        token = token_of(data, **settings)
        kept = written(service, token, "One", "Two")
    shutil.copytree(data, tmp_path / "backup")
    with served(data, **settings) as service:  # nothing was lost: it goes on
        assert store_of(service)["status"] == "UP"
        size = written(service, token, "Three", "Four")
        until(lambda: (found := published(out)) and found.size >= size)
    lost = published(out)
    assert lost is not None
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "backup", data)

    with served(data, **settings) as service:
        store = store_of(service)
        assert store["status"] == "DOWN"
        assert f"it ends before position {kept + 1}" in store["details"]["readOnly"]
        for language, word in (("en", "shorter"), ("nl", "korter")):
            refused = add(service, token, "Five", language)
            assert (refused.status_code, refused.json()["code"]) == (503, "log.shorter")
            assert (refused.json()["position"], refused.json()["size"]) == (kept + 1, lost.size)
            assert word in refused.json()["detail"]
        with service.client(token) as client:
            assert client.get("v1/partners").json()["total"] == 2, "reading goes on"
            assert "shorter than what was published" in client.get("login", params={"lang": "en"}).text
        doctor = errera("doctor", folder=data, **settings)
        assert doctor.code == 1
        assert f"position {kept + 1}" in doctor.out
        assert "begin-anew" in doctor.out
        assert published(out) == lost, "what was published stays"
    assert "begin-anew" not in errera("log", "begin-anew", folder=data, **settings).err

    named = {**settings, "ERRERA_LOG_ORIGIN": f"{ORIGIN}/2"}
    assert errera("log", "begin-anew", folder=data, **settings).code == 0, "it says what it would do"
    begun = errera("log", "begin-anew", "--yes", folder=data, **settings)
    assert (begun.code, f"{ORIGIN}/2" in begun.out) == (0, True), begun.err
    with served(data, **named) as service:
        assert store_of(service)["status"] == "UP"
        with service.client(token) as client:
            after = client.get("v1/events", params={"after": kept}).json()["items"]
        assert after[0]["type"] == "errera.LogBegunAnew.v1"
        told = after[0]["data"]
        assert (told["lostOrigin"], told["lostSize"], told["origin"]) == (ORIGIN, lost.size, f"{ORIGIN}/2")
        size = written(service, token, "Five")
        until(lambda: (found := published(out)) and found.origin == f"{ORIGIN}/2" and found.size >= size)
    assert errera("log", "verify", "--checkpoint", str(out / "checkpoint"), folder=data, **named).code == 0
    again = errera("log", "begin-anew", "--yes", folder=data, **named)
    assert (again.code, "nothing is lost" in again.err) == (1, True)


def test_a_log_that_went_another_way_is_told_from_where_on(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    settings = {**SETTINGS, "ERRERA_LOG_PUBLISH_DIR": str(out)}
    with served(data, **SETTINGS) as service:
        token = token_of(data, **SETTINGS)
        written(service, token, "One")
    shutil.copytree(data, tmp_path / "backup")
    with served(data, **settings) as service:
        size = written(service, token, "Two")
        until(lambda: (found := published(out)) and found.size >= size)
    shutil.rmtree(data)
    shutil.copytree(tmp_path / "backup", data)
    with served(data, **SETTINGS) as service:  # whoever restored it forgot the folder
        written(service, token, "Else", "And more")
    with served(data, **settings) as service:
        assert "from position 1 on" in store_of(service)["details"]["readOnly"]
        refused = add(service, token, "Three")
        assert (refused.status_code, refused.json()["code"]) == (503, "log.another")
    verified = errera("log", "verify", "--checkpoint", str(out / "checkpoint"), folder=data, **settings)
    assert (verified.code, f"between position 1 and {size}" in verified.out) == (1, True), verified.out


def test_a_folder_of_another_log_is_left_alone(tmp_path: Path) -> None:
    out = tmp_path / "out"
    settings = {"ERRERA_LOG_PUBLISH_SECONDS": "0.01", "ERRERA_LOG_PUBLISH_DIR": str(out)}
    with served(tmp_path / "one", ERRERA_LOG_ORIGIN="one.example", **settings):
        until(lambda: published(out))
    with served(tmp_path / "other", ERRERA_LOG_ORIGIN="other.example", **settings) as service:
        assert "checkpoints of another log, one.example" in store_of(service)["details"]["readOnly"]


def test_a_witness_cosigns_what_is_served_and_remembers_what_was(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with served(data, **SETTINGS) as service:
        token = token_of(data, **SETTINGS)
        kept = written(service, token, "One")
        key = Key.parse(httpx.get(f"{service.address}v1/log/publicKey", timeout=PATIENCE).text.split()[0])
    shutil.copytree(data, tmp_path / "backup")
    witness = Witness("witness.example/w1", {ORIGIN: [key]}, lambda: int(time.time()))
    with witnessing(witness) as prefix:
        settings = {
            **SETTINGS,
            "ERRERA_LOG_WITNESSES": f"{witness.vkey} {prefix}",
            "ERRERA_LOG_PUBLISH_PLAIN": "true",
        }
        with served(data, **settings) as service:
            size = written(service, token, "Two")
            assert until(lambda: _cosigned(service, witness)).size <= size
            until(lambda: witness.seen[ORIGIN].size == size)
        shutil.rmtree(data)
        shutil.copytree(tmp_path / "backup", data)
        with served(data, **settings) as service:
            # The start hears the witness, or, where it answers late, who publishes does.
            store = until(lambda: (told := store_of(service))["status"] == "DOWN" and told)
            assert f"it ends before position {kept + 1}" in store["details"]["readOnly"]
            assert add(service, token, "Three").json()["code"] == "log.shorter"


def _cosigned(service: Service, witness: Witness) -> Checkpoint | None:
    note = httpx.get(f"{service.address}v1/log/checkpoint", timeout=PATIENCE).content
    return believed(note, [witness.key], ORIGIN) if witness.name.encode() in note else None


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"ERRERA_LOG_PUBLISH_URL": "http://audit.example/"}, "ERRERA_LOG_PUBLISH_PLAIN"),
        ({"ERRERA_LOG_PUBLISH_URL": "ftp://audit.example/"}, "no address"),
        ({"ERRERA_LOG_WITNESSES": "witness.example"}, "ERRERA_LOG_WITNESSES"),
    ],
)
def test_a_wrong_destination_is_refused_at_start(settings: dict[str, str], told: str, tmp_path: Path) -> None:
    found = errera("serve", "--port", "0", folder=tmp_path / "data", **settings)
    assert (found.code, told in found.err) == (2, True), found.err


def test_an_event_that_was_changed_is_found_after_the_start_and_nothing_is_written(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with served(data, **SETTINGS) as service:
        token = token_of(data, **SETTINGS)
        size = written(service, token, "One", "Two", "Three")
        until(
            lambda: int(httpx.get(f"{service.address}v1/log/checkpoint", timeout=PATIENCE).text.split("\n")[1]) == size
        )
    with contextlib.closing(sqlite3.connect(data / "errera.sqlite", isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER events_no_update")
        found = connection.execute("SELECT position FROM events WHERE instr(body, '\"Two\"') > 0").fetchall()
        position = min(one for (one,) in found)
        connection.execute(
            "UPDATE events SET body = CAST(replace(body, 'Two', 'Too') AS BLOB) WHERE position = ?", (position,)
        )
    with served(data, **SETTINGS) as service:
        store = until(lambda: (told := store_of(service))["status"] == "DOWN" and told)
        assert f"not what was sealed: position {position} (tile.entry)" in store["details"]["readOnly"]
        for language, word in (("en", "somebody has changed"), ("nl", "iemand heeft")):
            refused = add(service, token, "Four", language)
            assert (refused.status_code, refused.json()["code"]) == (503, "log.changed")
            assert (refused.json()["position"], word in refused.json()["detail"]) == (position, True)


def test_doctor_says_where_checkpoints_do_not_arrive(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    out.write_text("no folder", encoding="utf-8")
    settings = {**SETTINGS, "ERRERA_LOG_PUBLISH_DIR": str(out)}
    with served(data, **settings) as service:
        until(
            lambda: (
                httpx.get(f"{service.address}health", timeout=PATIENCE).json()["checks"]["publishing"]["status"]
                == "DEGRADED"
            )
        )
        doctor = errera("doctor", folder=data, **settings)
        assert (doctor.code, "check address and rights" in doctor.out) == (1, True), doctor.out
        assert written(service, token_of(data, **settings), "One") > 0, "nobody else is held up"


@pytest.mark.parametrize("gone", ["errera.sqlite", "errera-vault.sqlite"])
def test_where_a_file_is_removed_or_replaced_under_the_service_nothing_more_is_answered(
    gone: str, tmp_path: Path
) -> None:
    data, settings = tmp_path / "data", {**SETTINGS, "ERRERA_TICK_SECONDS": "0.1"}
    with served(data, **settings) as service:
        token = token_of(data, **settings)
        written(service, token, "One")
        (data / gone).rename(tmp_path / gone)
        until(lambda: store_of(service)["status"] == "DOWN")
        shutil.copy(tmp_path / gone, data / gone)
        assert str(data / gone) in store_of(service)["details"]["readOnly"]
        refused = add(service, token, "Two")
        assert (refused.status_code, refused.json()["code"]) == (503, "readOnly")
