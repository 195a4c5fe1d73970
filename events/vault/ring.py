"""The key-encryption keys that are in use: which of those at hand wrapped what, and which one wraps what is new."""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from events.store.migrating import Part
from events.vault.keys import KeySource, VaultKeyError, name_of
from events.vault.schema import KEYS, ROWS, SECRETS
from events.vault.sealing import seal, unseal

_PROBE: Final = b"errera vault"
_SECRET: Final = "commands"  # noqa: S105 - its name, no secret
_OF_SECRET: Final = b"errera commands"


class KeyRing:
    """Keys by the name that the vault knows them by. Several processes may share a vault; one may change its keys."""

    def __init__(self, source: KeySource, part: Part, insert_once: Callable[[sa.Table], Any]) -> None:
        self.source = source
        self._insert_once = insert_once
        tables = {table.name: table for table in part.tables.sorted_tables}
        self._rows, self._keys, self._secrets = tables[ROWS], tables[KEYS], tables[SECRETS]
        self._known: Mapping[str, AESGCM] = {}
        self.current = ""
        """The name of the key that wraps what is new."""

    async def open(self, connection: AsyncConnection) -> bytes:
        """Check the keys against the vault, all of them, now; the first start makes one. Returns the secret.

        Raises VaultKeyError.
        """
        keys, probes = self.source.load(), await self._probes(connection)
        if not keys:
            if probes or await connection.scalar(sa.select(self._rows.c.id).limit(1)):
                raise VaultKeyError("missing", place=self.source.place)
            self.source.create()
            keys = self.source.load()
        self._learn(keys, probes)
        await self._use(connection, keys[0])
        return await self._secret(connection, keys)

    async def wrapping(self, connection: AsyncConnection) -> tuple[str, AESGCM]:
        """The key for a new row, which stays in use until the end of this transaction. Raises VaultKeyError."""
        for _ in range(2):
            in_use = sa.select(self._keys.c.name).where(self._keys.c.name == self.current)
            if await connection.scalar(in_use.with_for_update(read=True)):
                return self.current, self._known[self.current]
            self._learn(self.source.load(), await self._probes(connection))  # another process changed it
        raise VaultKeyError("retired", place=self.source.place)

    async def key(self, connection: AsyncConnection, name: str) -> AESGCM:
        """The key of that name. Raises VaultKeyError."""
        if name not in self._known:
            self._learn(self.source.load(), await self._probes(connection))
        if name not in self._known:
            raise VaultKeyError("retired", place=self.source.place)
        return self._known[name]

    async def learn(self, connection: AsyncConnection) -> None:
        """Look again which keys there are, and have the newest wrap what is new. Raises VaultKeyError."""
        keys = self.source.load()
        self._learn(keys, await self._probes(connection))
        await self._use(connection, keys[0])

    async def _use(self, connection: AsyncConnection, newest: bytes) -> None:
        probe = seal(AESGCM(newest), _PROBE, b"probe")
        await connection.execute(self._insert_once(self._keys).values(name=self.current, probe=probe))

    def _learn(self, keys: Sequence[bytes], probes: Mapping[str, bytes]) -> None:
        if not keys:
            raise VaultKeyError("missing", place=self.source.place)
        found = {}
        for name, probe in probes.items():
            opened = next((key for key in keys if _opens(key, probe)), None)
            if opened is None:
                raise VaultKeyError("wrong", place=self.source.place)
            found[name] = opened
        newest = next((name for name, key in found.items() if key == keys[0]), name_of(keys[0]))
        known = {newest: AESGCM(keys[0]), **{name: AESGCM(key) for name, key in found.items()}}
        self._known = {**self._known, **known}
        self.current = newest

    async def _probes(self, connection: AsyncConnection) -> Mapping[str, bytes]:
        rows = await connection.execute(sa.select(self._keys.c.name, self._keys.c.probe))
        return {row.name: row.probe for row in rows}

    async def _secret(self, connection: AsyncConnection, keys: Sequence[bytes]) -> bytes:
        """Made of the first key, and kept when keys change: what was hashed with it is to be found again."""
        query = sa.select(self._secrets.c.wrapped_by, self._secrets.c.sealed).where(self._secrets.c.name == _SECRET)
        row = (await connection.execute(query)).one_or_none()
        if row is not None:
            return unseal(self._known[row.wrapped_by], row.sealed, _OF_SECRET)
        secret = hmac.new(keys[-1], _OF_SECRET, hashlib.sha256).digest()
        sealed = seal(self._known[self.current], secret, _OF_SECRET)
        await connection.execute(self._secrets.insert().values(name=_SECRET, wrapped_by=self.current, sealed=sealed))
        return secret

    async def rewrap_secret(self, connection: AsyncConnection) -> None:
        """Under the newest key."""
        query = sa.select(self._secrets.c.wrapped_by, self._secrets.c.sealed).where(self._secrets.c.name == _SECRET)
        row = (await connection.execute(query)).one_or_none()
        if row is not None and row.wrapped_by != self.current:
            secret = unseal(self._known[row.wrapped_by], row.sealed, _OF_SECRET)
            sealed = seal(self._known[self.current], secret, _OF_SECRET)
            await connection.execute(self._secrets.update().values(wrapped_by=self.current, sealed=sealed))

    async def retire(self, connection: AsyncConnection) -> bool:
        """Every key but the newest goes, unless another process wrapped something with one meanwhile."""
        await connection.execute(sa.select(self._keys.c.name).with_for_update())
        left = sa.select(self._rows.c.id).where(self._rows.c.wrapped_by != self.current).limit(1)
        if await connection.scalar(left):
            return False
        await connection.execute(self._keys.delete().where(self._keys.c.name != self.current))
        return True


def _opens(key: bytes, probe: bytes) -> bool:
    try:
        unseal(AESGCM(key), probe, b"probe")
    except InvalidTag:
        return False
    return True
