"""Where the key-encryption key comes from: a file, or a setting; several while it changes, the newest first."""

import contextlib
import hashlib
import os
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol

KEY_BYTES: Final = 32
SETTING: Final = "ERRERA_VAULT_KEY"

Why = Literal["missing", "malformed", "wrong", "retired", "notOurs"]


class VaultKeyError(Exception):
    """The vault cannot be opened with the keys that there are. `code` says why, `facts` the particulars."""

    def __init__(self, code: Why, **facts: Any) -> None:
        super().__init__(_ENGLISH[code].format(**facts))
        self.code = code
        self.facts = facts


_ENGLISH: Final[dict[Why, str]] = {
    "missing": "there is a vault, and no key for it in {place}",
    "malformed": "{place} does not hold keys of 32 bytes in hexadecimal",
    "wrong": "the vault was written with another key than the one in {place}",
    "retired": "another process has given the vault a new key, which {place} does not hold",
    "notOurs": "the key stands in a setting, which only you can change: {place}",
}


class KeySource(Protocol):
    """Gives the keys, the newest first."""

    @property
    def place(self) -> str:
        """How a person finds it."""
        ...

    def load(self) -> Sequence[bytes]:
        """The keys; none where there are none yet. Raises VaultKeyError."""
        ...

    def create(self) -> None:
        """Make the first key. Raises VaultKeyError where that is not ours to do."""
        ...

    def replace(self, keys: Sequence[bytes]) -> None:
        """Hold these keys instead. Raises VaultKeyError where that is not ours to do."""
        ...


@dataclass(frozen=True, slots=True)
class FileKeys:
    """Keys in a file that only its owner may read, one a line, in hexadecimal."""

    path: Path

    @property
    def place(self) -> str:
        """The file."""
        return str(self.path)

    def load(self) -> Sequence[bytes]:
        """See KeySource."""
        try:
            text = self.path.read_text(encoding="ascii")
        except FileNotFoundError:
            return []
        except UnicodeDecodeError:
            text = "?"
        return parse(text, self.place)

    def create(self) -> None:
        """Make a key, unless another process is first."""
        fresh = self._written([os.urandom(KEY_BYTES)])
        with contextlib.suppress(FileExistsError):  # another process was first: its key it is
            os.link(fresh, self.path)
        fresh.unlink()
        self._sync()

    def replace(self, keys: Sequence[bytes]) -> None:
        """All at once: a reader finds the old keys or the new."""
        self._written(keys).rename(self.path)
        self._sync()

    def _written(self, keys: Sequence[bytes]) -> Path:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.{uuid.uuid4().hex}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write("".join(f"{key.hex()}\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        return fresh

    def _sync(self) -> None:
        """The name of a file is durable once its directory is."""
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass(frozen=True, slots=True)
class FixedKeys:
    """Keys that this process was given and cannot change."""

    keys: Sequence[bytes]

    @property
    def place(self) -> str:
        """The setting."""
        return SETTING

    def load(self) -> Sequence[bytes]:
        """See KeySource."""
        return self.keys

    def create(self) -> None:
        """Not ours to do."""
        raise VaultKeyError("missing", place=self.place)

    def replace(self, keys: Sequence[bytes]) -> None:
        """Not ours to do."""
        del keys
        raise VaultKeyError("notOurs", place=self.place)


def parse(text: str, place: str) -> Sequence[bytes]:
    """Keys in hexadecimal, with anything blank or a comma between them. Raises VaultKeyError."""
    try:
        keys = [bytes.fromhex(one) for one in re.split(r"[\s,]+", text) if one]
    except ValueError:
        keys = []
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise VaultKeyError("malformed", place=place)
    return keys


def name_of(key: bytes) -> str:
    """What a key is called in the vault: it says nothing of the key."""
    return hashlib.sha256(b"errera vault key/" + key).hexdigest()[:16]
