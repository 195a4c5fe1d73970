"""The command line: `errera`. Its commands speak the HTTP API, to the running service or to one of their own."""

import os
import sys
from importlib.metadata import version as version_of

import typer

from service import logs
from service.cli import copying, doctor, exports, imports, projections, reminders, serving, tokens
from service.cli.words import Stop

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
    help="Errera, a register of partnership agreements.",
)
app.command()(serving.serve)
app.command("import")(imports.import_file)
app.command("export")(exports.export)
app.add_typer(tokens.app, name="token")
app.add_typer(reminders.app, name="reminders")
app.add_typer(projections.app, name="projections")
app.command()(copying.copy)
app.command()(doctor.doctor)


@app.command()
def version() -> None:
    """Which release this is."""
    print(version_of("errera"))


def main() -> None:
    """Run a command. What goes wrong is a sentence on stderr and an exit code, never a traceback."""
    logs.configure("WARNING")
    os.umask(0o077)  # what a command writes is about people and agreements: its owner's alone
    try:
        app()
    except Stop as stop:
        print(f"errera: {stop}", file=sys.stderr)
        sys.exit(stop.code)
