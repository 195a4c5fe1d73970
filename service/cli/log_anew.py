"""`errera log begin-anew`: going on where what was published is gone for good."""

from pathlib import Path
from typing import Annotated

import typer

from events.log.checkpoint import Checkpoint, NoteError, VerifierKey, open_note
from events.store.database import StoreLockedError
from events.store.port import StoreError
from service.beginning_anew import AnotherLogError, NothingLostError, begin_anew, next_name
from service.cli.register import house_of, load_settings, locked_text, run
from service.cli.words import Stop, said
from service.settings import Settings


def begin_log_anew(
    *,
    checkpoint: Annotated[
        Path | None,
        typer.Option(help="The newest checkpoint that was published; without it, the one in ERRERA_LOG_PUBLISH_DIR."),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option(help="The public key that signed it (name+hash+base64), where this log does not know it."),
    ] = None,
    origin: Annotated[
        str | None, typer.Option(help="The new name; without it, the old one with a number after it.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it. Without this, only say what would be done.")] = False,
) -> None:
    """Go on under another name, where the end of the log is lost. The log says which checkpoint it no longer has."""
    settings = load_settings()
    try:
        told = run(_begin(settings, checkpoint, key, origin, yes=yes))
    except StoreLockedError as locked:
        why = locked_text(locked)
        raise Stop(why, why) from None
    except NothingLostError:
        raise Stop(
            "er is niets verloren: het logboek heeft wat dit controlepunt bevestigt, en gaat verder onder zijn naam",
            "nothing is lost: the log has what this checkpoint attests to, and goes on under its name",
        ) from None
    except AnotherLogError as other:
        raise Stop(
            f"dit is geen controlepunt van dit logboek maar van {other}, of de nieuwe naam is de oude",
            f"this is no checkpoint of this log but of {other}, or the new name is the old one",
        ) from None
    except (NoteError, StoreError) as error:
        raise Stop(str(error), str(error)) from None
    print(told)


async def _begin(settings: Settings, file: Path | None, key: str | None, origin: str | None, *, yes: bool) -> str:
    async with house_of(settings, anew=True) as house:
        name = origin or settings.log_origin
        if name in {None, house.audit.keys.origin}:
            name = next_name(house.audit.keys.origin)
        known = [*await house.audit.known_keys(), *([VerifierKey.parse(key)] if key else [])]
        lost = _lost(file or (settings.log_publish_dir and settings.log_publish_dir / "checkpoint"), known)
        if not yes:
            return said(
                f"Het logboek zou verdergaan als {name}, en zeggen dat het controlepunt van {lost.size} gebeurtenissen "
                f"van {lost.origin} verloren is. Met --yes gebeurt dat; het kan niet ongedaan gemaakt worden.",
                f"The log would go on as {name}, and say that the checkpoint of {lost.size} events of {lost.origin} is "
                "lost. With --yes it does; that cannot be undone.",
            )
        event = await begin_anew(house, lost, str(name))
        return said(
            f"Het logboek gaat verder als {event.origin}. Zet ERRERA_LOG_ORIGIN daarop waar die gezet is, en geef wie "
            "nakijkt de nieuwe publieke sleutel.",
            f"The log goes on as {event.origin}. Set ERRERA_LOG_ORIGIN to it where it is set, and give whoever audits "
            "the new public key.",
        )


def _lost(file: Path | None, known: list[VerifierKey]) -> Checkpoint:
    if file is None:
        raise Stop("geef het controlepunt: --checkpoint FILE", "give the checkpoint: --checkpoint FILE", code=2)
    try:
        return open_note(file.read_bytes(), known).checkpoint
    except OSError as error:
        raise Stop(f"{file}: {error.strerror}", f"{file}: {error.strerror}", code=2) from None
    except NoteError as error:
        raise Stop(
            f"{file}: geen controlepunt dat een bekende sleutel getekend heeft ({error}); geef die met --key",
            f"{file}: no checkpoint that a known key signed ({error}); give it with --key",
            code=2,
        ) from None
