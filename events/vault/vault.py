"""The vault: persons and prose, each encrypted under a key of its own, which is wrapped by one key from outside.

It is a database apart: a file beside the log's, or a schema of the same PostgreSQL. The log holds an id and a
commitment: HMAC-SHA-256 of the content under a random salt that stands only in the vault's row.
"""

import contextlib
import hashlib
import hmac
import json
import os
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from events.store.database import Database
from events.store.migrating import Part, bring_up_to_date

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_MANY: Final = 500
_PROBE: Final = b"errera vault"
_SCHEMA: Final = "vault"
"""On PostgreSQL; on SQLite it is a file."""
_ROWS: Final = "vault_rows"
_KEYS: Final = "vault_keys"


class VaultKeyError(Exception):
    """The key-encryption key is missing, or is not the one that this vault was written with."""


class Vault:
    """Content by id. Nothing in it can be read without the key-encryption key."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._wrapping = AESGCM(key)
        self._part = part(sqlite=database.sqlite)
        tables = {table.name: table for table in self._part.tables.sorted_tables}
        self._rows, self._keys = tables[_ROWS], tables[_KEYS]

    async def open(self) -> None:
        """Create or upgrade the tables, and check the key. Raises VaultKeyError, and as `bring_up_to_date`."""
        async with self._database.write(lasting=True) as connection:
            await connection.run_sync(bring_up_to_date, self._part)
            probe = await connection.scalar(sa.select(self._keys.c.probe))
            if probe is None:
                sealed = _seal(self._wrapping, _PROBE, b"probe")
                await connection.execute(self._keys.insert().values(name="first", probe=sealed))
                return
        try:
            _unseal(self._wrapping, probe, b"probe")
        except InvalidTag:
            raise VaultKeyError(
                "the vault was written with another key: give ERRERA_VAULT_KEY_FILE the file it was written with"
            ) from None

    async def put(
        self, kind: str, content: Mapping[str, Any], *, command_id: str, about: str | None = None
    ) -> tuple[str, str]:
        """Keep content; returns its new id and the commitment to it. `settle` it once its command is."""
        row_id, salt, key = uuid.uuid4().hex, os.urandom(KEY_BYTES), AESGCM.generate_key(256)
        plain = _canonical(content)
        sealed = _seal(AESGCM(key), salt + plain, row_id.encode())
        async with self._database.write() as connection:
            await connection.execute(
                self._rows.insert().values(
                    id=row_id,
                    kind=kind,
                    about=about,
                    command_id=command_id,
                    bound=False,
                    wrapped_key=_seal(self._wrapping, key, row_id.encode()),
                    sealed=sealed,
                )
            )
        return row_id, hmac.new(salt, plain, hashlib.sha256).hexdigest()

    async def settle(self, keep: Iterable[str], drop: Iterable[str]) -> None:
        """Keep the rows that recorded events name, and forget those of a command that came to nothing."""
        async with self._database.write() as connection:
            await connection.execute(self._rows.update().where(self._rows.c.id.in_(list(keep))).values(bound=True))
            await connection.execute(
                self._rows.delete().where(self._rows.c.id.in_(list(drop)), self._rows.c.bound.is_(False))
            )

    async def unbound(self) -> Mapping[str, list[str]]:
        """What a killed process may have left: command id -> ids of rows without a known event."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                sa.select(self._rows.c.command_id, self._rows.c.id).where(self._rows.c.bound.is_(False))
            )
            found: dict[str, list[str]] = {}
            for command_id, row_id in rows:
                found.setdefault(command_id, []).append(row_id)
            return found

    async def get(self, ids: Iterable[str]) -> Mapping[str, dict[str, Any]]:
        """Content by id; an id that is not (or no longer) there is absent from the answer."""
        wanted = list(dict.fromkeys(ids))
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(wanted), _MANY):
            async with self._database.read() as connection:
                rows = await connection.execute(
                    sa.select(self._rows.c.id, self._rows.c.wrapped_key, self._rows.c.sealed).where(
                        self._rows.c.id.in_(wanted[start : start + _MANY])
                    )
                )
                for row_id, wrapped_key, sealed in rows:
                    key = _unseal(self._wrapping, wrapped_key, row_id.encode())
                    plain = _unseal(AESGCM(key), sealed, row_id.encode())
                    found[row_id] = json.loads(plain[KEY_BYTES:])
        return found

    async def ids(self, kind: str) -> list[str]:
        """All ids of a kind that events name."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                sa.select(self._rows.c.id)
                .where(self._rows.c.kind == kind, self._rows.c.bound.is_(True))
                .order_by(self._rows.c.id)
            )
            return [row_id for (row_id,) in rows]


def part(*, sqlite: bool) -> Part:
    """The vault's tables: what lies in them can be copied without the key."""
    metadata = sa.MetaData(schema=None if sqlite else _SCHEMA)
    sa.Table(
        _ROWS,
        metadata,
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text, index=True),
        sa.Column("command_id", sa.Text, nullable=False, index=True),
        sa.Column("bound", sa.Boolean, nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
    )
    sa.Table(
        _KEYS,
        metadata,
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("probe", sa.LargeBinary, nullable=False),
    )
    return Part(
        name="vault",
        tables=metadata,
        revision="0001",
        migrations=Path(__file__).parent / "migrations",
        known_by=_ROWS,
    )


def load_or_create_key(path: Path) -> bytes:
    """The key-encryption key: 32 bytes as hexadecimal in a file that only its owner may read; made where none is."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(os.urandom(KEY_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was first: its key it is
            os.link(fresh, path)
        fresh.unlink()
    return _parse_key(path)


def _parse_key(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text().strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise VaultKeyError(f"{path} does not hold a key of {KEY_BYTES} bytes in hexadecimal")
    return key


def _canonical(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _seal(key: AESGCM, plain: bytes, about: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + key.encrypt(nonce, plain, about)


def _unseal(key: AESGCM, sealed: bytes, about: bytes) -> bytes:
    return key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about)
