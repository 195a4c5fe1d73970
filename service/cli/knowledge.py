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

_WIDE = 100
_LONGEST = 90
_POSITIONS = 8

_CHANGES = {"added": ("nieuw", "new"), "changed": ("anders", "changed"), "removed": ("niet meer", "no more")}

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
    target: Annotated[Path | None, typer.Argument(help="The file to write. Without it, to stdout.")] = None,
    *,
    first: Instant,
    second: Annotated[
        datetime | None,
        typer.Option("--to", parser=instant, metavar="INSTANT", help="The later instant; without it, now."),
    ] = None,
    as_of: AsOf = None,
    output: Annotated[
        Literal["csv", "xlsx"] | None,
        typer.Option("--format", help="Whole values, a row for each field: comma-separated, or a workbook."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What is known otherwise at two instants: which objects, which fields, because of what."""
    asked = {
        "from": first.isoformat(),
        "to": (second or datetime.now().astimezone()).isoformat(),
        **({"asOf": as_of} if as_of else {}),
    }
    if output is not None or target is not None:
        if output == "xlsx" and target is None:
            raise Stop("zeg in welk bestand: errera knowledge diff BESTAND --format xlsx", "say in which file", code=2)
        made = run(_content("knowledgeChanges", {**asked, "format": output or "csv"}))
        deliver(made if target else made.removeprefix(BOM_UTF8), target)
        return
    found = run(every_page("/v1/knowledgeChanges", asked))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    if found.get("registerBegan"):
        print(
            said(f"Het register begon op {found['registerBegan']}.", f"The register began at {found['registerBegan']}.")
        )
    for one in found["items"]:
        print(_heading(one))
        show(_table(one["fields"]), width=_WIDE)
    print(said(f"Verschillen: {found['total']}.", f"Differences: {found['total']}."))


async def _content(collection: str, asked: dict[str, str]) -> bytes:
    async with register() as client:
        return await content(client, f"/v1/{collection}", asked)


def _heading(item: dict[str, Any]) -> str:
    subject, change = item["subject"], item["change"]
    nl, en = _CHANGES[change]
    positions = [str(event["position"]) for event in item["events"]]
    where = ", ".join(positions[:_POSITIONS]) + (", …" if len(positions) > _POSITIONS else "")
    name = f"{label('subject', subject['type'], language())} {_cut(item.get('name') or subject['id'])}"
    return f"{name} ({said(nl, en)}; {said('posities', 'positions')} {where})"


def _table(fields: list[dict[str, Any]]) -> Table:
    """What fits on a screen; the whole of a long value is in the JSON and in the file."""
    table = Table()
    for nl, en in (("veld", "field"), ("was", "was"), ("is", "is")):
        table.add_column(said(nl, en), overflow="fold")
    for field in fields:
        told = label("field", field["field"], language())
        table.add_row(told, _cut(flat(field.get("old"))), _cut(flat(field.get("new"))))
    return table


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
