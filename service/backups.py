"""A backup is a folder with the register in two SQLite files, whatever database it runs on, and what they should hold.

The log is taken first and the vault after it, so that every row that an event names is there; what the vault holds of
commands that this log does not know is taken out of the backup again. Keys and the erasure ledger are not in it: they
are to be kept elsewhere.
"""

import asyncio
import hashlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from events.durable import replace_file, sync
from events.store.copying import Copying
from events.store.copying_places import Place
from events.store.database import Database
from events.vault.access import REASON
from events.vault.schema import part
from events.vault.vault import Vault
from schedulers.outbox.tables import PART as OUTBOX
from service.auth import tokens
from service.local_socket import connects, path_of
from service.settings import Settings

LOG: Final = "errera.sqlite"
VAULT: Final = "errera-vault.sqlite"
MANIFEST: Final = "backup.json"
FORMAT: Final = "errera-backup/1"


class BackupError(Exception):
    """It cannot be made, or cannot be put back. `code` says why, `facts` the particulars."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds."""

    folder: Path
    made_at: str
    events: int


async def back_up(settings: Settings, folder: Path) -> Backup:
    """Make one in an empty or new folder, while the service runs. Raises BackupError, and what a database raises."""
    _begin(folder)
    files = {LOG: settings.store_url, VAULT: settings.vault_place}
    if all(url.startswith("sqlite") for url in files.values()):
        for name, url in files.items():
            await asyncio.to_thread(_copy_file, _path(url), folder / name)
    else:
        await _copied(settings.store_url, settings.vault_place, *_urls(folder), settings)
    events = await asyncio.to_thread(_without_orphans, folder)
    made = Backup(folder, datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"), events)
    _seal(made)
    return made


async def restore(settings: Settings, folder: Path) -> Backup:
    """Put it where the settings say, where there is no register. Raises BackupError, and what a database raises.

    Whoever was erased since is erased again when the register is opened. Nothing is put anywhere before the vault's
    key has opened it: raises VaultKeyError.
    """
    backup = checked(folder)
    if connects(path_of(settings)):  # its files may be gone, and it does not know
        raise BackupError("running")
    await asyncio.to_thread(_readable, folder)
    urls = (settings.store_url, settings.vault_place)
    lies_in_files = all(url.startswith("sqlite") for url in urls)
    if lies_in_files:
        for url in urls:
            if _path(url).exists():
                raise BackupError("targetNotEmpty", to=str(_path(url)))
            for left in (_path(url).with_name(_path(url).name + end) for end in ("-wal", "-journal")):
                if left.exists():  # SQLite would take it for this file's, and the two together for damaged
                    raise BackupError("leftBehind", file=str(left))
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=settings.data_dir) as apart:  # opening a database may change its file
        for name in (LOG, VAULT):
            await asyncio.to_thread(shutil.copyfile, folder / name, Path(apart) / name)
        await _unlocked(Path(apart), settings)
        if not lies_in_files:
            await _copied(*_urls(Path(apart)), *urls, settings)
    if lies_in_files:
        for name, url in ((VAULT, urls[1]), (LOG, urls[0])):  # the log last: without it there is no register
            await asyncio.to_thread(_place, folder / name, _path(url))
    return backup


def checked(folder: Path) -> Backup:
    """The backup in a folder, once its files are what they were. Raises BackupError."""
    try:
        told: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise BackupError("noBackup", folder=str(folder)) from None
    if told.get("format") != FORMAT:
        raise BackupError("noBackup", folder=str(folder))
    for name, digest in told["sha256"].items():
        path = folder / name
        if not path.exists() or _digest(path) != digest:
            raise BackupError("damaged", file=str(path))
    return Backup(folder, told["madeAt"], told["events"])


async def _unlocked(apart: Path, settings: Settings) -> None:
    """See with a copy whether the key is the one that belongs to it. A lost key of the log can be gone on from."""
    database = Database(_urls(apart)[1])
    try:
        await Vault(database, settings.vault_keys).open()
    finally:
        await database.dispose()


def _begin(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        raise BackupError("notEmpty", folder=str(folder))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _urls(folder: Path) -> tuple[str, str]:
    return f"sqlite:///{(folder / LOG).absolute()}", f"sqlite:///{(folder / VAULT).absolute()}"


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _copy_file(source: Path, target: Path) -> None:
    """As it is at one moment, while others write to it; what is free in it is not copied."""
    if not source.exists():
        raise BackupError("noRegister", place=str(source))
    with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as connection:
        connection.execute("VACUUM INTO ?", (str(target),))


def _without_orphans(folder: Path) -> int:
    """Take out what the vault holds of commands after this log; returns how many events there are."""
    with closing(sqlite3.connect(folder / VAULT, isolation_level=None)) as vault:
        vault.execute("PRAGMA secure_delete=ON").close()
        vault.execute("ATTACH ? AS log", (str(folder / LOG),))
        vault.execute(
            "DELETE FROM vault_rows WHERE kind <> ? AND command_id NOT IN (SELECT command_id FROM log.commands)",
            (REASON,),
        )
        [(size,)] = vault.execute("SELECT size FROM log.head").fetchall()
        vault.execute("DETACH log")
        vault.execute("VACUUM")
    for name in (LOG, VAULT):
        with closing(sqlite3.connect(folder / name, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").close()
    return int(size)


async def _copied(log: str, vault: str, to_log: str, to_vault: str, settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        places = []
        for one, apart in ((log, vault), (to_log, to_vault)):
            databases = [Database(url, pooled=settings.database_pooled) for url in (one, apart)]
            for database in databases:
                stack.push_async_callback(database.dispose)
            beside = [
                (databases[0], tokens.PART),
                (databases[0], OUTBOX),
                (databases[1], part(sqlite=databases[1].sqlite)),
            ]
            places.append(Place(databases[0], beside))
        await Copying(*places, keep=True, told=lambda _done, _of: None).run()


def _seal(made: Backup) -> None:
    digests = {name: _digest(made.folder / name) for name in (LOG, VAULT)}
    told = {"format": FORMAT, "madeAt": made.made_at, "events": made.events, "sha256": digests}
    for name in (LOG, VAULT):
        (made.folder / name).chmod(0o600)
        sync(made.folder / name)
    replace_file(made.folder / MANIFEST, f"{json.dumps(told, indent=1)}\n".encode())
    for name in (f"{LOG}.lock", f"{VAULT}.lock"):
        (made.folder / name).unlink(missing_ok=True)


def _readable(folder: Path) -> None:
    for name in (LOG, VAULT):
        with closing(sqlite3.connect(f"file:{folder / name}?mode=ro&immutable=1", uri=True)) as connection:
            if connection.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
                raise BackupError("damaged", file=str(folder / name))


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = target.with_name(f".{target.name}.restored")
    shutil.copyfile(source, fresh)
    fresh.chmod(0o600)
    sync(fresh)
    fresh.rename(target)
    sync(target.parent)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
