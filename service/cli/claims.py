"""`errera claims`: what sources say, where they contradict each other, and which one to go by."""

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from domain.labels import label
from domain.wording import claimed_value
from service.cli.register import call, every_page, run
from service.cli.tables import show
from service.cli.words import instant, language, said

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What sources say, and which one to go by.")


@app.command("list")
def list_claims(
    *,
    only_open: Annotated[bool, typer.Option("--open", help="Only where sources disagree and none was chosen.")] = False,
    published_by: Annotated[str | None, typer.Option(metavar="DATE", help="What sources had said by this day.")] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="Changes nothing: a resolution counts once it is known.")
    ] = None,
    known_at: Annotated[
        datetime | None, typer.Option(parser=instant, metavar="INSTANT", help="As the register knew it then.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What sources say; with a suggestion by authority where they contradict each other."""
    asked = {
        "open": "true" if only_open else None,
        "publishedBy": published_by,
        "asOf": as_of,
        "knownAt": known_at.isoformat() if known_at else None,
    }
    found = run(every_page("/v1/claims", {name: value for name, value in asked.items() if value is not None}))
    if as_json:
        print(json.dumps({"items": found["items"]}, ensure_ascii=False))
    else:
        show(_table(found["items"]))


@app.command()
def resolve(
    claim: Annotated[str, typer.Argument(help="The id of the claim to go by.")],
    *,
    reason: Annotated[str, typer.Option(help="Why this one.")],
) -> None:
    """Go by this claim where sources disagree."""
    told = run(call("POST", f"/v1/claims/{claim}/resolutions", json={"reason": reason}))
    print(said(f"aangenomen: {told['value']}", f"taken as right: {told['value']}"))


@app.command()
def order(
    kinds: Annotated[list[str] | None, typer.Argument(help="Kinds of sources, the weightiest first.")] = None,
    *,
    reason: Annotated[str | None, typer.Option(help="Why in this order.")] = None,
) -> None:
    """Show which kinds of sources weigh most, or say so. It only suggests, and decides nothing."""
    if kinds:
        told = run(call("POST", "/v1/authorityOrder", json={"kinds": kinds, **({"reason": reason} if reason else {})}))
    else:
        told = run(call("GET", "/v1/authorityOrder"))
    for number, kind in enumerate(told["kinds"], 1):
        print(f"{number}. {kind}: {label('sourceKind', kind, language())}")


def _table(items: list[dict[str, Any]]) -> Table:
    table = Table(
        said("wat", "what"), said("waarde", "value"), said("bron", "source"), said("stand", "state"), said("id", "id")
    )
    for one in items:
        where = f"{one['source']}, {one['line']}" if one.get("line") else one["source"]
        table.add_row(
            label("predicate", one["predicate"], language()),
            claimed_value(one["value"], one.get("precision"), language()),
            where,
            _state(one),
            one["claimId"],
        )
    return table


def _state(one: dict[str, Any]) -> str:
    if one["chosen"]:
        return said("aangenomen", "taken as right")
    if not one["open"]:
        return ""
    return (
        said("tegenspraak, voorgesteld", "conflict, suggested")
        if one.get("suggested")
        else said("tegenspraak", "conflict")
    )
