"""`errera export`."""

import json
import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Final, Literal, TextIO

import typer

from events.log.sealed import Sealed
from events.log.tiles import Bundle, Tile, bundles_of, tiles_of
from service.cli.progress import progress
from service.cli.register import ask, content, register, run
from service.cli.words import Stop, said

_AT_ONCE: Final = 1_000

Format = Literal["json", "tiles"]


def export(
    target: Annotated[
        Path | None, typer.Argument(help="Where to write it: a file, or for tiles a folder. Without it, to stdout.")
    ] = None,
    *,
    output: Annotated[
        Format,
        typer.Option(
            "--format",
            help="json: a line for each event. tiles: checkpoint, key, tiles and entries, as C2SP tlog-tiles has them.",
        ),
    ] = "json",
) -> None:
    """Write the whole log: events as CloudEvents, in the order of recording; or the sealed log, to verify elsewhere."""
    try:
        if output == "tiles":
            if target is None:
                raise Stop("zeg in welke map: errera export MAP --format tiles", "say in which folder", code=2)
            run(_tiles(target))
            return
        with target.open("w", encoding="utf-8") if target else nullcontext(sys.stdout) as opened:
            run(_events(opened))
    except OSError as error:
        raise Stop(f"{target or 'stdout'}: {error.strerror}", f"{target or 'stdout'}: {error.strerror}") from None


async def _events(target: TextIO) -> None:
    after = 0
    async with register() as client:
        size = (await ask(client, "GET", "/v1/projections"))["logSize"]
        with progress(said("gebeurtenissen", "events")) as report:
            while after < size:
                limit = min(_AT_ONCE, size - after)
                for event in (await ask(client, "GET", "/v1/events", params={"after": after, "limit": limit}))["items"]:
                    target.write(json.dumps(event, ensure_ascii=False) + "\n")
                    after = event["position"]
                report(after, size)


async def _tiles(folder: Path) -> None:
    """Every file that a log of the newest checkpoint serves; the checkpoint last, so that what it covers is there.

    What an earlier export of the same log wrote stays as it is: a tile never becomes another.
    """
    async with register() as client:
        size = (await ask(client, "GET", "/v1/projections"))["logSize"]
        if size:
            await ask(client, "GET", "/v1/log/inclusionProofs", params={"position": size, "awaitSealed": "true"})
        note = await content(client, "/v1/log/checkpoint")
        sealed = Sealed.of(note).checkpoint.size
        parts: Iterable[Tile | Bundle] = [*tiles_of(sealed), *bundles_of(sealed)]
        total = len(list(parts))
        with progress(said("bestanden", "files")) as report:
            for done, part in enumerate(parts, 1):
                if not (folder / part.path).exists():
                    _write(folder / part.path, await content(client, f"/v1/log/{part.path}"))
                report(done, total)
        _write(folder / "publicKey", await content(client, "/v1/log/publicKey"))
        _write(folder / "checkpoint", note)


def _write(file: Path, told: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_name(f"{file.name}.part")
    fresh.write_bytes(told)
    fresh.replace(file)
