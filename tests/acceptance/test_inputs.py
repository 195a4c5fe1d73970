"""Bad input and what it gets: never a 5xx, never anything written, and the field is named."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.acceptance.world import Json, World, everything, open_world, refused, written

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANY = {"If-Match": "*"}
TAKEN = "0123456749"
FREE = "1999999250"


@dataclass(frozen=True)
class Place:
    """A small programme: one cohort that runs, one that was renewed, two partners, an agreement, moments."""

    world: World
    client: httpx.AsyncClient
    ids: Mapping[str, str]

    def fill(self, value: Any) -> Any:
        match value:
            case str() if value.startswith("@"):
                return self.ids[value[1:]]
            case dict():
                return {name: self.fill(one) for name, one in value.items()}
            case list():
                return [self.fill(one) for one in value]
            case _:
                return value

    def address(self, call: str) -> str:
        return call.format_map(self.ids)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Place]:
    folder = tmp_path_factory.mktemp("place") / "data"
    async with open_world(folder) as world:
        client = await world.client()

        async def make(address: str, body: Json) -> str:
            return str(written(await client.post(address, json=body, headers=ANY))["href"].rsplit("/", 1)[1])

        cohort = await make("/v1/cohorts", {"name": "Vaart", "runsFrom": "2024-01-01", "runsUntil": "2027-12-31"})
        partner = await make("/v1/partners", {"name": "Voka", "enterpriseNumber": TAKEN})
        other = await make("/v1/partners", {"name": "Unizo"})
        free = await make("/v1/partners", {"name": "Agoria"})
        person = await make("/v1/persons", {"name": "Ada Verzonnen"})
        signed = {"cohortId": cohort, "signedOn": "2023-12-11"}
        agreement = await make("/v1/agreements", {**signed, "partnerId": partner})
        await make("/v1/agreements", {**signed, "partnerId": other})
        kpi_address = f"/v1/agreements/{agreement}/kpis"
        kpi = (await client.post(kpi_address, json={"name": "missies"})).json()["kpis"][0]["kpiId"]
        await make(f"/v1/agreements/{agreement}/evaluations", {"year": 2025, "heldOn": "2026-02-10"})
        moments = [
            await make("/v1/consultations", {"cohortId": cohort, "year": 2026, "plannedOn": f"2026-{month}"})
            for month in ("03", "05", "06", "09")
        ]
        await make(f"/v1/consultations/{moments[0]}/holdings", {"heldOn": "2026-03-10"})
        old = await make("/v1/cohorts", {"name": "Oud", "runsFrom": "2018", "runsUntil": "2020"})
        new = {"name": "Nieuw", "runsFrom": "2021", "runsUntil": "2023"}
        await make(f"/v1/cohorts/{old}/renewals", new)
        reserved = {"Idempotency-Key": "taken"}
        await client.post("/v1/partners", json={"name": "Eerst"}, headers=reserved)
        registered = (await everything(client, f"/v1/agreements/{agreement}/history"))[0]
        ids = {
            "cohort": cohort, "partner": partner, "other": other, "free": free, "person": person, "agreement": agreement,
            "kpi": kpi, "held": moments[0], "moment": moments[1], "old": old, "signed": str(registered["position"]),
        }  # fmt: skip
        yield Place(world, client, ids)


@dataclass(frozen=True)
class Case:
    """A call, and what it gets: `code` is the problem's or an issue's, `name` the field that the issue names."""

    title: str
    call: str
    body: Any
    code: str
    name: str | None = None
    status: int = 400
    headers: Mapping[str, str] = field(default_factory=lambda: ANY)


def with_(base: Json, **changes: Any) -> Json:
    return {**base, **changes}


PARTNER = {"name": "Nieuwe partner"}
COHORT = {"name": "Nieuwe cohorte", "runsFrom": "2024-01-01", "runsUntil": "2027-12-31"}
SIGN = {"cohortId": "@cohort", "partnerId": "@free", "signedOn": "2023-12-01"}
PLAN = {"cohortId": "@cohort", "year": 2027, "plannedOn": "2027-03"}
CLAIM = {"subject": {"type": "programme"}, "predicate": "motto", "value": "x", "source": "S"}
RENAME = {"name": "Andere naam", "effectiveOn": "2026-01-01"}
EVALUATE = {"year": 2024, "heldOn": "2025-02-10"}
RENEW = {"name": "Volgende", "runsFrom": "2028-01-01", "runsUntil": "2031-12-31", "stays": ["@partner", "@other"]}

AGREEMENT = "/v1/agreements/{agreement}"
RENAMINGS = "/v1/partners/{partner}/renamings"


def shares(*parts: Any) -> Json:
    return with_(COHORT, terms={"coFinancing": [{"party": party, "share": share} for party, share in parts]})


def date_cases() -> list[Case]:
    wrong: list[tuple[Any, str]] = [
        ("2026-02-29", "date.invalid"),
        ("2026-13", "date.invalid"),
        ("2026-00", "date.invalid"),
        ("2026-04-31", "date.invalid"),
        (0, "field.notText"),
        (2026, "field.notText"),
        (None, "field.notText"),
        (True, "field.notText"),
        ("0001-01-01", "date.outsideRange"),
        ("9999-12-31", "date.outsideRange"),
        ("0001", "date.outsideRange"),
        ("9999", "date.outsideRange"),
        ("\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661", "date.invalid"),
        ("2026-01-01T00:00:00Z", "date.invalid"),
        ("01/02/2026", "date.invalid"),
        ("2026-1-1", "date.invalid"),
        (" 2026-01-01", "date.invalid"),
        ("2026-W01-1", "date.invalid"),
        ("", "date.invalid"),
        ("2026-01-01\n", "date.invalid"),
        ("2026-01-01" * 50, "text.tooLong"),
    ]
    return [
        Case(f"{place} {value!r}"[:60], call, with_(body, **{place: value}), code, place)
        for value, code in wrong
        for call, body, place in (
            (RENAMINGS, RENAME, "effectiveOn"),
            ("/v1/agreements", SIGN, "signedOn"),
            (f"{AGREEMENT}/evaluations", EVALUATE, "heldOn"),
        )
    ]


def text_cases() -> list[Case]:
    wrong: list[tuple[Any, str]] = [
        ("", "text.blank"),
        ("   ", "text.blank"),
        ("\u00a0\u00a0", "text.blank"),
        ("a\u0000b", "text.forbiddenCharacter"),
        ("a\u202eb", "text.forbiddenCharacter"),
        ("a\u2066b", "text.forbiddenCharacter"),
        ("a\u200bb", "text.forbiddenCharacter"),
        ("a\ufeffb", "text.forbiddenCharacter"),
        ("a\nb", "text.forbiddenCharacter"),
        ("a\tb", "text.forbiddenCharacter"),
        ("x" * 201, "text.tooLong"),
        (7, "field.notText"),
        (["x"], "field.notText"),
        ({}, "field.notText"),
        (None, "field.notText"),
    ]
    calls: list[tuple[str, Json]] = [
        ("/v1/partners", PARTNER),
        ("/v1/cohorts", COHORT),
        (RENAMINGS, RENAME),
        ("/v1/persons", {}),
        (f"{AGREEMENT}/kpis", {}),
    ]
    return [
        Case(f"name {call} {value!r}"[:70], call, with_(body, name=value), code, "name")
        for value, code in wrong
        for call, body in calls
    ]


CASES = [
    *date_cases(),
    *text_cases(),
    # Instants
    Case("naive instant", "/v1/consultations", {"cohortId": "@cohort", "year": 2027, "startsAt": "2027-03-28T14:00:00"}, "instant.noOffset", "startsAt"),
    Case("instant that is none", "/v1/consultations", {"cohortId": "@cohort", "year": 2027, "startsAt": "2027-02-30T14:00:00Z"}, "instant.invalid", "startsAt"),
    Case("offset of days", "/v1/consultations", {"cohortId": "@cohort", "year": 2027, "startsAt": "2027-02-03T14:00:00+99:00"}, "instant.invalid", "startsAt"),
    Case("a day as an instant", "/v1/consultations", {"cohortId": "@cohort", "year": 2027, "startsAt": "2027-02-03"}, "instant.invalid", "startsAt"),
    # Periods
    Case("end before start", "/v1/cohorts", with_(COHORT, runsUntil="2023-12-31"), "period.endBeforeStart", "runsUntil"),
    Case("end on start", "/v1/cohorts", with_(COHORT, runsUntil="2024-01-01"), "period.endBeforeStart", "runsUntil"),
    Case("own term backwards", "/v1/agreements", with_(SIGN, runsFrom="2025", runsUntil="2024"), "period.endBeforeStart", "runsUntil"),
    Case("amended to before its start", f"{AGREEMENT}/amendments", {"effectiveOn": "2025-01-01", "runsUntil": "2023"}, "period.endBeforeStart", "runsUntil"),
    # Evaluations and signing
    Case("year before the term", f"{AGREEMENT}/evaluations", {"year": 2023, "heldOn": "2024"}, "evaluation.yearOutsideTerm", "year"),
    Case("year after the term", f"{AGREEMENT}/evaluations", {"year": 2028, "heldOn": "2028"}, "evaluation.yearOutsideTerm", "year"),
    Case("cohort, year outside", "/v1/cohorts/{cohort}/evaluations", {"year": 2030, "heldOn": "2026"}, "evaluation.yearOutsideTerm", "year"),
    Case("held before its year", f"{AGREEMENT}/evaluations", {"year": 2024, "heldOn": "2023-12-31"}, "evaluation.beforeYear", "heldOn"),
    Case("a year as text", f"{AGREEMENT}/evaluations", {"year": "2024", "heldOn": "2025"}, "field.notWholeNumber", "year"),
    Case("a year with a fraction", f"{AGREEMENT}/evaluations", {"year": 2024.5, "heldOn": "2025"}, "field.notWholeNumber", "year"),
    Case("a huge year", f"{AGREEMENT}/evaluations", {"year": 2**62, "heldOn": "2025"}, "evaluation.yearOutsideTerm", "year"),
    Case("a negative year", f"{AGREEMENT}/evaluations", {"year": -1, "heldOn": "2025"}, "evaluation.yearOutsideTerm", "year"),
    Case("signed after the start", "/v1/agreements", with_(SIGN, signedOn="2024-06-01"), "agreement.signedAfterStart", "signedOn"),
    Case("no such cohort", "/v1/agreements", with_(SIGN, cohortId="nobody"), "cohort.notKnown", "cohortId"),
    Case("no such partner", "/v1/agreements", with_(SIGN, partnerId="nobody"), "partner.notKnown", "partnerId"),
    Case("no such signatory", "/v1/agreements", with_(SIGN, signatories=[{"personId": "nobody", "forParty": "agency"}]), "person.notKnown", "signatories"),
    Case("a signatory for nobody", "/v1/agreements", with_(SIGN, signatories=[{"personId": "@person", "forParty": "both"}]), "field.notOneOf", "signatories[0].forParty"),
    Case("an id with a space", "/v1/agreements", with_(SIGN, partnerId="a b"), "id.invalid", "partnerId"),
    Case("an empty id", "/v1/agreements", with_(SIGN, partnerId=""), "id.invalid", "partnerId"),
    # Enterprise numbers
    Case("check digit", "/v1/partners", with_(PARTNER, enterpriseNumber="0123456748"), "enterpriseNumber.invalid", "enterpriseNumber"),
    Case("letters", "/v1/partners", with_(PARTNER, enterpriseNumber="01234567AB"), "enterpriseNumber.invalid", "enterpriseNumber"),
    Case("Arabic-Indic digits", "/v1/partners", with_(PARTNER, enterpriseNumber="\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0664\u0669"), "enterpriseNumber.invalid", "enterpriseNumber"),
    Case("too short", "/v1/partners", with_(PARTNER, enterpriseNumber="123456749"), "enterpriseNumber.invalid", "enterpriseNumber"),
    Case("a number", "/v1/partners", with_(PARTNER, enterpriseNumber=123456749), "field.notText", "enterpriseNumber"),
    Case("taken", "/v1/partners", with_(PARTNER, enterpriseNumber="BE 0123.456.749"), "partner.enterpriseNumberTaken", status=409),
    Case("an unknown kind", "/v1/partners", with_(PARTNER, kind="club"), "field.notOneOf", "kind"),
    # Figures
    *(
        Case(f"figure {value!r}", f"{AGREEMENT}/kpiMeasurements", {"kpiId": "@kpi", "value": value, "measuredOn": "2025"}, code, "value")
        for value, code in (
            (1.5, "field.notText"), (7, "field.notText"), ("1E+1000000", "decimal.invalid"), ("NaN", "decimal.invalid"),
            ("Infinity", "decimal.invalid"), ("1,5", "decimal.invalid"), ("\u0661", "decimal.invalid"), ("", "decimal.invalid"),
            ("1.1234567", "decimal.invalid"), ("9" * 100, "text.tooLong"), ("1_000", "decimal.invalid"), (" 1", "decimal.invalid"),
        )
    ),
    Case("no such KPI", f"{AGREEMENT}/kpiMeasurements", {"kpiId": "nobody", "value": "1", "measuredOn": "2025"}, "kpi.unknown", "kpiId"),
    # Shares
    *(
        Case(f"shares {parts!r}", "/v1/cohorts", shares(*parts), code, name)
        for parts, code, name in (
            ((("agency", "50.00"), ("partner", "49.99")), "shares.notWhole", "terms.coFinancing"),
            ((("agency", "50.01"), ("partner", "50.00")), "shares.notWhole", "terms.coFinancing"),
            ((("agency", "-10"), ("partner", "110")), "share.invalid", "terms.coFinancing[0].share"),
            ((("agency", "50.001"), ("partner", "49.999")), "share.invalid", "terms.coFinancing[0].share"),
            ((("agency", 50.0), ("partner", 50.0)), "field.notText", "terms.coFinancing[0].share"),
            ((("agency", "5E1"), ("partner", "50")), "share.invalid", "terms.coFinancing[0].share"),
            ((("agency", "50"), ("agency", "50")), "shares.partyTwice", "terms.coFinancing"),
            ((("agency", "33.33"), ("partner", "33.33")), "shares.notWhole", "terms.coFinancing"),
            ((("agency", "33.33"), ("partner", "33.33"), ("partner", "33.33")), "list.tooLong", "terms.coFinancing"),
            ((("third", "50"), ("partner", "50")), "field.notOneOf", "terms.coFinancing[0].party"),
        )
    ),
    Case("month 13", "/v1/cohorts", with_(COHORT, terms={"consultationMonths": [3, 13]}), "months.invalid", "terms.consultationMonths"),
    Case("a month twice", "/v1/cohorts", with_(COHORT, terms={"consultationMonths": [3, 3]}), "months.invalid", "terms.consultationMonths"),
    Case("an offset that is none", "/v1/cohorts", with_(COHORT, terms={"reminderOffsets": {"consultation": ["P1H"]}}), "offset.invalid"),
    Case("an unknown reminder kind", "/v1/cohorts", with_(COHORT, terms={"reminderOffsets": {"party": ["P1D"]}}), "field.notOneOf"),
    Case("a negative count", "/v1/cohorts", with_(COHORT, announcedPartnerCount=-1), "field.outOfRange", "announcedPartnerCount"),
    Case("a count as text", "/v1/cohorts", with_(COHORT, announcedPartnerCount="17"), "field.notWholeNumber", "announcedPartnerCount"),
    Case("a switch as text", "/v1/agreements", with_(SIGN, retroactive="true"), "field.notBoolean", "retroactive"),
    # Shape
    Case("an unknown field", "/v1/partners", with_(PARTNER, nickname="x"), "field.unknown", "nickname"),
    Case("an unknown field inside", "/v1/cohorts", with_(COHORT, terms={"colour": "x"}), "field.unknown", "terms.colour"),
    Case("a field in snake case", "/v1/partners", with_(PARTNER, added_on="2026"), "field.unknown", "added_on"),
    Case("a missing field", "/v1/partners", {}, "field.missing", "name"),
    Case("a list of ten thousand", "/v1/cohorts/{cohort}/renewals", with_(RENEW, joins=["x"] * 10_000), "list.tooLong", "joins"),
    Case("a list too long for the field", "/v1/cohorts", with_(COHORT, terms={"consultationMonths": list(range(1, 14))}), "list.tooLong", "terms.consultationMonths"),
    Case("a text for a list", "/v1/cohorts/{cohort}/renewals", with_(RENEW, joins="x"), "field.notList", "joins"),
    Case("a list for an object", "/v1/cohorts", with_(COHORT, terms=[]), "field.notObject", "terms"),
    Case("a body that is a list", "/v1/partners", [PARTNER], "field.notObject"),
    Case("a body that is null", "/v1/partners", None, "field.missing"),
    # Addresses and words
    *(
        Case(f"e-mail {email!r}", "/v1/persons", {"name": "Ada", "email": email}, "email.invalid", "email")
        for email in ("a@b", "ada", "ada@example.org\r\nBcc: x@example.org", "ada@example.org\n", "a b@example.org", "", "a@example.org,b@example.org", "x" * 250 + "@example.org")
    ),
    Case("a predicate of two words", "/v1/claims", with_(CLAIM, predicate="listed partners"), "code.invalid", "predicate"),
    Case("a claim without a source", "/v1/claims", {name: CLAIM[name] for name in CLAIM if name != "source"}, "claim.sourceNeeded", "source"),
    Case("a line below one", "/v1/claims", with_(CLAIM, line=0), "field.outOfRange"),
    Case("a language that is none", "/v1/partners/{partner}/aliases", {"name": "VOKA", "language": "dutch"}, "field.invalid", "language"),
    # Consultations
    Case("no date at all", "/v1/consultations", {"cohortId": "@cohort", "year": 2027}, "consultation.whenNeeded", "plannedOn"),
    Case("two dates", "/v1/consultations", with_(PLAN, startsAt="2027-03-03T10:00:00+01:00"), "consultation.whenTwice", "plannedOn"),
    Case("a date in another year", "/v1/consultations", with_(PLAN, plannedOn="2026-03"), "consultation.dateOutsideYear", "plannedOn"),
    Case("a year outside the term", "/v1/consultations", with_(PLAN, year=2030, plannedOn="2030-03"), "consultation.yearOutsideTerm", "year"),
    Case("a huge year of a moment", "/v1/consultations", with_(PLAN, year=10**18), "consultation.dateOutsideYear", "plannedOn"),
    Case("ordinal 0", "/v1/consultations", with_(PLAN, ordinal=0), "field.outOfRange", "ordinal"),
    Case("a fifth without a reason", "/v1/consultations", {"cohortId": "@cohort", "year": 2026, "plannedOn": "2026-11"}, "consultation.reasonNeeded", status=409),
    Case("an ordinal that is taken", "/v1/consultations", {"cohortId": "@cohort", "year": 2026, "ordinal": 1, "plannedOn": "2026-11"}, "consultation.ordinalTaken", status=409),
    Case("moved without a date", "/v1/consultations/{moment}/movings", {"reason": "x"}, "consultation.whenNeeded", "plannedOn"),
    Case("moved to another year", "/v1/consultations/{moment}/movings", {"plannedOn": "2027-03"}, "consultation.dateOutsideYear", "plannedOn"),
    Case("held in the future", "/v1/consultations/{moment}/holdings", {"heldOn": "2026-12-24"}, "date.inFuture", "heldOn"),
    Case("held in a month", "/v1/consultations/{moment}/holdings", {"heldOn": "2026-05"}, "date.dayNeeded", "heldOn"),
    Case("moved after it was held", "/v1/consultations/{held}/movings", {"plannedOn": "2026-04"}, "consultation.alreadyHeld", status=409),
    Case("cancelled after it was held", "/v1/consultations/{held}/cancellations", {"reason": "x"}, "consultation.alreadyHeld", status=409),
    Case("cancelled without a reason", "/v1/consultations/{moment}/cancellations", {}, "field.missing", "reason"),
    # States that refuse
    Case("signing in a closed cohort", "/v1/agreements", with_(SIGN, cohortId="@old"), "agreement.cohortClosed", status=409),
    Case("signing with other content", "/v1/agreements", with_(SIGN, partnerId="@partner"), "agreement.alreadySigned", status=409),
    Case("renewing a closed cohort", "/v1/cohorts/{old}/renewals", with_(RENEW, stays=[]), "cohort.alreadyRenewed", status=409),
    Case("evaluated with other content", f"{AGREEMENT}/evaluations", {"year": 2025, "heldOn": "2026-02-11"}, "evaluation.alreadyHeld", status=409),
    Case("a KPI that was agreed", f"{AGREEMENT}/kpis", {"name": "missies", "target": "9"}, "kpi.alreadyAgreed", status=409),
    Case("look-alike letters", "/v1/partners", {"name": "V\u043eka"}, "partner.nameResembles", status=409),
    Case("another Unicode form", "/v1/partners", {"name": "\uff36oka"}, "partner.nameResembles", status=409),
    Case("renamed to a look-alike", "/v1/partners/{other}/renamings", with_(RENAME, name="V\u043eka"), "partner.nameResembles", status=409),
    Case("the name it has", RENAMINGS, with_(RENAME, name="Voka"), "partner.nameUnchanged", status=409),
    Case("its own successor", "/v1/partners/{partner}/successions", {"successorId": "@partner", "effectiveOn": "2026", "kind": "merged"}, "partner.ownSuccessor", "successorId"),
    Case("an unknown successor", "/v1/partners/{partner}/successions", {"successorId": "nobody", "effectiveOn": "2026", "kind": "merged"}, "partner.notKnown", "successorId"),
    Case("an unknown person", "/v1/partners/{partner}/accountManagers", {"personId": "nobody", "effectiveOn": "2026"}, "person.notKnown", "personId"),
    Case("a key that another body has", "/v1/partners", PARTNER, "idempotency.reused", status=409, headers={"Idempotency-Key": "taken"}),
    Case("nothing amended", f"{AGREEMENT}/amendments", {"effectiveOn": "2025-01-01"}, "agreement.nothingAmended"),
    Case("terminated after its end", f"{AGREEMENT}/terminations", {"effectiveOn": "2028-06-01"}, "agreement.outsideTerm", "effectiveOn"),
    # Corrections
    Case("a position elsewhere", f"{AGREEMENT}/corrections", {"position": 1, "reason": "x", "data": {}}, "correction.positionUnknown", "position"),
    Case("a field that cannot be corrected", f"{AGREEMENT}/corrections", {"position": "@signed", "reason": "x", "data": {"partnerId": "x"}}, "correction.fieldNotCorrectable", "data.partnerId"),
    Case("a correction that is no date", f"{AGREEMENT}/corrections", {"position": "@signed", "reason": "x", "data": {"signedOn": "2026-02-29"}}, "correction.invalid", "data.signedOn"),
    Case("a correction to an impossible term", f"{AGREEMENT}/corrections", {"position": "@signed", "reason": "x", "data": {"runsUntil": "2020"}}, "period.endBeforeStart", "runsUntil"),
    Case("a correction without a reason", f"{AGREEMENT}/corrections", {"position": "@signed", "data": {}}, "field.missing", "reason"),
    # Preconditions
    Case("a stale version", RENAMINGS, RENAME, "preconditionFailed", status=412, headers={"If-Match": '"77"'}),
    Case("no version", RENAMINGS, RENAME, "preconditionRequired", status=428, headers={}),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title.encode("ascii", "backslashreplace").decode())
async def test_is_refused_and_nothing_is_written(place: Place, case: Case) -> None:
    size = await place.world.size()
    body = place.fill(case.body)
    if isinstance(body, dict) and str(body.get("position", "")).isdigit():
        body["position"] = int(body["position"])
    answer = await place.client.post(place.address(case.call), json=body, headers=dict(case.headers))
    refused(answer, case.status, case.code, case.name)
    assert await place.world.size() == size


RAW = [
    ("malformed", b'{"name": "x"', "json.malformed", 400),
    ("not JSON", b"name=x", "json.malformed", 400),
    ("a trailing comma", b'{"name": "x",}', "json.malformed", 400),
    ("a duplicate key", b'{"name": "x", "name": "y"}', "json.duplicateKey", 400),
    ("a lone surrogate", b'{"name": "a\\ud800b"}', "json.loneSurrogate", 400),
    ("past 64 bits", b'{"name": "x", "n": 9223372036854775808}', "json.numberTooLarge", 400),
    ("NaN", b'{"name": NaN}', "json.notANumber", 400),
    ("Infinity", b'{"name": -Infinity}', "json.notANumber", 400),
    ("1E+1000000", b'{"name": 1E+1000000}', None, 400),
    ("ten thousand deep", b"[" * 10_000 + b"]" * 10_000, "json.tooDeep", 400),
    ("not UTF-8", b'{"name": "\xff"}', "json.notUtf8", 400),
    ("NUL in the text", b'{"name": "a\\u0000b"}', "text.forbiddenCharacter", 400),
    ("a real NUL", b'{"name": "a\x00b"}', None, 400),
    ("nothing", b"", "field.missing", 400),
    ("over a megabyte", b'{"name": "' + b"x" * 1_100_000 + b'"}', "payloadTooLarge", 413),
]


@pytest.mark.parametrize(("content", "code", "status"), [case[1:] for case in RAW], ids=[case[0] for case in RAW])
async def test_what_is_no_json_as_we_read_it(place: Place, content: bytes, code: str | None, status: int) -> None:
    size = await place.world.size()
    answer = await place.client.post("/v1/partners", content=content, headers={"Content-Type": "application/json"})
    refused(answer, status, code)
    assert await place.world.size() == size


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "multipart/form-data; boundary=x"},
    ],
)
async def test_another_type_of_content(place: Place, headers: dict[str, str]) -> None:
    size = await place.world.size()
    answer = await place.client.post("/v1/partners", content=json.dumps(PARTNER), headers=headers)
    refused(answer, 415, "unsupportedMediaType")
    assert await place.world.size() == size


async def test_every_wrong_field_is_named_at_once(place: Place) -> None:
    body = {"name": "", "kind": "club", "addedOn": "2026-02-29", "enterpriseNumber": "1", "colour": "red"}
    found = refused(await place.client.post("/v1/partners", json=body), 400)
    assert {issue["name"] for issue in found["issues"]} == set(body)


async def test_a_truncated_import_applies_nothing(place: Place) -> None:
    size = await place.world.size()
    whole = json.dumps(
        {"format": "errera-import/1", "rows": [{"do": "addPartner", "body": {"name": "Uit een bestand"}}]}
    )
    for length in (1, len(whole) // 2, len(whole) - 1):
        answer = await place.client.post(
            "/v1/imports", content=whole[:length], headers={"Content-Type": "application/json"}
        )
        refused(answer, 400, "json.malformed")
    one_bad_row = {
        "format": "errera-import/1",
        "rows": [
            {"do": "addPartner", "body": {"name": "Uit een bestand"}},
            {"do": "addPartner", "body": {"name": ""}},
        ],
    }
    answer = await place.client.post("/v1/imports", json=one_bad_row)
    assert [json.loads(line)["outcome"] for line in answer.text.splitlines()] == ["would", "refused"]
    assert await place.world.size() == size


async def test_a_number_with_dots_and_letters_before_it_is_normalised(place: Place) -> None:
    body = {"name": "Genormaliseerd", "enterpriseNumber": f"BE {FREE[:4]}.{FREE[4:7]}.{FREE[7:]}"}
    assert written(await place.client.post("/v1/partners", json=body))["enterpriseNumber"] == FREE


async def test_a_resemblance_can_be_confirmed(place: Place) -> None:
    body = {"name": "Un\u0456zo", "confirmResemblance": True}
    assert written(await place.client.post("/v1/partners", json=body))["name"] == "Un\u0456zo"


async def test_a_fifth_moment_with_a_reason_is_fine(place: Place) -> None:
    body = {"cohortId": "@cohort", "year": 2026, "plannedOn": "2026-12", "reason": "extra overleg"}
    assert written(await place.client.post("/v1/consultations", json=place.fill(body)))["ordinal"] == 5
