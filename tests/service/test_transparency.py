"""The transparency log over HTTP: an auditor who knows only the specifications, who may see what, and waiting."""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.auth.tokens import ROLES
from service.house import Errera, open_house
from service.settings import Settings
from tests.events.log.sealing_logs import grow
from tests.postgresql import Databases
from tests.service.edge import problem
from tests.tlog import tree
from tests.tlog.audit import Auditor, tile_path, tiles_of
from tests.tlog.notes import Key

LOG = "/v1/log"


@dataclass(frozen=True)
class Place:
    house: Errera
    client: httpx.AsyncClient

    async def sealed(self, count: int) -> None:
        await grow(self.house.store, count)
        await self.house.audit.seal()

    async def token(self, role: str, **of: Any) -> Mapping[str, str]:
        if role == "partner":
            of["partner_id"] = "agoria"
        token, _ = await self.house.tokens.create(role, **of)
        return {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, role: str | None = "auditor", **headers: str) -> httpx.Response:
        told = {name.replace("_", "-"): one for name, one in headers.items()}
        return await self.client.get(LOG + path, headers={**(await self.token(role) if role else {}), **told})

    async def auditor(self) -> Auditor:
        """With the log's key, and all that a log of this size serves."""
        keys = [Key.parse(line) for line in (await self.get("/publicKey", None)).text.splitlines()]
        served = {"checkpoint": (await self.get("/checkpoint", None)).content}
        size = int(served["checkpoint"].split(b"\n")[1])
        level = 0
        while size // 256**level:
            for number, width in tiles_of(size, level):
                path = tile_path(level, number, width)
                served[path] = (await self.get(f"/{path}", None)).content
            level += 1
        for number, width in tiles_of(size):
            path = tile_path("entries", number, width)
            served[path] = (await self.get(f"/{path}")).content
        return Auditor(served.__getitem__, keys)


@asynccontextmanager
async def opened(folder: Path, **settings: Any) -> AsyncIterator[Place]:
    """Nothing is sealed unless the test does."""
    async with open_house(Settings(data_dir=folder, **settings)) as house:
        transport = httpx.ASGITransport(create_app(house), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://errera.test") as client:
            yield Place(house, client)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with opened(tmp_path) as found:
        yield found


async def test_an_auditor_who_knows_the_specifications_finds_every_entry_and_the_signed_root(place: Place) -> None:
    await place.sealed(300)
    first = (await place.auditor()).checkpoint(place.house.audit.keys.origin)
    await place.sealed(400)
    auditor = await place.auditor()
    last = auditor.checkpoint()
    audited = auditor.audit(last)
    assert (first.size, last.size, len(audited.entries)) == (300, 700, 700)
    assert audited.entries[0].startswith(b"errera/1\n1\n")
    auditor.follows(first, last)
    for position in (1, 300, 700):
        told = (await place.get(f"/inclusionProofs?position={position}")).json()
        hashes = [base64.b64decode(one) for one in told["hashes"]]
        tree.check_inclusion(position - 1, told["size"], audited.leaves[position - 1], hashes, last.root)
        assert told["checkpoint"] == (await place.get("/checkpoint", None)).text
    told = (await place.get("/consistencyProofs?from=300&to=700")).json()
    assert (told["from"], told["to"]) == (300, 700)
    growth = [base64.b64decode(one) for one in told["hashes"]]
    tree.check_consistency(300, 700, first.root, last.root, growth)


async def test_the_log_goes_by_the_name_that_it_was_given(tmp_path: Path) -> None:
    async with opened(tmp_path, log_origin="agreements.agency.example/log") as place:
        await place.sealed(1)
        assert (await place.auditor()).checkpoint().origin == "agreements.agency.example/log"


async def test_checkpoint_key_and_tiles_are_open_to_all(place: Place) -> None:
    await place.sealed(300)
    for path, kind in (
        ("/checkpoint", "text/plain; charset=utf-8"),
        ("/publicKey", "text/plain; charset=utf-8"),
        ("/tile/0/000", "application/octet-stream"),
        ("/tile/0/001.p/44", "application/octet-stream"),
        ("/tile/1/000.p/1", "application/octet-stream"),
    ):
        answer = await place.get(path, None)
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind), path


@pytest.mark.parametrize("role", ROLES)
async def test_entries_are_for_those_who_read_the_feed_and_proofs_for_all(place: Place, role: str) -> None:
    await place.sealed(3)
    assert (await place.get("/tile/entries/000.p/3", role)).status_code == (
        200 if role in {"programmeManager", "auditor"} else 403
    )
    proofs = 403 if role == "client" else 200
    assert (await place.get("/inclusionProofs?position=2", role)).status_code == proofs
    assert (await place.get("/consistencyProofs?from=2", role)).status_code == proofs


async def test_a_client_with_the_scope_reads_entries_and_proofs(place: Place) -> None:
    await place.sealed(3)
    headers = await place.token("client", scopes=["log:read"])
    for path in ("/tile/entries/000.p/3", "/inclusionProofs?position=2", "/consistencyProofs?from=2&to=3"):
        assert (await place.client.get(LOG + path, headers=headers)).status_code == 200


@pytest.mark.parametrize("path", ["/tile/entries/000.p/3", "/inclusionProofs?position=2", "/consistencyProofs?from=2"])
async def test_a_stranger_gets_neither(place: Place, path: str) -> None:
    await place.sealed(3)
    problem(await place.get(path, None), 401)


@pytest.mark.parametrize(
    "path",
    [
        "/tile/0/000",
        "/tile/0/000.p/4",
        "/tile/0/001",
        "/tile/1/000",
        "/tile/1/000.p/1",
        "/tile/0/0",
        "/tile/00/000.p/3",
        "/tile/0/000.p/0",
        "/tile/0/000.p/3/1",
        "/tile/64/000",
        "/tile/entries/000",
        "/tile/entries/000.p/4",
        "/tile/entries/x000/000.p/1",
        "/tile/entries/",
        "/tile/-1/000",
        "/tile/0/..%2f000.p/3",
    ],
)
async def test_a_tile_that_is_not_there_yet_or_never_is_not_found(place: Place, path: str) -> None:
    await place.sealed(3)
    await grow(place.house.store, 1)
    problem(await place.get(path), 404)


async def test_tiles_may_be_kept_for_ever_and_the_checkpoint_is_asked_for_each_time(place: Place) -> None:
    await place.sealed(260)
    for path, kept in (
        ("/tile/0/000", "public, max-age=31536000, immutable"),
        ("/tile/0/001.p/4", "public, max-age=31536000, immutable"),
        ("/tile/entries/000", "private, max-age=31536000, immutable"),
        ("/checkpoint", "public, no-cache"),
        ("/publicKey", "public, no-cache"),
    ):
        answer = await place.get(path)
        assert answer.headers["cache-control"] == kept
        again = await place.get(path, if_none_match=answer.headers["etag"])
        assert (again.status_code, again.content) == (304, b"")
    before = await place.get("/checkpoint")
    await place.sealed(1)
    assert (await place.get("/checkpoint", if_none_match=before.headers["etag"])).status_code == 200


async def test_entries_are_pressed_for_who_takes_them_so(place: Place) -> None:
    await place.sealed(256)
    pressed = await place.get("/tile/entries/000", accept_encoding="gzip")
    plain = await place.get("/tile/entries/000", accept_encoding="identity, gzip;q=0")
    assert pressed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert pressed.content == plain.content
    assert int(pressed.headers["content-length"]) < len(plain.content) / 3
    assert pressed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    assert pressed.headers["etag"] != plain.headers["etag"]


async def test_before_the_first_checkpoint_one_is_told_to_come_back(place: Place) -> None:
    answer = await place.get("/checkpoint", None)
    problem(answer, 503)
    assert answer.headers["retry-after"] == "1"


async def test_what_is_not_sealed_has_no_proof_yet(place: Place) -> None:
    await place.sealed(3)
    await grow(place.house.store, 1)
    for path in ("/inclusionProofs?position=4", "/inclusionProofs?position=2&size=4", "/consistencyProofs?from=4"):
        found = problem(await place.get(path, accept_language="en"), 404)
        assert (found["code"], found["asked"], found["sealed"]) == ("log.notSealed", 4, 3)
        assert found["detail"].startswith("The log is sealed up to 3")


@pytest.mark.parametrize(
    "path",
    [
        "/inclusionProofs",
        "/inclusionProofs?position=0",
        "/inclusionProofs?position=x",
        "/inclusionProofs?position=1&size=-1",
        "/inclusionProofs?position=1&unknown=1",
        "/consistencyProofs",
        "/consistencyProofs?from=-1",
        "/consistencyProofs?from=1&awaitSealed=perhaps",
        "/checkpoint?size=1",
        "/tile/0/000?x=1",
    ],
)
async def test_a_question_that_is_none_is_refused(place: Place, path: str) -> None:
    problem(await place.get(path), 400)


async def test_a_proof_of_another_size_than_was_sealed_comes_without_a_checkpoint(place: Place) -> None:
    await place.sealed(10)
    told = (await place.get("/inclusionProofs?position=3&size=7")).json()
    assert (told["size"], "checkpoint" in told) == (7, False)


# Waiting


async def test_a_write_that_waits_is_answered_once_it_is_sealed(place: Place) -> None:
    writing = asyncio.create_task(add(place, "/v1/partners?awaitSealed=true"))
    while not (size := (await place.house.store.head()).size):  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.01)
    assert not writing.done()
    await place.house.audit.seal()
    answer = await writing
    assert answer.status_code == 201
    assert (answer.headers["errera-sealed-size"], answer.headers["errera-position"]) == (str(size), str(size))


async def test_a_write_that_is_not_sealed_in_time_stands_all_the_same(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.audit.SECONDS_TO_WAIT", 0.05)
    answer = await add(place, "/v1/partners?awaitSealed=true")
    assert answer.status_code == 201
    assert "errera-sealed-size" not in answer.headers
    assert "errera-sealed-size" not in (await add(place, "/v1/partners?awaitSealed=false", "Een andere kring")).headers


@pytest.mark.postgresql
async def test_what_another_process_seals_is_waited_for_too(postgresql_server: Databases, tmp_path: Path) -> None:
    url = await postgresql_server.fresh_database()
    shared = {"database_url": url, "log_key_file": tmp_path / "log.key", "vault_key_file": tmp_path / "vault.key"}
    async with opened(tmp_path / "one", **shared) as one, opened(tmp_path / "two", **shared) as two:
        writing = asyncio.create_task(add(one, "/v1/partners?awaitSealed=true"))
        while not (size := (await two.house.store.head()).size):  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.01)
        await two.house.audit.seal()
        assert (await writing).headers["errera-sealed-size"] == str(size)
        assert (await one.get("/checkpoint", None)).content == (await two.get("/checkpoint", None)).content
    await postgresql_server.drop_database(url)


async def test_waiting_is_asked_for_with_true_or_false(place: Place) -> None:
    found = problem(await add(place, "/v1/partners?awaitSealed=1"), 400)
    assert (found["issues"][0]["name"], found["issues"][0]["in"]) == ("awaitSealed", "query")
    assert (await place.house.store.head()).size == 0


async def test_a_proof_can_be_waited_for(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    await place.sealed(3)
    await grow(place.house.store, 1)
    asking = asyncio.create_task(place.get("/inclusionProofs?position=4&awaitSealed=true"))
    await asyncio.sleep(0.05)
    assert not asking.done()
    await place.house.audit.seal()
    assert (await asking).json()["size"] == 4
    monkeypatch.setattr("service.audit.SECONDS_TO_WAIT", 0.05)
    await grow(place.house.store, 1)
    answer = await place.get("/consistencyProofs?from=5&awaitSealed=true")
    problem(answer, 503)
    assert answer.headers["retry-after"] == "1"
    problem(await place.get("/inclusionProofs?position=9&awaitSealed=true"), 404)


async def add(place: Place, path: str, name: str = "Kring van Lezers") -> httpx.Response:
    headers = await place.token("programmeManager")
    return await place.client.post(path, json={"name": name}, headers=headers)


# Health and metrics


async def test_metrics_say_how_far_it_is_sealed_and_how_old_the_rest_is(place: Place) -> None:
    await place.sealed(3)
    assert "errera_log_sealed_size 3.0\n" in (await metrics(place))
    assert "errera_log_seal_lag_seconds 0.0\n" in (await metrics(place))
    await grow(place.house.store, 2)
    told = dict(line.split(" ") for line in (await metrics(place)).splitlines() if line.startswith("errera_log"))
    assert float(told["errera_log_seal_lag_seconds"]) > 0
    assert (told["errera_log_sealed_size"], told["errera_log_size"]) == ("3.0", "5.0")


async def test_health_says_that_the_log_cannot_be_sealed(place: Place) -> None:
    await place.sealed(1)
    fine = (await place.client.get("/health")).json()
    assert fine["checks"]["sealing"] == {"status": "UP", "details": {"size": 1}}
    place.house.audit._sealer.failing = "the disk is full"
    failing = await place.client.get("/health")
    assert (failing.status_code, failing.json()["status"]) == (200, "DEGRADED")
    assert failing.json()["checks"]["sealing"]["details"]["failing"] == "the disk is full"


async def metrics(place: Place) -> str:
    return (await place.client.get("/metrics", headers=await place.token("auditor"))).text
