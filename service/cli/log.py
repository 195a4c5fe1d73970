"""`errera log`: the transparency log, for whoever audits it."""

import typer

from service.cli.log_verify import verify_log

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The log as evidence: verifying it.")
app.command("verify")(verify_log)
