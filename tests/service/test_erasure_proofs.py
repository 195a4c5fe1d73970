"""After an erasure an auditor who knows the specifications alone finds every proof to hold, old and new."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.world import World, open_world, told
from tests.service.erased import erase, signatory
from tests.tlog import tree
from tests.tlog.audit import Audited, Auditor, tile_path, tiles_of
from tests.tlog.notes import Checkpoint, Key, Wrong, believed

LOG = "/v1/log"


async def served(client: httpx.AsyncClient, path: str) -> bytes:
    answer = await client.get(f"{LOG}/{path}")
    assert answer.status_code == 200, answer.text
    return answer.content


async def auditor_of(world: World) -> tuple[Auditor, httpx.AsyncClient]:
    """With the log's key and all that it serves right now."""
    await world.house.audit.seal()
    client = await world.client("auditor")
    keys = [Key.parse(line) for line in (await served(client, "publicKey")).decode().split()]
    files = {"checkpoint": await served(client, "checkpoint")}
    size = believed(files["checkpoint"], keys).size
    kinds: tuple[str | int, ...] = ("entries", 0)
    for path in [tile_path(kind, *one) for kind in kinds for one in tiles_of(size)]:
        files[path] = await served(client, path)
    return Auditor(files.__getitem__, keys), client


async def everything_holds(world: World, before: Audited | None = None) -> Audited:
    """Every entry is in the tree of the newest checkpoint and in every one since it, and each size begins the next."""
    auditor, client = await auditor_of(world)
    seen = auditor.audit(auditor.checkpoint())
    size, root = seen.checkpoint.size, seen.checkpoint.root
    for index, hashed in enumerate(seen.leaves):
        proof = told(await client.get(f"{LOG}/inclusionProofs?position={index + 1}"))
        stated = believed(proof["checkpoint"].encode(), auditor.keys)
        assert (proof["size"], stated.root) == (size, root)
        tree.check_inclusion(index, size, hashed, _hashes(proof), root)
    for older in range(1, size + 1):
        proof = told(await client.get(f"{LOG}/consistencyProofs?from={older}"))
        tree.check_consistency(older, size, tree.root(seen.leaves[:older]), root, _hashes(proof))
    if before is not None:
        auditor.follows(before.checkpoint, seen.checkpoint)
        _check_kept(before, before.checkpoint, seen)
    return seen


def _check_kept(before: Audited, old: Checkpoint, seen: Audited) -> None:
    if list(seen.entries[: old.size]) != list(before.entries):
        raise Wrong("an entry is not what it was")


def _hashes(proof: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(one) for one in proof["hashes"]]


@pytest.fixture
async def world(tmp_path: Path, database_url: str | None) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data", url=database_url) as opened:
        yield opened


async def test_every_inclusion_and_every_consistency_holds_after_an_erasure(world: World) -> None:
    of = await signatory(world)
    before = await everything_holds(world)
    await erase(world, of)
    after = await everything_holds(world, before)
    assert after.checkpoint.size == before.checkpoint.size + 2, "the request and the erasure"
    assert [entry for entry in after.entries if b"PersonErased" in entry] == [after.entries[-1]]


async def rewritten(world: World, was: str, becomes: str) -> None:
    """In every event, as whoever owns the database can."""
    sqlite = world.house.store.database.sqlite
    async with world.house.store.database.write() as connection:
        if sqlite:
            await connection.exec_driver_sql("DROP TRIGGER IF EXISTS events_no_update")
            change = f"CAST(replace(body, '{was}', '{becomes}') AS BLOB) WHERE instr(body, '{was}') > 0"
        else:
            await connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            change = (
                f"convert_to(replace(convert_from(body, 'UTF8'), '{was}', '{becomes}'), 'UTF8') "
                f"WHERE strpos(convert_from(body, 'UTF8'), '{was}') > 0"
            )
        assert (await connection.exec_driver_sql(f"UPDATE events SET body = {change}")).rowcount


async def test_erasing_that_blanks_out_what_the_log_says_of_a_person_would_be_noticed(world: World) -> None:
    of = await signatory(world)
    before = await everything_holds(world)
    await rewritten(world, of.person_id, "0" * 32)
    with pytest.raises(Wrong):
        await everything_holds(world, before)
    await rewritten(world, "0" * 32, of.person_id)
    await everything_holds(world, before)
