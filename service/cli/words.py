"""What the command line says, in the reader's language."""

from datetime import datetime
from typing import Any

import typer

from domain.refusals import Refused
from domain.values import parse_instant
from events.log.continuity import Mismatch, changed_position
from events.store.moving import COPY, MOVED
from service.cli.language import language
from service.problems import Problem
from service.texts import detail, filled

__all__ = ["Stop", "instant", "issue_text", "language", "problem_text", "read_only", "said"]


class Stop(Exception):
    """The command cannot be carried out; the message is for whoever typed it."""

    def __init__(self, nl: str, en: str, *, code: int = 1) -> None:
        super().__init__(said(nl, en))
        self.code = code


def said(nl: str, en: str, **facts: object) -> str:
    """One of the two; with facts, filled with them (see `service.texts`)."""
    chosen = nl if language() == "nl" else en
    return filled(chosen, **facts) if facts else chosen


def read_only(why: str) -> str:
    """Why a register takes no changes, which the store says in English."""
    moved, unfinished = why.removeprefix(MOVED), why.removeprefix(COPY).partition(": ")[0]
    if moved != why:
        return said(f"dit register is verhuisd naar {moved}", why)
    if why.startswith(COPY):
        return said(f"dit is een onvoltooide kopie van {unfinished}", f"{COPY}{unfinished}")
    if Mismatch.parse(why) or changed_position(why):
        problem = Problem.read_only(why)
        return detail(problem.code, language(), problem.facts)
    return why


def instant(text: str) -> datetime:
    """An option's instant; it says its offset."""
    try:
        return parse_instant(text)
    except Refused as refused:
        raise typer.BadParameter(detail(refused.code, language(), refused.facts)) from None


def problem_text(document: dict[str, Any]) -> str:
    """A problem document as a person reads it."""
    issues = document.get("issues", [])
    lines = [str(document.get("detail") or document.get("title", ""))]
    if len(issues) > 1:
        lines += [f"  {issue_text(issue)}" for issue in issues]
    return "\n".join(lines)


def issue_text(issue: dict[str, Any]) -> str:
    """One thing that is wrong, and where."""
    told = str(issue.get("detail") or issue.get("title", ""))
    return f"{issue['name']}: {told}" if issue.get("name") else told
