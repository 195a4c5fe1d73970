"""`errera reminders`: what is due by when, and why."""

import json
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from domain.labels import label
from service.cli import policies
from service.cli.register import answer_of, ask, call, register, run
from service.cli.tables import show
from service.cli.words import Stop, instant, language, said

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Reminders: what is due, and why.")

_NOT_FOUND = 404

app.command()(policies.policy)
app.command()(policies.days)
app.command()(policies.managers)


@app.command()
def due(
    *,
    at: Annotated[datetime, typer.Option(parser=instant, metavar="INSTANT", help="By this instant, with its offset.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What is raised by an instant, or would be, and still matters then. It writes nothing."""
    found = run(call("GET", "/v1/reminders/simulation", params={"at": at.isoformat()}))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        show(_table(found["items"]))


@app.command()
def explain(key: Annotated[str, typer.Argument(help="As `reminders due` and the API show it.")]) -> None:
    """Why a reminder was raised; or why not, or not yet. Exits 1 where no reminder has that key."""
    told = run(_explain(key))
    print(told["explanation"])
    for name in ("raisedAt", "raiseAt", "dueOn", "supersedes", "snoozedUntil", "returnedOn", "escalatedTo"):
        if told.get(name):
            value = told[name]
            print(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
    if told.get("state") == "unknown":
        raise typer.Exit(1)


async def _explain(key: str) -> Any:
    if not key.isascii() or not key.isprintable() or "/" in key:
        raise Stop("Geen herinnering heeft die sleutel.", "No reminder has that key.")
    async with register() as client:
        response = await client.get(f"/v1/reminders/{key}/explanation")
        if response.status_code != _NOT_FOUND:
            return answer_of(response)
        return await ask(client, "GET", f"/v1/reminders/simulation/{key}")


def _table(items: list[dict[str, Any]]) -> Table:
    table = Table(
        said("wanneer", "when"),
        said("wat", "what"),
        said("datum", "due"),
        said("hoe", "how"),
        said("voor", "for"),
        "",
        "key",
    )
    for one in items:
        early = said("voor het register", "before the register") if one.get("beforeRegister") else ""
        table.add_row(
            one["raiseAt"],
            label("reminderKind", one["kind"], language()),
            one["dueOn"],
            f"{one['offset']} {label('timing', one['timing'], language())}",
            label("role", one["recipient"], language()),
            early,
            one["key"],
        )
    return table
