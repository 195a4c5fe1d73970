"""`errera import`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from service.api.strict_json import JsonRefusedError, parse
from service.cli.progress import progress
from service.cli.register import register, run
from service.cli.words import Stop, issue_text, language, problem_text, said
from service.importing import MOST_ROWS

_UNREADABLE = 2


def import_file(
    file: Annotated[Path, typer.Argument(help="One JSON document; examples/README.md says what is in it.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A line of JSON for each row.")] = False,
) -> None:
    """Carry out a file of commands: all, or none (exit 1 if a row is refused, 2 if the file is unreadable)."""
    content = _read(file)
    rows = run(_import(content, dry_run=dry_run, as_json=as_json))
    outcomes = [row["outcome"] for row in rows]
    refused = outcomes.count("refused")
    if not as_json:
        print(_summary(outcomes, refused))
    raise typer.Exit(1 if refused else 0)


def _read(file: Path) -> bytes:
    try:
        content = file.read_bytes()
        parse(content, most_items=MOST_ROWS)
    except OSError as error:
        raise _unreadable(file, error.strerror or str(error)) from None
    except JsonRefusedError as error:
        raise _unreadable(file, "\n  ".join(issue_text(issue.document(language())) for issue in error.issues)) from None
    return content


async def _import(content: bytes, *, dry_run: bool, as_json: bool) -> list[dict[str, Any]]:
    total = len(rows) if isinstance(document := json.loads(content), dict) and (rows := document.get("rows")) else 0
    found: list[dict[str, Any]] = []
    async with register() as client:
        with progress(said("rijen", "rows")) as report:
            request = client.stream(
                "POST",
                "/v1/imports",
                params={"dryRun": "true" if dry_run else "false"},
                content=content,
                headers={"Content-Type": "application/json"},
            )
            async with request as response:
                if not response.is_success:
                    await response.aread()
                    told = problem_text(response.json())
                    raise Stop(told, told, code=_UNREADABLE)
                async for line in response.aiter_lines():
                    found.append(json.loads(line))
                    report(len(found), total)
                    print(line if as_json else _row(found[-1]))
    return found


def _row(row: dict[str, Any]) -> str:
    words = {
        "done": said("gedaan", "done"),
        "already": said("was al gedaan", "done before"),
        "would": said("zou gedaan worden", "would be done"),
        "refused": said("GEWEIGERD", "REFUSED"),
    }
    told = f"{row['row']:>5}  {row['do']:<22}  {words[row['outcome']]}"
    if row.get("href") and row["outcome"] != "would":
        told += f"  {row['href']}"
    return "\n".join([told, *(f"         {issue_text(issue)}" for issue in row.get("issues", []))])


def _summary(outcomes: list[str], refused: int) -> str:
    rows = len(outcomes)
    if refused:
        return said(
            "{refused} van {rows} {rows:rij|rijen} geweigerd; er is niets opgenomen.",
            "{refused} of {rows} {rows:row|rows} refused; nothing was applied.",
            refused=refused,
            rows=rows,
        )
    fresh = outcomes.count("done") + outcomes.count("would")
    if "would" in outcomes:
        return said(
            "{fresh} van {rows} {rows:rij|rijen} {fresh:zou|zouden} opgenomen worden.",
            "{fresh} of {rows} {rows:row|rows} would be applied.",
            fresh=fresh,
            rows=rows,
        )
    return said(
        "{fresh} van {rows} {rows:rij|rijen} opgenomen.",
        "{fresh} of {rows} {rows:row|rows} applied.",
        fresh=fresh,
        rows=rows,
    )


def _unreadable(file: Path, why: str) -> Stop:
    return Stop(
        f"{file} is niet leesbaar, er is niets opgenomen: {why}",
        f"{file} cannot be read, nothing was applied: {why}",
        code=_UNREADABLE,
    )
