"""`errera calendar`."""

from pathlib import Path
from typing import Annotated

import typer

from service.auth.calendars import Scope
from service.cli.delivering import deliver
from service.cli.register import content, register, run
from service.cli.words import language
from service.texts import Language


def calendar(
    *,
    scope: Annotated[Scope, typer.Option(help="What is in it: all, or what concerns one cohort, partner or person.")],
    cohort: Annotated[str | None, typer.Option(metavar="ID", help="Which, for the scope cohort.")] = None,
    partner: Annotated[str | None, typer.Option(metavar="ID", help="Which, for the scope partner.")] = None,
    person: Annotated[str | None, typer.Option(metavar="ID", help="Whose, for the scope person.")] = None,
    told_in: Annotated[Language | None, typer.Option("--language", help="Else the command line's own.")] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to write it; without it, to stdout.")
    ] = None,
) -> None:
    """Consultation moments and deadlines as an iCalendar file: what a subscriber to that calendar gets now."""
    asked = {
        "scope": scope,
        "cohortId": cohort,
        "partnerId": partner,
        "personId": person,
        "language": told_in or language(),
    }
    made = run(_ask({name: value for name, value in asked.items() if value is not None}))
    deliver(made, output)


async def _ask(params: dict[str, str]) -> bytes:
    async with register() as client:
        return await content(client, "/v1/calendarFiles", params)
