"""Partners announced, listed, and claimed: three numbers that should be one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from domain.cohort import Cohort, Members
from domain.read_models.claims import Row
from service import views

_COUNTS: Final = frozenset({"announcedPartnerCount", "listedPartnerCount", "partnerCount"})


def partner_counts(
    cohort: Cohort, members: Members, rows: Sequence[Row] | None, known_at: datetime | None
) -> views.PartnerCountsView:
    """What was announced of a cohort beside who is in it, and what the claims on it say (None: not for this reader)."""
    announced, listed = cohort.opened.announced_partner_count, len(members.agreements)
    return views.PartnerCountsView(
        announced=announced,
        listed=listed,
        differs=announced not in {None, listed},
        claimed=None
        if rows is None
        else [
            views.ClaimedCountView(
                claim_id=row.claim_id,
                predicate=row.state.stated.predicate,
                value=row.state.stated.value,
                source=row.state.stated.source,
                line=row.state.stated.line,
                differs=row.state.stated.value.strip() != str(listed),
            )
            for row in rows
            if row.state
            and row.state.stated.predicate in _COUNTS
            and (known_at is None or datetime.fromisoformat(row.recorded_at) <= known_at)
        ],
    )
