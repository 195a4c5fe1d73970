"""`errera doctor`: whether everything is as it should be, and what to do where it is not."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
import typer

from events.log.continuity import NOT_PUBLISHED
from events.store.database import Database
from events.store.moving import COPY, MOVED
from events.vault.keys import SETTING, VaultKeyError
from service.cli.register import ask, load_settings, locked_vault, register, run
from service.cli.words import Stop, read_only, said
from service.local_socket import connects, path_of
from service.settings import Settings, unknown


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it is, and where it is not well, what to do."""

    subject: str
    told: str
    remedy: str | None = None


def doctor() -> None:
    """Look everything over. Exits 1 if something is wrong, with what to do about it."""
    found: list[Finding] = []
    for finding in _examine():
        found.append(finding)
        print(f"{said('niet ok', 'not ok') if finding.remedy else 'ok':<8} {finding.subject}: {finding.told}")
        if finding.remedy:
            print(f"{'':<8} -> {finding.remedy}")
    raise typer.Exit(1 if any(finding.remedy for finding in found) else 0)


def _examine() -> Iterator[Finding]:
    try:
        settings = load_settings()
    except Stop as stop:
        yield Finding(
            _settings(), str(stop), said("verbeter ze; de README somt ze op", "correct it; the README lists them")
        )
        return
    ignored = ", ".join(unknown())
    yield Finding(_settings(), said(f"niet gebruikt: {ignored}", f"not used: {ignored}") if ignored else "ok")
    yield _time_zone(settings)
    yield _data_directory(settings)
    if not settings.data_dir.is_dir() and settings.store_url.startswith("sqlite"):
        yield Finding(
            said("register", "register"), said("nog geen: errera serve maakt het", "none yet: errera serve makes it")
        )
        return
    yield _vault_key(settings)
    if settings.log_key.exists():  # where it is not, the register itself says whether it should be
        yield _log_key(settings.log_key)
    yield _running(settings)
    yield from _register(settings)


def _settings() -> str:
    return said("instellingen", "settings")


def _time_zone(settings: Settings) -> Finding:
    subject = said("tijdzones", "time zones")
    try:
        ZoneInfo.no_cache(settings.time_zone)
    except ZoneInfoNotFoundError:
        return Finding(subject, settings.time_zone, said("installeer tzdata", "install tzdata"))
    return Finding(subject, settings.time_zone)


def _data_directory(settings: Settings) -> Finding:
    subject, folder = said("gegevensmap", "data directory"), settings.data_dir.absolute()
    if not folder.exists():
        return Finding(subject, f"{folder} " + said("bestaat nog niet", "does not exist yet"))
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Finding(subject, f"{folder} " + said("is niet schrijfbaar", "cannot be written"), f"chown {folder}")
    if folder.stat().st_mode & (stat.S_IRWXO | stat.S_IWGRP):
        return Finding(
            subject, f"{folder} " + said("staat open voor anderen", "is open to others"), f"chmod 700 {folder}"
        )
    return Finding(subject, str(folder))


def _vault_key(settings: Settings) -> Finding:
    subject, file = said("sleutel van de kluis", "vault key"), settings.key_file
    if settings.vault_key is not None:
        return Finding(subject, SETTING)
    if not file.exists():
        return Finding(
            subject, f"{file} " + said("is er niet", "is missing"), said("zet de kopie terug", "put its copy back")
        )
    try:
        keys = settings.vault_keys.load()
    except VaultKeyError as error:
        return Finding(subject, said(*locked_vault(error)), said("zet de kopie terug", "put its copy back"))
    if len(keys) > 1:
        return Finding(subject, said(f"{file} wordt vernieuwd", f"{file} is being changed"), "errera vault rotate")
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding(
            subject, f"{file} " + said("is leesbaar voor anderen", "can be read by others"), f"chmod 600 {file}"
        )
    return Finding(subject, str(file))


def _log_key(file: Path) -> Finding:
    subject = said("sleutel van het logboek", "log key")
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Finding(
            subject, f"{file} " + said("is leesbaar voor anderen", "can be read by others"), f"chmod 600 {file}"
        )
    return Finding(subject, str(file))


def _running(settings: Settings) -> Finding:
    subject = said("dienst", "service")
    if connects(path_of(settings)):
        return Finding(subject, said("draait", "runs"))
    return Finding(subject, said("draait niet", "does not run"))


def _register(settings: Settings) -> Iterator[Finding]:
    subject = said("databank", "database")
    try:
        version, health, projections = run(_ask(settings))
    except Stop as stop:
        yield Finding(subject, str(stop), said("zie hierboven", "see above"))
        return
    yield Finding(subject, version)
    log = said("logboek", "log")
    store = health["checks"]["store"]
    if store["status"] == "UP":
        whole = said(
            "{size} {size:gebeurtenis|gebeurtenissen}, volledig",
            "{size} {size:event|events}, whole",
            size=projections["logSize"],
        )
        yield Finding(log, whole)
    else:
        why = store["details"]["readOnly"]
        yield Finding(log, read_only(why), _of_read_only(why))
    sealing = health["checks"]["sealing"]
    if sealing["status"] != "UP":
        why = str(sealing["details"]["failing"])
        yield Finding(said("verzegeling", "sealing"), why, said("zie de loglijnen van de dienst", "see its log lines"))
    yield from _publishing(health["checks"]["publishing"])
    wrong = [one["name"] for one in projections["items"] if one["parkedStreams"]]
    behind = max(one["behind"] for one in projections["items"])
    told = ", ".join(wrong) or said(
        f"{len(projections['items'])}, hoogstens {behind} achter",
        f"{len(projections['items'])}, {behind} behind at most",
    )
    remedy = said("zie errera projections status", "see errera projections status") if wrong else None
    yield Finding(said("projecties", "projections"), told, remedy)


def _publishing(check: dict[str, Any]) -> Iterator[Finding]:
    """Where checkpoints go; nowhere is well, for who keeps them by hand."""
    subject = said("controlepunten naar buiten", "checkpoints on their way out")
    told = "; ".join(f"{name} {standing}" for name, standing in check["details"].items())
    if check["status"] != "UP":
        yield Finding(subject, told, said("kijk adres en rechten na", "check address and rights"))
    elif told:
        yield Finding(subject, told)


def _of_read_only(why: str) -> str:
    if MOVED in why:
        return said("geef ERRERA_DATABASE_URL van daar", "give the ERRERA_DATABASE_URL of that place")
    if COPY in why:
        return "errera copy"
    if why.startswith(NOT_PUBLISHED):
        return said(
            "zet een nieuwere reservekopie terug; is die er niet: errera log begin-anew (docs/audit.md)",
            "restore a newer backup; where there is none: errera log begin-anew (docs/audit.md)",
        )
    return said("zet een reservekopie terug", "restore a backup")


async def _ask(settings: Settings) -> tuple[str, Any, Any]:
    async with register(settings) as client:
        health = (await client.get("/health")).json()
        projections = await ask(client, "GET", "/v1/projections")
    return await _version(settings), health, projections


async def _version(settings: Settings) -> str:
    if settings.store_url.startswith("sqlite"):
        return f"SQLite {sqlite3.sqlite_version}, {Path(settings.store_url.removeprefix('sqlite:///'))}"
    database = Database(settings.store_url, pooled=settings.database_pooled)
    try:
        async with database.read() as connection:
            return "PostgreSQL " + str(await connection.scalar(sa.text("SHOW server_version")))
    finally:
        await database.dispose()
