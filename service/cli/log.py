"""`errera log`: what the log says of itself, and proofs of what is in it."""

import base64
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from events.log.checkpoint import Note
from events.log.keys import LogKeyError, make_key_file
from events.log.proofs import Proof
from events.log.sealed import Sealed
from events.store.database import StoreLockedError
from events.store.port import StoreError
from service.accepting_keys import accept_keys
from service.cli.delivering import deliver
from service.cli.log_anew import begin_log_anew
from service.cli.log_verify import verify_log
from service.cli.register import ask, content, house_of, load_settings, locked_text, register, run
from service.cli.signing import key_trouble
from service.cli.words import Stop, said

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The log as evidence: checkpoints, proofs, keys; verifying it."
)
app.command("verify")(verify_log)
app.command("begin-anew")(begin_log_anew)

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Where to write it; without it, to stdout.")]


@app.command()
def checkpoint(*, as_json: AsJson = False) -> None:
    """The newest checkpoint, of all that is recorded until now: a signed note. Who keeps it can tell later."""
    note, keys = run(_checkpoint())
    if not as_json:
        sys.stdout.write(note.decode())
        return
    sealed = Sealed.of(note).checkpoint
    told = {
        "origin": sealed.origin,
        "size": sealed.size,
        "root": base64.b64encode(sealed.root).decode(),
        "note": note.decode(),
        "publicKeys": keys,
        "signatures": [one.name for one in Note.parse(note).signatures],
    }
    print(json.dumps(told, ensure_ascii=False))


@app.command()
def prove(
    position: Annotated[int | None, typer.Argument(min=1, help="Of the event: proves that it is in the log.")] = None,
    *,
    older: Annotated[
        int | None, typer.Option("--from", min=0, metavar="SIZE", help="Proves that the log of this size begins it.")
    ] = None,
    newer: Annotated[
        int | None, typer.Option("--to", min=0, metavar="SIZE", help="That it begins the log of this size, not of now.")
    ] = None,
    out: Out = None,
) -> None:
    """A proof that is checked without us: a tlog-proof for an event, or with --from hashes and checkpoint of growth."""
    if (position is None) == (older is None) or (newer is not None and older is None):
        raise Stop("geef POSITION, of --from (en --to)", "give POSITION, or --from (and --to)", code=2)
    text = run(_inclusion(position) if position is not None else _growth(older or 0, newer))
    deliver(text, out)


@app.command("accept-key")
def accept_key(
    *, new: Annotated[bool, typer.Option("--new", help="Make a key file first, where there is none.")] = False
) -> None:
    """The keys that signed the log are lost: from now on those in the key file sign, and the log says so."""
    settings = load_settings()
    if new and not settings.log_key.exists():
        make_key_file(settings.log_key)
    elif new:
        told = str(settings.log_key)
        raise Stop(
            f"{told} is er al: neem het weg als het niet goed is", f"{told} is there: take it away if it is wrong"
        )
    try:
        accepted = run(_accept())
    except StoreLockedError as locked:
        told = locked_text(locked)
        raise Stop(told, told) from None
    except StoreError as error:
        raise Stop(str(error), str(error)) from None
    print("\n".join(accepted) or said("de sleutels waren al goed", "the keys were right already"))


async def _accept() -> list[str]:
    async with house_of(load_settings(), other_keys=True) as house:
        try:
            return list(await accept_keys(house))
        except LogKeyError as error:
            raise Stop(*key_trouble(error)) from None


async def _checkpoint() -> tuple[bytes, list[str]]:
    async with register() as client:
        size = (await ask(client, "GET", "/v1/projections"))["logSize"]
        if size:
            waited = await client.get("/v1/log/inclusionProofs", params={"position": size, "awaitSealed": "true"})
            if not waited.is_success:
                print(
                    said("nog niet alles is verzegeld", "not all of the log is sealed yet"),
                    file=sys.stderr,
                )
        note = await content(client, "/v1/log/checkpoint")
        return note, (await content(client, "/v1/log/publicKey")).decode().splitlines()


async def _inclusion(position: int) -> bytes:
    async with register() as client:
        found = await _proof(client, "/v1/log/inclusionProofs", {"position": position})
    hashes = [base64.b64decode(one) for one in found["hashes"]]
    return Proof(position - 1, hashes, found["checkpoint"].encode()).text()


async def _growth(older: int, newer: int | None) -> bytes:
    """As a witness is told of it (C2SP tlog-witness): the size that is known, the hashes, and the newer checkpoint."""
    async with register() as client:
        asked = {"from": older, **({"to": newer} if newer is not None else {})}
        found = await _proof(client, "/v1/log/consistencyProofs", asked)
    if "checkpoint" not in found:
        told = found["to"]
        raise Stop(
            f"van {told} is er geen controlepunt: kies een andere --to",
            f"there is no checkpoint of {told}: choose another --to",
        )
    lines = [f"old {older}\n", *(f"{one}\n" for one in found["hashes"]), "\n", str(found["checkpoint"])]
    return "".join(lines).encode()


async def _proof(client: httpx.AsyncClient, path: str, asked: dict[str, int]) -> dict[str, Any]:
    found: dict[str, Any] = await ask(client, "GET", path, params={**asked, "awaitSealed": "true"})
    return found
