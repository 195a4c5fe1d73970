"""`errera projections`: how far they are, making them anew, going back, trying again, comparing them with the log."""

import asyncio
import json
from collections.abc import Callable
from typing import Annotated, Any, Final

import httpx
import typer
from rich.table import Table

from service.cli.progress import progress
from service.cli.register import ask, register, run
from service.cli.tables import show
from service.cli.words import Stop, said

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Projections: what is computed from the log.")

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Names = Annotated[list[str] | None, typer.Argument(help="Which ones; without any, all.")]

_LOOK_SECONDS: Final = 0.2


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """How far each is. Exits 0 only if none lags behind or leaves something out."""
    found = run(_call("GET", "/v1/projections"))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        table = Table(said("projectie", "projection"), said("versie", "version"), said("plaats", "position"), "")
        for one in found["items"]:
            table.add_row(one["name"], str(one["version"]), f"{one['position']}/{found['logSize']}", _state(one))
        show(table)
        for one in found["items"]:
            for parked in one["parked"]:
                print(f"{one['name']}  {parked['stream']}  {parked['position']}  {parked['reason']}")
    raise typer.Exit(1 if any(one["behind"] or one["parkedStreams"] for one in found["items"]) else 0)


@app.command()
def rebuild(names: Names = None, *, as_json: AsJson = False) -> None:
    """Make them anew from the log, beside the old ones, which serve until then."""
    with progress(said("herbouwen", "rebuilding")) as told:
        done = run(_rebuild(names or [], told))
    if as_json:
        print(json.dumps(done))
    else:
        print(said("Herbouwd tot", "Rebuilt up to") + f" {done['position']}." + run(_parked()))


@app.command()
def revert(names: Names = None, *, as_json: AsJson = False) -> None:
    """Go back to the tables from before the last rebuild, brought up to date."""
    with progress(said("teruggaan", "reverting")):
        done = run(_call("POST", "/v1/projections/reversions", {"names": names or []}))
    print(json.dumps(done) if as_json else said("Teruggezet", "Reverted") + f": {', '.join(done['names'])}.")


@app.command()
def retry(
    model: Annotated[str | None, typer.Argument(help="Of which projection; without it, of all.")] = None,
    stream: Annotated[str | None, typer.Argument(help="Which stream; without it, all.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Try streams again whose event could not be projected. Exits 0 only if none of them stays out."""
    asked = {"projection": model, "stream": stream}
    told = {name: value for name, value in asked.items() if value is not None}
    done = run(_call("POST", "/v1/projections/retries", told))
    if as_json:
        print(json.dumps(done))
    else:
        print(
            said(
                f"opnieuw geprobeerd: {done['tried']}; nog weggelaten: {done['parked']}.",
                f"tried again: {done['tried']}; still left out: {done['parked']}.",
            )
        )
    raise typer.Exit(1 if done["parked"] else 0)


@app.command()
def verify(*, as_json: AsJson = False) -> None:
    """Replay the log beside them and compare. Exits 0 only if there is no difference."""
    with progress(said("vergelijken", "comparing")) as told:
        found = run(_verify(told))
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    elif found["whole"]:
        print(said("Alles stemt overeen met het logboek.", "Everything agrees with the log.") + run(_parked()))
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


def _left_out(count: int) -> str:
    return said("{count} {count:stream|streams} weggelaten", "{count} {count:stream|streams} left out", count=count)


async def _parked() -> str:
    """What no comparison sees."""
    async with register() as client:
        items = (await ask(client, "GET", "/v1/projections"))["items"]
    left = [f"{one['name']}: {_left_out(one['parkedStreams'])}" for one in items if one["parkedStreams"]]
    return "".join(f"\n{one} (errera projections status)" for one in left)


def _state(one: dict[str, Any]) -> str:
    states = []
    if count := one["parkedStreams"]:
        states.append(_left_out(count))
    if one["behind"]:
        age = f"{one['lagSeconds']:.0f} s"
        states.append(said(f"{one['behind']} achter, {age}", f"{one['behind']} behind, {age}"))
    if (building := one.get("rebuild")) and building["state"] == "running":
        states.append(
            said("herbouwt", "rebuilds")
            + f" {building['position']}/{building['size']}, {building.get('secondsLeft', '?')} s"
        )
    return "; ".join(states) or "ok"


async def _rebuild(names: list[str], told: Callable[[int, int], None]) -> dict[str, int]:
    async with register() as client:
        found = await ask(client, "POST", "/v1/projections/rebuilds", json={"names": names})
        while True:
            mine = [one for one in found["items"] if not names or one["name"] in names]
            runs = [one["rebuild"] for one in mine]
            if not any(one["state"] == "running" for one in runs):
                break
            told(min(one["position"] for one in runs), found["logSize"])
            await asyncio.sleep(_LOOK_SECONDS)
            found = await ask(client, "GET", "/v1/projections")
        for one in runs:
            if one["state"] != "done":
                why = one.get("reason", one["state"])
                raise Stop(f"de herbouw is niet klaar: {why}", f"the rebuild did not finish: {why}")
        return {"position": min(one["position"] for one in mine)}


async def _verify(told: Callable[[int, int], None]) -> Any:
    async with register() as client:
        verifying = asyncio.create_task(ask(client, "GET", "/v1/projections/verification"))
        while not verifying.done():
            await asyncio.wait([verifying], timeout=_LOOK_SECONDS)
            await _look(client, told)
        return await verifying


async def _look(client: httpx.AsyncClient, told: Callable[[int, int], None]) -> None:
    found = await ask(client, "GET", "/v1/projections")
    compared = [one["verifying"] for one in found["items"] if "verifying" in one]
    if compared:
        told(min(compared), found["logSize"])


async def _call(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    async with register() as client:
        return await ask(client, method, path, **({"json": body} if body is not None else {}))
