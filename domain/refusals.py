"""Every way in which a rule says no, listed once, with what it means over HTTP."""

from collections.abc import Mapping
from typing import Any, Final, Literal

Status = Literal[400, 404, 409]


class Refused(Exception):
    """A rule said no. `facts` are what the reader needs to mend it; no personal data, no prose."""

    def __init__(self, code: str, /, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts
        self.status = REFUSALS[code]


REFUSALS: Final[Mapping[str, Status]] = {
    # values
    "date.invalid": 400,
    "date.outsideRange": 400,
    "date.dayNeeded": 400,
    "date.inFuture": 400,
    "instant.invalid": 400,
    "instant.noOffset": 400,
    "period.endBeforeStart": 400,
    "enterpriseNumber.invalid": 400,
    "share.invalid": 400,
    "shares.notWhole": 400,
    "shares.partyTwice": 400,
    "money.invalid": 400,
    "decimal.invalid": 400,
    "offset.invalid": 400,
    "months.invalid": 400,
    "text.blank": 400,
    "text.forbiddenCharacter": 400,
    "text.tooLong": 400,
    # partner
    "event.unknown": 404,
    "partner.unknown": 404,
    "partner.notKnown": 400,
    "partner.enterpriseNumberTaken": 409,
    "partner.nameResembles": 409,
    "partner.succeeded": 409,
    "partner.ownSuccessor": 400,
    "partner.nameUnchanged": 409,
    # person
    "person.unknown": 404,
    "person.notKnown": 400,
    "person.erased": 409,
    "erasureRequest.notKnown": 400,
    "erasure.alreadyRequested": 409,
    "erasure.notOpen": 409,
    "erasure.samePerson": 409,
    "erasure.onHold": 409,
    "erasure.namesPerson": 400,
    "legalHold.notKnown": 400,
    "disposition.unknown": 404,
    "disposition.notOpen": 409,
    "disposition.notArchived": 400,
    "disposition.untilPast": 400,
    # cohort
    "cohort.notKnown": 400,
    "cohort.unknown": 404,
    "cohort.alreadyRenewed": 409,
    "cohort.membersIncomplete": 400,
    "cohort.notAMember": 400,
    "cohort.alreadyAMember": 400,
    "cohort.partnerTwice": 400,
    "cohort.overlapsPredecessor": 409,
    # agreement
    "agreement.unknown": 404,
    "agreement.alreadySigned": 409,
    "agreement.signedAfterStart": 400,
    "agreement.cohortClosed": 409,
    "agreement.alreadyTerminated": 409,
    "agreement.outsideTerm": 400,
    "agreement.nothingAmended": 400,
    "evaluation.yearOutsideTerm": 400,
    "evaluation.beforeYear": 400,
    "evaluation.alreadyHeld": 409,
    "kpi.unknown": 400,
    "kpi.alreadyAgreed": 409,
    # consultation
    "consultation.unknown": 404,
    "consultation.yearOutsideTerm": 400,
    "consultation.whenNeeded": 400,
    "consultation.whenTwice": 400,
    "consultation.dateOutsideYear": 400,
    "consultation.ordinalTaken": 409,
    "consultation.reasonNeeded": 409,
    "consultation.alreadyHeld": 409,
    "consultation.cancelled": 409,
    # correction
    "correction.positionUnknown": 400,
    "correction.fieldNotCorrectable": 400,
    "correction.notCorrectable": 400,
    "correction.invalid": 400,
    # claims
    "claim.unknown": 404,
    "claim.sourceNeeded": 400,
    "source.unknown": 404,
    "authority.kindTwice": 400,
    # how reminders come
    "policy.kindUnknown": 400,
    "policy.lineInvalid": 400,
    "policy.hourInvalid": 400,
    "policy.stepsNotInOrder": 400,
    "policy.roleTwice": 400,
    "policy.subjectNeeded": 400,
    "reminderPolicy.unknown": 404,
    "person.namedTwice": 400,
    "calendar.countryUnknown": 400,
    "calendar.daysInvalid": 400,
    "calendar.neverOpen": 400,
    # reminders
    "reminder.unknown": 404,
    "reminder.notOpen": 409,
    "reminder.snoozePastDue": 400,
    "reminder.snoozeInPast": 400,
}
"""Code -> HTTP status: 400 the input is wrong, 404 no such object, 409 the state refuses."""
