"""Keeps what a release writes: `python -m tests.golden.release`, run once, when a version is released.

In `tests/golden/<version>/` it lays down the golden log as that version has it, and whole databases holding it, as SQL:
the log with its read models and tokens, and the vault, of both databases. Every later release must read and upgrade
them. They are never made again: what that version wrote is what users have.
"""

import asyncio
import hashlib
import importlib.metadata
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from events.log.entry import entry
from events.store.schema import commands, event_types, events, head, parked
from service.app import following
from service.auth.tokens import tokens
from service.house import Errera, open_house
from service.settings import Settings
from tests.golden.happened import FILE, golden
from tests.postgresql_server import Server, find_binaries, new_folder

VAULT_KEY: Final = bytes(range(32))
PROSE: Final = {"text": "Een woord dat niemand anders mag lezen."}


async def fill(house: Errera) -> None:
    """The golden log, its commands, a token and a text; the read models brought up to it."""
    kept = golden()
    rows = [row(one) for one in kept]
    async with house.store.database.write() as connection:
        await connection.execute(events.insert(), rows)
        await connection.execute(head.update().values(size=len(rows), recorded_at=rows[-1]["recorded_at"]))
        await connection.execute(commands.insert(), [command(one) for one in rows])
        types = sorted({(body["type"], body["v"]) for body in (json.loads(one["body"]) for one in rows)})
        await connection.execute(event_types.insert(), [{"name": name, "version": version} for name, version in types])
        await connection.execute(
            tokens.insert().values(
                id="token-1",
                hash=hashlib.sha256(b"golden").digest(),
                prefix="errera_gold",
                role="administrator",
                scopes="",
                created_at=rows[0]["recorded_at"],
            )
        )
    text_id, _ = await house.vault.put("text", PROSE, command_id="command-1", about="p1")
    await house.vault.settle([text_id], [])
    async with following(house):
        assert await house.projector.wait_for(len(rows), 60)


def row(kept: dict[str, Any]) -> dict[str, Any]:
    """An entry of the golden log as the table of events holds it."""
    body = kept["entry"].encode().split(b"\n", 3)[3]
    said = json.loads(body)
    return {
        "position": kept["position"],
        "stream": said["stream"],
        "version": said["version"],
        "recorded_at": kept["recordedAt"],
        "body": body,
    }


def command(one: dict[str, Any]) -> dict[str, Any]:
    """The command that recorded it."""
    assert entry(one["position"], one["recorded_at"], one["body"])
    return {
        "command_id": json.loads(one["body"])["commandId"],
        "request_hash": hashlib.sha256(one["body"]).digest(),
        "first_position": one["position"],
        "last_position": one["position"],
        "recorded_at": one["recorded_at"],
    }


async def made(settings: Settings) -> None:
    settings.key_file.parent.mkdir(parents=True, exist_ok=True)
    settings.key_file.write_text(VAULT_KEY.hex())
    async with open_house(settings) as house:
        await fill(house)
        async with house.store.database.read() as connection:
            assert (await connection.execute(parked.select())).all() == [], "a read model leaves events out"
        assert await house.projector.verify() == []


def sqlite_dump(url: str) -> str:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    try:
        return "\n".join(connection.iterdump()) + "\n"
    finally:
        connection.close()


def postgresql_dump(url: str) -> str:
    told = subprocess.run(
        [find_binaries() / "pg_dump", "--inserts", "--no-owner", "--no-privileges", "--no-comments", url],
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(_statements(told.stdout)) + "\n"


def _statements(dump: str) -> Iterator[str]:
    """Without comments, psql's commands and the dumping session's settings; a text over several lines stays whole."""
    within_text = False
    for line in dump.split("\n"):
        if within_text or (line and not line.startswith(("--", "\\", "SET ", "SELECT pg_catalog.set_config("))):
            yield line
            within_text ^= line.count("'") % 2 == 1


def freeze(folder: Path) -> None:
    """Lay down everything in a new folder."""
    folder.mkdir()
    (folder / FILE.name).write_bytes(FILE.read_bytes())
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(data_dir=Path(place))
        asyncio.run(made(settings))
        (folder / "sqlite.sql").write_text(sqlite_dump(settings.store_url), encoding="utf-8")
        (folder / "sqlite-vault.sql").write_text(sqlite_dump(settings.vault_place), encoding="utf-8")
        server = Server(new_folder(), watched=os.getpid())
        url = server.start().url("template1")
        asyncio.run(made(Settings(data_dir=Path(place) / "postgresql", database_url=url)))
        (folder / "postgresql.sql").write_text(postgresql_dump(url), encoding="utf-8")
        server.stop()


if __name__ == "__main__":
    target = Path(__file__).parent / (sys.argv[1:] or [importlib.metadata.version("errera")])[0]
    if target.exists():
        sys.exit(f"{target.name} has been released: what it wrote is fixed. Raise the version in pyproject.toml first.")
    freeze(target)
