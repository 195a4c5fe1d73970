"""Plain values that events are made of. They serialise without help and carry no behaviour."""

from typing import ClassVar, NewType

import msgspec

StreamId = NewType("StreamId", str)
"""`<category>-<id>`, such as `agreement-01j…`; the category is what stands before the first hyphen."""
PartnerId = NewType("PartnerId", str)
CohortId = NewType("CohortId", str)
AgreementId = NewType("AgreementId", str)
ConsultationId = NewType("ConsultationId", str)
KpiId = NewType("KpiId", str)
ClaimId = NewType("ClaimId", str)
SourceId = NewType("SourceId", str)
ReminderId = NewType("ReminderId", str)
PersonId = NewType("PersonId", str)
IsoDate = NewType("IsoDate", str)
"""A date known to the day, month or year (EDTF level 0): `2017-10-03`, `2019-03`, `2026`."""
Instant = NewType("Instant", str)
"""RFC 3339 with an offset: `2027-03-29T09:00:00+02:00`."""
Share = NewType("Share", str)
"""A percentage with two decimals: `50.00`."""


class Event(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, gc=False):
    """Something that happened, in the trade's words. Absent stays absent: no field is ever null."""

    effective_field: ClassVar[str | None] = None
    """The field that holds the legal date; None where no date is known."""

    def legal_date(self) -> str | None:
        """The date this took legal effect, as precisely as it is known."""
        return getattr(self, self.effective_field) if self.effective_field else None

    def legal_date_kind(self) -> str | None:
        """`by` where only the first attestation is known; None where it took effect on that date."""
        return "by" if getattr(self, "effective_on_kind", None) == "by" else None


class Value(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A plain part of an event."""


class TextRef(Value, frozen=True, kw_only=True):
    """Prose kept in the vault. The commitment is HMAC-SHA-256 of it under a salt that only the vault row holds."""

    text_id: str
    commitment: str
