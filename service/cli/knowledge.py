"""`errera list` and `errera knowledge`: collections as files, and what changed in what the register knows."""

import json
from codecs import BOM_UTF8
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.table import Table

from domain.labels import label
from service.cli.delivering import deliver
from service.cli.register import content, every_page, register, run
from service.cli.tables import show
from service.cli.words import Stop, instant, language, said
from service.sheet_words import flat

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Knowledge: what the register knew, and when.")

Listed = Literal["partners", "cohorts", "agreements", "consultations", "claims", "reminders"]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="DAY", help="As it was on this day.")]
Instant = Annotated[
    datetime, typer.Option("--from", parser=instant, metavar="INSTANT", help="The earlier instant, with its offset.")
]


def list_collection(
    collection: Annotated[Listed, typer.Argument(help="What to list.")],
    target: Annotated[Path | None, typer.Argument(help="The file to write. Without it, to stdout.")] = None,
    *,
    output: Annotated[Literal["csv", "xlsx"], typer.Option("--format", help="Comma-separated, or a workbook.")] = "csv",
    as_of: AsOf = None,
    known_at: Annotated[
        datetime | None,
        typer.Option("--known-at", parser=instant, metavar="INSTANT", help="As it was known at this instant."),
    ] = None,
) -> None:
    """Write a whole collection to a file that says what it rests on."""
    if output == "xlsx" and target is None:
        raise Stop(f"zeg in welk bestand: errera list {collection} BESTAND --format xlsx", "say in which file", code=2)
    asked = {"format": output, "asOf": as_of, "knownAt": known_at.isoformat() if known_at else None}
    made = run(_content(collection, {name: value for name, value in asked.items() if value}))
    deliver(made if target else made.removeprefix(BOM_UTF8), target)


@app.command()
def diff(
    *,
    first: Instant,
    second: Annotated[
        datetime | None,
        typer.Option("--to", parser=instant, metavar="INSTANT", help="The later instant; without it, now."),
    ] = None,
    as_of: AsOf = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What is known otherwise at two instants: which objects, which fields, because of what."""
    asked = {
        "from": first.isoformat(),
        "to": (second or datetime.now().astimezone()).isoformat(),
        "asOf": as_of,
    }
    found = run(every_page("/v1/knowledgeChanges", {name: value for name, value in asked.items() if value}))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    if found.get("registerBegan"):
        print(
            said(f"Het register begon op {found['registerBegan']}.", f"The register began at {found['registerBegan']}.")
        )
    show(_table(found["items"]))


async def _content(collection: str, asked: dict[str, str]) -> bytes:
    async with register() as client:
        return await content(client, f"/v1/{collection}", asked)


def _table(items: list[dict[str, Any]]) -> Table:
    table = Table()
    for nl, en in (("wat", "what"), ("veld", "field"), ("was", "was"), ("is", "is"), ("posities", "positions")):
        table.add_column(said(nl, en), overflow="fold")
    for item in items:
        subject = item["subject"]
        name = f"{label('subject', subject['type'], language())} {item.get('name') or subject['id']}"
        positions = ", ".join(str(event["position"]) for event in item["events"])
        for number, field in enumerate(item["fields"]):
            told = label("field", field["field"], language())
            first = number == 0
            table.add_row(
                name if first else "", told, flat(field.get("old")), flat(field.get("new")), positions if first else ""
            )
    return table
