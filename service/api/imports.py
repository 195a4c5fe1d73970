"""Imports over HTTP: the file in, a line of JSON for each row out, as it happens."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from service import importing
from service.api.asking import Asking
from service.api.http import LargeListRoute
from service.api.reads import House, Lang
from service.auth.policy import Action, judge
from service.problems import Issue, Problem
from service.texts import Language

router = APIRouter(route_class=LargeListRoute)


class ImportFile(BaseModel):
    """An import file; its rows are judged one by one."""

    model_config = ConfigDict(extra="allow")

    format: str


@router.post("/v1/imports", operation_id="importFile", tags=["imports"], response_class=StreamingResponse)
async def import_file(
    house: House,
    caller: Asking,
    language: Lang,
    body: ImportFile,
    *,
    dry_run: Annotated[bool, Query(alias="dryRun", description="Only say what would be done.")] = False,
) -> StreamingResponse:
    """All rows or none: a row that is refused leaves the register as it was."""
    judge(caller, Action.IMPORT_DATA)
    try:
        document = importing.read(body.model_dump())
    except importing.ImportFileError as error:
        raise Problem.bad_request([Issue(code=error.code, name="rows", facts=error.facts)]) from None
    reports = importing.run(house, caller, document, dry_run=dry_run)
    return StreamingResponse(_lines(reports, language), media_type="application/x-ndjson")


async def _lines(reports: AsyncIterator[importing.RowReport], language: Language) -> AsyncIterator[bytes]:
    async for report in reports:
        yield json.dumps(plain(report, language), ensure_ascii=False).encode() + b"\n"


def plain(report: importing.RowReport, language: Language) -> dict[str, Any]:
    """A row's report as JSON."""
    said: dict[str, Any] = {"row": report.row, "do": report.do, "outcome": report.outcome}
    if report.href:
        said["href"] = report.href
    if report.problems:
        said["issues"] = [issue.document(language) for issue in report.problems]
    return said
