"""`errera export`."""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Literal, TextIO

import typer

from service.cli.progress import progress
from service.cli.register import ask, register, run
from service.cli.words import Stop, said

_AT_ONCE = 1_000


def export(
    file: Annotated[Path | None, typer.Argument(help="Where to write it; without it, to stdout.")] = None,
    *,
    output: Annotated[Literal["json"], typer.Option("--format", help="One line of JSON for each event.")] = "json",
) -> None:
    """Write the whole log: every event as a CloudEvent, one to a line, in the order in which they were recorded."""
    del output  # there is one so far
    try:
        with file.open("w", encoding="utf-8") if file else nullcontext(sys.stdout) as target:
            run(_export(target))
    except OSError as error:
        raise Stop(f"{file or 'stdout'}: {error.strerror}", f"{file or 'stdout'}: {error.strerror}") from None


async def _export(target: TextIO) -> None:
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
