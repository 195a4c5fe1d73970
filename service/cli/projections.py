"""`errera projections`: how far they are, making them anew, comparing them with the log."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from service.cli.progress import progress
from service.cli.register import ask, register, run
from service.cli.tables import show
from service.cli.words import said

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Projections: what is computed from the log.")

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """How far each is. Exits 0 only if none stopped or lags behind."""
    found = run(_call("GET", "/v1/projections"))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        table = Table(said("projectie", "projection"), said("versie", "version"), said("plaats", "position"), "")
        for one in found["items"]:
            table.add_row(one["name"], str(one["version"]), f"{one['position']}/{found['logSize']}", _state(one))
        show(table)
    raise typer.Exit(1 if any(one["behind"] or one.get("stopped") for one in found["items"]) else 0)


@app.command()
def rebuild(
    names: Annotated[list[str] | None, typer.Argument(help="Which ones; without any, all.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make them anew from the log, while the service reads the old ones."""
    with progress(said("herbouwen", "rebuilding")):
        done = run(_call("POST", "/v1/projections/rebuilds", {"names": names or []}))
    print(json.dumps(done) if as_json else said("Herbouwd tot", "Rebuilt up to") + f" {done['position']}.")


@app.command()
def verify(*, as_json: AsJson = False) -> None:
    """Replay the log and compare. Exits 0 only if there is no difference."""
    with progress(said("vergelijken", "comparing")):
        found = run(_call("GET", "/v1/projections/verification"))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    elif found["whole"]:
        print(said("Alles stemt overeen met het logboek.", "Everything agrees with the log."))
    else:
        for one in found["differences"]:
            print(f"{one['projection']}  {one['key']}")
        print(
            said(
                "Verschilt van het logboek: errera projections rebuild",
                "Differs from the log: errera projections rebuild",
            )
        )
    raise typer.Exit(0 if found["whole"] else 1)


def _state(one: dict[str, Any]) -> str:
    if one.get("stopped"):
        return said("GESTOPT", "STOPPED") + f": {one['stopped']}"
    return said(f"{one['behind']} achter", f"{one['behind']} behind") if one["behind"] else "ok"


async def _call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    async with register() as client:
        return await ask(client, method, path, **({"json": body} if body is not None else {}))
