"""`errera backup` and `errera restore`."""

import json
import sqlite3
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import asyncpg
import sqlalchemy as sa
import typer

from events.catalogue.person import PersonErased, PersonRegistered
from events.store.copying_places import CopyRefusedError
from events.store.database import StoreLockedError
from events.store.migrating import SchemaTooNewError, SchemaTooOldError, UpgradeFailedError
from events.store.mirroring import DifferenceError
from events.vault.keys import VaultKeyError
from service.backups import Backup, BackupError, back_up
from service.backups import restore as put_back
from service.cli.register import house_of, load_settings, locked_text, locked_vault, run
from service.cli.words import Stop, read_only, said
from service.house import Errera
from service.settings import Settings

_MANY: Final = 500


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Make a backup, while the service runs: the log, the vault and the tokens, as they are at one moment.

    The keys and the erasure ledger are not in it: keep copies of those elsewhere.
    """
    settings = load_settings()
    made = run(_told(back_up(settings, folder)))
    if as_json:
        print(json.dumps({"folder": str(folder), "madeAt": made.made_at, "events": made.events}))
        return
    print(said(f"{made.events} gebeurtenissen staan in {folder}.", f"{made.events} events stand in {folder}."))
    print(
        said(
            f"Niet erin: de sleutels ({settings.key_file}, {settings.log_key}) en de wissingslijst "
            f"({settings.ledger_dir}). Bewaar die elders.",
            f"Not in it: the keys ({settings.key_file}, {settings.log_key}) and the erasure ledger "
            f"({settings.ledger_dir}). Keep those elsewhere.",
        )
    )


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `errera backup` made.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Put a backup back where the settings say and no register is; whoever was erased since is erased again."""
    settings = load_settings()
    found, erased, why = run(_restored(settings, folder))
    if not settings.ledger_dir.is_dir():
        typer.echo(
            said(
                f"Er is geen wissingslijst ({settings.ledger_dir}): wie na deze reservekopie gewist is, staat er weer "
                "in. Is er een kopie van, zet die dan daar en start de dienst opnieuw.",
                f"There is no erasure ledger ({settings.ledger_dir}): whoever was erased after this backup is back. If "
                "there is a copy of it, put it there and start the service anew.",
            ),
            err=True,
        )
    if as_json:
        told = {"madeAt": found.made_at, "events": found.events, "erasedAgain": erased, "readOnly": why}
        print(json.dumps(told))
        raise typer.Exit(1 if why else 0)
    print(
        said(
            f"{found.events} gebeurtenissen van {found.made_at} staan terug. Opnieuw gewist: {erased}.",
            f"{found.events} events of {found.made_at} are back. Erased again: {erased}.",
        )
    )
    if why:
        raise Stop(read_only(why), read_only(why))


async def _restored(settings: Settings, folder: Path) -> tuple[Backup, int, str | None]:
    """What is back, how many persons were erased again, and why nothing may be written, where that is so."""
    found = await _told(put_back(settings, folder))
    try:
        async with house_of(settings) as house:  # opening it erases again
            erased = await _erased_since(house, found.events)
            why = house.store.read_only
    except StoreLockedError as locked:
        told = locked_text(locked)
        raise Stop(told, told) from None
    except Stop as stop:  # such as a log's key that is not there
        raise Stop(f"het register staat terug, maar {stop}", f"the register is back, but {stop}") from None
    return found, erased, why


async def _erased_since(house: Errera, size: int) -> int:
    """How many of the ledger's persons the first so many events know, and do not know to be erased."""
    known: set[str] = set()
    position = 0
    while batch := await house.store.read_category("person", position, _MANY):
        for one in batch:
            if one.position <= size and isinstance(one.event, PersonRegistered):
                known.add(one.event.person_id)
            if one.position <= size and isinstance(one.event, PersonErased):
                known.discard(one.event.person_id)
        position = batch[-1].position
    return len(known & {noted["personId"] for noted in house.erasing.ledger.entries() if "personId" in noted})


async def _told(work: Coroutine[Any, Any, Backup]) -> Backup:
    try:
        return await work
    except BackupError as error:
        nl, en = (text.format(**error.facts) for text in _REFUSED[error.code])
        raise Stop(nl, en) from None
    except VaultKeyError as error:
        raise Stop(*locked_vault(error)) from None
    except CopyRefusedError as refused:
        nl, en = (text.format(code=refused.code) for text in _REFUSED.get(refused.code, _REFUSED["refused"]))
        raise Stop(nl, en) from None
    except StoreLockedError as locked:
        told = locked_text(locked)
        raise Stop(told, told) from None
    except (SchemaTooOldError, SchemaTooNewError, UpgradeFailedError) as error:
        raise Stop(
            f"het register en deze versie passen niet bij elkaar: {error}",
            f"the register and this release do not fit: {error}",
        ) from None
    except DifferenceError as error:
        raise Stop(f"de kopie is niet gelijk: {error}", f"the copy is not the same: {error}") from None
    except (OSError, sa.exc.SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError) as error:
        why = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise Stop(f"dat lukt niet: {why}", f"that does not work: {why}") from None


_REFUSED: Final[Mapping[str, tuple[str, str]]] = {
    "notEmpty": ("{folder} is niet leeg: geef een nieuwe map", "{folder} is not empty: give a new folder"),
    "noRegister": ("er is geen register in {place}", "there is no register in {place}"),
    "noBackup": ("{folder} bevat geen reservekopie", "{folder} does not hold a backup"),
    "damaged": (
        "{file} is niet meer wat het was: neem een andere reservekopie",
        "{file} is not what it was: take another backup",
    ),
    "targetNotEmpty": (
        "waar de instellingen naar wijzen staat al een register: zet dat eerst opzij",
        "there is a register already where the settings point: move it aside first",
    ),
    "leftBehind": (
        "{file} is overgebleven van een register dat hier stond: zet dat eerst opzij",
        "{file} is left of a register that was here: move it aside first",
    ),
    "running": (
        "op deze gegevensmap draait een dienst: stop die eerst",
        "a service runs on this data directory: stop it first",
    ),
    "refused": ("dat kan niet: {code}", "that cannot be: {code}"),
}
