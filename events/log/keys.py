"""The keys that sign the log, and the name that it goes by: a file keeps the secrets, the database who signs and did.

The file holds one key to a line, 32 bytes in hexadecimal, the newest first; all of them sign. A key put before the
others is added, and one taken out has ended: so keys rotate while both sign. Which change is one of rotation shows from
the newest key that the database knows: a file that lacks it is another log's, or the key is lost.
"""

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.durable import OWNER, create_file
from events.log.checkpoint import NoteError, SigningKey, check_name
from events.store.database import Database
from events.store.schema import log_checkpoints, log_keys, register

ORIGIN: Final = "logOrigin"
_SEED_BYTES: Final = 32
_MOST: Final = 8
"""Keys in one file; every verifier must accept 16 signatures, and witnesses add theirs."""


class LogKeyError(Exception):
    """The key file is not as it should be, or not this log's. `code` says why, `facts` the particulars."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(f"{code}: " + ", ".join(f"{name}={fact}" for name, fact in facts.items()))
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class LogKeys:
    """Under which name, and with which keys this process signs: the newest first."""

    origin: str
    keys: Sequence[SigningKey]
    replaced: Sequence[str] = ()
    """Verifier keys that signed until now, and are lost; their end is not on record yet."""

    @property
    def verifiers(self) -> Sequence[str]:
        """What others need to tell that we signed."""
        return [str(key.verifier) for key in self.keys]

    async def still_ours(self, connection: AsyncConnection) -> bool:
        """Whether the database holds the same keys to be the log's."""
        return set(await _active(connection)) == set(self.verifiers)

    async def replace(self, connection: AsyncConnection) -> None:
        """From now on these keys sign, and no others. For lost keys, once the log says so itself."""
        await _end(connection, self.replaced)
        await _begin(connection, self.verifiers)


async def open_keys(database: Database, file: Path, origin: str | None, *, instead: bool = False) -> LogKeys:
    """The log's keys, made at its first start; a key that is new in the file signs from now on.

    With `instead` a file of other keys is taken too, for `LogKeys.replace`. Raises LogKeyError.
    """
    async with database.write() as connection:
        if not database.sqlite:
            await connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('errera log keys'))"))
        name = await _origin(connection, origin)
        active = await _active(connection)
        keys = _read(file, name, make=not active)
        held = {str(key.verifier) for key in keys}
        if active and active[0] not in held:
            if not instead:
                raise LogKeyError("other", file=file, expected=active[0], found=", ".join(sorted(held)))
            return LogKeys(name, keys, replaced=active)
        await _end(connection, [one for one in active if one not in held])
        await _begin(connection, [str(key.verifier) for key in keys if str(key.verifier) not in active])
        return LogKeys(name, keys)


async def _origin(connection: AsyncConnection, told: str | None) -> str:
    kept: str | None = await connection.scalar(sa.select(register.c.value).where(register.c.name == ORIGIN))
    if kept is not None:
        if told is not None and told != kept:
            raise LogKeyError("origin", kept=kept, told=told)
        return kept
    name = told if told is not None else f"errera.invalid/{uuid.uuid4().hex[:16]}"
    try:
        check_name(name)
    except NoteError as error:
        raise LogKeyError("name", why=str(error)) from None
    await connection.execute(register.insert().values(name=ORIGIN, value=name))
    return name


async def _active(connection: AsyncConnection) -> list[str]:
    """The newest first."""
    query = sa.select(log_keys.c.verifier).where(log_keys.c.until_size.is_(None)).order_by(log_keys.c.number.desc())
    return list(await connection.scalars(query))


async def _begin(connection: AsyncConnection, verifiers: Sequence[str]) -> None:
    size, number = await _size(connection), await connection.scalar(sa.select(sa.func.max(log_keys.c.number))) or 0
    for one in reversed(verifiers):
        if await connection.scalar(sa.select(log_keys.c.until_size).where(log_keys.c.verifier == one)) is not None:
            raise LogKeyError("ended", verifier=one)
        number += 1
        await connection.execute(log_keys.insert().values(number=number, verifier=one, from_size=size))


async def _end(connection: AsyncConnection, verifiers: Sequence[str]) -> None:
    if not verifiers:
        return  # where the register has moved from, nothing is touched
    ended = log_keys.update().where(log_keys.c.verifier.in_(verifiers), log_keys.c.until_size.is_(None))
    await connection.execute(ended.values(until_size=await _size(connection)))


async def _size(connection: AsyncConnection) -> int:
    return await connection.scalar(sa.select(sa.func.max(log_checkpoints.c.size))) or 0


def make_key_file(file: Path) -> None:
    """A new key in a file that only its owner may read. Where another process is first, that one's stays."""
    create_file(file, f"{os.urandom(_SEED_BYTES).hex()}\n".encode(), mode=OWNER)


def _read(file: Path, origin: str, *, make: bool) -> Sequence[SigningKey]:
    if make and not file.exists():
        make_key_file(file)
    try:
        lines = file.read_text(encoding="ascii").split()
    except FileNotFoundError:
        raise LogKeyError("missing", file=file) from None
    except (OSError, UnicodeDecodeError) as error:
        raise LogKeyError("unreadable", file=file, why=str(error)) from None
    try:
        seeds = [bytes.fromhex(line) for line in dict.fromkeys(lines)]
    except ValueError:
        seeds = []
    if not 1 <= len(seeds) <= _MOST or any(len(seed) != _SEED_BYTES for seed in seeds):
        raise LogKeyError("malformed", file=file)
    return [SigningKey.of(origin, seed) for seed in seeds]
