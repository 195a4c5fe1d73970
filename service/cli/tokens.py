"""`errera token`: making, listing and revoking tokens."""

from datetime import datetime
from typing import Annotated

import typer
from rich.table import Table

from service.auth.tokens import Role
from service.cli.register import call, run
from service.cli.tables import show
from service.cli.words import instant, said

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Tokens: who may call the service.")


@app.command()
def create(
    *,
    role: Annotated[Role, typer.Option(help="What the token's owner is.")],
    partner: Annotated[str | None, typer.Option(metavar="ID", help="Whose token it is, for the role partner.")] = None,
    person: Annotated[str | None, typer.Option(metavar="ID", help="Who it is, for an account manager.")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="What a client may do; can be given more than once.")] = None,
    expires: Annotated[
        datetime | None, typer.Option(parser=instant, metavar="INSTANT", help="Until when it opens anything.")
    ] = None,
) -> None:
    """Make a token. It is printed alone, this once, and works at once."""
    body = {
        "role": role,
        "partnerId": partner,
        "personId": person,
        "scopes": scope or [],
        "expiresAt": expires.isoformat() if expires else None,
    }
    made = run(call("POST", "/v1/tokens", json={name: value for name, value in body.items() if value is not None}))
    print(made["token"])


@app.command("list")
def list_tokens() -> None:
    """Every token, by its first letters."""
    found = run(call("GET", "/v1/tokens"))
    table = Table(
        "id", "token", said("rol", "role"), said("gemaakt", "made"), said("tot", "until"), said("staat", "state")
    )
    for one in found["items"]:
        state = said("ingetrokken", "revoked") if one.get("revokedAt") else ""
        table.add_row(
            one["tokenId"], one["prefix"] + "…", one["role"], one["createdAt"], one.get("expiresAt", ""), state
        )
    show(table)


@app.command()
def revoke(token_id: Annotated[str, typer.Argument(metavar="ID", help="As `token list` shows it.")]) -> None:
    """From now on it opens nothing."""
    run(call("POST", f"/v1/tokens/{token_id}/revocations"))
