"""What a row rests on, as people read it; and the proofs, as programs do."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.wording import on_instant
from service.dossier.content import Cite, Dossier
from service.dossier.words import text
from service.texts import Language


@dataclass(frozen=True, slots=True)
class Basis:
    """Documents with their lines, and positions in the log."""

    documents: Sequence[tuple[int, str]]
    positions: Sequence[int]


def basis(dossier: Dossier, cites: Iterable[Cite]) -> Basis:
    """Each document once, in the order of their numbers, and each event once."""
    lines: dict[int, list[str]] = {}
    positions: dict[int, None] = {}
    for cite in cites:
        positions[cite.position] = None
        if cite.document is not None:
            held = lines.setdefault(dossier.number(cite.document), [])
            held += [line for line in cite.lines if line not in held]
    documents = [(number, _lines(sorted(held, key=_place), dossier.language)) for number, held in sorted(lines.items())]
    return Basis(documents, sorted(positions))


def _place(line: str) -> tuple[int, str]:
    return (int(line) if line.isdecimal() else 0, line)


def _lines(lines: Sequence[str], language: Language) -> str:
    if not lines:
        return ""
    return text("line", language, lines=", ".join(lines))


def instant(at: datetime | str, language: Language, zone: ZoneInfo) -> str:
    """On the agency's wall clock."""
    known = datetime.fromisoformat(at) if isinstance(at, str) else at
    return on_instant(known.astimezone(zone).replace(second=0, microsecond=0).isoformat(), language)


def precise(at: datetime) -> str:
    """To the microsecond, in UTC: what to ask for again."""
    return at.isoformat().replace("+00:00", "Z")


def proofs(dossier: Dossier) -> str:
    """The checkpoint, the keys, and for each event its entry and proof, as JSON."""
    told = {
        "format": "errera-dossier-proofs/1",
        "asOf": dossier.as_of,
        "knownAt": precise(dossier.known_at),
        "checkpoint": dossier.note,
        "verifierKeys": list(dossier.keys),
        "items": [
            {"position": one.position, "entry": one.entry.decode(), "proof": one.proof.decode()}
            for one in dossier.exhibits
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=1)
