"""Where the key-encryption key comes from: a file, or a setting; several while it changes, the newest first."""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from events.durable import OWNER, create_file, replace_file

KEY_BYTES: Final = 32
SETTING: Final = "ERRERA_VAULT_KEY"

Why = Literal["missing", "unreadable", "malformed", "wrong", "retired", "notOurs"]


class VaultKeyError(Exception):
    """The vault cannot be opened with the keys that there are. `code` says why, `facts` the particulars."""

    def __init__(self, code: Why, **facts: Any) -> None:
        super().__init__(_ENGLISH[code].format(**facts))
        self.code = code
        self.facts = facts


_ENGLISH: Final[dict[Why, str]] = {
    "missing": "there is a vault, and no key for it in {place}",
    "unreadable": "{place} cannot be read: {why}",
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
        except OSError as error:
            raise VaultKeyError("unreadable", place=self.place, why=error.strerror) from None
        return parse(text, self.place)

    def create(self) -> None:
        """Make a key, unless another process is first."""
        create_file(self.path, _lines([os.urandom(KEY_BYTES)]), mode=OWNER)

    def replace(self, keys: Sequence[bytes]) -> None:
        """All at once: a reader finds the old keys or the new."""
        replace_file(self.path, _lines(keys), mode=OWNER)


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


def _lines(keys: Sequence[bytes]) -> bytes:
    return "".join(f"{key.hex()}\n" for key in keys).encode()


def name_of(key: bytes) -> str:
    """What a key is called in the vault: it says nothing of the key."""
    return hashlib.sha256(b"errera vault key/" + key).hexdigest()[:16]
