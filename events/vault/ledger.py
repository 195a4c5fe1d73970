"""The erasure ledger: what was destroyed, noted outside the databases, so that no backup brings it back.

A file for each, written whole or not at all. It names ids and grounds, nobody.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from events.durable import replace_file

_OF_A_PERSON: Final = frozenset(
    {"personId", "requestId", "legalGround", "requestedBy", "requestedOn", "executedBy", "erasedOn"}
)
_OF_TEXTS: Final = frozenset({"destructionId", "textIds"})


class LedgerError(Exception):
    """A file of the ledger does not say who is to be erased; without that nobody is to be served."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} does not say what was erased")
        self.path = path


class Ledger:
    """The files of a directory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def note(self, destruction_id: str, facts: Mapping[str, Any]) -> None:
        """Write it down, durably; what is there stays."""
        path = self._folder / f"{destruction_id}.json"
        if path.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(path, f"{json.dumps(facts, sort_keys=True)}\n".encode())

    def entries(self) -> Iterator[Mapping[str, Any]]:
        """Everything that was noted. Raises LedgerError."""
        if self._folder.is_dir():
            for path in sorted(self._folder.glob("*.json")):
                yield _read(path)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        noted = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise LedgerError(path) from None
    if not isinstance(noted, dict) or not (noted.keys() >= _OF_A_PERSON or noted.keys() >= _OF_TEXTS):
        raise LedgerError(path)
    return noted
