"""A dossier as PDF (PDF/A-3, which archives take, with the proofs attached), where typst is installed."""

import asyncio
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from domain.labels import label
from domain.wording import date_text
from service.dossier.basis import basis, instant, precise, proofs
from service.dossier.content import Block, Cite, Dossier
from service.dossier.words import TEXTS, text

AVAILABLE: Final = find_spec("typst") is not None
_TEMPLATE: Final = Path(__file__).with_name("dossier.typ")


async def write(dossier: Dossier, zone: ZoneInfo) -> bytes:
    """The file. Typesetting takes a second, so it has a thread of its own."""
    return await asyncio.to_thread(_compile, dossier, zone)


def _compile(dossier: Dossier, zone: ZoneInfo) -> bytes:
    import typst  # noqa: PLC0415 - an extra: only who asks for PDF needs it

    told = json.dumps({"dossier": _plain(dossier, zone), "proofs": proofs(dossier)}, ensure_ascii=False)
    compiled: bytes = typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        ignore_system_fonts=True,  # the same letters on every machine
        sys_inputs={"told": told},
        pdf_standards="a-3b",
        timestamp=int(dossier.known_at.timestamp()),
    )
    return compiled


def _plain(dossier: Dossier, zone: ZoneInfo) -> dict[str, Any]:
    """What the template sets: nothing but text, lists and numbers."""
    language = dossier.language

    def rests(cites: tuple[Cite, ...]) -> dict[str, Any]:
        on = basis(dossier, cites)
        documents = [
            {"number": number, "text": ", ".join(filter(None, [text("source", language, number=number), lines]))}
            for number, lines in on.documents
        ]
        return {"documents": documents, "positions": list(on.positions)}

    def block(one: Block) -> dict[str, Any]:
        rows = [
            {"cells": list(row.cells), "tone": row.tone, "note": row.note, "basis": rests(row.cites)}
            for row in one.rows
        ]
        return {"title": one.title, "shape": one.shape, "columns": list(one.columns), "rows": rows}

    return {
        "language": language,
        "words": {key: words.of(language) for key, words in TEXTS.items()},
        "day": date_text(dossier.as_of, language),
        "asOf": dossier.as_of,
        "knownAt": precise(dossier.known_at),
        "known": text("known", language, instant=instant(dossier.known_at, language, zone), position=dossier.position),
        "parts": [
            {
                "name": part.name,
                "period": part.period,
                "tiles": [
                    {
                        "value": tile.value,
                        "label": tile.label,
                        "tone": tile.tone,
                        "note": tile.note,
                        "basis": rests(tile.cites),
                    }
                    for tile in part.tiles
                ],
                "chapters": [
                    {"title": chapter.title, "blocks": [block(one) for one in chapter.blocks]}
                    for chapter in part.chapters
                ],
            }
            for part in dossier.parts
        ],
        "unknowns": [f"{row.cells[0]}: {row.cells[1]}" for row in dossier.unknowns],
        "unpublished": text("unpublished", language, count=dossier.unpublished) if dossier.unpublished else "",
        "documents": [
            {
                "number": number,
                "name": f"{name} ({known.publisher})" if known and known.publisher else name,
                "kind": label("sourceKind", known.kind, language) if known else text("notDescribed", language),
                "published": date_text(known.published_on, language)
                if known and known.published_on
                else text("notDated", language),
                "sha256": text("sha256", language, hash=known.sha256) if known and known.sha256 else "",
            }
            for number, (name, known) in enumerate(dossier.documents.items(), 1)
        ],
        "exhibits": [
            {
                "position": one.position,
                "sentence": one.sentence,
                "meta": [
                    label("eventType", one.type, language),
                    *(
                        [text("effective", language, date=date_text(one.effective_on, language))]
                        if one.effective_on
                        else []
                    ),
                    text("recorded", language, instant=instant(one.recorded_at, language, zone)),
                    text("by", language, actor=one.actor),
                ],
                "documents": rests(one.cites)["documents"],
            }
            for one in dossier.exhibits
        ],
        "check": [
            text(f"check.{step}", language, size=dossier.checkpoint.size)
            if step == "5"
            else text(f"check.{step}", language)
            for step in "12345"
        ],
        "rests": text("check.rests", language, size=dossier.checkpoint.size, origin=dossier.checkpoint.origin),
        "again": text("check.again", language, as_of=dossier.as_of, known_at=precise(dossier.known_at)),
        "lead": text("evidence.named" if dossier.persons else "evidence.lead", language),
        "note": dossier.note,
        "keys": list(dossier.keys),
    }
