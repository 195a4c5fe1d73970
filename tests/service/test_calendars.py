"""Calendars to subscribe to: who gets which, what is in it, and how its address is kept and taken away."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from events.vault.destroying import Destroyer
from service.auth.calendars import Calendars
from service.auth.tokens import ROLES, SCOPES, Role, Tokens
from service.auth.tokens import tokens as table
from tests.acceptance.world import ANY, Json, World, open_world, refused, told, written
from tests.domain.ical.feeds import parsed
from tests.service.erased import GROUND
from tests.service.served import Service, errera, quick

NINE = "2027-03-28T09:00:00+02:00"
TITLE = "Overleg over de missies; met, komma's"


@pytest.fixture
async def world(tmp_path: Path, database_url: str | None) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data", url=database_url) as opened:
        yield opened


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[World]:
    """On SQLite alone: what does not depend on the database."""
    async with open_world(tmp_path / "data") as opened:
        yield opened


@dataclass(frozen=True)
class Programme:
    """Two cohorts, each with a partner, a person who looks after it, and a moment."""

    world: World
    manager: httpx.AsyncClient
    ids: Mapping[str, str]

    async def plan(self, cohort: str = "ownCohort", **said: Any) -> Json:
        body = {"cohortId": self.ids[cohort], "year": 2027, "title": TITLE, **said}
        return written(await self.manager.post("/v1/consultations", json=body))

    async def change(self, moment: Json, how: str, **said: Any) -> Json:
        answer = await self.manager.post(f"{moment['href']}/{how}", json=said, headers=ANY)
        return written(answer)


async def programme(world: World) -> Programme:
    manager = await world.client()
    ids: dict[str, str] = {}

    async def make(name: str, address: str, body: Json) -> str:
        ids[name] = written(await manager.post(address, json=body, headers=ANY))["href"].rsplit("/", 1)[1]
        return ids[name]

    for side in ("own", "foreign"):
        partner = await make(f"{side}Partner", "/v1/partners", {"name": f"Partner {side}"})
        terms = {"evaluation": "yearly"}
        body = {"name": f"Cohorte {side}", "runsFrom": "2026-01-01", "runsUntil": "2027-12-31", "terms": terms}
        cohort = await make(f"{side}Cohort", "/v1/cohorts", body)
        signed = {"cohortId": cohort, "partnerId": partner, "signedOn": "2025-12-11"}
        await make(f"{side}Agreement", "/v1/agreements", signed)
        person = await make(f"{side}Person", "/v1/persons", {"name": f"Beheerder {side}"})
        assigned = {"personId": person, "effectiveOn": "2026-01-01"}
        written(await manager.post(f"/v1/partners/{partner}/accountManagers", json=assigned))
        moment = {"cohortId": cohort, "year": 2026, "plannedOn": "2026-12-04", "title": f"Titel {side}"}
        await make(f"{side}Moment", "/v1/consultations", moment)
    await world.settled()
    return Programme(world, manager, ids)


async def subscribed(client: httpx.AsyncClient, scope: str = "programme", **of: str) -> Json:
    return told(await client.post("/v1/calendars", json={"scope": scope, **of}), 201)


async def fetched(world: World, calendar: Json, **headers: str) -> httpx.Response:
    """As a calendar program asks: with the address alone."""
    await world.settled()
    return await (await world.stranger()).get(calendar["href"], headers=headers)


async def feed(world: World, calendar: Json) -> dict[str, Any]:
    """Its entries by their ids."""
    answer = await fetched(world, calendar)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    events = parsed(answer.content).walk("VEVENT")
    found = {str(one["UID"]): one for one in events}
    assert len(found) == len(events)
    return found


def uid(moment: Json) -> str:
    return f"consultation.{moment['consultationId']}@errera"


# What becomes of a moment


async def test_a_subscriber_sees_a_moment_planned_moved_and_cancelled(world: World) -> None:
    of = await programme(world)
    calendar = await subscribed(of.manager)
    moment = await of.plan(plannedOn="2027-03")
    first = (await feed(world, calendar))[uid(moment)]
    assert (first["STATUS"], first["SEQUENCE"]) == ("TENTATIVE", 0)
    assert first["SUMMARY"] == f"Day to be fixed: {TITLE}"

    await of.change(moment, "movings", startsAt=NINE, place="Errera House")
    second = (await feed(world, calendar))[uid(moment)]
    assert (second["STATUS"], second["SEQUENCE"]) == ("CONFIRMED", 1)
    assert second["DTSTART"].dt == datetime.fromisoformat(NINE)
    assert second["LOCATION"] == "Errera House"

    await of.change(moment, "cancellations", reason="Niemand kan.")
    third = (await feed(world, calendar))[uid(moment)]
    assert (third["STATUS"], third["SEQUENCE"]) == ("CANCELLED", 2)
    assert b"Niemand" not in (await fetched(world, calendar)).content


async def test_until_something_is_recorded_it_is_the_same_to_the_byte(world: World) -> None:
    of = await programme(world)
    calendar, other = await subscribed(of.manager), await subscribed(of.manager)
    ending = {"effectiveOn": "2027-06-01", "reason": "Opgehouden."}
    written(await of.manager.post(f"/v1/agreements/{of.ids['ownAgreement']}/terminations", json=ending, headers=ANY))
    before = await fetched(world, calendar)
    world.house.store.database.offset += timedelta(days=400)
    after = await fetched(world, other)
    assert after.content == before.content
    assert after.headers["ETag"] == before.headers["ETag"]


async def test_a_program_that_has_it_is_told_so(world: World) -> None:
    of = await programme(world)
    moment = await of.plan(startsAt=NINE)
    calendar = await subscribed(of.manager)
    world.house.store.database.offset += timedelta(minutes=1)
    got = await fetched(world, calendar)
    tag, since = got.headers["ETag"], got.headers["Last-Modified"]
    for asked in ({"If-None-Match": tag}, {"If-None-Match": f'"x", W/{tag}'}, {"If-Modified-Since": since}):
        answer = await fetched(world, calendar, **asked)
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == tag
    head = await (await world.stranger()).head(calendar["href"])
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.content))
    assert head.headers["ETag"] == tag

    await of.change(moment, "movings", startsAt="2027-03-28T10:00:00+02:00")
    for asked in ({"If-None-Match": tag}, {"If-Modified-Since": since}, {"If-Modified-Since": "onzin"}):
        assert (await fetched(world, calendar, **asked)).status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        "", "onzin", "Sun, 06 Nov 1994 08:49:37 +99999999999999999999", "Sun, 06 Nov 99999999999999 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 +9999", "0 jan 0 0:0:0 " + "9" * 400,
    ],
)  # fmt: skip
async def test_a_date_that_is_none_is_as_if_it_were_not_said(small: World, given: str) -> None:
    calendar = await subscribed((await programme(small)).manager)
    for name in ("If-Modified-Since", "If-None-Match"):
        assert (await fetched(small, calendar, **{name: given})).status_code == 200


async def test_nothing_recorded_in_the_same_second_is_missed(small: World) -> None:
    of = await programme(small)
    calendar = await subscribed(of.manager)
    moment = await of.plan(startsAt=NINE)
    for hour in range(10, 16):
        before = await fetched(small, calendar)
        assert parsedate_to_datetime(before.headers["Last-Modified"]) <= await small.house.now()
        await of.change(moment, "movings", startsAt=f"2027-03-28T{hour}:00:00+02:00")
        after = await fetched(small, calendar, **{"If-Modified-Since": before.headers["Last-Modified"]})
        assert after.status_code == 200
        assert after.content != before.content


async def test_a_title_that_is_destroyed_is_gone_from_the_calendar(small: World) -> None:
    of = await programme(small)
    calendar = await subscribed(of.manager)
    before = await fetched(small, calendar)
    assert b"Titel own" in before.content
    texts = await small.house.vault.ids("text")
    await Destroyer(small.house.vault).destroy("d1", 0, ids=list(texts), about=None)
    after = await fetched(small, calendar, **{"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    assert b"Titel" not in after.content


# What is in it, for whom


async def test_a_calendar_has_what_the_agenda_has(small: World) -> None:
    of = await programme(small)
    own = {name: one for name, one in of.ids.items() if name.startswith("own")}
    found = await feed(small, await subscribed(of.manager, "cohort", cohortId=own["ownCohort"]))
    assert sorted(found) == sorted(
        [
            f"consultation.{own['ownMoment']}@errera",
            f"agreementEnd.{own['ownCohort']}.20271231@errera",
            f"cohortEnd.{own['ownCohort']}.20271231@errera",
            f"evaluation.{own['ownCohort']}.20261231@errera",
            f"evaluation.{own['ownCohort']}.20271231@errera",
        ]
    )
    summary = found[f"evaluation.{own['ownCohort']}.20261231@errera"]["SUMMARY"]
    assert summary == "Evaluation 2026: Partner own"
    written(
        await of.manager.post(
            f"/v1/agreements/{own['ownAgreement']}/evaluations", json={"year": 2026, "heldOn": "2026-11-20"}
        )
    )
    after = await feed(small, await subscribed(of.manager, "cohort", cohortId=own["ownCohort"]))
    assert set(found) - set(after) == {f"evaluation.{own['ownCohort']}.20261231@errera"}


@pytest.mark.parametrize(
    ("scope", "field", "of"), [("partner", "partnerId", "Partner"), ("person", "personId", "Person")]
)
async def test_a_partners_and_a_persons_calendar_have_what_concerns_them(
    small: World, scope: str, field: str, of: str
) -> None:
    here = await programme(small)
    found = await feed(small, await subscribed(here.manager, scope, **{field: here.ids[f"own{of}"]}))
    assert f"consultation.{here.ids['ownMoment']}@errera" in found
    assert f"evaluation.{here.ids['ownCohort']}.20261231@errera" in found
    assert not [one for one in found if here.ids["foreignMoment"] in one or here.ids["foreignCohort"] in one]


async def test_whoever_looks_after_a_partner_no_more_has_it_in_the_calendar_no_more(small: World) -> None:
    of = await programme(small)
    calendar = await subscribed(of.manager, "person", personId=of.ids["ownPerson"])
    assert await feed(small, calendar)
    assigned = {"personId": of.ids["foreignPerson"], "effectiveOn": "2026-06-01"}
    written(await of.manager.post(f"/v1/partners/{of.ids['ownPartner']}/accountManagers", json=assigned))
    assert await feed(small, calendar) == {}


async def test_a_programme_manager_s_own_calendar_is_the_programme_s(small: World) -> None:
    of = await programme(small)
    myself = await small.client(person_id=of.ids["ownPerson"])
    mine = await feed(small, await subscribed(myself, "person", personId=of.ids["ownPerson"]))
    assert set(mine) == set(await feed(small, await subscribed(of.manager)))


async def test_so_is_that_of_whoever_the_record_says_is_one(small: World) -> None:
    of = await programme(small)
    calendar = await subscribed(of.manager, "person", personId=of.ids["ownPerson"])
    assert f"consultation.{of.ids['foreignMoment']}@errera" not in await feed(small, calendar)
    named = await of.manager.post("/v1/programmeManagers", json={"personIds": [of.ids["ownPerson"]]}, headers=ANY)
    assert named.status_code < 300, named.text
    assert f"consultation.{of.ids['foreignMoment']}@errera" in await feed(small, calendar)
    partner = await small.client("partner", partner_id=of.ids["ownPartner"])
    seen = await feed(small, await subscribed(partner, "person", personId=of.ids["ownPerson"]))
    assert seen
    assert f"consultation.{of.ids['foreignMoment']}@errera" not in seen, "no more than its reader may see"


async def test_it_is_in_the_language_that_was_asked_for(small: World) -> None:
    of = await programme(small)
    dutch, english = await subscribed(of.manager, language="nl"), await subscribed(of.manager)
    assert (dutch["language"], english["language"]) == ("nl", "en")
    assert "Evaluatie 2026: " in (await fetched(small, dutch)).text
    assert "Evaluation 2026: " in (await fetched(small, english)).text


async def test_a_client_that_may_read_consultations_alone_sees_no_more(small: World) -> None:
    await programme(small)
    client = await small.client("client", scopes=["consultations:read"])
    found = await feed(small, await subscribed(client))
    assert found
    assert all(one.startswith("consultation.") for one in found)


MAY: Mapping[str, Mapping[Role, tuple[int, int]]] = {
    "cohort": {
        "administrator": (403, 403), "programmeManager": (201, 201), "accountManager": (201, 201), "partner": (201, 404),
        "auditor": (201, 201), "client": (201, 201),
    },
    "partner": {
        "administrator": (403, 403), "programmeManager": (201, 201), "accountManager": (201, 201), "partner": (201, 404),
        "auditor": (201, 201), "client": (201, 201),
    },
    "person": {
        "administrator": (403, 403), "programmeManager": (201, 201), "accountManager": (201, 404), "partner": (201, 404),
        "auditor": (403, 403), "client": (201, 201),
    },
}  # fmt: skip
"""What a role gets for its own, and for another's."""


@pytest.mark.parametrize("role", ROLES)
async def test_who_may_have_which(small: World, role: Role) -> None:
    of = await programme(small)
    whose: dict[Role, dict[str, Any]] = {
        "accountManager": {"person_id": of.ids["ownPerson"]},
        "partner": {"partner_id": of.ids["ownPartner"]},
        "client": {"scopes": SCOPES},
    }
    client = await small.client(role, **whose.get(role, {}))
    for scope, rows in MAY.items():
        for side, status in zip(("own", "foreign"), rows[role], strict=True):
            asked = {"scope": scope, f"{scope}Id": of.ids[f"{side}{scope.capitalize()}"]}
            answer = await client.post("/v1/calendars", json=asked)
            assert answer.status_code == status, (scope, side, answer.text)
            assert (await client.get("/v1/calendarFiles", params=asked)).status_code == {201: 200}.get(status, status)
            if status == 201:
                assert (await fetched(small, answer.json())).status_code == 200
    programme_wide = await client.post("/v1/calendars", json={"scope": "programme"})
    assert programme_wide.status_code == (403 if role in {"administrator", "partner"} else 201)


async def test_a_partner_s_calendar_says_nothing_of_the_others_in_its_cohort(small: World) -> None:
    of = await programme(small)
    other = written(await of.manager.post("/v1/partners", json={"name": "Nog een partner"}))["partnerId"]
    signed = {"cohortId": of.ids["ownCohort"], "partnerId": other, "signedOn": "2025-12-11"}
    written(await of.manager.post("/v1/agreements", json=signed))
    all_of_it = await subscribed(of.manager, "cohort", cohortId=of.ids["ownCohort"])
    assert "Nog een partner" in (await fetched(small, all_of_it)).text
    partner = await small.client("partner", partner_id=of.ids["ownPartner"])
    for asked in (
        {"scope": "cohort", "cohortId": of.ids["ownCohort"]},
        {"scope": "partner", "partnerId": of.ids["ownPartner"]},
    ):
        text = (await fetched(small, await subscribed(partner, **asked))).text
        assert "Partner own" in text
        assert "Nog een partner" not in text


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "field.missing", "scope"),
        ({"scope": "all"}, "field.invalid", "scope"),
        ({"scope": "cohort"}, "field.missing", "cohortId"),
        ({"scope": "programme", "cohortId": "c"}, "calendar.otherScope", "cohortId"),
        ({"scope": "partner", "partnerId": "p", "personId": "q"}, "calendar.otherScope", "personId"),
        ({"scope": "programme", "language": "fr"}, "field.invalid", "language"),
    ],
)
async def test_a_calendar_of_nothing_is_refused(small: World, body: Json, code: str, field: str) -> None:
    answer = await (await small.client()).post("/v1/calendars", json=body)
    refused(answer, 400, None, field)
    assert answer.json()["issues"][0]["code"].startswith(code.partition(".")[0])


@pytest.mark.parametrize("scope", ["cohort", "partner", "person"])
async def test_there_is_none_of_what_is_not_there(small: World, scope: str) -> None:
    client = await small.client()
    refused(await client.post("/v1/calendars", json={"scope": scope, f"{scope}Id": "nobody"}), 404, f"{scope}.unknown")


# Its address


async def test_its_address_is_told_once_and_kept_as_a_hash(world: World) -> None:
    of = await programme(world)
    calendar = await subscribed(of.manager)
    token = calendar["href"].removeprefix("/v1/calendars/").removesuffix(".ics")
    assert len(token) >= 43
    async with world.house.store.database.read() as connection:
        rows = (await connection.execute(table.select())).mappings().all()
    [row] = [row for row in rows if row["id"] == calendar["calendarId"]]
    assert row["hash"] == hashlib.sha256(token.encode()).digest()
    assert token not in str([dict(one) for one in rows])
    [listed] = told(await of.manager.get("/v1/calendars"))["items"]
    assert listed == {name: value for name, value in calendar.items() if name != "href"}
    assert token not in str(listed)


async def test_it_opens_nothing_but_its_calendar(world: World) -> None:
    of = await programme(world)
    calendar = await subscribed(of.manager)
    token = calendar["href"].removeprefix("/v1/calendars/").removesuffix(".ics")
    stranger = await world.stranger(Authorization=f"Bearer {token}")
    assert (await stranger.get("/v1/partners")).status_code == 401
    administrator = await world.client("administrator")
    listed = told(await administrator.get("/v1/tokens"))["items"]
    assert calendar["calendarId"] not in [one["tokenId"] for one in listed]


@pytest.mark.parametrize("name", ["x", "calendar_", "calendar_" + "x" * 43, "errera_" + "x" * 43, "%00", "é" * 52])
async def test_an_unknown_address_leads_nowhere(small: World, name: str) -> None:
    refused(await (await small.stranger()).get(f"/v1/calendars/{name}.ics"), 404)


async def test_a_token_of_the_interface_is_no_address(small: World) -> None:
    token, _ = await small.house.tokens.create("programmeManager")
    refused(await (await small.stranger()).get(f"/v1/calendars/{token}.ics"), 404, "calendar.unknown")


async def test_no_log_holds_it_and_no_access_record(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    of = await programme(world)
    calendar = await subscribed(of.manager)
    token = calendar["href"].removeprefix("/v1/calendars/").removesuffix(".ics")
    with structlog.testing.capture_logs() as lines:
        answer = await fetched(world, calendar)
        assert answer.status_code == 200
        refused(await (await world.stranger()).get(f"{calendar['href']}?x=1"), 400)
        refused(await (await world.stranger()).get(f"/v1/calendars/{token[:-1]}.ics"), 404)
    records = told(await of.manager.get("/v1/accessRecords"))["items"]
    assert records[0]["purpose"] == "GET /v1/calendars/{calendarToken}.ics"
    assert records[0]["actor"] == f"token:{calendar['calendarId']}"
    caught = capsys.readouterr()
    assert token[9:-1] not in "".join([str(lines), str(records), caught.out, caught.err])


async def test_titles_are_on_record_as_shown_only_where_they_were_sent(small: World) -> None:
    of = await programme(small)
    calendar = await subscribed(of.manager)

    async def records() -> int:
        return len(told(await of.manager.get("/v1/accessRecords?pageSize=1000"))["items"])

    before = await records()
    got = await fetched(small, calendar)
    assert await records() == before + 1
    await fetched(small, calendar, **{"If-None-Match": got.headers["ETag"]})
    await (await small.stranger()).head(calendar["href"])
    assert await records() == before + 1


# Taking it away


async def test_a_revoked_calendar_is_gone_at_once(world: World) -> None:
    of = await programme(world)
    calendar, other = await subscribed(of.manager), await subscribed(of.manager)
    assert (await fetched(world, calendar)).status_code == 200
    address = f"/v1/calendars/{calendar['calendarId']}/revocations"
    assert (await of.manager.post(address)).status_code == 204
    refused(await fetched(world, calendar), 404, "calendar.unknown")
    refused(await of.manager.post(address), 404, "calendar.unknown")
    assert (await fetched(world, other)).status_code == 200
    listed = told(await of.manager.get("/v1/calendars"))["items"]
    assert ["revokedAt" in one for one in listed] == [True, False]


async def test_one_revoked_by_another_process_is_gone_within_five_seconds(world: World) -> None:
    seconds = 100.0
    here = Calendars(Tokens(world.house.store.database, lambda: seconds))
    of = await programme(world)
    calendar = await subscribed(of.manager)
    token = calendar["href"].removeprefix("/v1/calendars/").removesuffix(".ics")
    assert await here.find(token)
    await of.manager.post(f"/v1/calendars/{calendar['calendarId']}/revocations")
    seconds += 5
    assert await here.find(token) is None


async def test_a_calendar_ends_with_the_token_it_was_made_with(world: World) -> None:
    await programme(world)
    token, record = await world.house.tokens.create("programmeManager")
    calendar = await subscribed(await world.stranger(Authorization=f"Bearer {token}"))
    assert (await fetched(world, calendar)).status_code == 200
    await world.house.tokens.revoke(record.token_id)
    refused(await fetched(world, calendar), 404, "calendar.unknown")


async def test_none_is_made_with_a_token_that_another_process_revoked(world: World) -> None:
    await programme(world)
    token, record = await world.house.tokens.create("programmeManager")
    client = await world.stranger(Authorization=f"Bearer {token}")
    assert (await client.get("/v1/calendars")).status_code == 200  # this process has looked it up
    await Tokens(world.house.store.database).revoke(record.token_id)
    refused(await client.post("/v1/calendars", json={"scope": "programme"}), 401, "invalidAccessToken")


async def test_a_calendar_is_good_as_long_as_that_token(world: World) -> None:
    await programme(world)
    until = await world.house.now() + timedelta(hours=1)
    calendar = await subscribed(await world.client(expires_at=until))
    assert datetime.fromisoformat(calendar["expiresAt"]) == until
    assert (await fetched(world, calendar)).status_code == 200
    world.house.store.database.offset += timedelta(hours=2)
    refused(await fetched(world, calendar), 404, "calendar.unknown")


async def test_whoever_is_erased_has_no_calendar_and_is_in_none(world: World) -> None:
    of = await programme(world)
    person = of.ids["ownPerson"]
    myself = await world.client("accountManager", person_id=person)
    calendars = [
        await subscribed(myself),
        await subscribed(of.manager, "person", personId=person),
    ]
    stays = await subscribed(of.manager, "person", personId=of.ids["foreignPerson"])
    request = written(await of.manager.post(f"/v1/persons/{person}/erasureRequests", json=GROUND))["requestId"]
    administrator = await world.client("administrator")
    assert (await administrator.post(f"/v1/persons/{person}/erasures", json={"requestId": request})).status_code < 300
    for calendar in calendars:
        refused(await fetched(world, calendar), 404, "calendar.unknown")
    assert (await fetched(world, stays)).status_code == 200
    listed = told(await of.manager.get("/v1/calendars"))["items"]
    assert ["revokedAt" in one for one in listed] == [True, False]
    refused(await of.manager.post("/v1/calendars", json={"scope": "person", "personId": person}), 404, "person.unknown")


async def test_everybody_sees_and_revokes_their_own_and_an_administrator_all(small: World) -> None:
    of = await programme(small)
    one, other = await small.client(), await small.client()
    calendar = await subscribed(one)
    address = f"/v1/calendars/{calendar['calendarId']}/revocations"
    assert [item["calendarId"] for item in told(await one.get("/v1/calendars"))["items"]] == [calendar["calendarId"]]
    assert told(await other.get("/v1/calendars"))["items"] == []
    auditor, administrator = await small.client("auditor"), await small.client("administrator")
    for client in (auditor, administrator):
        assert [item["calendarId"] for item in told(await client.get("/v1/calendars"))["items"]] == [
            calendar["calendarId"]
        ]
    for client in (other, auditor, of.manager):
        refused(await client.post(address), 404, "calendar.unknown")
    assert (await administrator.post(address)).status_code == 204


async def test_a_person_has_the_same_calendars_whatever_the_token(small: World) -> None:
    of = await programme(small)
    first, second = [await small.client(person_id=of.ids["ownPerson"]) for _ in range(2)]
    calendar = await subscribed(first)
    assert len(told(await second.get("/v1/calendars"))["items"]) == 1
    assert (await second.post(f"/v1/calendars/{calendar['calendarId']}/revocations")).status_code == 204


# On the command line


async def one_programme(folder: Path) -> tuple[str, bytes]:
    """A partner, and what a subscriber to its calendar gets; closed again."""
    async with open_world(folder, at=datetime.now(UTC)) as world:
        of = await programme(world)
        await of.plan(startsAt=NINE)
        partner = of.ids["ownPartner"]
        got = (await fetched(world, await subscribed(of.manager, "partner", partnerId=partner))).content
        once = await of.manager.get("/v1/calendarFiles", params={"scope": "partner", "partnerId": partner})
        assert (once.content, once.headers["Content-Type"]) == (got, "text/calendar; charset=utf-8")
        return partner, got


def test_a_file_has_the_bytes_that_a_subscriber_gets(tmp_path: Path) -> None:
    folder, file = tmp_path / "data", tmp_path / "partner.ics"
    partner, expected = asyncio.run(one_programme(folder))
    asked = ("calendar", "--scope", "partner", "--partner", partner)
    assert quick(*asked, "--output", str(file), folder=folder).code == 0
    assert file.read_bytes() == expected
    shown = errera(*asked, folder=folder)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.encode() == expected.replace(b"\r\n", b"\n"), "as a terminal reads it"
    missing = quick("calendar", "--scope", "partner", folder=folder)
    assert missing.code == 1
    assert "partnerId" in missing.err
    assert quick(*asked, "--output", str(tmp_path / "nowhere" / "x.ics"), folder=folder).code == 1


@pytest.mark.server
def test_the_running_service_serves_both(tmp_path: Path) -> None:
    service = Service(tmp_path / "data", "--demo")
    try:
        with service.client() as client, httpx.Client(base_url=service.address) as stranger:
            made = client.post("/v1/calendars", json={"scope": "programme"}).raise_for_status().json()
            got = stranger.get(made["href"]).raise_for_status()
            assert "agreementEnd" in got.text
            assert stranger.head(made["href"]).headers["Content-Length"] == str(len(got.content))
        file = tmp_path / "programme.ics"
        assert errera("calendar", "--scope", "programme", "--output", str(file), folder=tmp_path / "data").code == 0
        assert file.read_bytes() == got.content
        assert made["href"].split("_")[1].removesuffix(".ics") not in service.errors.read_text() + service.said
    finally:
        service.stop()
