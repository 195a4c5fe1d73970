"""The vault: persons and prose, each encrypted under a key of its own, which is wrapped by a key from outside.

It is a database apart: a file beside the log's, a schema of the same PostgreSQL, or wherever it is told to be. The log
holds an id and a commitment: HMAC-SHA-256 of the content under a random salt that stands only in the vault's row.
"""

import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

import sqlalchemy as sa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.store.database import Database
from events.store.migrating import bring_up_to_date
from events.vault.keys import KEY_BYTES, FixedKeys, KeySource, VaultKeyError
from events.vault.reading import Unveiled
from events.vault.ring import KeyRing
from events.vault.schema import ROWS, part
from events.vault.sealing import seal, unseal

__all__ = ["KEY_BYTES", "Vault", "VaultKeyError", "part"]

_MANY: Final = 500


class Vault:
    """Content by id. Nothing in it can be read without the key-encryption key."""

    def __init__(self, database: Database, keys: bytes | KeySource) -> None:
        self.database = database
        self.part = part(sqlite=database.sqlite)
        source = FixedKeys([keys]) if isinstance(keys, bytes) else keys
        self.ring = KeyRing(source, self.part, database.insert_once)
        self.rows = self.table(ROWS)
        self.secret = b""
        """Of this register, made with its vault and in no database in clear."""

    def table(self, name: str) -> sa.Table:
        """One of the vault's tables."""
        return next(table for table in self.part.tables.sorted_tables if table.name == name)

    async def open(self) -> None:
        """Create or upgrade the tables, and check the keys. Raises VaultKeyError, and as `bring_up_to_date`."""
        async with self.database.write(lasting=True) as connection:
            await connection.run_sync(bring_up_to_date, self.part)
            self.secret = await self.ring.open(connection)

    async def put(
        self, kind: str, content: Mapping[str, Any], *, command_id: str, about: str | None = None, bound: bool = False
    ) -> tuple[str, str]:
        """Keep content; returns its new id and the commitment to it. `settle` it once its command is, unless bound."""
        row_id, salt, key = uuid.uuid4().hex, os.urandom(KEY_BYTES), AESGCM.generate_key(256)
        plain = _canonical(content)
        sealed = seal(AESGCM(key), salt + plain, row_id.encode())
        async with self.database.write() as connection:
            wrapped_by, wrapping = await self.ring.wrapping(connection)
            await connection.execute(
                self.rows.insert().values(
                    id=row_id,
                    kind=kind,
                    about=about,
                    command_id=command_id,
                    bound=bound,
                    wrapped_key=seal(wrapping, key, row_id.encode()),
                    sealed=sealed,
                    wrapped_by=wrapped_by,
                )
            )
        return row_id, hmac.new(salt, plain, hashlib.sha256).hexdigest()

    async def settle(self, keep: Iterable[str], drop: Iterable[str]) -> None:
        """Keep the rows that recorded events name, and forget those of a command that came to nothing."""
        async with self.database.write() as connection:
            await connection.execute(self.rows.update().where(self.rows.c.id.in_(list(keep))).values(bound=True))
            await connection.execute(
                self.rows.delete().where(self.rows.c.id.in_(list(drop)), self.rows.c.bound.is_(False))
            )

    async def unbound(self) -> Mapping[str, list[str]]:
        """What a killed process may have left: command id -> ids of rows without a known event."""
        async with self.database.read() as connection:
            rows = await connection.execute(
                sa.select(self.rows.c.command_id, self.rows.c.id).where(self.rows.c.bound.is_(False))
            )
            found: dict[str, list[str]] = {}
            for command_id, row_id in rows:
                found.setdefault(command_id, []).append(row_id)
            return found

    async def get(self, ids: Iterable[str]) -> Mapping[str, dict[str, Any]]:
        """Content by id, all of it shown to the current reader. What is not (or no longer) there is absent.

        Raises NobodyAskedError.
        """
        return dict(await self.unveil(ids))

    async def unveil(self, ids: Iterable[str]) -> Unveiled:
        """The same, where only what is looked up in it is shown."""
        return Unveiled(await self.compared(ids))

    async def compared(self, ids: Iterable[str]) -> Mapping[str, dict[str, Any]]:
        """Content to compare with what somebody says; it is shown to nobody."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(wanted), _MANY):
            async with self.database.read() as connection:
                query = sa.select(self.rows.c.id, self.rows.c.wrapped_by, self.rows.c.wrapped_key, self.rows.c.sealed)
                rows = await connection.execute(query.where(self.rows.c.id.in_(wanted[start : start + _MANY])))
                for row_id, wrapped_by, wrapped_key, sealed in rows.all():
                    key = unseal(await self.ring.key(connection, wrapped_by), wrapped_key, row_id.encode())
                    found[row_id] = json.loads(unseal(AESGCM(key), sealed, row_id.encode())[KEY_BYTES:])
        return {row_id: found[row_id] for row_id in wanted if row_id in found}

    async def existing(self, ids: Iterable[str]) -> frozenset[str]:
        """Those of these rows that are there."""
        wanted, found = list(dict.fromkeys(ids)), set()
        async with self.database.read() as connection:
            for start in range(0, len(wanted), _MANY):
                some = self.rows.c.id.in_(wanted[start : start + _MANY])
                found |= set(await connection.scalars(sa.select(self.rows.c.id).where(some)))
        return frozenset(found)

    async def about(self, row_id: str) -> list[str]:
        """This row and those about it, as far as they are there."""
        async with self.database.read() as connection:
            wanted = sa.or_(self.rows.c.id == row_id, self.rows.c.about == row_id)
            return list(await connection.scalars(sa.select(self.rows.c.id).where(wanted)))

    async def ids(self, kind: str) -> list[str]:
        """All ids of a kind that events name."""
        async with self.database.read() as connection:
            rows = await connection.execute(
                sa.select(self.rows.c.id)
                .where(self.rows.c.kind == kind, self.rows.c.bound.is_(True))
                .order_by(self.rows.c.id)
            )
            return [row_id for (row_id,) in rows]


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
