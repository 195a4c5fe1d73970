"""`errera claims`: what sources say, where they contradict each other, and which one to go by."""

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from domain.labels import claimed_value, label
from service.cli.register import ask, register, run
from service.cli.tables import show
from service.cli.words import instant, language, said

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What sources say, and which one to go by.")

_PAGE = 1_000


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
    found = run(_list({name: value for name, value in asked.items() if value is not None}))
    if as_json:
        print(json.dumps({"items": found}, ensure_ascii=False))
    else:
        show(_table(found))


@app.command()
def resolve(
    claim: Annotated[str, typer.Argument(help="The id of the claim to go by.")],
    *,
    reason: Annotated[str, typer.Option(help="Why this one.")],
) -> None:
    """Go by this claim where sources disagree."""
    told = run(_ask("POST", f"/v1/claims/{claim}/resolutions", {"reason": reason}))
    print(said(f"aangenomen: {told['value']}", f"taken as right: {told['value']}"))


@app.command()
def order(
    kinds: Annotated[list[str] | None, typer.Argument(help="Kinds of sources, the weightiest first.")] = None,
    *,
    reason: Annotated[str | None, typer.Option(help="Why in this order.")] = None,
) -> None:
    """Show which kinds of sources weigh most, or say so. It only suggests, and decides nothing."""
    if kinds:
        told = run(_ask("POST", "/v1/authorityOrder", {"kinds": kinds, **({"reason": reason} if reason else {})}))
    else:
        told = run(_ask("GET", "/v1/authorityOrder"))
    for number, kind in enumerate(told["kinds"], 1):
        print(f"{number}. {kind}: {label('sourceKind', kind, language())}")


async def _list(params: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with register() as client:
        page = await ask(client, "GET", "/v1/claims", params={**params, "pageSize": str(_PAGE)})
        found += page["items"]
        while page.get("next"):
            page = await ask(client, "GET", page["next"])
            found += page["items"]
    return found


async def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    async with register() as client:
        return await ask(client, method, path, **({"json": body} if body else {}))


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
