"""One event of every type and version, whose bytes are fixed for ever.

For a new type or version, add an event at the END and run `python -m tests.golden.happened`: it adds the new entry to
`entries.json`, and refuses where an entry that is there would change. The folders beside this file hold what each
released version wrote (see `release.py`).
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from events.catalogue import EVENT_TYPES
from events.codec import Codec, Pending
from events.envelope import Context, Source
from events.log.entry import entry

FILE: Final = Path(__file__).with_name("entries.json")
BEGAN: Final = 1_796_115_600_000_001
"""2026-12-01T09:00:00.000001Z, in microseconds since 1970."""

CODEC: Final = Codec(EVENT_TYPES)

_TEXT: Final = {"textId": "t1", "commitment": "c0" * 32}
_AGREEMENT: Final = {"agreementId": "a1", "partnerId": "p1", "cohortId": "c1"}
_MOMENT: Final = {"cohortId": "c1", "year": 2019, "ordinal": 1, "consultationId": "m1"}
_REMINDER: Final = {"reminderId": "r1", "obligation": "agreementEnd.a1"}
_ERASURE: Final = {"personId": "h9", "requestId": "h9.1"}
_HOLD: Final = {"personId": "h9", "holdId": "h9.h1", "ground": "rolnummer 2027/AB/12"}
_REQUESTED: Final = {
    "personId": "h9",
    "legalGround": "AVG, artikel 17, lid 1, a)",
    "selectionRule": "BO-4.2",
    "requestedBy": "token:k1",
    "requestedOn": "2027-03-01",
}
_DISPOSITION: Final = {"kind": "agreement", "subjectId": "a1", "selectionRule": "BO-4.2", "destination": "destroy"}
_EVALUATED: Final = {
    "year": 2019,
    "heldOn": "2019-12",
    "kpiResults": [{"kpiId": "k1", "value": "-12.50"}],
    "findings": _TEXT,
    "improvementPoints": [{"text": _TEXT, "dueOn": "2020-06-30"}, {"text": _TEXT}],
}

Happened = Sequence[tuple[str, str, int, dict[str, Any]]]
"""Stream, type, version and data of each event."""

HAPPENED: Final[Happened] = (
    ("partner-p1", "PartnerAdded", 1, {"partnerId": "p1", "name": "Agoria", "kind": "federation", "enterpriseNumber": "0403170701", "addedOn": "2017-10-03"}),
    ("partner-p2", "PartnerAdded", 1, {"partnerId": "p2", "name": 'Œuvre "é" \\ / \u0001\u001f\u007f\u2028 \U0001d538\t\n'}),
    ("partner-p1", "PartnerRenamed", 1, {"partnerId": "p1", "name": "AGORIA", "effectiveOn": "2021-11-26", "effectiveOnKind": "by", "reason": _TEXT}),
    ("partner-p1", "PartnerAliasAdded", 1, {"partnerId": "p1", "name": "Agoria vzw", "kind": "spelling", "language": "nl"}),
    ("partner-p1", "ExecutingUnitAdded", 1, {"partnerId": "p1", "name": "Agoria Export", "effectiveOn": "2019"}),
    ("partner-p1", "PartnerSucceeded", 1, {"partnerId": "p1", "successorId": "p2", "kind": "merged", "effectiveOn": "2025-01-01", "reason": _TEXT}),
    ("partner-p1", "AccountManagerAssigned", 1, {"partnerId": "p1", "personId": "h1", "effectiveOn": "2019-03"}),
    ("enterpriseNumber-0403170701", "EnterpriseNumberReserved", 1, {"enterpriseNumber": "0403170701", "partnerId": "p1"}),
    ("enterpriseNumber-0403170701", "EnterpriseNumberReleased", 1, {"enterpriseNumber": "0403170701", "partnerId": "p1"}),
    ("person-h1", "PersonRegistered", 1, {"personId": "h1", "commitment": "d0" * 32}),
    ("cohort-c1", "CohortOpened", 1, {"cohortId": "c1", "name": "2017-2021", "runsFrom": "2017", "runsUntil": "2021-12-31"}),
    ("cohort-c2", "CohortOpened", 1, {
        "cohortId": "c2", "name": "2022-2026", "runsFrom": "2022", "runsUntil": "2026", "openedOn": "2021-11-26", "announcedPartnerCount": 15,
        "terms": {
            "coFinancing": [{"party": "agency", "share": "50.00"}, {"party": "partner", "share": "50.00"}],
            "consultationMonths": [3, 5, 6, 9], "evaluation": "yearly",
            "reminderOffsets": {"consultation": ["P30D", "-P7D"], "agreementEnd": ["P12M"]},
        },
        "predecessorId": "c1", "stayed": ["p1"], "joined": ["p2"], "left": [{"partnerId": "p3", "reason": _TEXT}, {"partnerId": "p4"}],
    }),
    ("cohort-c1", "CohortRenewed", 1, {"cohortId": "c1", "successorId": "c2", "renewedOn": "2021-11-26"}),
    ("cohort-c1", "CohortEvaluated", 1, {"cohortId": "c1", **_EVALUATED}),
    ("cohort-c1", "ImprovementPointReported", 1, {"cohortId": "c1", "text": _TEXT, "reportedOn": "2019-02-28", "dueOn": "2019"}),
    ("membership-c1", "PartnerJoinedCohort", 1, {"cohortId": "c1", "partnerId": "p1", "joinedOn": "2017-10-03"}),
    ("membership-c2", "PartnerStayedInCohort", 1, {"cohortId": "c2", "partnerId": "p1", "predecessorId": "c1", "stayedOn": "2021-11-26"}),
    ("membership-c1", "PartnerLeftCohort", 1, {"cohortId": "c1", "partnerId": "p3", "leftOn": "2021-11-26", "reason": _TEXT}),
    ("membership-c1", "MemberSigned", 1, {"cohortId": "c1", "partnerId": "p1", "agreementId": "a1", "signedOn": "2017-10-03"}),
    ("agreement-a1", "AgreementSigned", 1, {
        **_AGREEMENT, "signedOn": "2017-10-03", "runsFrom": "2017", "runsUntil": "2021-12-31", "ownTerm": True, "evaluation": "yearly",
        "place": "Errera House", "retroactive": True,
        "signatories": [{"personId": "h1", "forParty": "agency", "capacity": _TEXT}, {"personId": "h2", "forParty": "partner"}],
    }),
    ("agreement-a2", "AgreementSigned", 1, {"agreementId": "a2", "partnerId": "p2", "cohortId": "c1", "signedOn": "2017", "runsFrom": "2017", "runsUntil": "2021"}),
    ("agreement-a1", "AgreementTermsFollowed", 1, {"agreementId": "a1", "runsFrom": "2017-01-01", "runsUntil": "2021-12-31", "evaluation": "yearly"}),
    ("agreement-a1", "AgreementAmended", 1, {"agreementId": "a1", "effectiveOn": "2019-01-01", "runsUntil": "2022", "evaluation": "yearly", "summary": _TEXT, "reason": _TEXT}),
    ("agreement-a1", "AgreementTerminated", 1, {**_AGREEMENT, "effectiveOn": "2020-06-30", "reason": _TEXT}),
    ("agreement-a1", "AgreementRenewed", 1, {**_AGREEMENT, "successorCohortId": "c2", "renewedOn": "2021-11-26"}),
    ("agreement-a2", "AgreementNotRenewed", 1, {**_AGREEMENT, "decidedOn": "2021-11-26", "reason": _TEXT}),
    ("agreement-a1", "EvaluationHeld", 1, {"agreementId": "a1", **_EVALUATED}),
    ("agreement-a1", "KpiAgreed", 1, {"agreementId": "a1", "kpiId": "k1", "name": "Trade missions", "unit": "missions", "target": "12", "effectiveOn": "2018"}),
    ("agreement-a1", "KpiMeasured", 1, {"agreementId": "a1", "kpiId": "k1", "value": "11.5", "measuredOn": "2019-12-31"}),
    ("milestone-a1", "AgreementCommenced", 1, {**_AGREEMENT, "commencedOn": "2017"}),
    ("milestone-a1", "AgreementExpired", 1, {**_AGREEMENT, "expiredOn": "2021-12-31"}),
    ("consultation-m1", "ConsultationPlanned", 1, {**_MOMENT, "plannedOn": "2019-03", "place": "Brussels", "title": _TEXT, "reason": _TEXT}),
    ("consultation-m1", "ConsultationMoved", 1, {"consultationId": "m1", "movedOn": "2019-01-10", "startsAt": "2019-03-14T09:00:00+01:00", "place": "Ghent", "reason": _TEXT}),
    ("consultation-m1", "ConsultationHeld", 1, {"consultationId": "m1", "heldOn": "2019-03-14"}),
    ("consultation-m2", "ConsultationCancelled", 1, {"consultationId": "m2", "cancelledOn": "2019-04-01", "reason": _TEXT}),
    ("moments-c1:2019", "MomentReserved", 1, _MOMENT),
    ("moments-c1:2019", "MomentReleased", 1, _MOMENT),
    ("reminder-r1", "ReminderRaised", 1, {
        **_REMINDER, "kind": "agreementEnd", "subjectType": "agreement", "subjectId": "a1", "dueOn": "2026-12-31", "certain": False, "offset": "P30D",
        "timing": "upcoming", "recipient": "accountManager", "channel": "mail", "revision": 2, "raiseAt": "2026-12-01T00:00:00+01:00",
        "raisedOn": "2026-12-01", "supersedes": ["P12M", "P6M"],
    }),
    ("reminder-r0", "ReminderSuperseded", 1, {"reminderId": "r0", "obligation": "agreementEnd.a1", "offset": "P6M", "by": "r1", "supersededOn": "2026-12-01"}),
    ("reminder-r1", "ReminderAcknowledged", 1, {**_REMINDER, "acknowledgedOn": "2026-12-02"}),
    ("reminder-r1", "ReminderSnoozed", 1, {**_REMINDER, "until": "2026-12-05T09:00:00+01:00", "snoozedOn": "2026-12-02"}),
    ("claim-k1", "ClaimStated", 1, {
        "claimId": "k1", "subject": "c1", "subjectType": "cohort", "predicate": "signedOn", "value": "2017-10-03", "precision": "day",
        "source": "S0", "line": "12", "publishedOn": "2017-10-04",
    }),
    ("claim-k1", "ClaimChosen", 1, {"claimId": "k1", "chosenOn": "2026-12-01", "reason": _TEXT}),
    ("partner-p1", "EventCorrected", 1, {
        "position": 3, "correctedType": "PartnerRenamed", "correctedVersion": 1, "reason": _TEXT, "correctedEffectiveOn": "2021-11-20",
        "data": {"partnerId": "p1", "name": "AGORIA", "effectiveOn": "2021-11-20"},
    }),
    ("person-h9", "PersonRegistered", 1, {"personId": "h9", "commitment": "d1" * 32}),
    ("person-h9", "ErasureWished", 1, {**_ERASURE, "wishedBy": "token:k2", "wishedOn": "2027-01-04"}),
    ("person-h9", "LegalHoldPlaced", 1, {**_HOLD, "placedBy": "token:k1", "placedOn": "2027-01-05"}),
    ("person-h9", "LegalHoldLifted", 1, {**_HOLD, "liftedBy": "token:k1", "liftedOn": "2027-02-05"}),
    ("person-h9", "ErasureDeclined", 1, {**_ERASURE, "declinedOn": "2027-02-06", "reason": _TEXT}),
    ("person-h9", "ErasureRequested", 1, {**_REQUESTED, "requestId": "h9.2"}),
    ("person-h9", "PersonErased", 1, {**_REQUESTED, "requestId": "h9.2", "executedBy": "token:k3", "erasedOn": "2027-03-02"}),
    ("source-s1", "SourceDescribed", 1, {
        "sourceId": "s1", "document": "Antwoord op vraag 200", "kind": "parliamentaryAnswer", "publisher": "Vlaams Parlement",
        "publishedOn": "2019-02-28", "language": "nl", "sha256": "1178cdf2" * 8,
    }),
    ("authorityOrder-claims", "AuthorityOrdered", 1, {"kinds": ["deed", "parliamentaryAnswer", "partnerPage"], "orderedOn": "2026-12-03", "reason": _TEXT}),
    ("log-keys", "LogKeysReplaced", 1, {
        "retired": ["errera.example/log+45c51b9a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"],
        "introduced": ["errera.example/log+a1b2c3d4+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG5"], "replacedOn": "2027-03-03",
    }),
    ("log-keys", "LogBegunAnew", 1, {
        "lostOrigin": "errera.example/log", "lostSize": 1200, "lostRoot": "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "origin": "errera.example/log/2", "begunOn": "2027-03-04",
    }),
    ("retentionRule-agreement", "RetentionRuleSet", 1, {"kind": "agreement", "years": 10, "destination": "destroy", "selectionRule": "BO-4.2", "setOn": "2027-04-01"}),
    ("disposition-agreement:a1", "DispositionProposed", 1, {**_DISPOSITION, "countedFrom": "2017-03-31", "dueOn": "2027-03-31", "proposedOn": "2027-04-01"}),
    ("disposition-agreement:a1", "DispositionDeferred", 1, {"kind": "agreement", "subjectId": "a1", "until": "2028-04-01", "reason": _TEXT, "deferredBy": "token:k1", "deferredOn": "2027-04-02"}),
    ("disposition-agreement:a1", "DispositionApproved", 1, {**_DISPOSITION, "archivedAs": "RA 2027/14", "textIds": ["t8", "t9"], "approvedBy": "token:k1", "approvedOn": "2028-04-02"}),
    ("reminderPolicy-programme", "ReminderPolicySet", 1, {"scope": "programme", "offsets": {"evaluation": ["P60D"]}, "shift": "back", "quietHours": {"begins": "20:00", "ends": "07:00", "workingDaysOnly": True}, "escalation": [{"after": "P3D", "to": "deputy"}], "setOn": "2027-04-03"}),
    ("reminderPolicy-agreement:a1", "ReminderPolicySet", 1, {"scope": "agreement", "subjectId": "a1", "offsets": {"agreementEnd": []}, "setOn": "2027-04-03"}),
    ("agencyCalendar-days", "AgencyCalendarSet", 1, {"country": "BE", "closed": [{"name": "Feestdag van de Vlaamse Gemeenschap", "first": "--07-11"}, {"name": "Kerstverlof", "first": "--12-26", "last": "--12-31"}], "setOn": "2027-04-03"}),
    ("programme-people", "ProgrammeManagersNamed", 1, {"personIds": ["h1", "h2"], "namedOn": "2027-04-03"}),
    ("reminder-r1", "ReminderReturned", 1, {**_REMINDER, "returnedOn": "2026-12-05"}),
    ("reminder-r1", "ReminderEscalated", 1, {**_REMINDER, "step": 1, "role": "deputy", "to": "programmeManager", "escalatedOn": "2026-12-08"}),
)  # fmt: skip


def bodies(happened: Happened = HAPPENED) -> list[tuple[int, Any, bytes]]:
    """Number, event and body of each, under envelopes of all shapes."""
    versions: dict[str, int] = {}
    made = []
    for number, (stream, name, version, data) in enumerate(happened, 1):
        versions[stream] = versions.get(stream, 0) + 1
        event = CODEC.revive(name, version, data)
        context = Context(
            command_id=f"command-{number}",
            actor="person-h1",
            correlation_id=f"correlation-{number}" if number % 2 else None,
            causation_id=f"event-{number - 1}" if number % 3 == 0 else None,
            sources=(Source(document="S0", lines=("12", "14"), published_on="2017-10"),) if number % 5 == 0 else (),
        )
        pending = Pending(stream=stream, version=versions[stream], event_id=f"event-{number}", event=event)
        made.append((number, event, CODEC.encode(pending, context)))
    return made


def golden(file: Path = FILE) -> list[dict[str, Any]]:
    """What is fixed."""
    kept: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return kept


class FixedError(Exception):
    """An entry that is there would become another."""


def entries(happened: Happened = HAPPENED) -> list[dict[str, Any]]:
    """The events as entries of the file."""
    made = []
    for number, _, body in bodies(happened):
        whole = entry(number, BEGAN + number, body)
        made.append(
            {
                "position": number,
                "recordedAt": BEGAN + number,
                "entry": whole.decode(),
                "sha256": hashlib.sha256(whole).hexdigest(),
            }
        )
    return made


def add_what_is_new(file: Path = FILE, happened: Happened = HAPPENED) -> None:
    """Entries for events beyond those in the file. Raises FixedError."""
    kept, made = golden(file), entries(happened)
    for number, fixed in enumerate(kept, 1):
        if made[number - 1 : number] != [fixed]:
            raise FixedError(
                f"entry {number} would change, and entries are fixed for ever: put the events back as they were; new ones "
                "go at the end, and a changed shape is a new version of its type"
            )
    file.write_text(json.dumps(made, ensure_ascii=True, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        add_what_is_new()
    except FixedError as refusal:
        sys.exit(str(refusal))
