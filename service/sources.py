"""What sources say, where they disagree, and what is taken as right."""

from collections.abc import Sequence
from datetime import datetime

from domain.claim import open_conflicts
from domain.read_models import claims
from domain.read_models.claims import Row
from domain.streams import of_claim
from domain.values import last_day
from events.catalogue.values import ClaimId
from service import read_models, views
from service.house import Errera
from service.queries import Found, Queries
from service.reading import Reading


class Sources:
    """Claims under a reading; `asOf` does not move them, `knownAt` does."""

    def __init__(self, house: Errera, reading: Reading) -> None:
        self.house = house
        self.reading = reading
        self._queries = Queries(house, reading)

    async def claims(
        self,
        *,
        only_open: bool | None = None,
        subject: str | None = None,
        predicate: str | None = None,
        published_by: str | None = None,
    ) -> Sequence[Found[views.ClaimView]]:
        """What sources say: all of it, what they disagree on, or what they had published by a day."""
        rows: Sequence[Row] = await self._queries.rows(read_models.CLAIMS)
        known = [row for row in rows if row.state and self._is_known(row.recorded_at)]
        conflicts = open_conflicts(row.state for row in known if row.state)
        found = [Found(_claim(row, conflicts), row.version) for row in known]
        return [
            one
            for one in found
            if (only_open is None or one.view.open is only_open)
            and (subject is None or subject in (_subject_id(one.view), one.view.subject))
            and (predicate is None or one.view.predicate == predicate)
            and (published_by is None or _published_by(one.view, published_by))
        ]

    async def claim(self, claim_id: str) -> Found[views.ClaimView] | None:
        """One claim, among the others on its subject."""
        stream = of_claim(ClaimId(claim_id))
        recorded = await self.house.store.read_stream(stream)
        row: Row | None = None
        for one in recorded:
            row = claims.project(row, one)
        if row is None or not self._is_known(row.recorded_at):
            return None
        others = [one.state for one in await self._queries.rows(read_models.CLAIMS) if one.claim_id != claim_id]
        return Found(_claim(row, open_conflicts([*others, row.state] if row.state else others)), row.version)

    def _is_known(self, recorded_at: str) -> bool:
        return self.reading.known_at is None or datetime.fromisoformat(recorded_at) <= self.reading.known_at


def _claim(row: Row, conflicts: set[tuple[str, str]]) -> views.ClaimView:
    if row.state is None:
        raise ValueError(row.claim_id)
    stated = row.state.stated
    return views.ClaimView(
        href=f"/v1/claims/{row.claim_id}",
        claim_id=row.claim_id,
        subject=stated.subject
        if stated.subject_type is None
        else views.SubjectView(type=stated.subject_type, id=stated.subject or None),
        predicate=stated.predicate,
        value=stated.value,
        precision=stated.precision,
        source=stated.source,
        line=stated.line,
        published_on=stated.published_on,
        recorded_at=row.recorded_at,
        chosen=row.state.chosen is not None,
        open=row.state.about in conflicts,
    )


def _published_by(view: views.ClaimView, day: str) -> bool:
    """Whether the source was surely out by then; one without a date of publication is not."""
    return view.published_on is not None and last_day(view.published_on) <= last_day(day)


def _subject_id(view: views.ClaimView) -> str | None:
    return view.subject.id if isinstance(view.subject, views.SubjectView) else view.subject
