"""An auditor with the specifications in hand, at a running service: everything adds up, and stays what it was."""

import base64
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.postgresql import Databases
from tests.service.served import PATIENCE, Service, errera
from tests.tlog import tree
from tests.tlog.audit import Audited, Auditor
from tests.tlog.notes import Checkpoint, Key, Wrong

pytestmark = [pytest.mark.server]

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)


@pytest.fixture(params=["sqlite", POSTGRESQL])
async def settings(request: pytest.FixtureRequest) -> AsyncIterator[dict[str, str]]:
    if request.param == "sqlite":
        yield {}
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database()
    yield {"ERRERA_DATABASE_URL": url}
    await databases.drop_database(url)


def auditor_of(client: httpx.Client, key: Key) -> Auditor:
    def fetch(path: str) -> bytes:
        answer = client.get(f"v1/log/{path}", headers={"Accept-Encoding": "gzip, identity"})
        if answer.status_code != 200:
            raise Wrong(f"{path}: {answer.status_code}")
        kind = "text/plain; charset=utf-8" if path == "checkpoint" else "application/octet-stream"
        assert answer.headers["content-type"] == kind
        return answer.content

    return Auditor(fetch, [key])


def newer(auditor: Auditor, position: int) -> Checkpoint:
    """The checkpoint, once it covers a position."""
    deadline = time.monotonic() + PATIENCE
    while (found := auditor.checkpoint()).size < position:
        assert time.monotonic() < deadline
        time.sleep(0.1)  # another process seals, about every second; an auditor can only ask again
    return found


def hashes_of(client: httpx.Client, path: str, **params: int) -> list[bytes]:
    answer = client.get(f"v1/log/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return [base64.b64decode(one, validate=True) for one in answer.json()["hashes"]]


def check_entries(client: httpx.Client, seen: Audited) -> None:
    """The entries are the events that the register tells, in their places."""
    told: list[dict[str, Any]] = []
    while len(told) < len(seen.entries):
        told += client.get("v1/events", params={"after": len(told), "limit": 1000}).json()["items"]
    for position, (entry, event) in enumerate(zip(seen.entries, told, strict=False), 1):
        kind, number, recorded_at, body = entry.split(b"\n", 3)
        assert (kind, number, recorded_at.decode()) == (b"errera/1", b"%d" % position, event["recordedat"])
        read = json.loads(body)
        assert (read["eventId"], read["stream"], read["data"]) == (event["id"], event["subject"], event["data"])


def test_everything_adds_up_at_a_running_service_and_goes_on_from_what_it_was(
    settings: dict[str, str], tmp_path: Path
) -> None:
    service = Service(tmp_path / "data", "--demo", **settings)
    with service.client() as client, httpx.Client(base_url=service.address) as stranger:
        size = client.get("health").json()["checks"]["store"]["details"]["size"]
        key = Key.parse(stranger.get("v1/log/publicKey").text.split()[0])
        auditor = auditor_of(client, key)
        before = newer(auditor, size)
        seen = auditor.audit(before)
        check_entries(client, seen)

        # Without a token: the checkpoint and the tiles, and no entry.
        assert auditor_of(stranger, key).checkpoint(before.origin).size >= size
        auditor_of(stranger, key).follows(before, before)
        assert stranger.get("v1/log/tile/entries/000").status_code == 401

        # Proofs as the service makes them, for whoever keeps no tiles.
        for index in {0, 1, 255, 256, before.size // 2, before.size - 1} & set(range(before.size)):
            told = hashes_of(client, "inclusionProofs", position=index + 1, size=before.size)
            assert told == tree.path(index, seen.leaves)
            tree.check_inclusion(index, before.size, seen.leaves[index], told, before.root)

        # Something more happens, and the log goes on.
        added = client.post("v1/partners", json={"name": "Een nieuwe partner"}, headers={"Idempotency-Key": "auditor"})
        assert added.status_code == 201, added.text
        after = newer(auditor, added.json()["position"])
        auditor.follows(before, after)
        told = hashes_of(client, "consistencyProofs", **{"from": before.size, "to": after.size})
        tree.check_consistency(before.size, after.size, before.root, after.root, told)
        assert auditor.audit(after).entries[: before.size] == seen.entries

        # And our own program, beside the running service, with what the auditor kept.
        kept = tmp_path / "kept"
        kept.write_bytes(auditor.fetch("checkpoint"))
        well = errera(
            "log",
            "verify",
            "--checkpoint",
            str(kept),
            "--key",
            str(vkey(key)),
            "--json",
            folder=service.folder,
            **settings,
        )
        assert well.code == 0, well
        found = json.loads(well.out)
        assert (found["ok"], found["checkpointsFromOutside"]) == (True, 1)
        assert found["sealed"] >= after.size
    assert service.stop() == 0


def vkey(key: Key) -> str:
    raw = bytes([key.kind]) + key.public
    return f"{key.name}+{key.id.hex()}+{base64.b64encode(raw).decode()}"
