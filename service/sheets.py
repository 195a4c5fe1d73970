"""A collection as a table in a file: CSV for programs, a spreadsheet for people. It says what it is about."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from starlette.responses import Response

from domain.labels import Language, label
from events.envelope import to_micros
from events.log.entry import recorded_at_text
from service.house import Errera
from service.reading import Reading
from service.sheet_words import flat, worded
from service.views import (
    AgreementView,
    ClaimView,
    CohortView,
    ConsultationView,
    HistoryItem,
    KnowledgeRow,
    PartnerView,
    ReminderView,
    Resource,
    View,
)

Format: TypeAlias = Literal["csv", "xlsx"]

MEDIA_TYPES: Final[Mapping[Format, str]] = {
    "csv": "text/csv; charset=utf-8; header=present",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_NAMES: Final[Mapping[type[View], str]] = {
    PartnerView: "partners",
    CohortView: "cohorts",
    AgreementView: "agreements",
    ConsultationView: "consultations",
    HistoryItem: "history",
    KnowledgeRow: "knowledge",
    ClaimView: "claims",
    ReminderView: "reminders",
}
_SUBJECT: Final = ("subjectType", "subjectId")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_FIGURE: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LONGEST_CELL: Final = 32_767
_WIDEST: Final = 60


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: what each column is called in the interface, and its rows; `about` is what all of it rests on."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    about: Mapping[str, str]


def sheet_of(name: str, view: type[View], items: Sequence[View], about: Mapping[str, str]) -> Sheet:
    """Views as rows, a column for each field, and two for a subject; what else has parts is written out in its cell."""
    columns = _columns(view)
    plain = [_apart(one.model_dump(mode="json", by_alias=True, exclude_none=True)) for one in items]
    return Sheet(name, columns, [[one.get(column) for column in columns] for one in plain], about)


async def rests_on(house: Errera, reading: Reading | None, size: int) -> Mapping[str, str]:
    """As of, as known at, up to where in the log, and the checkpoint that covers it, where there is one by now."""
    now = await house.now()
    known_at = (reading.known_at if reading else None) or now
    sealed = await house.audit.sealed(size) if size else None
    checkpoint = sealed.checkpoint if sealed else None
    return {
        **({"asOf": reading.day.isoformat()} if reading else {}),
        "knownAt": _instant(known_at),
        "madeAt": _instant(now),
        "position": str(size),
        "checkpoint": f"{checkpoint.origin} {checkpoint.size} {checkpoint.root.hex()}" if checkpoint else "-",
    }


async def response(
    house: Errera,
    kind: Format,
    view: type[View],
    items: Sequence[Any],
    reading: Reading | None,
    language: Language,
    **more: str,
) -> Response:
    """The file, as an answer that a browser keeps under a fitting name; `more` stands first in what it is about."""
    size = (await house.store.head()).size
    about = {**more, **await rests_on(house, reading, size)}
    sheet = sheet_of(_NAMES[view], view, items, about)
    content = as_csv(sheet) if kind == "csv" else as_xlsx(sheet, language)
    name = f"errera-{sheet.name}-{about.get('asOf') or about['madeAt'][:10]}.{kind}"
    return Response(
        content,
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def as_csv(sheet: Sheet) -> bytes:
    """RFC 4180, in UTF-8 with a byte order mark. First come lines that begin with `#`, as W3C's CSV on the Web has
    comments: what it is about.
    """
    target = io.StringIO()
    for name, said in {"errera": sheet.name, **sheet.about}.items():
        target.write(f"# {name}: {said}\r\n")
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(sheet.columns)
    for row in sheet.rows:
        writer.writerow([guarded(flat(value)) for value in row])
    return target.getvalue().encode("utf-8-sig")


def as_xlsx(sheet: Sheet, language: Language) -> bytes:
    """A workbook: the table, in the reader's words, and a second sheet that says what it is about."""
    book = Workbook(write_only=True)
    table = book.create_sheet(_title(label("field", sheet.name, language)))
    table.freeze_panes = "A2"
    heads = [label("field", column, language) for column in sheet.columns]
    texts = [
        [_shown(worded(sheet.name, column, value, language)) for column, value in zip(sheet.columns, row, strict=True)]
        for row in sheet.rows
    ]
    for number, head in enumerate(heads):
        longest = max([len(head), *(len(row[number]) for row in texts)])
        table.column_dimensions[_letters(number)].width = min(longest + 2, _WIDEST)
    table.append([_cell(table, head[:1].upper() + head[1:], bold=True) for head in heads])
    for row in texts:
        table.append([_cell(table, text) for text in row])
    about = book.create_sheet("Errera")
    for name, said in sheet.about.items():
        about.append([_cell(about, label("field", name, language)), _cell(about, said)])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def guarded(text: str) -> str:
    """A text that a spreadsheet would take for a formula begins with an apostrophe; a figure may be negative."""
    return f"'{text}" if text.startswith(_FORMULA) and _FIGURE.fullmatch(text) is None else text


def _columns(view: type[View]) -> Sequence[str]:
    left_out = {"position", "warnings"} if issubclass(view, Resource) else set()
    named = [field.alias or name for name, field in view.model_fields.items() if name not in left_out]
    return [part for column in named for part in (_SUBJECT if column == "subject" else [column])]


def _apart(plain: Mapping[str, Any]) -> Mapping[str, Any]:
    """With what it is about in two columns; a subject that is said in words stands in the second."""
    told = plain.get("subject")
    parts = (told.get("type"), told.get("id")) if isinstance(told, dict) else (None, told)
    return {**plain, **dict(zip(_SUBJECT, parts, strict=True))}


def _shown(text: str) -> str:
    return _UNPRINTABLE.sub("", text)[:_LONGEST_CELL]


def _cell(sheet: Any, text: str, *, bold: bool = False) -> Any:
    """A cell that is text whatever it begins with, also once somebody edits it."""
    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(_FORMULA)
    if bold:
        cell.font = Font(bold=True)
    return cell


def _title(text: str) -> str:
    return re.sub(r"[\[\]:*?/\\]", " ", text)[:31]


def _letters(number: int) -> str:
    """A column's name: A, B, … Z, AA."""
    return "".join(_letter(number))


def _letter(number: int) -> Iterator[str]:
    if number >= 26:  # noqa: PLR2004 - letters in the alphabet
        yield from _letter(number // 26 - 1)
    yield chr(ord("A") + number % 26)


def _instant(instant: datetime) -> str:
    return recorded_at_text(to_micros(instant))
