"""Changing the key-encryption key: every row's key is wrapped anew; the contents stay as they are.

Until the last row is done both keys open the vault, so it can be killed anywhere and run again, and other processes go
on. What is left of a destroyed row in old copies of the database opens with the old key only: once that is destroyed
too, with nothing.
"""

from collections.abc import Callable
from typing import Final

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.vault.keys import VaultKeyError
from events.vault.sealing import seal, unseal
from events.vault.vault import Vault

_MANY: Final = 200


def _silent(_done: int, _of: int) -> None:
    """Tell nobody."""


async def rotate(vault: Vault, told: Callable[[int, int], None] = _silent) -> int:
    """Give the vault a new key, or go on with that. Returns how many rows were wrapped anew. Raises VaultKeyError.

    Where the keys stand in a file, a new one is made and put before the old, which goes at the end. Where they are a
    setting, the newest one is taken, and the others can go from the setting afterwards.
    """
    source = vault.ring.source
    keys = source.load()
    if len(keys) == 1:
        source.replace([AESGCM.generate_key(256), *keys])
    async with vault.database.write() as connection:
        await vault.ring.learn(connection)
    done, retired = 0, False
    while not retired:
        done += await _rewrap(vault, told)
        async with vault.database.write() as connection:
            await vault.ring.rewrap_secret(connection)
        async with vault.database.write() as connection:
            retired = await vault.ring.retire(connection)
    try:
        source.replace(source.load()[:1])
    except VaultKeyError as error:
        if error.code != "notOurs":
            raise
    return done


async def _rewrap(vault: Vault, told: Callable[[int, int], None]) -> int:
    rows, ring, done = vault.rows, vault.ring, 0
    older = rows.c.wrapped_by != ring.current
    async with vault.database.read() as connection:
        total = await connection.scalar(sa.select(sa.func.count()).select_from(rows).where(older)) or 0
    while True:
        async with vault.database.write() as connection:
            query = sa.select(rows.c.id, rows.c.wrapped_by, rows.c.wrapped_key).where(older).limit(_MANY)
            page = (await connection.execute(query.with_for_update())).all()
            newest = await ring.key(connection, ring.current)
            for row_id, wrapped_by, wrapped_key in page:
                key = unseal(await ring.key(connection, wrapped_by), wrapped_key, row_id.encode())
                wrapped = seal(newest, key, row_id.encode())
                again = rows.update().where(rows.c.id == row_id)
                await connection.execute(again.values(wrapped_key=wrapped, wrapped_by=ring.current))
        if not page:
            return done
        done += len(page)
        told(done, total)
