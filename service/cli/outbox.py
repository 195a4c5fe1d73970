"""`errera outbox`: what is to be sent by mail, and trying again what was refused."""

import json
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.table import Table

from schedulers.outbox.rows import State
from service.cli.register import call, run
from service.cli.tables import show
from service.cli.words import said

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Outbox: what is to be sent by mail.")


@app.command("list")
def list_outbox(
    *,
    state: Annotated[State | None, typer.Option(help="Only these.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """The newest messages and how they are. Exits 1 where one of them is a dead letter."""
    found = run(call("GET", "/v1/outbox", params={"pageSize": "1000", **({"state": state} if state else {})}))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        show(_table(found["items"]))
    raise typer.Exit(1 if any(one["state"] == "dead" for one in found["items"]) else 0)


@app.command()
def replay(outbox_id: Annotated[str, typer.Argument(metavar="ID", help="As `outbox list` shows it.")]) -> None:
    """Try a dead letter again, to those who did not get it."""
    run(call("POST", f"/v1/outbox/{quote(outbox_id, safe='')}/replays"))
    print(said("Wordt opnieuw verstuurd.", "It is sent again."))


def _table(items: list[dict[str, Any]]) -> Table:
    names = said("sinds", "since"), said("toestand", "state"), said("waarom", "why"), said("mails", "mails"), "id"
    table = Table(*names)
    for one in items:
        mails = " ".join(f"{mail['state']}{' ' + mail['code'] if 'code' in mail else ''}" for mail in one["mails"])
        table.add_row(one["raisedAt"], one["state"], one.get("reason", ""), mails, one["outboxId"])
    return table
