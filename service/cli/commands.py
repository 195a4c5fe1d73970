"""All commands."""

from importlib.metadata import version as version_of
from typing import Annotated

import typer

from service.cli import (
    backups,
    calendars,
    claims,
    copying,
    doctor,
    dossiers,
    exports,
    imports,
    knowledge,
    log,
    outbox,
    projections,
    reminders,
    serving,
    tokens,
    vault,
)
from service.cli.helping import Group

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
app.command()(serving.serve)
app.command("import")(imports.import_file)
app.command("export")(exports.export)
app.command("list")(knowledge.list_collection)
app.add_typer(knowledge.app, name="knowledge")
app.add_typer(tokens.app, name="token")
app.add_typer(reminders.app, name="reminders")
app.add_typer(outbox.app, name="outbox")
app.add_typer(claims.app, name="claims")
app.add_typer(projections.app, name="projections")
app.add_typer(vault.vault, name="vault")
app.add_typer(vault.persons, name="persons")
app.add_typer(log.app, name="log")
app.command()(copying.copy)
app.command()(backups.backup)
app.command()(backups.restore)
app.command()(doctor.doctor)
app.command()(dossiers.dossier)
app.command()(calendars.calendar)


def _tell_release(wanted: bool) -> None:
    if wanted:
        print(version_of("errera"))
        raise typer.Exit


@app.callback()
def errera(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_release, is_eager=True, help="Say which release this is, and nothing else."
        ),
    ] = False,
) -> None:
    """Errera, a register of partnership agreements."""
    del version  # it has been told


@app.command()
def version() -> None:
    """Which release this is."""
    _tell_release(wanted=True)
