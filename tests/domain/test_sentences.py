"""Every event tells itself in one sentence, in Dutch and in English."""

from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, cast, get_args, get_origin

import msgspec
import pytest

from domain.labels import Language
from domain.sentences import AnyEvent, sentence
from domain.sentences.changes import changed
from events.catalogue import EVENT_TYPES
from events.catalogue import agreement as a
from events.catalogue import claim as q
from events.catalogue import cohort as c
from events.catalogue import consultation as m
from events.catalogue import partner as p
from events.catalogue import person as h
from events.catalogue import reminder as r
from events.catalogue.correction import EventCorrected
from events.catalogue.values import (
    AgreementId,
    ClaimId,
    CohortId,
    ConsultationId,
    Event,
    Instant,
    IsoDate,
    KpiId,
    PartnerId,
    PersonId,
    ReminderId,
    Share,
    TextRef,
)

ID: Final = "01jid"
SECRET: Final = "c0mm1tment"

NAMES: Final = {
    f"{ID}PartnerId": "Wolkenfabriek",
    f"{ID}CohortId": "2024-2027",
    f"{ID}AgreementId": "Wolkenfabriek",
    f"{ID}ConsultationId": "2026/2",
    f"{ID}KpiId": "Seminaries",
    f"{ID}PersonId": "An Voorbeeld",
    f"{ID}ClaimId": "aantal partners: 17",
}

PLAIN: Final[dict[type | object, Any]] = {
    IsoDate: "2019-03-05",
    Instant: "2027-03-29T09:30:00+02:00",
    Share: "62.50",
    int: 3,
    bool: True,
}
NAMED_FIELDS: Final = {
    "commitment": SECRET,
    "text_id": f"{ID}TextId",
    "data": {"name": f"{ID}Data"},
    "corrected_type": "AgreementSigned",
    "enterprise_number": "0123456749",
    "line": "14",
    "obligation": f"agreementEnd.{ID}AgreementId.2026",
    "offset": "-P7D",
    "predicate": "announcedPartnerCount",
    "reminder_offsets": {"evaluation": ("P3M", "P0D")},
    "offsets": {"evaluation": ("P3M",), "cohortEnd": ()},
    "to": "deputy",
    "share": "62.50",
    "source": "S3",
    "subject": f"{ID}CohortId",
    "subject_id": f"{ID}AgreementId",
    "subject_type": "agreement",
    "supersedes": (f"{ID}ReminderId",),
    "target": "12.5",
    "unit": "dagen",
    "value": "17.5",
}


def sample(cls: type[msgspec.Struct], *, full: bool) -> Any:
    """An event with a value in each field, or in the required ones only."""
    fields = [field for field in msgspec.structs.fields(cls) if full or field.required]
    return cls(**{field.name: value(field.name, field.type, full=full) for field in fields})


def value(name: str, kind: Any, *, full: bool) -> Any:
    """A value that fits the field's type; plain strings by the field's name."""
    if name in NAMED_FIELDS:
        return NAMED_FIELDS[name]
    if kind in PLAIN:
        return PLAIN[kind]
    if get_origin(kind) is Literal:
        return get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        return value(name, next(one for one in get_args(kind) if one is not NoneType), full=full)
    if get_origin(kind) is tuple:
        return (value(name, get_args(kind)[0], full=full),)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return sample(kind, full=full)
    if str(getattr(kind, "__name__", "")).endswith("Id"):
        return f"{ID}{kind.__name__}"
    return "mail" if name == "channel" else "iets"


SAMPLES: Final = [
    pytest.param(sample(cls, full=full), id=f"{name}-{'full' if full else 'least'}")
    for (name, _), cls in EVENT_TYPES.items()
    for full in (True, False)
]


def members(union: Any) -> set[type[Event]]:
    return set(get_args(union))


def test_an_event_without_a_sentence_is_noticed() -> None:
    assert members(AnyEvent) == set(EVENT_TYPES.values())


def test_an_event_that_nobody_considered_is_refused_not_skipped() -> None:
    class SomethingNew(Event, frozen=True, kw_only=True):
        pass

    with pytest.raises(AssertionError):
        sentence(cast("AnyEvent", SomethingNew()), "nl", {})


@pytest.mark.parametrize("event", SAMPLES)
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("names", [NAMES, {}], ids=["named", "nameless"])
def test_a_sentence_is_whole_and_shows_no_id(event: AnyEvent, language: Language, names: dict[str, str]) -> None:
    told = sentence(event, language, names)

    assert told[0].isupper()
    assert told.endswith(".")
    assert not told.endswith("..")
    assert "\n" not in told
    assert "  " not in told
    for wrong in ("None", "{", "}", ID, SECRET, " ;", " .", "; ;", "()"):
        assert wrong not in told, told


SIGNED: Final[dict[str, Any]] = {"agreementId": "a", "signedOn": "2017-10-03", "runsUntil": "2021", "place": "Brussel"}
CORRECTED: Final[Sequence[tuple[dict[str, Any], dict[str, Any], str, str]]] = [
    (
        SIGNED,
        {**SIGNED, "runsUntil": "2022-12-31"},
        '"loopt tot en met" van 2021 naar 31 december 2022',
        '"runs until" from 2021 to 31 December 2022',
    ),
    (
        SIGNED,
        {"agreementId": "a", "signedOn": "2017-10", "runsUntil": "2021", "ownTerm": True},
        (
            '"ondertekend op" van 3 oktober 2017 naar oktober 2017; "plaats" van "Brussel" naar niets; '
            '"eigen looptijd" van niets naar ja'
        ),
        (
            '"signed on" from 3 October 2017 to October 2017; "place" from "Brussel" to nothing; '
            '"term of its own" from nothing to yes'
        ),
    ),
    (
        {"name": "Agoria", "enterpriseNumber": "0123456749", "kind": "federation", "effectiveOnKind": "on"},
        {"name": "AGORIA", "enterpriseNumber": "0123456749", "kind": "sectorFederation", "effectiveOnKind": "by"},
        (
            '"naam" van "Agoria" naar "AGORIA"; "soort" van federatie naar sectorfederatie; '
            '"op of ten laatste op" van op naar ten laatste op'
        ),
        '"name" from "Agoria" to "AGORIA"; "kind" from federation to sector federation; "on or by" from on to by',
    ),
    (
        {"terms": {"evaluation": "yearly", "coFinancing": [{"party": "agency", "share": "50.00"}]}},
        {"terms": {"coFinancing": [{"party": "agency", "share": "60.00"}], "consultationMonths": [3, 5]}},
        (
            '"ritme van de evaluatie" van jaarlijks naar niets; "cofinanciering" van agentschap 50% naar agentschap 60%; '
            '"maanden van overlegmomenten" van niets naar maart en mei'
        ),
        (
            '"how often an evaluation" from yearly to nothing; "co-financing" from agency 50% to agency 60%; '
            '"months of consultation moments" from nothing to March and May'
        ),
    ),
    (
        {"startsAt": "2027-03-29T09:30:00+02:00", "enterpriseNumber": "0123456749"},
        {},
        '"begint om" van 29 maart 2027 om 9.30 uur naar niets; "ondernemingsnummer" van 0123.456.749 naar niets',
        '"starts at" from 29 March 2027 at 09:30 to nothing; "enterprise number" from 0123.456.749 to nothing',
    ),
    ({"runsUntil": "2021"}, {"runsUntil": "yesterday"}, '"loopt tot en met" gewijzigd', '"runs until" changed'),
]


@pytest.mark.parametrize(("before", "after", "nl", "en"), CORRECTED)
def test_a_correction_says_which_field_from_what_to_what(
    before: dict[str, Any], after: dict[str, Any], nl: str, en: str
) -> None:
    event = EventCorrected(position=12, corrected_type="CohortOpened", corrected_version=1, data=after, reason=TEXT)
    changes = changed(before, after)
    assert sentence(event, "nl", {}, changes).endswith(f"rechtgezet (reden in het dossier): {nl}.")
    assert sentence(event, "en", {}, changes).endswith(f"corrected (reason on file): {en}.")


@pytest.mark.parametrize(
    ("field", "before", "after", "en"),
    [
        ("personId", SECRET, f"{SECRET}2", "person"),
        ("findings", {"textId": SECRET, "commitment": "c"}, {"textId": f"{SECRET}2", "commitment": "c"}, "findings"),
        ("improvementPoints", [{"text": {"textId": SECRET, "commitment": "c"}}], [], "improvement points"),
        ("somethingNew", SECRET, None, "something new"),
    ],
)
def test_of_persons_prose_and_what_nobody_foresaw_only_the_field_is_named(
    field: str, before: Any, after: Any, en: str
) -> None:
    event = EventCorrected(position=12, corrected_type="CohortOpened", corrected_version=1, data={}, reason=TEXT)
    for language in get_args(Language):
        assert SECRET not in sentence(event, language, {}, changed({field: before}, {field: after}))
    assert f': "{en}" changed.' in sentence(event, "en", {}, changed({field: before}, {field: after}))


@pytest.mark.parametrize("event", SAMPLES)
def test_dutch_is_not_english(event: AnyEvent) -> None:
    assert sentence(event, "nl", NAMES) != sentence(event, "en", NAMES)


@pytest.mark.parametrize("event", SAMPLES)
def test_no_sentence_begins_with_a_name(event: AnyEvent) -> None:
    """Some partners write theirs in lower case; a capital of ours would change it."""
    names = dict.fromkeys(NAMES, "wolkenfabriek")
    for language in get_args(Language):
        assert not sentence(event, language, names).startswith("Wolkenfabriek")


DAY: Final = IsoDate("2017-10-03")
PARTNER: Final = PartnerId(f"{ID}PartnerId")
COHORT: Final = CohortId(f"{ID}CohortId")
AGREEMENT: Final = AgreementId(f"{ID}AgreementId")
MOMENT: Final = ConsultationId(f"{ID}ConsultationId")
KPI: Final = KpiId(f"{ID}KpiId")
PERSON: Final = PersonId(f"{ID}PersonId")
TEXT: Final = TextRef(text_id=f"{ID}TextId", commitment=SECRET)

TOLD: Final[list[tuple[AnyEvent, str, str]]] = [
    (
        p.PartnerAdded(
            partner_id=PARTNER, name="wolkenfabriek", kind="sectorFederation", enterprise_number="0123456749"
        ),
        "Partner wolkenfabriek (sectorfederatie, ondernemingsnummer 0123.456.749) werd in het register opgenomen.",
        "Partner wolkenfabriek (sector federation, enterprise number 0123.456.749) was added to the register.",
    ),
    (
        p.PartnerRenamed(
            partner_id=PARTNER, name="Wolk", effective_on=IsoDate("2021-11-26"), effective_on_kind="by", reason=TEXT
        ),
        'Partner Wolkenfabriek droeg ten laatste op 26 november 2021 de naam "Wolk" (reden in het dossier).',
        'Partner Wolkenfabriek bore the name "Wolk" by 26 November 2021 (reason on file).',
    ),
    (
        p.PartnerRenamed(partner_id=PARTNER, name="Wolkenfabriek", effective_on=IsoDate("2019-03")),
        'De partner draagt vanaf maart 2019 de naam "Wolkenfabriek".',
        'The partner is named "Wolkenfabriek" from March 2019.',
    ),
    (
        p.AccountManagerAssigned(partner_id=PARTNER, person_id=PERSON, effective_on=DAY),
        "Vanaf 3 oktober 2017 is An Voorbeeld accountmanager van partner Wolkenfabriek.",
        "From 3 October 2017 An Voorbeeld is the account manager of partner Wolkenfabriek.",
    ),
    (
        h.PersonRegistered(person_id=PersonId("01jgone"), commitment=SECRET),
        "In de kluis werd een persoon opgenomen: een gewiste persoon.",
        "A person was entered in the vault: an erased person.",
    ),
    (
        c.CohortOpened(
            cohort_id=CohortId("new"),
            name="2028-2031",
            runs_from=IsoDate("2028-01-01"),
            runs_until=IsoDate("2031"),
            opened_on=DAY,
            announced_partner_count=3,
            terms=c.Terms(
                co_financing=(
                    c.FinancingShare(party="agency", share=Share("62.50")),
                    c.FinancingShare(party="partner", share=Share("37.50")),
                ),
                consultation_months=(3, 5, 6, 9),
                evaluation="yearly",
                reminder_offsets={"evaluation": ("P3M", "-P7D")},
            ),
            predecessor_id=COHORT,
            stayed=(PARTNER,),
            joined=(PartnerId("b"), PartnerId("c")),
        ),
        (
            "Cohorte 2028-2031 werd op 3 oktober 2017 geopend en loopt van 1 januari 2028 tot en met 2031; aangekondigd "
            "aantal partners: 3; cofinanciering: agentschap 62,5% en partner 37,5%; overlegmomenten in maart, mei, juni en "
            'september; met jaarlijkse evaluatie; herinneringen "evaluatie": 3 maanden op voorhand en 7 dagen na de datum; '
            "als opvolger van cohorte 2024-2027: 1 gebleven en 2 toegetreden."
        ),
        (
            "Cohort 2028-2031 was opened on 3 October 2017 and runs from 1 January 2028 to 2031; announced number of "
            "partners: 3; co-financing: agency 62.5% and partner 37.5%; consultation moments in March, May, June and "
            'September; with a yearly evaluation; reminders "evaluation": 3 months ahead and 7 days after the date; as the '
            "successor of cohort 2024-2027: 1 stayed and 2 joined."
        ),
    ),
    (
        a.AgreementSigned(
            agreement_id=AGREEMENT,
            cohort_id=COHORT,
            partner_id=PARTNER,
            signed_on=DAY,
            runs_from=IsoDate("2017"),
            runs_until=IsoDate("2021"),
            place="Huis met de Pijl, Vaartstad",
            signatories=(
                a.Signatory(person_id=PERSON, for_party="agency"),
                a.Signatory(person_id=PersonId("01jgone"), for_party="partner"),
            ),
        ),
        (
            "De overeenkomst met Wolkenfabriek in cohorte 2024-2027 werd op 3 oktober 2017 ondertekend en loopt van 2017 "
            "tot en met 2021; plaats: Huis met de Pijl, Vaartstad; ondertekenaars: voor het agentschap An Voorbeeld en voor "
            "de partner een gewiste persoon."
        ),
        (
            "The agreement with Wolkenfabriek in cohort 2024-2027 was signed on 3 October 2017 and runs from 2017 to 2021; "
            "place: Huis met de Pijl, Vaartstad; signatories: for the agency An Voorbeeld and for the partner an erased "
            "person."
        ),
    ),
    (
        a.EvaluationHeld(
            agreement_id=AGREEMENT,
            year=2026,
            held_on=IsoDate("2026-12-10"),
            kpi_results=(c.KpiResult(kpi_id=KPI, value="12.5"),),
            findings=TEXT,
            improvement_points=(
                c.ImprovementPoint(text=TEXT, due_on=IsoDate("2027-06")),
                c.ImprovementPoint(text=TEXT),
            ),
        ),
        (
            "De evaluatie van de overeenkomst met Wolkenfabriek over 2026 vond op 10 december 2026 plaats; KPI Seminaries: "
            "12,5; met bevindingen in het dossier; met 2 verbeterpunten in het dossier, ten laatste in juni 2027."
        ),
        (
            "The evaluation of the agreement with Wolkenfabriek for 2026 was held on 10 December 2026; KPI Seminaries: 12.5; "
            "with findings on file; with 2 improvement points on file, by June 2027."
        ),
    ),
    (
        a.KpiAgreed(agreement_id=AGREEMENT, kpi_id=KPI, name="Missies", unit="missies", target="4", effective_on=DAY),
        'In de overeenkomst met Wolkenfabriek is vanaf 3 oktober 2017 de KPI "Missies" afgesproken; doel: 4 missies.',
        'The KPI "Missies" is agreed in the agreement with Wolkenfabriek from 3 October 2017; target: 4 missies.',
    ),
    (
        m.ConsultationPlanned(
            cohort_id=COHORT, consultation_id=MOMENT, year=2026, ordinal=2, planned_on=IsoDate("2026-05")
        ),
        "Het 2e overlegmoment van 2026 van cohorte 2024-2027 is gepland in mei 2026 (dag nog vast te leggen).",
        "The 2nd consultation moment of 2026 of cohort 2024-2027 is planned in May 2026 (day to be fixed).",
    ),
    (
        m.ConsultationMoved(
            consultation_id=MOMENT, moved_on=DAY, starts_at=Instant("2026-05-19T09:00:00+02:00"), reason=TEXT
        ),
        "Overlegmoment 2026/2 werd op 3 oktober 2017 verplaatst en is nu op 19 mei 2026 om 9 uur (reden in het dossier).",
        "Consultation moment 2026/2 was moved on 3 October 2017 and is now on 19 May 2026 at 09:00 (reason on file).",
    ),
    (
        r.ReminderRaised(
            reminder_id=ReminderId("x"),
            obligation="agreementEnd.x",
            kind="agreementEnd",
            subject_type="agreement",
            subject_id=AGREEMENT,
            due_on=IsoDate("2026-12-31"),
            certain=False,
            offset="P3M",
            timing="upcoming",
            recipient="accountManager",
            channel="mail",
            revision=1,
            raise_at=Instant("2026-09-30T00:00:00+02:00"),
            raised_on=IsoDate("2026-09-30"),
        ),
        (
            'Op 30 september 2026 werd een herinnering "einde van de overeenkomst" opgemaakt voor de accountmanager: de '
            "overeenkomst met Wolkenfabriek, ten laatste op 31 december 2026 (3 maanden op voorhand, op komst, via e-mail)."
        ),
        (
            'On 30 September 2026 a reminder "end of the agreement" was raised for the account manager: the agreement with '
            "Wolkenfabriek, by 31 December 2026 (3 months ahead, upcoming, by e-mail)."
        ),
    ),
    (
        q.ClaimStated(
            claim_id=ClaimId("x"),
            subject=COHORT,
            subject_type="cohort",
            predicate="runsUntil",
            value="2021-12",
            precision="month",
            source="S3",
            line="14",
            published_on=IsoDate("2019-02-28"),
        ),
        (
            "Een bron (S3, regel 14, gepubliceerd op 28 februari 2019) doet een bewering over cohorte 2024-2027: einde van "
            'de looptijd "december 2021".'
        ),
        (
            "A source (S3, line 14, published on 28 February 2019) makes a claim about cohort 2024-2027: end of the term "
            '"December 2021".'
        ),
    ),
    (
        EventCorrected(position=12, corrected_type="AgreementSigned", corrected_version=1, data={}, reason=TEXT),
        'De gebeurtenis "Overeenkomst ondertekend" op positie 12 werd rechtgezet (reden in het dossier).',
        'The event "Agreement signed" at position 12 was corrected (reason on file).',
    ),
]


@pytest.mark.parametrize(("event", "nl", "en"), TOLD, ids=[type(event).__name__ for event, _, _ in TOLD])
def test_what_a_person_reads(event: AnyEvent, nl: str, en: str) -> None:
    assert sentence(event, "nl", NAMES) == nl
    assert sentence(event, "en", NAMES) == en


def test_a_full_stop_in_a_name_is_not_doubled() -> None:
    event = p.PartnerSucceeded(
        partner_id=PARTNER, successor_id=PartnerId("b"), kind="merged", effective_on=DAY, reason=None
    )
    joined = c.PartnerJoinedCohort(cohort_id=COHORT, partner_id=PARTNER, joined_on=DAY)

    assert sentence(event, "nl", {"b": "Wolk e.a."}).endswith("partner Wolk e.a., door fusie.")
    assert sentence(
        c.CohortRenewed(cohort_id=COHORT, successor_id=CohortId("b"), renewed_on=DAY), "nl", {"b": "Wolk e.a."}
    ).endswith("cohorte Wolk e.a.")
    assert sentence(joined, "en", {}) == "A partner joined a cohort on 3 October 2017."
