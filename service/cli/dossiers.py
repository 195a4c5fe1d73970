"""`errera dossier`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from service.cli.delivering import deliver
from service.cli.register import content, register, run
from service.cli.words import instant, language


def dossier(
    *,
    as_of: Annotated[str, typer.Option(metavar="DATE", help="The day that it is about.")],
    known_at: Annotated[
        datetime | None, typer.Option(parser=instant, metavar="INSTANT", help="As the register knew it then.")
    ] = None,
    cohort: Annotated[str | None, typer.Option(metavar="ID", help="Else those whose term covers the day.")] = None,
    output: Annotated[
        Literal["html", "pdf"], typer.Option("--format", help="HTML, or PDF with the pdf extra.")
    ] = "html",
    told_in: Annotated[
        Literal["nl", "en"] | None, typer.Option("--language", help="Else the command line's own.")
    ] = None,
    persons: Annotated[bool, typer.Option("--persons", help="Persons by name; else by their ids.")] = False,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Where to write it; without it, to stdout.")] = None,
) -> None:
    """The answer pack for a parliamentary question or an audit: all that the record says on a day, with its proofs."""
    asked = {
        "asOf": as_of,
        "knownAt": known_at.isoformat() if known_at else None,
        "cohortId": cohort,
        "format": output,
        "language": told_in or language(),
        "persons": "true" if persons else None,
    }
    made = run(_ask({name: value for name, value in asked.items() if value is not None}))
    deliver(made, out)


async def _ask(params: dict[str, str]) -> bytes:
    async with register() as client:
        return await content(client, "/v1/dossiers", params)
