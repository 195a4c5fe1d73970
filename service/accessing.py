"""The access log for its readers: who was shown what of the vault, when, through which door and why."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import Response

from events.envelope import to_micros
from events.log.entry import recorded_at_text
from events.vault.access import AccessRecord
from service import views
from service.access import reached_partners
from service.auth.policy import Action, Grant, judge
from service.auth.tokens import Caller
from service.house import Errera
from service.queries import Queries
from service.reading import Reading
from service.sheet_words import flat
from service.sheets import guarded

_ALL: Final = 1_000_000


async def access_records(
    house: Errera, caller: Caller, *, limit: int, before: str | None = None, about: str | None = None
) -> tuple[Sequence[views.AccessRecordView], int]:
    """The latest records, or those before one, and how many there are. Raises the 403 that fits.

    Whoever may see only its own sees the records that name its own persons, and of them no other ids.
    """
    own = await own_persons(house, judge(caller, Action.READ_AUDIT_LOG))
    wanted = None if own is None else sorted(own)
    if about is not None:
        wanted = [about] if own is None or about in own else []
    found, total = await house.access.page(limit=limit, before=before, about=wanted)
    reasons = await house.vault.get(one.reason_id for one in found if one.reason_id) if own is None else {}
    return [_view(one, own, reasons.get(one.reason_id or "", {}).get("text")) for one in found], total


async def access_file(house: Errera, caller: Caller, *, about: str | None = None) -> Response:
    """All of them in a file, comma-separated. Raises the 403 that fits."""
    found, _ = await access_records(house, caller, limit=_ALL, about=about)
    told = csv_of([one.model_dump(by_alias=True, exclude_none=True) for one in found])
    headers = {"Content-Disposition": 'attachment; filename="access.csv"', "Cache-Control": "no-store"}
    return Response(told, media_type="text/csv; charset=utf-8", headers=headers)


def csv_of(records: Sequence[Mapping[str, Any]]) -> str:
    """A line a record; ids with a space between them. What could be taken for a formula is quoted."""
    told = io.StringIO()
    columns = ("at", "actor", "role", "channel", "purpose", "reason", "ids")
    writer = csv.writer(told)
    writer.writerow(columns)
    for one in records:
        writer.writerow([guarded(flat({**one, "ids": " ".join(one["ids"])}.get(name))) for name in columns])
    return told.getvalue()


async def own_persons(house: Errera, grant: Grant) -> frozenset[str] | None:
    """The persons that a grant reaches: those around its partners. None for all."""
    partners = await reached_partners(house, grant)
    if partners is None:
        return None
    reading = Reading(day=house.day_of(await house.now()))
    return frozenset(await Queries(house, reading, partners=partners).persons_around() or ())


def _view(one: AccessRecord, own: frozenset[str] | None, reason: str | None) -> views.AccessRecordView:
    return views.AccessRecordView(
        record_id=one.record_id,
        at=recorded_at_text(to_micros(one.at)),
        actor=one.actor,
        role=one.role,
        channel=one.channel,
        purpose=one.purpose,
        reason=reason,
        ids=[row_id for row_id in one.ids if own is None or row_id in own],
    )
