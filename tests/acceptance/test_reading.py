"""Reading what was written: from which position, as of which day, known at which instant, and its history."""

from datetime import datetime

import httpx
import pytest

from service.api import reads
from tests.acceptance.world import Json, World, everything, post, refused, told, written

pytestmark = pytest.mark.asyncio(loop_scope="module")


class TestReadingWhatWasWritten:
    async def test_a_reader_waits_for_a_position(self, client: httpx.AsyncClient) -> None:
        for number in range(5):
            made = written(await post(client, "/v1/partners", {"name": f"Partner {number}"}))
            found = await client.get("/v1/partners", headers={"Errera-Position": str(made["position"])})
            assert told(found)["total"] == number + 1

    async def test_one_that_does_not_come_is_told_when_to_try_again(
        self, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reads, "SECONDS_TO_WAIT", 0.05)
        answer = await client.get("/v1/partners", headers={"Errera-Position": "1000000"})
        problem = refused(answer, 503, "position.pastEnd")
        assert problem["detail"].startswith("Position 1000000 does not exist yet: the log holds 0 events.")
        assert (problem["position"], problem["size"]) == (1_000_000, 0)
        assert int(answer.headers["Retry-After"]) >= 1
        headers = {"Errera-Position": "1000000", "Accept-Language": "nl"}
        problem = refused(await client.get("/v1/partners", headers=headers), 503)
        assert problem["detail"].startswith("Positie 1000000 bestaat nog niet: het logboek telt 0 gebeurtenissen.")

    async def test_one_that_is_recorded_and_not_processed_yet_is_told_apart(
        self, empty: World, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reads, "SECONDS_TO_WAIT", 0.05)
        async with empty.house.projector._one_at_a_time:  # the projector stands still
            made = written(await post(client, "/v1/partners", {"name": "Voka"}))
            answer = await client.get("/v1/partners", headers={"Errera-Position": str(made["position"])})
        problem = refused(answer, 503, "position.notReached")
        assert problem["detail"].startswith("Position 1 is in the log, but has not been processed")
        assert told(await client.get("/v1/partners", headers={"Errera-Position": "1"}))["total"] == 1

    async def test_what_is_no_position_is_refused(self, reader: httpx.AsyncClient) -> None:
        for position in (b"x", b"-1", b"1.5", b"", b"99999999999999999999", "\u0661".encode()):
            answer = await reader.get("/v1/partners", headers={b"Errera-Position": position})
            refused(answer, 400, "position.invalid", "Errera-Position")


class TestTwoAxes:
    async def test_a_correction_holds_from_when_it_was_made(self, client: httpx.AsyncClient, agreement: Json) -> None:
        [signed, *_] = await everything(client, f"{agreement['href']}/history")
        before = signed["recordedAt"]
        corrected = written(
            await post(
                client,
                f"{agreement['href']}/corrections",
                {"position": signed["position"], "reason": "verkeerde dag", "data": {"signedOn": "2023-12-10"}},
                If_Match='"1"',
            )
        )
        assert corrected["signedOn"] == "2023-12-10"
        href = agreement["href"]
        assert told(await client.get(href, params={"knownAt": before}))["signedOn"] == "2023-12-11"
        assert told(await client.get(href))["signedOn"] == "2023-12-10"
        refused(await client.get(href, params={"knownAt": before, "asOf": "2023-12-10"}), 404)
        assert told(await client.get(href, params={"asOf": "2023-12-10"}))["status"] == "signed"
        history = await everything(client, f"{href}/history")
        assert [one["type"] for one in history] == ["AgreementSigned", "EventCorrected"]
        assert history[0]["correctedBy"] == history[1]["position"]
        assert len(await everything(client, f"{href}/history?knownAt={before}")) == 1
        assert (await client.get(href, params={"knownAt": before})).headers["ETag"] == '"1"'

    async def test_a_name_with_a_future_date_is_not_yet_its_name(
        self, client: httpx.AsyncClient, partner: Json
    ) -> None:
        body = {"name": "Morgen", "effectiveOn": "2030-01-01"}
        assert written(await post(client, f"{partner['href']}/renamings", body, If_Match="*"))["name"] == "Voka"
        assert told(await client.get(f"{partner['href']}?asOf=2030-01-01"))["name"] == "Morgen"

    async def test_the_status_on_the_days_that_matter(self, client: httpx.AsyncClient, agreement: Json) -> None:
        for day, status in (
            ("2023-12-11", "signed"),
            ("2023-12-31", "signed"),
            ("2024-01-01", "inForce"),
            ("2027-12-31", "inForce"),
            ("2028-01-01", "expired"),
        ):
            found = told(await client.get(agreement["href"], params={"asOf": day}))
            assert (found["status"], found["certain"]) == (status, True), day

    async def test_a_term_known_to_the_year_is_uncertain_in_between(self, reader: httpx.AsyncClient) -> None:
        address = "/v1/agreements?status=inForce&asOf="
        assert {one["certain"] for one in await everything(reader, f"{address}2018-06-01")} == {True}
        assert {one["certain"] for one in await everything(reader, f"{address}2021-06-01")} == {False}


class TestHistory:
    async def test_is_told_in_the_readers_language(self, reader: httpx.AsyncClient) -> None:
        href = told(await reader.get("/v1/cohorts"))["items"][0]["href"]
        for asked, language in (("nl", "nl"), ("en", "en"), ("fr, en;q=0.5", "en"), ("fr", "nl"), ("en;q=0, nl", "nl")):
            answer = await reader.get(f"{href}/history", headers={"Accept-Language": asked})
            sentence = told(answer)["items"][0]["sentence"]
            assert sentence.startswith({"nl": "Cohorte", "en": "Cohort "}[language]), sentence
            assert answer.headers["Content-Language"] == language

    async def test_says_what_when_who_and_by_which_source(self, reader: httpx.AsyncClient) -> None:
        href = told(await reader.get("/v1/cohorts"))["items"][0]["href"]
        opened = told(await reader.get(f"{href}/history"))["items"][0]
        assert opened["type"] == "CohortOpened"
        assert opened["effectiveOn"] == "2017-10-03"
        assert opened["actor"]
        assert datetime.fromisoformat(opened["recordedAt"]).tzinfo is not None
        assert opened["sources"][0]["lines"] == ["21"]

    async def test_refusals_are_told_in_the_readers_language(self, reader: httpx.AsyncClient) -> None:
        told_in = {}
        for language in ("nl", "en"):
            answer = await reader.get("/v1/partners/nobody", headers={"Accept-Language": language})
            told_in[language] = refused(answer, 404)["detail"]
            assert answer.headers["Content-Language"] == language
        assert told_in["nl"] != told_in["en"]
