"""Who may do what, call by call: six roles, on what is their own and on what is another's."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from service.auth.policy import TABLE, Action, Cell
from service.auth.tokens import ROLES, SCOPES, Role
from service.commands.registry import COMMANDS
from tests.acceptance.world import Json, World, everything, open_world, refused, told, written

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANY = {"If-Match": "*"}
SIDES = ("own", "foreign")


@dataclass(frozen=True)
class House:
    """Two cohorts, each with one partner: the role's own, and another's."""

    world: World
    clients: Mapping[Role, httpx.AsyncClient]
    ids: Mapping[str, str]
    """`ownPartner`, `foreignCohort` and so on."""

    def of(self, side: str) -> dict[str, str]:
        return {
            name.removeprefix(side)[0].lower() + name.removeprefix(side)[1:]: one
            for name, one in self.ids.items()
            if name.startswith(side)
        }


async def build(world: World) -> House:
    manager = await world.client()
    ids: dict[str, str] = {}

    async def make(name: str, address: str, body: Json) -> str:
        ids[name] = written(await manager.post(address, json=body, headers=ANY))["href"].rsplit("/", 1)[1]
        return ids[name]

    for side in SIDES:
        partner = await make(f"{side}Partner", "/v1/partners", {"name": f"Partner {side}"})
        await make(f"{side}Successor", "/v1/partners", {"name": f"Opvolger {side}"})
        person = await make(f"{side}Person", "/v1/persons", {"name": f"Iemand {side}"})
        cohort = await make(
            f"{side}Cohort",
            "/v1/cohorts",
            {"name": f"Cohorte {side}", "runsFrom": "2024-01-01", "runsUntil": "2027-12-31"},
        )
        signatories = [{"personId": person, "forParty": "partner"}]
        agreement = await make(
            f"{side}Agreement",
            "/v1/agreements",
            {"cohortId": cohort, "partnerId": partner, "signedOn": "2023-12-11", "signatories": signatories},
        )
        answer = await manager.post(f"/v1/agreements/{agreement}/kpis", json={"name": f"missies {side}"})
        ids[f"{side}Kpi"] = written(answer)["kpis"][0]["kpiId"]
        body = {"year": 2024, "heldOn": "2025-02-10", "findings": f"Bevinding {side}"}
        written(await manager.post(f"/v1/agreements/{agreement}/evaluations", json=body))
        written(await manager.post(f"/v1/cohorts/{cohort}/evaluations", json=body))
        moment = {"cohortId": cohort, "year": 2026, "plannedOn": "2026-03-04"}
        await make(f"{side}Consultation", "/v1/consultations", moment)
        claim = {"subject": {"type": "cohort", "id": cohort}, "predicate": "count", "value": "1", "source": "S"}
        await make(f"{side}Claim", "/v1/claims", claim)
        manager_id = await make(f"{side}Manager", "/v1/persons", {"name": f"Beheerder {side}"})
        assigned = {"personId": manager_id, "effectiveOn": "2024-01-01"}
        written(await manager.post(f"/v1/partners/{partner}/accountManagers", json=assigned))
    await world.settled()
    whose: dict[Role, dict[str, Any]] = {
        "accountManager": {"person_id": ids["ownManager"]},
        "partner": {"partner_id": ids["ownPartner"]},
        "client": {"scopes": SCOPES},
    }
    clients = {role: await world.client(role, **whose.get(role, {})) for role in ROLES}
    return House(world, clients, ids)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def readers(blank: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_world(tmp_path_factory.mktemp("readers") / "data") as world:
        yield await build(world)


@pytest_asyncio.fixture(loop_scope="module")
async def writers(empty: World) -> House:
    return await build(empty)


def expected(cell: Cell, part: str | None, *, own: bool) -> int:
    """403 where the role may not, 404 where it may but this is another's, 200 where it may."""
    if cell.reach == "none" or cell.part not in {None, part}:
        return 403
    return 200 if own or cell.reach != "own" else 404


READS: tuple[tuple[str, Action], ...] = (
    ("/v1/partners/{partner}", Action.READ_PARTNERS),
    ("/v1/partners/{partner}/history", Action.READ_PARTNERS),
    ("/v1/cohorts/{cohort}", Action.READ_AGREEMENTS),
    ("/v1/cohorts/{cohort}/history", Action.READ_AGREEMENTS),
    ("/v1/agreements/{agreement}", Action.READ_AGREEMENTS),
    ("/v1/agreements/{agreement}/history", Action.READ_AGREEMENTS),
    ("/v1/consultations/{consultation}", Action.READ_CONSULTATIONS),
    ("/v1/consultations/{consultation}/history", Action.READ_CONSULTATIONS),
    ("/v1/persons/{person}", Action.READ_PERSONS),
    ("/v1/claims/{claim}", Action.READ_CLAIMS),
)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("path", "action"), READS, ids=[path for path, _ in READS])
async def test_reading_one(readers: House, role: Role, path: str, action: Action) -> None:
    for side in SIDES:
        status = expected(TABLE[action, role], None, own=side == "own")
        answer = await readers.clients[role].get(path.format_map(readers.of(side)))
        assert answer.status_code == status, (side, answer.text)


LISTS: tuple[tuple[str, str, Action], ...] = (
    ("/v1/partners", "partner", Action.READ_PARTNERS),
    ("/v1/cohorts", "cohort", Action.READ_AGREEMENTS),
    ("/v1/agreements", "agreement", Action.READ_AGREEMENTS),
    ("/v1/consultations", "consultation", Action.READ_CONSULTATIONS),
    ("/v1/persons", "person", Action.READ_PERSONS),
    ("/v1/claims", "claim", Action.READ_CLAIMS),
)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("path", "kind", "action"), LISTS, ids=[path for path, *_ in LISTS])
async def test_reading_all(readers: House, role: Role, path: str, kind: str, action: Action) -> None:
    cell = TABLE[action, role]
    if expected(cell, None, own=True) == 403:
        code = "access.reasonNeeded" if cell.part == "withReason" else "missingPermission"
        refused(await readers.clients[role].get(path), 403, code)
        return
    seen = {one[f"{kind}Id"] for one in await everything(readers.clients[role], path)}
    assert readers.ids[f"own{kind.capitalize()}"] in seen
    assert (readers.ids[f"foreign{kind.capitalize()}"] in seen) is (cell.reach != "own")


@pytest.mark.parametrize("role", ROLES)
async def test_the_feed(readers: House, role: Role) -> None:
    status = expected(TABLE[Action.READ_EVENT_FEED, role], None, own=True)
    assert (await readers.clients[role].get("/v1/events")).status_code == status


@pytest.mark.parametrize("role", ROLES)
async def test_reminders(readers: House, role: Role) -> None:
    status = expected(TABLE[Action.READ_REMINDERS, role], None, own=True)
    assert (await readers.clients[role].get("/v1/reminders")).status_code == status


BODIES: Mapping[str, Json] = {
    "addPartner": {"name": "Nog een"},
    "renamePartner": {"name": "Andere naam", "effectiveOn": "2026-01-01"},
    "addAlias": {"name": "Alias"},
    "addExecutingUnit": {"name": "Afdeling"},
    "succeedPartner": {"successorId": "@successor", "effectiveOn": "2026-02-01", "kind": "merged"},
    "assignAccountManager": {"personId": "@manager", "effectiveOn": "2024-02-01"},
    "addPerson": {"name": "Iemand anders"},
    "openCohort": {"name": "Nog een", "runsFrom": "2024", "runsUntil": "2026"},
    "evaluateCohort": {"year": 2025, "heldOn": "2026-02-10"},
    "reportImprovementPoint": {"text": "Beter."},
    "renewCohort": {"name": "Volgende", "runsFrom": "2028", "runsUntil": "2031", "stays": ["@partner"], "dryRun": True},
    "signAgreement": {"cohortId": "@cohort", "partnerId": "@successor", "signedOn": "2023-12-12"},
    "amendAgreement": {"effectiveOn": "2026-01-01", "summary": "anders"},
    "terminateAgreement": {"effectiveOn": "2026-06-01"},
    "evaluateAgreement": {"year": 2025, "heldOn": "2026-02-10"},
    "agreeKpi": {"name": "deelnemers"},
    "measureKpi": {"kpiId": "@kpi", "value": "3", "measuredOn": "2025"},
    "planConsultation": {"cohortId": "@cohort", "year": 2027, "plannedOn": "2027-05"},
    "moveConsultation": {"plannedOn": "2026-03-05"},
    "holdConsultation": {"heldOn": "2026-03-05"},
    "cancelConsultation": {"reason": "niet nodig"},
    "correctPartner": {"position": 1, "reason": "x", "data": {}},
    "correctCohort": {"position": 1, "reason": "x", "data": {}},
    "correctAgreement": {"position": 1, "reason": "x", "data": {}},
    "correctConsultation": {"position": 1, "reason": "x", "data": {}},
    "stateClaim": {"subject": {"type": "programme"}, "predicate": "x", "value": "x", "source": "S"},
    "resolveClaim": {"reason": "de deed"},
    "setRetentionRule": {"kind": "agreement", "years": 10, "destination": "destroy", "selectionRule": "BO-4.2"},
    "setReminderPolicy": {"scope": "programme", "shift": "back"},
    "setAgencyCalendar": {"country": "BE"},
    "nameProgrammeManagers": {"personIds": ["onbekend"]},
    "wishErasure": {},
    "requestErasure": {"legalGround": "AVG, artikel 17"},
    "placeLegalHold": {"ground": "rolnummer 2027/AB/12"},
    "erasePerson": {"requestId": "onbekend"},
    "declineErasure": {"requestId": "onbekend", "reason": "nog nodig"},
    "liftLegalHold": {"holdId": "onbekend", "ground": "arrest"},
    "describeSource": {"document": "S", "kind": "deed"},
    "orderAuthority": {"kinds": ["deed", "partnerPage"]},
}
"""A body that is right for each command; `@name` is the id of the own or the foreign thing."""

ABOUT_A_COHORT = {"signAgreement", "planConsultation"}


async def test_every_command_is_tried() -> None:
    elsewhere = {"acknowledgeReminder", "snoozeReminder", "deferDisposition", "approveDisposition"}
    assert set(BODIES) | elsewhere == set(COMMANDS)


def filled(value: Any, ids: Mapping[str, str]) -> Any:
    match value:
        case str() if value.startswith("@"):
            return ids[value[1:]]
        case list():
            return [filled(one, ids) for one in value]
        case dict():
            return {name: filled(one, ids) for name, one in value.items()}
        case _:
            return value


@pytest.mark.parametrize("role", ROLES)
async def test_writing(writers: House, role: Role) -> None:
    client = writers.clients[role]
    for name, body in BODIES.items():
        command = COMMANDS[name]
        for side in SIDES:
            ids = writers.of(side)
            about_something = command.target is not None or name in ABOUT_A_COHORT
            status = expected(TABLE[command.action, role], command.part, own=side == "own" or not about_something)
            address = command.path.replace("Id}", "}").format_map(ids)
            size = await writers.world.size()
            answer = await client.post(address, json=filled(body, ids), headers=ANY)
            if status == 200:
                assert answer.status_code in {200, 201, 400, 409}, (name, side, answer.text)
            else:
                assert answer.status_code == status, (name, side, answer.text)
                assert await writers.world.size() == size, (name, side)


async def test_a_client_may_what_its_scopes_say(readers: House) -> None:
    nothing = await readers.world.client("client")
    for path, action in READS:
        answer = await nothing.get(path.format_map(readers.of("own")))
        found = refused(answer, 403, "missingScope")
        assert found["requiredScopes"] == [TABLE[action, "client"].scope]
    only_partners = await readers.world.client("client", scopes=["partners:read"])
    told(await only_partners.get("/v1/partners"))
    refused(await only_partners.get("/v1/agreements"), 403, "missingScope")
    bound = await readers.world.client("client", scopes=SCOPES, partner_id=readers.ids["ownPartner"])
    assert [one["partnerId"] for one in await everything(bound, "/v1/partners")] == [readers.ids["ownPartner"]]


async def test_a_client_of_one_partner_changes_nothing_that_is_not_that_partner_s(writers: House) -> None:
    own, foreign = writers.of("own"), writers.of("foreign")
    bound = await writers.world.client("client", scopes=SCOPES, partner_id=own["partner"])
    for name, body in BODIES.items():
        command = COMMANDS[name]
        address = command.path.replace("Id}", "}").format_map(foreign)
        size = await writers.world.size()
        answer = await bound.post(address, json=filled(body, foreign), headers=ANY)
        if name == "addPerson":  # a contact, as an account manager of one partner may add one
            assert answer.status_code == 201, answer.text
            continue
        assert answer.status_code in {403, 404}, (name, answer.text)
        assert await writers.world.size() == size, name
    refused(await bound.post("/v1/partners", json={"name": "Nog een"}), 403, "missingPermission")
    alias = {"name": "Zoals het zich noemt"}
    written(await bound.post(f"/v1/partners/{own['partner']}/aliases", json=alias))


async def test_a_client_of_one_partner_signs_for_no_other_in_the_cohort_that_they_share(writers: House) -> None:
    own, foreign = writers.of("own"), writers.of("foreign")
    bound = await writers.world.client("client", scopes=SCOPES, partner_id=own["partner"])
    body = {"cohortId": own["cohort"], "partnerId": foreign["partner"], "signedOn": "2023-12-12"}
    rows = {"format": "errera-import/1", "title": "t", "rows": [{"do": "signAgreement", "body": body}]}
    size = await writers.world.size()
    refused(await bound.post("/v1/agreements", json=body), 404, "partner.unknown")
    imported = await bound.post("/v1/imports", json=rows)
    assert "partner.unknown" in imported.text, imported.text
    assert await writers.world.size() == size


class TestAPartnerSeesItsOwnAndNothingElse:
    @pytest_asyncio.fixture(loop_scope="module")
    async def shared(self, empty: World) -> House:
        """Both partners in one cohort."""
        house = await build(empty)
        manager = house.clients["programmeManager"]
        body = {"cohortId": house.ids["ownCohort"], "partnerId": house.ids["foreignPartner"], "signedOn": "2023-12-11"}
        agreement = written(await manager.post("/v1/agreements", json=body))["agreementId"]
        findings = {"year": 2025, "heldOn": "2026-01-15", "findings": "Geheim van een ander."}
        written(await manager.post(f"/v1/agreements/{agreement}/evaluations", json=findings))
        return house

    async def test_in_the_cohort_that_it_shares(self, shared: House) -> None:
        client = shared.clients["partner"]
        [cohort] = await everything(client, "/v1/cohorts")
        assert [one["partnerId"] for one in cohort["members"]] == [shared.ids["ownPartner"]]
        assert cohort["evaluations"] == []
        [agreement] = await everything(client, "/v1/agreements")
        assert agreement["evaluations"][0]["findings"] == "Bevinding own"

    async def test_in_its_history(self, shared: House) -> None:
        client = shared.clients["partner"]
        history = await everything(client, f"/v1/cohorts/{shared.ids['ownCohort']}/history")
        assert history
        assert [one["sentence"] for one in history if "foreign" in one["sentence"]] == []
        assert "CohortEvaluated" not in [one["type"] for one in history]

    async def test_an_account_manager_sees_no_evaluations_of_others(self, shared: House) -> None:
        client = shared.clients["accountManager"]
        evaluated = {one["partnerId"]: one.get("evaluations") for one in await everything(client, "/v1/agreements")}
        assert evaluated[shared.ids["ownPartner"]]
        assert not evaluated[shared.ids["foreignPartner"]]
        for agreement in await everything(client, f"/v1/agreements?partnerId={shared.ids['foreignPartner']}"):
            history = await everything(client, f"{agreement['href']}/history")
            assert [one["type"] for one in history if "valuat" in one["type"] or "Kpi" in one["type"]] == []

    async def test_whoever_may_not_read_persons_reads_no_names_in_a_history(self, shared: House) -> None:
        auditor = shared.clients["auditor"]
        for side in SIDES:
            for kind in ("Partner", "Agreement", "Cohort"):
                address = f"/v1/{kind.lower()}s/{shared.ids[side + kind]}/history"
                for one in await everything(auditor, address):
                    assert "Iemand" not in one["sentence"]
                    assert "Beheerder" not in one["sentence"]
