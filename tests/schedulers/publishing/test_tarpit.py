"""An address or a witness that takes a connection and keeps it: it is given up, and holds up nothing else."""

import asyncio
import os
import time
from pathlib import Path

import httpx
import pytest

from schedulers.publishing import destinations
from schedulers.publishing.destinations import Address, Destination, Folder
from tests.events.conftest import url  # noqa: F401 - a fixture: either database, empty
from tests.schedulers.publishing.tarpit import DRIPPING, IN_ITS_HEAD, tarpit
from tests.schedulers.publishing.test_publishing import House, house, witness  # noqa: F401 - fixtures
from tests.service.served import PATIENCE, Service, errera
from tests.tlog.notes import believed
from tests.tlog.witness import Witness

pytestmark = pytest.mark.server

KINDS = {"silent": None, "dripping": DRIPPING, "dripping in its head": IN_ITS_HEAD}
FOR_EVER = 3600.0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("who", ["address", "witness"])
async def test_it_is_given_up_and_tried_another_time(
    house: House,  # noqa: F811
    witness: Witness,  # noqa: F811
    who: str,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(destinations, "SECONDS", 0.3)
    await house.grow(3)
    with tarpit(KINDS[kind]) as (address, _):
        to: Destination = Address(address, house.client) if who == "address" else house.witnessed(witness, address)
        publisher = house.publisher(to)
        assert not await publisher.publish()
        standing = await publisher.standing()
    assert (standing.failures, standing.size, standing.reason) == (1, -1, "no answer within 0.3 seconds")
    assert house.differed == []


async def test_one_that_is_waited_for_as_long_as_it_says_something_would_be_noticed(
    house: House,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(destinations, "SECONDS", FOR_EVER)
    await house.grow(3)
    with tarpit(DRIPPING) as (address, _), pytest.raises(TimeoutError):
        async with asyncio.timeout(1):
            await house.publisher(Address(address, house.client)).publish()


async def test_a_folder_that_hangs_is_given_up_and_not_asked_again_until_it_answers(
    house: House,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(destinations, "SECONDS", 0.3)
    await house.grow(3)
    out = tmp_path / "out"
    out.mkdir()
    os.mkfifo(out / "checkpoint")
    publisher = house.publisher(Folder(out, house.keys.verifiers))
    for reason in ("no answer within 0.3 seconds", "it still hangs"):
        assert not await publisher.publish()
        assert (await publisher.standing()).reason == f"folder: {reason}"
        await house.soon()
    (out / "checkpoint").rename(out / "pipe")
    with (out / "pipe").open("wb"):
        pass  # it answers, that there was nothing in it
    while not await publisher.publish():
        assert "still hangs" in str((await publisher.standing()).reason)
        await house.soon()
    assert believed((out / "checkpoint").read_bytes(), [house.key]).size == 3


def newest(folder: Path) -> int:
    file = folder / "checkpoint"
    return int(file.read_text().split("\n")[1]) if file.exists() else 0


def test_the_service_starts_brings_others_theirs_and_stops_meanwhile(tmp_path: Path) -> None:
    out = tmp_path / "out"
    one, other = (Witness(f"witness.example/{name}", {}, lambda: 0) for name in "ab")
    with tarpit(None) as (silent, asked), tarpit(DRIPPING) as (dripping, _), tarpit(IN_ITS_HEAD) as (third, _):
        service = Service(
            tmp_path / "data",
            ERRERA_LOG_PUBLISH_DIR=str(out),
            ERRERA_LOG_PUBLISH_SECONDS="0.01",
            ERRERA_LOG_PUBLISH_PLAIN="true",
            ERRERA_LOG_PUBLISH_URL=f"{silent}/here",
            ERRERA_LOG_WITNESSES=f"{one.vkey} {dripping},{other.vkey} {third}",
        )
        token = errera("token", "create", "--role", "programmeManager", folder=tmp_path / "data").out.strip()
        with service.client(token) as client:
            position = client.post("v1/partners", json={"name": "Kring"}).raise_for_status().json()["position"]
        deadline = time.monotonic() + PATIENCE
        while newest(out) < position:
            assert time.monotonic() < deadline, "the folder waits for nobody"
            time.sleep(0.05)
        assert asked.acquire(timeout=PATIENCE), "it is asked right now"
        assert service.stop() == 0


def test_a_folder_that_hangs_does_not_hold_up_the_end_of_the_service(tmp_path: Path) -> None:
    """As on a network drive whose server is gone: whoever opens this file waits for somebody to write to it."""
    out = tmp_path / "out"
    out.mkdir()
    os.mkfifo(out / "checkpoint")
    service = Service(tmp_path / "data", ERRERA_LOG_PUBLISH_DIR=str(out), ERRERA_LOG_PUBLISH_SECONDS="0.01")
    try:
        assert httpx.get(f"{service.address}health").json()["checks"]["store"]["status"] == "UP"
        assert service.stop() == 0
    finally:
        service.process.kill()
