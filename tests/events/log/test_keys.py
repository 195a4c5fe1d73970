"""The log's keys: made once, turned about while both sign, never taken for another's; and its name."""

import asyncio
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from events.log.checkpoint import Note, SigningKey, open_note
from events.log.keys import LogKeyError, LogKeys, open_keys
from events.log.sealing import Sealer, SealingError
from events.store.schema import log_keys
from events.store.sql import SqlStore
from tests.events.conftest import OpenStore
from tests.events.log.sealing_logs import ORIGIN, check_whole, checkpoints_of, grow, seal_all
from tests.events.projecting import run_out

ONE, TWO, THREE = (bytes([number] * 32).hex() for number in (1, 2, 3))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log.key"


async def opened(store: SqlStore, file: Path, *keys: str, **said: bool) -> LogKeys:
    if keys:
        holds(file, "\n".join(keys) + "\n")
    return await open_keys(store.database, file, ORIGIN, **said)


def holds(file: Path, content: str) -> None:
    file.write_text(content)


def lose(file: Path) -> None:
    file.unlink()


def mode_of(file: Path) -> int:
    return file.stat().st_mode


def content_of(file: Path) -> str | None:
    return file.read_text() if file.exists() else None


async def history(store: SqlStore) -> list[tuple[str, int, int | None]]:
    async with store.database.read() as connection:
        query = sa.select(log_keys.c.verifier, log_keys.c.from_size, log_keys.c.until_size).order_by(log_keys.c.number)
        return [tuple(row) for row in await connection.execute(query)]


def verifier(seed: str) -> str:
    return str(SigningKey.of(ORIGIN, bytes.fromhex(seed)).verifier)


async def test_a_key_is_made_at_the_first_start_for_its_owner_alone(store: SqlStore, file: Path) -> None:
    keys = await opened(store, file)
    assert stat.S_IMODE(mode_of(file)) == 0o600
    assert len(bytes.fromhex(content_of(file) or "")) == 32
    assert (await opened(store, file)).verifiers == keys.verifiers
    assert await history(store) == [(keys.verifiers[0], 0, None)]


async def test_while_keys_rotate_both_sign_and_then_the_newer_one_alone(store: SqlStore, file: Path) -> None:
    signed = []
    for lines in ([ONE], [TWO, ONE], [TWO]):
        keys = await opened(store, file, *lines)
        await grow(store, 10)
        await seal_all(Sealer(store, keys))
        await run_out(store)
        note = (await checkpoints_of(store))[-1].note
        signed.append(len(Note.parse(note).signatures))
        for key in keys.keys:
            assert open_note(note, [key.verifier]).checkpoint.size
    assert signed == [1, 2, 1]
    assert await history(store) == [(verifier(ONE), 0, 20), (verifier(TWO), 10, None)]


async def test_what_a_retired_key_signed_is_still_verified_by_it(store: SqlStore, file: Path) -> None:
    first, then = await opened(store, file, ONE), None
    await grow(store, 10)
    await seal_all(Sealer(store, first))
    await run_out(store)
    for lines in ([TWO, ONE], [TWO]):
        then = await opened(store, file, *lines)
        await grow(store, 10)
        await seal_all(Sealer(store, then))
        await run_out(store)
    assert then is not None
    assert await check_whole(store, [first, then]) == 30


@pytest.mark.parametrize("lines", [(TWO,), (TWO, THREE)])
async def test_another_key_is_refused_saying_which_is_needed(store: SqlStore, file: Path, lines: tuple[str]) -> None:
    await opened(store, file, ONE)
    with pytest.raises(LogKeyError) as refused:
        await opened(store, file, *lines)
    assert (refused.value.code, refused.value.facts["expected"]) == ("other", verifier(ONE))
    assert await history(store) == [(verifier(ONE), 0, None)]


async def test_a_file_of_before_the_rotation_is_refused(store: SqlStore, file: Path) -> None:
    """Of a process that was forgotten: it must not take the newer key away from the others."""
    await opened(store, file, ONE)
    await opened(store, file, TWO, ONE)
    with pytest.raises(LogKeyError, match="other"):
        await opened(store, file, ONE)


async def test_a_key_that_has_ended_does_not_come_back(store: SqlStore, file: Path) -> None:
    for lines in ([ONE], [TWO, ONE], [TWO]):
        await opened(store, file, *lines)
    with pytest.raises(LogKeyError, match="ended"):
        await opened(store, file, TWO, ONE)


async def test_a_lost_file_is_not_made_anew(store: SqlStore, file: Path) -> None:
    await opened(store, file)
    lose(file)
    with pytest.raises(LogKeyError, match="missing"):
        await opened(store, file)
    assert content_of(file) is None


@pytest.mark.parametrize(
    "content", ["", "no key", "00" * 31, "00" * 33, "\n".join(bytes([one] * 32).hex() for one in range(9)), "é"]
)
async def test_what_is_no_key_file_is_refused(store: SqlStore, file: Path, content: str) -> None:
    holds(file, content)
    with pytest.raises(LogKeyError) as refused:
        await opened(store, file)
    assert refused.value.code in {"malformed", "unreadable"}
    assert content_of(file) == content


async def test_lost_keys_are_replaced_only_when_told_to(store: SqlStore, file: Path) -> None:
    await seal_all(Sealer(store, await opened(store, file, ONE)))
    await run_out(store)
    lost = await opened(store, file, TWO, instead=True)
    assert lost.replaced == [verifier(ONE)]
    assert await history(store) == [(verifier(ONE), 0, None)]
    await grow(store, 1)
    with pytest.raises(SealingError, match="keys"):
        await Sealer(store, lost).seal()
    async with store.database.write() as connection:
        await lost.replace(connection)
    await run_out(store)
    found = await opened(store, file)
    assert not found.replaced
    await seal_all(Sealer(store, found))
    assert await history(store) == [(verifier(ONE), 0, 0), (verifier(TWO), 0, None)]


async def test_a_process_whose_keys_were_changed_elsewhere_stops_sealing(store: SqlStore, file: Path) -> None:
    before = await opened(store, file, ONE)
    await opened(store, file, TWO, ONE)
    await grow(store, 1)
    with pytest.raises(SealingError, match="ERRERA_LOG_KEY_FILE"):
        await Sealer(store, before).seal()
    assert not await checkpoints_of(store)


async def test_two_processes_that_start_at_once_have_one_key(
    store: SqlStore, another: OpenStore, tmp_path: Path
) -> None:
    if store.database.sqlite:
        pytest.skip("a SQLite store has one writing process")
    for number in range(2):
        (tmp_path / str(number)).mkdir()
    found = await asyncio.gather(
        *(opened(another(), tmp_path / str(number) / "log.key") for number in range(2)), return_exceptions=True
    )
    [refused] = [one for one in found if isinstance(one, LogKeyError)]
    assert refused.code == "missing"
    assert len(await history(store)) == 1


async def test_a_log_keeps_its_name(store: SqlStore, file: Path) -> None:
    assert (await opened(store, file)).origin == ORIGIN
    assert (await open_keys(store.database, file, None)).origin == ORIGIN
    with pytest.raises(LogKeyError) as refused:
        await open_keys(store.database, file, "another.example/log")
    assert refused.value.facts == {"kept": ORIGIN, "told": "another.example/log"}


async def test_a_log_without_a_name_gets_one_of_its_own(store: SqlStore, file: Path) -> None:
    made = (await open_keys(store.database, file, None)).origin
    assert made.startswith("errera.invalid/")
    assert (await open_keys(store.database, file, None)).origin == made


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\x00b"])
async def test_a_name_that_no_note_can_carry_is_refused(store: SqlStore, file: Path, name: str) -> None:
    with pytest.raises(LogKeyError, match="name"):
        await open_keys(store.database, file, name)
    assert content_of(file) is None
