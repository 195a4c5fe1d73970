"""`errera copy`: the register in another database."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from typing import Annotated, Final

import asyncpg
import sqlalchemy as sa
import typer

from events.store.copying import Copied, Copying
from events.store.copying_places import CopyRefusedError, Place
from events.store.database import Database, StoreLockedError
from events.store.migrating import SchemaTooNewError, SchemaTooOldError, UpgradeFailedError
from events.store.mirroring import DifferenceError
from events.vault import vault
from schedulers.outbox.tables import PART as OUTBOX
from service.auth import tokens
from service.cli.progress import progress
from service.cli.register import load_settings, run
from service.cli.words import Stop, said
from service.settings import Settings, vault_url_of

_PLACES: Final = 2
_KINDS: Final = ("sqlite:///", "postgresql://")


def copy(
    urls: Annotated[
        list[str],
        typer.Argument(metavar="[FROM] TO", help="As ERRERA_DATABASE_URL; without FROM, from the settings' own."),
    ],
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Make a copy: the register stays where it is.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Move the register to another database, and compare every byte. Exits 0 only if they are the same.

    What an interrupted copy began is gone on with. Read models are not copied: the service computes them from the log.
    """
    settings = load_settings()
    if len(urls) > _PLACES or any(url == "sqlite:///" or not url.startswith(_KINDS) for url in urls):
        raise Stop(
            "geef waarheen (en ervoor waarvandaan): sqlite:///… of postgresql://…",
            "say where to (and before it where from): sqlite:///… or postgresql://…",
            code=2,
        )
    start, end = urls if len(urls) == _PLACES else (settings.store_url, urls[0])
    with progress(said("gebeurtenissen", "events")) as told:
        copied, shown = run(_copy(settings, start, end, told, keep=keep))
    if as_json:
        told_of = {"events": copied.events, "commands": copied.commands, "rowsBesideTheLog": copied.beside}
        print(json.dumps({"to": shown, "moved": not keep, "verified": True, **told_of}))
        return
    print(
        said(
            "{events} {events:gebeurtenis|gebeurtenissen}, {commands} {commands:opdracht|opdrachten} en {beside} "
            "{beside:rij|rijen} van kluis en tokens staan nu in {shown}, byte voor byte gelijk.",
            "{events} {events:event|events}, {commands} {commands:command|commands} and {beside} {beside:row|rows} of "
            "vault and tokens stand in {shown}, the same byte for byte.",
            events=copied.events,
            commands=copied.commands,
            beside=copied.beside,
            shown=shown,
        )
    )
    print(
        said(
            "De leesmodellen maakt de dienst daar zelf uit het logboek. Geef ze dezelfde sleutel van de kluis "
            "(ERRERA_VAULT_KEY_FILE).",
            "The service computes its read models there from the log. Give it the same vault key "
            "(ERRERA_VAULT_KEY_FILE).",
        )
    )
    if not keep:
        print(
            said(
                "Het oude register neemt geen wijzigingen meer aan. Start de dienst met de nieuwe ERRERA_DATABASE_URL.",
                "The old register takes no more changes. Start the service with the new ERRERA_DATABASE_URL.",
            )
        )


async def _copy(
    settings: Settings, start: str, end: str, told: Callable[[int, int], None], *, keep: bool
) -> tuple[Copied, str]:
    try:
        async with AsyncExitStack() as stack:
            source, target = (_place(stack, url, settings) for url in (start, end))
            return await Copying(source, target, keep=keep, told=told).run(), target.shown
    except CopyRefusedError as refused:
        nl, en = (text.format(**refused.facts) for text in _REFUSED[refused.code])
        raise Stop(nl, en) from None
    except StoreLockedError as locked:
        raise Stop(*_locked(locked, start)) from None
    except (SchemaTooOldError, SchemaTooNewError, UpgradeFailedError) as error:
        raise Stop(*_schema(error)) from None
    except DifferenceError as difference:
        raise Stop(
            f"de kopie is niet gelijk: {difference}. Ze blijft onaf; begin opnieuw in een lege databank.",
            f"the copy is not the same: {difference}. It stays unfinished; begin again in an empty database.",
        ) from None
    except (OSError, sa.exc.SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError) as error:
        why = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise Stop(f"een databank antwoordt niet: {why}", f"a database does not answer: {why}") from None


def _place(stack: AsyncExitStack, url: str, settings: Settings) -> Place:
    """A vault with an address of its own stays where it is."""
    pooled = settings.database_pooled
    log = Database(url, pooled=pooled)
    stack.push_async_callback(log.dispose)
    if settings.vault_url is not None:
        return Place(log, [(log, tokens.PART), (log, OUTBOX)])
    apart = Database(vault_url_of(url), pooled=pooled)
    stack.push_async_callback(apart.dispose)
    return Place(log, [(log, tokens.PART), (log, OUTBOX), (apart, vault.part(sqlite=apart.sqlite))])


def _locked(locked: StoreLockedError, start: str) -> tuple[str, str]:
    if any(url.endswith(str(locked.path)) for url in (start, vault_url_of(start))):
        nl = (
            "wat er al stond is gekopieerd; voor het laatste moet de dienst stil liggen. Stop ze, en geef dit nog "
            "eens (of met --keep, voor een kopie die het register laat waar het is)"
        )
        en = (
            "what was there is copied; for the last of it the service must not run. Stop it, and run this again (or "
            "with --keep, for a copy that leaves the register where it is)"
        )
        return nl, en
    return (
        f"een ander proces schrijft in {locked.path}: stop het eerst",
        f"another process writes to {locked.path}: stop it first",
    )


def _schema(error: SchemaTooOldError | SchemaTooNewError | UpgradeFailedError) -> tuple[str, str]:
    if isinstance(error, SchemaTooOldError):
        nl = f"dit register is van een eerdere versie ({error}): start er eerst de dienst van deze versie op"
        en = f"this register is from an earlier release ({error}): start the service of this release on it first"
        return nl, en
    nl = f"een van beide is van een latere versie, of gaat niet open: {error}"
    en = f"one of the two is from a later release, or does not open: {error}"
    return nl, en


_REFUSED: Final[Mapping[str, tuple[str, str]]] = {
    "samePlace": ("van en naar dezelfde databank: geef een andere", "from and to the same database: give another"),
    "noSource": ("er is geen register in {place}", "there is no register in {place}"),
    "sourceMoved": (
        "dit register is al verhuisd, naar {to}: kopieer het van daar",
        "this register has moved already, to {to}: copy it from there",
    ),
    "sourceUnfinished": (
        "dit register is zelf een onvoltooide kopie: voltooi die eerst",
        "this register is an unfinished copy itself: finish that first",
    ),
    "sourceFault": (
        "het logboek is niet volledig ({fault}): zet een reservekopie terug",
        "the log is not whole ({fault}): restore a backup",
    ),
    "movedAlready": (
        "dit register is al daarheen verhuisd, helemaal: start de dienst met ERRERA_DATABASE_URL van {to}",
        "this register has moved there already, all of it: start the service with the ERRERA_DATABASE_URL of {to}",
    ),
    "targetNotEmpty": (
        "daar staat al een register: geef een lege databank",
        "there is a register there already: give an empty database",
    ),
    "targetOfAnother": (
        "daar staat een onvoltooide kopie van een ander register: geef een lege databank",
        "there is an unfinished copy of another register there: give an empty database",
    ),
    "targetInUse": (
        "nog iemand schrijft in die databank: laat één kopie lopen, en geen dienst",
        "someone else writes to that database: let one copy run, and no service",
    ),
}
