"""`errera vault` and `errera persons`: the vault's key, who was shown what, and erasing."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from domain.labels import label
from service.cli.delivering import deliver
from service.cli.register import call, content, every_page, register, run
from service.cli.tables import show
from service.cli.words import Stop, language, said

vault = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The vault: its key, and who read what.")
persons = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Persons: erasing them.")


@vault.command()
def rotate() -> None:
    """Give the vault a new key-encryption key; interrupted, it goes on. Contents stay as they are."""
    done = run(call("POST", "/v1/vault/rotations"))
    print(
        said(
            f"{done['rewrapped']} rijen staan onder de nieuwe sleutel ({done['keySource']}). Bewaar er een kopie van, "
            "en vernietig de kopieën van de oude.",
            f"{done['rewrapped']} rows are under the new key ({done['keySource']}). Keep a copy of it, and destroy the "
            "copies of the old one.",
        )
    )


@vault.command()
def access(
    *,
    about: Annotated[str | None, typer.Option(metavar="ID", help="Of this person or text only.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="All of it, as CSV.")] = False,
) -> None:
    """Who was shown personal data or prose, when, through which door and why; the latest first."""
    if as_csv and not as_json:
        deliver(run(_file(about)), None)
        return
    found = run(_records(about))
    if as_json:
        print(json.dumps({"items": found}))
    else:
        table = Table(
            said("wanneer", "when"), said("wie", "who"), said("rol", "role"), said("hoe", "how"), said("wat", "what")
        )
        for one in found:
            reason = f"\n{one['reason']}" if one.get("reason") else ""
            shown = f"{one['purpose']}: {len(one['ids'])}{reason}"
            table.add_row(one["at"], one["actor"], one["role"], label("door", one["channel"], language()), shown)
        show(table)


@persons.command()
def erase(
    person_id: Annotated[str, typer.Argument(metavar="PERSON", help="The person's id.")],
    *,
    request: Annotated[
        str | None, typer.Option(metavar="ID", help="The request to carry out; else the one that is open.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Carry out what a programme manager requested: nothing of this person is left but the declaration of it.

    Exits 0 when no byte is left, 3 while a reader of the database still holds some.
    """
    done = run(_erase(person_id, request))
    if as_json:
        print(json.dumps(done))
    elif done["state"] == "complete":
        print(said(f"{person_id} is gewist.", f"{person_id} is erased."))
    else:
        print(
            said(
                f"{person_id} is gewist; een lezer houdt de databank nog open. De dienst ruimt de laatste bytes op "
                "zodra die weg is.",
                f"{person_id} is erased; a reader still has the database open. The service clears the last bytes when "
                "it is gone.",
            )
        )
    if done["state"] != "complete":
        raise typer.Exit(3)


@persons.command()
def requests(*, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """What is asked about persons, and how far it is."""
    found = run(every_page("/v1/erasureRequests"))
    if as_json:
        print(json.dumps(found))
        return
    table = Table(
        "id", said("persoon", "person"), said("stand", "state"), said("op", "on"), said("rechtsgrond", "legal ground")
    )
    for one in found["items"]:
        state = label("requestStage", one["state"], language())
        table.add_row(one["requestId"], one["personId"], state, one["askedOn"], one.get("legalGround", ""))
    show(table)


@vault.command()
def dispositions(*, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """What is to become of records whose term is over; a programme manager decides."""
    found = run(every_page("/v1/dispositions"))
    if as_json:
        print(json.dumps(found))
        return
    table = Table("id", said("wat", "what"), said("stand", "state"), said("voorbij", "due"), said("dan", "then"))
    for one in found["items"]:
        table.add_row(
            one["dispositionId"],
            label("recordKind", one["kind"], language()),
            label("dispositionStage", one["state"], language()),
            one["dueOn"],
            label("destination", one["destination"], language()),
        )
    show(table)


async def _records(about: str | None) -> list[dict[str, Any]]:
    return list((await call("GET", "/v1/accessRecords", params=_about(about)))["items"])


async def _file(about: str | None) -> bytes:
    async with register() as client:
        return await content(client, "/v1/accessRecords", {"format": "csv", **_about(about)})


def _about(about: str | None) -> dict[str, str]:
    return {"about": about} if about else {}


async def _erase(person_id: str, request: str | None) -> Any:
    if request is None:
        open_ones = await every_page("/v1/erasureRequests", {"state": "requested"})
        request = next((one["requestId"] for one in open_ones["items"] if one["personId"] == person_id), None)
    if request is None:
        raise Stop(
            "voor deze persoon is niets gevraagd: een programmamanager doet dat, met een rechtsgrond",
            "nothing is requested for this person: a programme manager does that, with a legal ground",
        )
    return await call("POST", f"/v1/persons/{person_id}/erasures", json={"requestId": request})
