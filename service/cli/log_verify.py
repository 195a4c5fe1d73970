"""`errera log verify`: whether the log is whole, without the service and without trusting it."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from events.log.checkpoint import NoteError, VerifierKey
from events.log.verification.faults import LogError
from events.log.verification.folder import FolderPlace
from events.log.verification.places import Found, Place
from events.log.verification.postgresql import postgresql_place
from events.log.verification.sqlite import SqlitePlace
from events.log.verification.verifying import Verified, verify
from service.cli.faults import told
from service.cli.progress import progress
from service.cli.register import load_settings
from service.cli.words import Stop, said
from service.settings import Settings

NOT_WELL: Final = 1
NOT_LOOKED_AT: Final = 3
_SHOWN: Final = 10


def verify_log(
    path: Annotated[
        str | None,
        typer.Argument(
            help="A database (as ERRERA_DATABASE_URL, or a SQLite file) or a folder with an exported log; without it, "
            "the settings' own database."
        ),
    ] = None,
    *,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint kept elsewhere, or a folder of them; can be given more than once."),
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(
            help="A public key (name+hash+base64) or a file with some, of the log or a witness; without it, those that "
            "lie beside the log. Can be given more than once."
        ),
    ] = None,
    deep: Annotated[
        bool, typer.Option("--deep", help="Also read the data of every event; takes about twice as long.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Look at every byte of the log, and name the first position that is wrong. Writes nothing; the service may run.

    Exits 0 only if all is well, 1 if something is wrong, 2 for wrong options, 3 if there was nothing to look at.
    """
    settings = load_settings()
    place = _place(path, settings)
    outside = list(_outside(checkpoint or []))
    try:
        with progress(said("posities", "positions")) as heard:
            witnesses = [one.key for one in settings.witnesses]
            found = verify(place, _keys(key), outside, witnesses=witnesses, deep=deep, told=heard)
    except LogError as error:
        raise Stop(
            f"het logboek kan niet bekeken worden: {error}",
            f"the log cannot be looked at: {error}",
            code=NOT_LOOKED_AT,
        ) from None
    if as_json:
        print(json.dumps(_document(place, found, len(outside)), ensure_ascii=False))
    else:
        for line in _lines(place, found, len(outside)):
            print(line)
    raise typer.Exit(NOT_WELL if found.faults else 0)


def _place(told_of: str | None, settings: Settings) -> Place:
    url = told_of or settings.store_url
    if url.startswith(("postgresql://", "postgres://")):
        return postgresql_place(url, pooled=settings.database_pooled)
    path = Path(url.removeprefix("sqlite:///"))
    return FolderPlace(path) if path.is_dir() else SqlitePlace(path)


def _keys(given: Sequence[str] | None) -> Sequence[VerifierKey] | None:
    if not given:
        return None
    texts: list[str] = []
    for one in given:
        file = Path(one)
        try:
            texts += file.read_text(encoding="utf-8").split() if file.is_file() else [one]
        except (OSError, UnicodeDecodeError) as error:
            raise Stop(f"{one}: {error}", f"{one}: {error}", code=2) from None
    try:
        return [VerifierKey.parse(text) for text in texts]
    except NoteError as error:
        raise Stop(f"geen publieke sleutel: {error}", f"not a public key: {error}", code=2) from None


def _outside(paths: Sequence[Path]) -> Iterator[Found]:
    for path in paths:
        files = sorted(one for one in path.rglob("*") if _may_be_checkpoint(one)) if path.is_dir() else [path]
        if not files:
            raise Stop(f"{path}: geen controlepunten", f"{path}: no checkpoints", code=2)
        for file in files:
            try:
                yield Found(str(file), file.read_bytes())
            except OSError as error:
                raise Stop(f"{file}: {error.strerror}", f"{file}: {error.strerror}", code=2) from None


def _may_be_checkpoint(path: Path) -> bool:
    return path.is_file() and path.name != "publicKey" and "tile" not in path.parts


def _document(place: Place, found: Verified, outside: int) -> dict[str, Any]:
    faults = [{"position": one.position, "code": one.code, **one.facts, "detail": told(one)} for one in found.faults]
    return {
        "place": place.shown,
        "ok": not found.faults,
        "size": found.size,
        "sealed": found.sealed,
        "checkpoints": len(found.known),
        "checkpointsFromOutside": outside,
        "cosignatures": sum(len(one.cosigned_by) for one in found.known),
        **({"firstBadPosition": faults[0]["position"]} if faults else {}),
        "faults": faults,
    }


def _lines(place: Place, found: Verified, outside: int) -> Iterator[str]:
    if found.faults:
        yield said("Niet in orde", "Not well") + f": {place.shown}"
        for one in found.faults[:_SHOWN]:
            yield f"  {told(one)}"
        if (more := len(found.faults) - _SHOWN) > 0:
            yield said(f"  en nog {more}", f"  and {more} more")
        return
    cosigned = sum(len(one.cosigned_by) for one in found.known)
    yield said(
        f"In orde: {found.size} gebeurtenissen, {len(found.known)} controlepunten ({outside} van elders), {cosigned} "
        "medeondertekeningen.",
        f"Well: {found.size} events, {len(found.known)} checkpoints ({outside} from elsewhere), {cosigned} "
        "cosignatures.",
    )
    if found.sealed < found.size:
        yield said(
            f"Posities {found.sealed + 1} tot {found.size} zijn nog niet verzegeld: geen controlepunt getuigt ervan.",
            f"Positions {found.sealed + 1} to {found.size} are not sealed yet: no checkpoint attests to them.",
        )
    if not outside:
        yield said(
            "Zonder een controlepunt van elders (--checkpoint) toont dit dat het logboek met zichzelf klopt, niet dat "
            "niemand het in zijn geheel herschreven heeft: zie docs/audit.md.",
            "Without a checkpoint from elsewhere (--checkpoint) this shows that the log agrees with itself, not that "
            "nobody has rewritten all of it: see docs/audit.md.",
        )
