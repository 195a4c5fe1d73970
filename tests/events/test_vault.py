"""The vault: nothing readable in its bytes, and a commitment that says nothing without the salt."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.store.database import Database
from events.vault.vault import KEY_BYTES, Vault, VaultKeyError
from tests.postgresql import Databases

KEY = bytes(range(32))
CONTENT = {"name": "Marie Vandenbroucke", "email": "marie@example.org", "note": "Ruwe bolster, blanke pit"}

Reopen = Callable[[bytes], Vault]


async def nothing(_url: str) -> None:
    """No schema."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "sqlite":
        opened = Database(f"sqlite:///{tmp_path / 'vault.db'}")
        yield opened
        await opened.dispose()
        return
    databases: Databases = request.getfixturevalue("postgresql_server")
    url = await databases.fresh_database(nothing)
    opened = Database(url)
    yield opened
    await opened.dispose()
    await databases.drop_database(url)


@pytest.fixture
async def vault(database: Database) -> Vault:
    opened = Vault(database, KEY)
    await opened.open()
    return opened


async def stored(vault: Vault) -> list[Any]:
    async with vault.database.read() as connection:
        return list(await connection.execute(sa.select(vault.rows)))


async def test_what_was_put_in_comes_out(vault: Vault) -> None:
    one, _ = await vault.put("person", CONTENT, command_id="c1", about="p1")
    two, _ = await vault.put("text", {"text": "Ω \U0001d538 \u0000"}, command_id="c1")
    assert await vault.compared([two, one, "unknown", one]) == {one: CONTENT, two: {"text": "Ω \U0001d538 \u0000"}}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_nothing_is_readable_in_its_files(vault: Vault, tmp_path: Path) -> None:
    row_id, commitment = await vault.put("person", CONTENT, command_id="c1")

    def on_disk() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())

    for _ in range(2):
        held = on_disk()
        assert row_id.encode() in held, "these are the bytes that hold it"
        for plain in (*CONTENT.values(), "Marie", "bolster", '"email"'):
            assert plain.encode() not in held
        assert commitment.encode() not in held
        assert KEY not in held
        await vault.database.dispose()  # the log beside the file goes into it


async def test_a_commitment_is_verified_with_its_salt_and_only_with_it(vault: Vault) -> None:
    (one, first), (two, second) = [await vault.put("text", CONTENT, command_id="c1") for _ in range(2)]
    assert first != second, "the same text twice does not show"
    plain = json.dumps(CONTENT, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert first not in {hashlib.sha256(plain).hexdigest(), hmac.new(b"", plain, hashlib.sha256).hexdigest()}
    salts = {}
    for row in await stored(vault):
        key = AESGCM(KEY).decrypt(row.wrapped_key[:12], row.wrapped_key[12:], row.id.encode())
        opened = AESGCM(key).decrypt(row.sealed[:12], row.sealed[12:], row.id.encode())
        assert opened[KEY_BYTES:] == plain
        salts[row.id] = opened[:KEY_BYTES]
    assert hmac.new(salts[one], plain, hashlib.sha256).hexdigest() == first
    assert hmac.new(salts[two], plain, hashlib.sha256).hexdigest() == second
    assert salts[one] != salts[two]


async def test_another_key_is_refused_at_the_start(vault: Vault) -> None:
    await vault.put("text", CONTENT, command_id="c1")
    with pytest.raises(VaultKeyError, match="another key"):
        await Vault(vault.database, bytes(32)).open()
    again = Vault(vault.database, KEY)
    await again.open()
    assert len(await stored(again)) == 1


async def test_a_row_that_was_changed_or_put_elsewhere_does_not_open(vault: Vault) -> None:
    one, _ = await vault.put("text", CONTENT, command_id="c1")
    two, _ = await vault.put("text", CONTENT, command_id="c1")
    rows = {row.id: row for row in await stored(vault)}
    async with vault.database.write() as connection:
        await connection.execute(
            vault.rows.update()
            .where(vault.rows.c.id == one)
            .values(wrapped_key=rows[two].wrapped_key, sealed=rows[two].sealed)
        )
    with pytest.raises(InvalidTag):
        await vault.compared([one])


async def test_what_a_killed_process_left_is_known_until_it_is_settled(vault: Vault) -> None:
    kept, _ = await vault.put("person", CONTENT, command_id="c1")
    dropped, _ = await vault.put("text", CONTENT, command_id="c1")
    other, _ = await vault.put("person", CONTENT, command_id="c2")
    left = await vault.unbound()
    assert {command: sorted(ids) for command, ids in left.items()} == {"c1": sorted([kept, dropped]), "c2": [other]}
    await vault.settle([kept], [dropped])
    assert await vault.unbound() == {"c2": [other]}
    assert (await vault.compared([kept, dropped])).keys() == {kept}
    assert await vault.ids("person") == [kept]
    await vault.settle([], [kept])
    assert await vault.ids("person") == [kept], "what an event names is not dropped"
