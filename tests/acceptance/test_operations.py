"""Health, metrics, traces, and the description of every call."""

import re

import httpx
import pytest

from tests.acceptance.world import World, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


class TestOperations:
    async def test_health_and_metrics(self, demo: World, reader: httpx.AsyncClient) -> None:
        health = told(await reader.get("/health"))
        assert health["status"] == "UP"
        metrics = await reader.get("/metrics")
        assert metrics.status_code == 200
        assert f"errera_log_size {float(await demo.size())}" in metrics.text

    async def test_the_description_has_every_call_by_a_name_of_its_own(self, demo: World) -> None:
        described = told(await (await demo.stranger()).get("/openapi.json"))
        operations = [
            (path, operation) for path, methods in described["paths"].items() for operation in methods.values()
        ]
        ids = [operation["operationId"] for _, operation in operations]
        assert len(ids) == len(set(ids))
        for path, operation in operations:
            named = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path)), path

    async def test_the_description_is_of_the_version_in_every_path(self, demo: World) -> None:
        described = told(await (await demo.stranger()).get("/openapi.json"))
        major = described["info"]["version"].partition(".")[0]
        versioned = {path for path in described["paths"] if path not in {"/health", "/metrics", "/openapi.json"}}
        assert {path.split("/")[1] for path in versioned} == {f"v{major}"}

    @pytest.mark.parametrize("call", [
        "POST /v1/partners", "GET /v1/partners", "GET /v1/partners/{partnerId}", "POST /v1/partners/{partnerId}/renamings",
        "POST /v1/partners/{partnerId}/successions", "POST /v1/partners/{partnerId}/accountManagers",
        "POST /v1/partners/{partnerId}/aliases", "POST /v1/partners/{partnerId}/executingUnits", "POST /v1/persons",
        "GET /v1/persons", "GET /v1/persons/{personId}", "POST /v1/cohorts", "GET /v1/cohorts", "GET /v1/cohorts/{cohortId}",
        "POST /v1/cohorts/{cohortId}/evaluations", "POST /v1/cohorts/{cohortId}/renewals", "POST /v1/agreements",
        "GET /v1/agreements", "GET /v1/agreements/{agreementId}", "POST /v1/agreements/{agreementId}/evaluations",
        "POST /v1/agreements/{agreementId}/amendments", "POST /v1/agreements/{agreementId}/terminations",
        "POST /v1/agreements/{agreementId}/kpis", "POST /v1/agreements/{agreementId}/kpiMeasurements",
        "POST /v1/agreements/{agreementId}/corrections", "POST /v1/partners/{partnerId}/corrections",
        "POST /v1/cohorts/{cohortId}/corrections", "POST /v1/consultations/{consultationId}/corrections",
        "GET /v1/agreements/{agreementId}/history", "GET /v1/partners/{partnerId}/history",
        "GET /v1/cohorts/{cohortId}/history", "POST /v1/consultations", "GET /v1/consultations",
        "POST /v1/consultations/{consultationId}/movings", "POST /v1/consultations/{consultationId}/holdings",
        "POST /v1/consultations/{consultationId}/cancellations", "GET /v1/reminders",
        "POST /v1/reminders/{reminderId}/acknowledgements", "POST /v1/reminders/{reminderId}/snoozes",
        "GET /v1/reminders/{reminderId}/explanation", "GET /v1/events", "POST /v1/claims", "GET /v1/claims",
        "POST /v1/claims/{claimId}/resolutions", "GET /health", "GET /metrics",
    ])  # fmt: skip
    async def test_the_calls_that_others_rely_on_are_described(self, demo: World, call: str) -> None:
        method, path = call.split()
        described = (await (await demo.stranger()).get("/openapi.json")).json()["paths"]
        assert method.lower() in described[path]

    async def test_every_answer_has_a_trace_of_its_own(self, reader: httpx.AsyncClient) -> None:
        answers = [await reader.get("/v1/cohorts", headers={"BelGov-Trace-Id": "theirs-1"}) for _ in range(2)]
        assert len({one.headers["BelGov-Trace-Id"] for one in answers}) == 2
        assert {one.headers["BelGov-Related-Trace-Id"] for one in answers} == {"theirs-1"}
