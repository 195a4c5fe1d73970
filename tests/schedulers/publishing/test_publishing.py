"""Checkpoints reach a folder, an address and real witnesses, and whoever is away gets them later."""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from events.log.checkpoint import Checkpoint, sign
from events.log.keys import LogKeys
from events.log.sealed import Sealed, SealedLog
from events.log.sealing import Sealer
from events.log.verification.verifying import verify
from events.log.witness import Witness as Told
from events.store.database import Database
from events.store.schema import log_cosignatures, log_publications
from events.store.sql import SqlStore
from schedulers.publishing import publisher as publishing
from schedulers.publishing.destinations import (
    Address,
    Delivered,
    DeliveryError,
    Destination,
    Folder,
    MismatchError,
    Witnessed,
)
from schedulers.publishing.publisher import Publisher
from tests.events.conftest import url  # noqa: F401 - a fixture: either database, empty
from tests.events.log.places import place_of
from tests.events.log.sealing_logs import ORIGIN, grow, keys_of, seal_all, sealed_log
from tests.events.logs import CODEC
from tests.tlog.notes import Key, believed
from tests.tlog.witness import Answer, Witness, listening, witnessing

pytestmark = pytest.mark.server


class House:
    """A log with its keys, and who brings its checkpoints where."""

    def __init__(self, store: SqlStore, keys: LogKeys, client: httpx.AsyncClient) -> None:
        self.store = store
        self.keys = keys
        self.client = client
        self.log: SealedLog = sealed_log(store)
        self.sealer = Sealer(store, keys)
        self.differed: list[MismatchError] = []

    @property
    def key(self) -> Key:
        return Key.parse(self.keys.verifiers[0])

    async def grow(self, count: int) -> None:
        await grow(self.store, count)
        await seal_all(self.sealer)

    def publisher(self, destination: Destination, seconds: float = 0.001) -> Publisher:
        return Publisher(
            self.store.database, self.log, destination, seconds, lambda _, error: self.differed.append(error)
        )

    def witnessed(self, witness: Witness, prefix: str) -> Witnessed:
        return Witnessed(Told.parse(f"{witness.vkey} {prefix}"), self.log, self.client)

    async def soon(self) -> None:
        """As if the pause after the last try were over."""
        async with self.store.database.write() as connection:
            await connection.execute(log_publications.update().values(next_at=0))


@pytest.fixture
async def house(url: str, tmp_path: Path) -> AsyncIterator[House]:  # noqa: F811 - the fixture above
    async with AsyncExitStack() as stack, httpx.AsyncClient() as client:
        database = Database(url)
        stack.push_async_callback(database.dispose)
        store = SqlStore(database, CODEC)
        await store.open()
        yield House(store, await keys_of(store, tmp_path), client)


@pytest.fixture
def witness(house: House) -> Witness:
    return Witness("witness.example/w1", {ORIGIN: [house.key]}, lambda: int(time.time()))


async def test_a_folder_gets_the_newest_and_keeps_one_of_each_day(house: House, tmp_path: Path) -> None:
    publisher = house.publisher(Folder(tmp_path / "out", house.keys.verifiers))
    assert not await publisher.publish()
    for count in (3, 4):
        await house.grow(count)
        await house.soon()
        assert await publisher.publish()
        assert not await publisher.publish()
    assert believed((tmp_path / "out" / "checkpoint").read_bytes(), [house.key], ORIGIN).size == 7
    [day] = (tmp_path / "out" / "checkpoints").rglob("2*")
    assert believed(day.read_bytes(), [house.key]).size == 7
    assert (tmp_path / "out" / "publicKey").read_text().split() == house.keys.verifiers


async def test_an_address_is_told_again_until_it_has_heard(house: House) -> None:
    heard: list[tuple[bytes, str]] = []
    answers = [503, 500, 204]

    def answer(_path: str, headers: dict[str, str], body: bytes) -> Answer:
        heard.append((body, headers["content-type"]))
        return answers[len(heard) - 1], "text/plain", b""

    await house.grow(5)
    with listening(answer) as address:
        publisher = house.publisher(Address(f"{address}/checkpoints?secret=1", house.client))
        outcomes = []
        for _ in range(3):
            outcomes.append(await publisher.publish())
            assert not await publisher.publish(), "not before the pause is over, and not twice"
            assert "secret" not in str(await publisher.standing())
            await house.soon()
    assert outcomes == [False, False, True]
    assert {kind for _, kind in heard} == {"text/plain; charset=utf-8"}
    assert [believed(body, [house.key]).size for body, _ in heard] == [5, 5, 5]
    assert (await publisher.standing()).failures == 0


async def test_a_witness_cosigns_and_its_signature_is_served(house: House, witness: Witness) -> None:
    with witnessing(witness) as prefix:
        publisher = house.publisher(house.witnessed(witness, prefix))
        for count in (3, 300, 1):
            await house.grow(count)
            await house.soon()
            assert await publisher.publish()
            newest = await house.log.newest()
            assert newest is not None
            assert believed(newest.note, [witness.key], ORIGIN).size == newest.checkpoint.size
            assert believed(newest.note, [house.key], ORIGIN).size == newest.checkpoint.size
    assert witness.asked == [(0, 200), (3, 200), (303, 200)]


async def test_a_witness_that_knows_another_size_is_asked_again_with_it(house: House, witness: Witness) -> None:
    with witnessing(witness) as prefix:
        await house.grow(10)
        assert await house.publisher(house.witnessed(witness, prefix)).publish()
        await house.grow(10)
        async with house.store.database.write() as connection:
            await connection.execute(log_publications.delete())  # as after a restore
        assert await house.publisher(house.witnessed(witness, prefix)).publish()
    assert witness.asked == [(0, 200), (0, 409), (10, 200)]
    assert house.differed == []


async def test_a_witness_that_saw_another_log_is_believed(house: House, witness: Witness) -> None:
    with witnessing(witness) as prefix:
        publisher = house.publisher(house.witnessed(witness, prefix))
        await house.grow(10)
        await publisher.publish()
        witness.seen[ORIGIN] = type(witness.seen[ORIGIN])(ORIGIN, 10, bytes(32))
        assert not await publisher.publish(again=True)
        witness.seen[ORIGIN] = type(witness.seen[ORIGIN])(ORIGIN, 7, bytes(32))
        assert not await publisher.publish(again=True)
        witness.seen[ORIGIN] = type(witness.seen[ORIGIN])(ORIGIN, 99, bytes(32))
        assert not await publisher.publish(again=True)
    assert [(one.code, one.size) for one in house.differed] == [("fork", 10), ("fork", 7), ("beyond", 99)]


async def test_a_witness_that_did_not_answer_at_the_start_is_asked_until_it_does(
    house: House, witness: Witness
) -> None:
    """It may have seen more of the log than a backup has, though nothing new is to be brought to it."""
    await house.grow(5)
    with witnessing(witness) as prefix:
        assert await house.publisher(house.witnessed(witness, prefix)).publish()
        await house.soon()
        started = house.publisher(house.witnessed(witness, prefix))
        assert not await started.publish(), "it has the newest checkpoint"
        started.unheard = True
        assert await started.publish()
        await house.soon()
        assert not await started.publish(), "it has answered"


async def test_a_witness_that_signs_wrongly_or_for_another_gives_nothing(house: House, witness: Witness) -> None:
    stranger = Witness("stranger.example", {}, lambda: 0)

    def answer(_path: str, _headers: dict[str, str], _body: bytes) -> Answer:
        return 200, "text/plain", lines.pop(0).encode()

    await house.grow(3)
    newest = await house.log.newest()
    assert newest is not None
    lines = [stranger.cosign(newest.checkpoint.text), witness.cosign("other\n1\nAA==\n"), "no line\n", ""]
    with listening(answer) as prefix:
        publisher = house.publisher(house.witnessed(witness, prefix))
        for _ in range(4):
            assert not await publisher.publish()
            await house.soon()
    after = await house.log.newest()
    assert after is not None
    assert after.note == newest.note


async def test_one_that_is_away_is_tried_after_longer_and_longer_pauses(house: House) -> None:
    await house.grow(1)
    with listening(lambda *_: (200, "text/plain", b"")) as address:
        away = address  # and gone again
    publisher = house.publisher(Address(away, house.client))
    pauses = []
    for _ in range(4):
        assert not await publisher.publish()
        async with house.store.database.read() as connection:
            now = await connection.scalar(sa.select(house.store.database.true_micros()))
        pauses.append(((await publisher.standing()).next_at - (now or 0)) / 1e6)
        await house.soon()
    assert [limit / 2 - 1 < pause <= limit for limit, pause in zip((2, 4, 8, 16), pauses, strict=True)] == [True] * 4
    assert (await publisher.standing()).failures == 4


async def test_of_several_processes_one_brings_it(house: House, witness: Witness) -> None:
    await house.grow(20)
    with witnessing(witness) as prefix:
        publishers = [house.publisher(house.witnessed(witness, prefix), 60) for _ in range(4)]
        outcomes = await asyncio.gather(*(one.publish() for one in publishers))
    assert sorted(outcomes) == [False, False, False, True]
    assert witness.asked == [(0, 200)]


async def test_one_that_hangs_holds_up_no_other(
    house: House, witness: Witness, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "_LOOKS", 0.01)
    asked, arrived = asyncio.Event(), asyncio.Event()

    class Hanging(Folder):
        async def send(self, newest: Sealed, known: int) -> Delivered:
            asked.set()
            await asyncio.Event().wait()
            return await super().send(newest, known)

    class Telling(Folder):
        async def send(self, newest: Sealed, known: int) -> Delivered:
            delivered = await super().send(newest, known)
            arrived.set()
            return delivered

    one, other = Hanging(tmp_path / "never", []), Telling(tmp_path / "out", house.keys.verifiers)
    async with publishing.publishing([house.publisher(one), house.publisher(other)]):
        await house.grow(5)
        await asked.wait()
        await arrived.wait()


async def test_verifying_counts_cosignatures_and_refuses_a_wrong_one(house: House, witness: Witness) -> None:
    with witnessing(witness) as prefix:
        told = house.witnessed(witness, prefix)
        await house.grow(5)
        assert await house.publisher(told).publish()
    place = place_of(house.store)
    found = await asyncio.to_thread(verify, place, witnesses=[told.witness.key])
    assert (found.faults, [one.cosigned_by for one in found.known]) == ([], [["witness.example/w1"]])
    async with house.store.database.write() as connection:
        wrong = witness.cosign("another\n1\nAA==\n")
        await connection.execute(log_cosignatures.update().values(line=wrong))
    [fault] = (await asyncio.to_thread(verify, place, witnesses=[told.witness.key])).faults
    assert fault.code == "checkpoint.signature"


async def test_a_folder_keeps_what_it_has_of_a_longer_log_and_of_another(house: House, tmp_path: Path) -> None:
    publisher = house.publisher(Folder(tmp_path, []))
    await house.grow(5)
    for size, root, code in ((9, bytes(32), "beyond"), (5, bytes(32), "fork")):
        kept = sign(Checkpoint(ORIGIN, size, root).text, house.keys.keys)
        (tmp_path / "checkpoint").write_bytes(kept)
        assert not await publisher.publish(again=True)
        assert (tmp_path / "checkpoint").read_bytes() == kept
        assert (house.differed[-1].code, house.differed[-1].size) == (code, size)


async def test_where_the_clock_is_set_back_the_days_of_a_folder_stay_in_order(house: House, tmp_path: Path) -> None:
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (23, 24, 23, 25)]
    now = iter(days)
    folder = Folder(tmp_path / "out", house.keys.verifiers, clock=lambda: next(now))
    publisher = house.publisher(folder)
    for _ in days:
        await house.grow(10)
        await house.soon()
        assert await publisher.publish()
    kept = {file.name: believed(file.read_bytes(), [house.key]).size for file in folder.path.rglob("2026-*")}
    assert kept == {"2026-11-23": 10, "2026-11-24": 30, "2026-11-25": 40}
    assert believed((folder.path / "checkpoint").read_bytes(), [house.key]).size == 40


async def test_where_the_clock_is_set_back_publishing_and_sealing_do_not_wait_for_it(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(tmp_path / "out", house.keys.verifiers)
    await house.grow(3)
    assert await house.publisher(folder, 60).publish()
    clock = Database.true_micros
    monkeypatch.setattr(Database, "true_micros", lambda self: clock(self) - 24 * 60 * 60 * 1_000_000)
    await grow(house.store, 2)
    await seal_all(Sealer(house.store, house.keys))  # another process: the one that had the lease is gone
    assert await house.publisher(folder, 60).publish()
    assert believed((folder.path / "checkpoint").read_bytes(), [house.key]).size == 5
    await house.grow(1)
    assert not await house.publisher(folder, 60).publish(), "and then it keeps its pause again"


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """No file of this process can be written beyond a size, which is what it notices of a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Filled(Folder):
    """Lies on a disk of its own, which is full."""

    async def send(self, newest: Sealed, known: int) -> Delivered:
        with full_disk(100):  # bytes: a checkpoint is more
            self._write_here(newest)
        return await super().send(newest, known)

    def _write_here(self, newest: Sealed) -> None:
        try:
            self._write(newest)
        except OSError as error:
            raise DeliveryError(f"{self.shown}: {error.strerror}") from error


async def test_on_a_full_disk_what_a_folder_had_stays_whole_and_it_is_told_again(house: House, tmp_path: Path) -> None:
    out, other = tmp_path / "out", tmp_path / "other"
    await house.grow(5)
    assert await house.publisher(Folder(out, house.keys.verifiers)).publish()
    had = {file: file.read_bytes() for file in out.rglob("*") if file.is_file()}
    await house.grow(3)
    for failures in (1, 2, 3):
        await house.soon()
        publisher = house.publisher(Filled(out, house.keys.verifiers))
        assert not await publisher.publish()
        assert (await publisher.standing()).failures == failures
        assert {file: file.read_bytes() for file in out.rglob("*") if file.is_file()} == had, "no piece is left either"
    assert await house.publisher(Folder(other, house.keys.verifiers)).publish(), "another one is not held up"
    await house.soon()
    assert await house.publisher(Folder(out, house.keys.verifiers)).publish()
    assert believed((out / "checkpoint").read_bytes(), [house.key]).size == 8
