"""A dossier as one HTML file that needs nothing else: it opens anywhere, prints well, and holds its own proofs."""

import base64
import hashlib
from functools import partial
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from domain.labels import label
from domain.wording import by_date, date_text
from service.dossier.basis import basis, instant, precise, proofs
from service.dossier.content import Dossier
from service.dossier.words import text

MEDIA_TYPE: Final = "text/html; charset=utf-8"
_HERE: Final = Path(__file__).parent
_STYLE: Final = (_HERE / "dossier.css").read_text(encoding="utf-8")
POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'"
)
"""What a browser may do with it: use the style that is in it, and nothing else."""

_environment: Final = Environment(
    loader=FileSystemLoader(_HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def write(dossier: Dossier, zone: ZoneInfo) -> bytes:
    """The file."""
    language = dossier.language
    content = _environment.get_template("dossier.html").render(
        dossier=dossier,
        language=language,
        t=lambda key, **facts: text(key, language, **facts),
        label=lambda group, key: label(group, key, language),
        date=lambda told: date_text(told, language),
        by=lambda told: by_date(told, language),
        instant=lambda at: instant(at, language, zone),
        known_at=precise(dossier.known_at),
        basis=partial(basis, dossier),
        capital=lambda told: told[:1].upper() + told[1:],
        style=Markup(_STYLE),  # noqa: S704 - our own file
        proofs=Markup(proofs(dossier).replace("<", "\\u003c")),  # noqa: S704 - JSON in which no tag can begin
    )
    return content.encode()
