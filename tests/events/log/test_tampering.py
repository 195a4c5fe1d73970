"""Whatever is done to a log, its verifier says so, and where; as long as one checkpoint is out of reach."""

import asyncio
import os
import random
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from events.log.sealing import Sealer
from events.log.tiles import complete_root
from events.log.verification import examining
from events.log.verification.faults import Fault
from events.log.verification.places import Found, Place
from events.log.verification.rows import Stretch
from events.log.verification.sqlite import SqlitePlace
from events.log.verification.verifying import verify
from events.store.database import Database
from events.store.sql import SqlStore
from tests.events.log.sealing_logs import checkpoints_of, keys_of, seal_all
from tests.events.log.tampering import ALL, OUTSIDE_ONLY, Memory, Original, Tampering, Where, flipped, seed_of
from tests.events.logs import CODEC, append, pending, renamed

COUNT = 10_000 if os.environ.get("SOAK") else 300
DOCUMENT = Path(__file__).parents[3] / "docs" / "audit.md"

Judge = Callable[[Place, Sequence[Found]], Sequence[Fault]]


async def _build(folder: Path) -> Original:
    database = Database(f"sqlite:///{folder / 'errera.sqlite'}")
    store = SqlStore(database, CODEC)
    await store.open()
    keys = await keys_of(store, folder)
    sealer = Sealer(store, keys)
    for number in range(60):  # streams that grow, commands of one event, of several, of none
        named = [pending(f"partner-{number}", version, renamed(f"Naam {version}")) for version in range(2, 6)]
        await store.append(append(pending(f"partner-{number}", 1)))
        await store.append(append(*named, pending(f"cohort-{number}", 1)))
        await store.append(append())
        if number % 6 == 5:
            await seal_all(sealer)
    sealed = await checkpoints_of(store)
    await database.dispose()
    with sqlite3.connect(folder / "errera.sqlite") as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
        copy = connection.serialize()
    connection.close()
    kept = [sealed[3], sealed[-1]]
    sizes = [one.checkpoint.size for one in sealed]
    return Original(copy, keys.keys[0], sizes, {one.checkpoint.size: one.note for one in kept})


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    found: list[Original] = []
    folder = tmp_path_factory.mktemp("original")
    thread = threading.Thread(target=lambda: found.append(asyncio.run(_build(folder))))
    thread.start()
    thread.join()
    return found[0]


def judge(place: Place, outside: Sequence[Found]) -> Sequence[Fault]:
    return verify(place, outside=outside, count=1).faults


def sweep(original: Original, judge: Judge, ways: Sequence[Tampering], count: int) -> Iterator[str]:
    """The tamperings that are not detected, or not where they were done."""
    outside = [Found(f"kept {size}", note) for size, note in original.outside.items()]
    for number in range(count):
        way = ways[number % len(ways)]
        with original.copied(seed_of(number, way)) as (log, place):
            where = way(log)
            faults = judge(place, outside)
            if not faults:
                yield f"{way.__name__} {number}: not detected"
            elif where is not None and not located(faults, where):
                yield f"{way.__name__} {number}: at {where}, not {faults}"


def located(faults: Sequence[Fault], where: Where) -> bool:
    """The first bad position that was told is the one, or one of a range that holds it."""
    first = min(faults, key=lambda one: (one.position, "until" in one.facts))
    until = first.facts.get("until", first.position)
    assert isinstance(until, int)
    return where.first <= first.position <= where.last and until <= max(where.last, first.position)


def test_what_nobody_touched_is_well(original: Original) -> None:
    with original.copied(0) as (_, place):
        assert judge(place, [Found(f"kept {size}", note) for size, note in original.outside.items()]) == []


def test_every_tampering_is_detected_and_located(original: Original) -> None:
    assert list(sweep(original, judge, ALL, COUNT)) == []


def test_without_a_checkpoint_from_outside_exactly_what_the_documentation_says_is_not_detected(
    original: Original,
) -> None:
    missed = {
        told.split()[0]
        for told in sweep(original, lambda place, _: judge(place, []), ALL, 10 * len(ALL))
        if told.endswith("not detected")
    }
    assert missed == {way.__name__ for way in OUTSIDE_ONLY}
    named = set(re.findall(r"^\| `(\w+)` \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))
    assert named == missed


def test_a_verifier_that_believes_the_tiles_is_caught(original: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    def trusting(seen: Stretch, tiles: dict[int, bytes], start: int, leaves: list[bytes], _sealed: int) -> None:
        if len(leaves) == 256:
            told = tiles.get(start // 256, b"")
            hashes = [told[at : at + 32] for at in range(0, len(told), 32)]
            seen.roots.append(complete_root(hashes if len(hashes) == 256 else leaves))

    monkeypatch.setattr(examining, "_compare", trusting)
    assert list(sweep(original, judge, ALL, 3 * len(ALL))) != []


def connection_of(place: Place) -> sqlite3.Connection:
    assert isinstance(place, Memory)
    return place.connection


def test_a_verifier_that_only_counts_is_caught(original: Original) -> None:
    def counting(place: Place, _outside: Sequence[Found]) -> Sequence[Fault]:
        with place.open() as opened:
            snapshot = opened.snapshot()
            [(count,)] = connection_of(place).execute("SELECT count(*) FROM events").fetchall()
            whole = count == snapshot.size == snapshot.last
            return [] if whole else [Fault(1, "position.missing")]

    assert list(sweep(original, counting, ALL, 3 * len(ALL))) != []


COVERED = (
    "SELECT position, stream, version, recorded_at, body FROM events NOT INDEXED ORDER BY position",
    "SELECT size, recorded_at FROM head",
    "SELECT level, number, hashes FROM log_tiles NOT INDEXED ORDER BY level, number",
    "SELECT size, note FROM log_checkpoints NOT INDEXED ORDER BY size",
    """SELECT command_id, first_position, last_position, recorded_at FROM commands NOT INDEXED
    WHERE first_position IS NOT NULL ORDER BY rowid""",
)
"""What of the file the log's proof covers."""


def contents(connection: sqlite3.Connection) -> list[list[tuple[object, ...]]]:
    return [connection.execute(one).fetchall() for one in COVERED]


def test_no_bit_of_the_file_flips_unseen(original: Original) -> None:
    outside = [Found(f"kept {size}", note) for size, note in original.outside.items()]
    with original.copied(0) as (_, place):
        right = contents(place.connection)
    chosen = random.Random(7)  # noqa: S311 - chooses what is done, hides no secret
    touched = 0
    for _ in range(COUNT // 2):
        at = chosen.randrange(100 * 8, len(original.database) * 8)
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            connection.deserialize(flipped(original.database, at))
            try:
                if contents(connection) == right:
                    continue  # in an index, in another table, in nothing
                touched += 1
                assert judge(Memory(connection), outside), f"bit {at}"
            except (sqlite3.Error, UnicodeDecodeError):
                touched += 1  # the database says itself that it is broken
    assert touched > COUNT // 20


def test_a_page_that_the_database_cannot_read_is_placed(original: Original, tmp_path: Path) -> None:
    with original.copied(0) as (log, _):
        body = log.row(200)[4]
    page = original.database.index(body) // 4096 * 4096
    raw = bytearray(original.database)
    raw[page] = 0xFF
    (tmp_path / "broken.sqlite").write_bytes(raw)
    [fault] = verify(SqlitePlace(tmp_path / "broken.sqlite"), count=1).faults
    assert fault.code == "row.unreadable"
    assert 1 < fault.position <= 200
