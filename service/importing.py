"""Imports: a file of commands, judged as a whole before the first is carried out, and safe to run again."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import ValidationError

from domain.refusals import Refused
from events.envelope import Source
from events.store.port import ReadOnlyStoreError, StoreBusyError, StoreError, StoreUnavailableError
from service.auth.tokens import Caller
from service.commands.command import Command
from service.commands.registry import COMMANDS
from service.disclosing import unseen
from service.fields import Body
from service.house import Errera
from service.issues import issues_of
from service.perform import Asked, perform
from service.problems import Issue, Problem
from service.rehearsal import rehearse

FORMAT: Final = "errera-import/1"
MOST_ROWS: Final = 100_000

_KNOWN: Final = frozenset({"do", "as", "on", "source", "also", "body"})
_DESCRIBED: Final = ("kind", "publisher", "publishedOn", "language", "sha256")


class ImportFileError(Exception):
    """The file as a whole cannot be read; nothing was applied. `code` is one of the texts'."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Row:
    """One command of the file."""

    number: int
    command: Command
    body: Mapping[str, Any]
    alias: str | None
    on: str | None
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A file that could be read."""

    title: str
    rows: Sequence[Row]


Outcome = Literal["done", "already", "would", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowReport:
    """What became of a row: done now, done before, would be done, or refused and why."""

    row: int
    do: str
    outcome: Outcome
    href: str | None = None
    problems: Sequence[Issue] = ()


@dataclass(slots=True)
class _Names:
    """What rows called the things they made."""

    ids: dict[str, str] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:
        match value:
            case str() if value.startswith("@"):
                if value[1:] not in self.ids:
                    raise Problem.bad_request([Issue(code="import.unknownReference", facts={"reference": value})])
                return self.ids[value[1:]]
            case list():
                return [self.resolve(one) for one in value]
            case dict():
                return {name: self.resolve(one) for name, one in value.items()}
            case _:
                return value

    def learn(self, row: Row, object_id: str, made: Mapping[str, str]) -> None:
        if row.alias is None:
            return
        self.ids[row.alias] = object_id
        if not made:
            return
        by_id = {one: name for name, one in self.ids.items()}
        for name, one in made.items():
            self.ids[f"{row.alias}/{by_id.get(name, name)}"] = one


def read(document: Any) -> Document:
    """The file's rows. Raises ImportFileError where it is no import file, or a row is not one."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ImportFileError("import.format", format=FORMAT)
    rows, sources = document.get("rows"), document.get("sources", {})
    if not isinstance(rows, list) or not isinstance(sources, dict) or len(rows) > MOST_ROWS:
        raise ImportFileError("import.rows", limit=MOST_ROWS)
    return Document(
        title=str(document.get("title", "")),
        rows=[_row(number, raw, sources) for number, raw in enumerate(rows, 1)],
    )


def _row(number: int, raw: Any, sources: Mapping[str, Any]) -> Row:
    if not isinstance(raw, dict) or raw.keys() - _KNOWN or not isinstance(raw.get("body", {}), dict):
        raise ImportFileError("import.row", row=number)
    command = COMMANDS.get(str(raw.get("do")))
    if command is None:
        raise ImportFileError("import.unknownCommand", row=number, do=str(raw.get("do")))
    if (command.target is None) != (raw.get("on") is None):
        raise ImportFileError("import.target", row=number, do=command.name)
    alias, on = raw.get("as"), raw.get("on")
    if not all(one is None or isinstance(one, str) for one in (alias, on)):
        raise ImportFileError("import.row", row=number)
    body = raw.get("body", {})
    if command.name == "describeSource":
        body = {**_description(raw, sources), **body}
    return Row(number, command, body, alias, on, _sources(number, raw, sources))


def _description(raw: Mapping[str, Any], sources: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the file says of the row's own source, where that is what the row is to record."""
    named = sources.get(str(raw.get("source", "")).partition(":")[0])
    told = named if isinstance(named, dict) else {}
    return {name: told[name] for name in _DESCRIBED if name in told}


def _sources(number: int, raw: Mapping[str, Any], sources: Mapping[str, Any]) -> tuple[Source, ...]:
    named = [raw["source"], *raw.get("also", [])] if "source" in raw else []
    lines: dict[str, list[str]] = {}
    for one in named:
        key, _, places = str(one).partition(":")
        if not isinstance(one, str) or not isinstance(sources.get(key), dict):
            raise ImportFileError("import.unknownSource", row=number)
        lines.setdefault(key, []).extend(place for place in places.split(",") if place)
    return tuple(
        Source(
            document=str(sources[key].get("title") or sources[key].get("publisher") or key),
            lines=tuple(found),
            published_on=sources[key].get("publishedOn"),
        )
        for key, found in lines.items()
    )


async def run(house: Errera, caller: Caller, document: Document, *, dry_run: bool) -> AsyncIterator[RowReport]:
    """Judge all rows first, on a rehearsal that writes nothing; only if none is refused, carry them out.

    A row's command id follows from its content, so a file that was interrupted is simply run again.
    """
    rehearsal = [report async for report in _carry_out(rehearse(house), caller, document, real=False)]
    refused = any(report.outcome == "refused" for report in rehearsal)
    if dry_run or refused:
        for report in rehearsal:
            yield report
        return
    async for report in _carry_out(house, caller, document, real=True):
        yield report


async def _carry_out(house: Errera, caller: Caller, document: Document, *, real: bool) -> AsyncIterator[RowReport]:
    names = _Names()
    seen: dict[str, int] = {}
    for row in document.rows:
        raw = json.dumps([row.command.name, row.alias, row.on, row.body], sort_keys=True)
        seen[raw] = seen.get(raw, 0) + 1
        command_id = "i" + house.keyed_hash("import", document.title, raw, str(seen[raw])).hex()[:40]
        try:
            target = str(names.resolve(row.on)) if row.on else ""
            body: Body = row.command.body.model_validate(names.resolve(dict(row.body)))
            before = (await house.store.head()).size
            asked = Asked(
                caller=caller, target=target, command_id=command_id, if_match="*", sources=row.sources, follow=False
            )
            with unseen():
                answer = await perform(house, row.command, body, asked)
        except (Refused, ValidationError, Problem, StoreError) as error:
            yield RowReport(row=row.number, do=row.command.name, outcome="refused", problems=_problems(error))
            if real:
                return
            continue
        names.learn(row, answer.result.object_id, answer.result.made)
        fresh = (answer.view.position or 0) > before
        outcome: Outcome = "done" if fresh else "already"
        yield RowReport(
            row=row.number,
            do=row.command.name,
            outcome=outcome if real or not fresh else "would",
            href=answer.view.href,
        )


def _problems(error: Exception) -> Sequence[Issue]:
    match error:
        case Refused():
            return [Issue.of(error)]
        case ValidationError():
            return issues_of(error.errors())
        case Problem(issues=issues, code=code, facts=facts):
            return issues or [Issue(code=code, facts=facts)]
        case ReadOnlyStoreError():
            return [Issue(code="readOnly")]
        case StoreBusyError() | StoreUnavailableError():
            return [Issue(code="store.unavailable", facts={"retryAfterSec": 5})]
        case _:
            return [Issue(code="store.conflict")]
