"""What the edge does with bad input: a problem document that names the field and says how to mend it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.service.edge import application, connect, post, problem


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with connect(application()) as one:
        yield one


async def refused(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    document = problem(await client.post("/v1/things", json={"name": "Agoria", **fields}), 400)
    assert document["type"] == "urn:problem-type:belgif:badRequest"
    [issue] = document["issues"]
    assert issue["in"] == "body"
    assert issue["detail"]
    return dict(issue)


async def accepted(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/things", json={"name": "Agoria", **fields})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("signedOn", "2026-02-29", "date.invalid"),
        ("signedOn", 0, "field.notText"),
        ("signedOn", "0001-01-01", "date.outsideRange"),
        ("signedOn", "9999-01-01", "date.outsideRange"),
        ("signedOn", "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661", "date.invalid"),
        ("heldOn", "2026-03", "date.dayNeeded"),
        ("startsAt", "2026-03-29T14:30:00", "instant.noOffset"),
        ("startsAt", "2026-03-29 14:30:00+02:00", "instant.invalid"),
        ("startsAt", "2026-W13-7T14:30:00+02:00", "instant.invalid"),
        ("startsAt", "2026-03-29T25:30:00+02:00", "instant.invalid"),
        ("enterpriseNumber", "0201310930", "enterpriseNumber.invalid"),
        (
            "enterpriseNumber",
            "\u0660\u0662\u0660\u0661\u0663\u0661\u0660\u0669\u0662\u0669",
            "enterpriseNumber.invalid",
        ),
        ("enterpriseNumber", "0201A10929", "enterpriseNumber.invalid"),
        ("enterpriseNumber", 201310929, "field.notText"),
        ("value", 12.5, "field.notText"),
        ("value", "1E+1000000", "decimal.invalid"),
        ("value", "NaN", "decimal.invalid"),
        ("offset", "P13", "offset.invalid"),
        ("offset", "P9999Y", "offset.invalid"),
        ("partnerId", "a b", "id.invalid"),
        ("partnerId", "", "id.invalid"),
        ("partnerId", "x" * 201, "id.invalid"),
        ("email", "ann@example.org\r\nBcc: all@example.org", "email.invalid"),
        ("email", "ann@example.org\n", "email.invalid"),
        ("email", "ann", "email.invalid"),
        ("predicate", "Signed on", "code.invalid"),
        ("predicate", "signedOn\n", "code.invalid"),
        ("name", "", "text.blank"),
        ("name", " \u00a0 ", "text.blank"),
        ("name", "x" * 201, "text.tooLong"),
        ("name", "Ago\u202eria", "text.forbiddenCharacter"),
        ("name", "Ago\u2066ria", "text.forbiddenCharacter"),
        ("name", "Ago\u200bria", "text.forbiddenCharacter"),
        ("name", "Ago\ufeffria", "text.forbiddenCharacter"),
        ("name", "Ago\nria", "text.forbiddenCharacter"),
        ("name", "Ago\u0000ria", "text.forbiddenCharacter"),
        ("name", 12, "field.notText"),
        ("name", None, "field.notText"),
        ("notes", "x" * 20_001, "text.tooLong"),
        ("notes", "bell\u0007", "text.forbiddenCharacter"),
        ("notes", "\n \n", "text.blank"),
        ("year", "2026", "field.notWholeNumber"),
        ("year", 2026.0, "field.notWholeNumber"),
        ("year", True, "field.notWholeNumber"),
        ("retroactive", "true", "field.notBoolean"),
        ("terms", [], "field.notObject"),
        ("surprise", 1, "field.unknown"),
    ],
)
async def test_a_bad_field_is_named(client: httpx.AsyncClient, field: str, value: object, code: str) -> None:
    issue = await refused(client, **{field: value})
    assert (issue["code"], issue["name"]) == (code, field)


@pytest.mark.parametrize(
    ("terms", "name", "code"),
    [
        ({"coFinancing": [{"party": "agency", "share": 50.0}]}, "terms.coFinancing[0].share", "field.notText"),
        ({"coFinancing": [{"party": "agency", "share": "-1"}]}, "terms.coFinancing[0].share", "share.invalid"),
        ({"coFinancing": [{"party": "agency", "share": "100.01"}]}, "terms.coFinancing[0].share", "share.invalid"),
        ({"coFinancing": [{"party": "us", "share": "50"}]}, "terms.coFinancing[0].party", "field.notOneOf"),
        ({"coFinancing": [{"party": "agency"}]}, "terms.coFinancing[0].share", "field.missing"),
        ({"coFinancing": {}}, "terms.coFinancing", "field.notList"),
        ({"consultationMonths": [3] * 10_000}, "terms.consultationMonths", "list.tooLong"),
        ({"consultation_months": [3]}, "terms.consultation_months", "field.unknown"),
    ],
)
async def test_a_bad_field_is_named_by_its_path(client: httpx.AsyncClient, terms: Any, name: str, code: str) -> None:
    issue = await refused(client, terms=terms)
    assert (issue["code"], issue["name"]) == (code, name)


async def test_what_is_written_differently_is_normalised(client: httpx.AsyncClient) -> None:
    made = await accepted(
        client,
        name=" Cafe\u0301 ",
        enterpriseNumber="BE 0201.310.929",
        notes="een\r\ntwee\n",
        terms={"coFinancing": [{"party": "agency", "share": "50"}]},
        startsAt="2026-03-29T14:30:00+02:00",
        signedOn="2026-03",
        email="ann.o'neill+fit@sub.example.org",
    )
    assert made["name"] == "Caf\u00e9"
    assert made["enterpriseNumber"] == "0201310929"
    assert made["notes"] == "een\ntwee"
    assert made["terms"]["coFinancing"] == [{"party": "agency", "share": "50.00"}]
    assert made["startsAt"] == "2026-03-29T14:30:00+02:00"


async def test_all_that_is_wrong_is_told_at_once(client: httpx.AsyncClient) -> None:
    document = problem(await client.post("/v1/things", json={"signedOn": "x", "year": "y"}), 400)
    assert {issue["name"] for issue in document["issues"]} == {"name", "signedOn", "year"}


@pytest.mark.parametrize(
    ("content", "code", "name"),
    [
        (b'{"name": "A"', "json.malformed", None),
        (b"{'name': 1}", "json.malformed", None),
        (b'{"name": "\xff"}', "json.notUtf8", None),
        (b'{"name": "A", "name": "B"}', "json.duplicateKey", "name"),
        (b'{"name": "A", "terms": {"x": [{"y": 1, "y": 1}]}}', "json.duplicateKey", "terms.x[0].y"),
        (b'{"name": "A", "year": NaN}', "json.notANumber", "year"),
        (b'{"name": "A", "year": -Infinity}', "json.notANumber", "year"),
        (b'{"name": "A", "year": 9223372036854775808}', "json.numberTooLarge", "year"),
        (b'{"name": "A", "year": -9223372036854775809}', "json.numberTooLarge", "year"),
        (b'{"name": "A", "year": ' + b"9" * 10_000 + b"}", "json.numberTooLarge", "year"),
        (b'{"name": "A", "year": 1E+1000000}', "json.numberTooLarge", "year"),
        (b'{"name": "\\ud800"}', "json.loneSurrogate", "name"),
        (b'{"name": "A", "\\udfff": 1}', "json.loneSurrogate", "\N{REPLACEMENT CHARACTER}"),
        (b'{"name": "A\\u0000"}', "text.forbiddenCharacter", "name"),
        (b"[" * 10_000 + b"]" * 10_000, "json.tooDeep", None),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "json.tooDeep", None),
        (b"[" * 65 + b"]" * 65, "json.tooDeep", None),
        (b"[" * 100_000, "json.tooDeep", None),
        (b"12", "field.notObject", None),
        (b"", "field.missing", None),
    ],
)
async def test_json_that_is_not_json_is_refused(
    client: httpx.AsyncClient, content: bytes, code: str, name: str | None
) -> None:
    document = problem(await post(client, content), 400)
    assert [(issue["code"], issue.get("name")) for issue in document["issues"]] == [(code, name)]


async def test_brackets_in_texts_are_no_depth(client: httpx.AsyncClient) -> None:
    assert (await accepted(client, notes='"[' * 5_000))["notes"] == '"[' * 5_000


@pytest.mark.parametrize("content", [b'"' + b'\\"' * 400_000, b'"\\' * 400_000])
async def test_a_hostile_body_costs_no_more_than_its_length(client: httpx.AsyncClient, content: bytes) -> None:
    async with asyncio.timeout(5):
        problem(await post(client, content), 400)


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/json; charset=latin-1"},
        {"content-encoding": "gzip"},
    ],
)
async def test_another_media_type_is_415(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.post(
        "/v1/things", content=b'{"name":"A"}', headers={"content-type": "application/json", **headers}
    )
    assert problem(answer, 415)["code"] == "unsupportedMediaType"
    assert answer.headers["accept"] == "application/json"


async def test_no_media_type_is_415(client: httpx.AsyncClient) -> None:
    problem(await client.post("/v1/things", content=b'{"name":"A"}'), 415)


@pytest.mark.parametrize("media_type", ["application/json; charset=UTF-8", "application/vnd.errera+json"])
async def test_json_by_any_of_its_names_is_read(client: httpx.AsyncClient, media_type: str) -> None:
    answer = await client.post("/v1/things", content=b'{"name":"A"}', headers={"content-type": media_type})
    assert answer.json() == {"name": "A"}


@pytest.mark.parametrize(
    ("query", "name", "code"),
    [
        ("?surprise=1", "surprise", "field.unknown"),
        ("?year=2026&year=2027", "year", "field.repeated"),
        ("?year=x", "year", "field.notWholeNumber"),
        ("?status=a%00b", "status", "text.forbiddenCharacter"),
    ],
)
async def test_a_bad_query_parameter_is_named(client: httpx.AsyncClient, query: str, name: str, code: str) -> None:
    [issue] = problem(await client.get("/v1/things" + query), 400)["issues"]
    assert (issue["in"], issue["name"], issue["code"]) == ("query", name, code)


async def test_a_list_parameter_may_be_repeated(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/things?status=a&status=b&year=2026")
    assert answer.json() == {"year": 2026, "status": ["a", "b"]}


async def test_unknown_input_has_belgif_s_type(client: httpx.AsyncClient) -> None:
    [issue] = problem(await client.get("/v1/things?surprise=1"), 400)["issues"]
    assert issue["type"] == "urn:problem-type:belgif:input-validation:unknownInput"


async def test_a_route_without_a_body_takes_none(client: httpx.AsyncClient) -> None:
    path = "/v1/things/t/acknowledgements"
    assert (await client.post(path)).json() == "t"
    assert (await post(client, b"{}", path)).json() == "t"
    [issue] = problem(await post(client, b'{"by": "me"}', path), 400)["issues"]
    assert (issue["code"], issue["name"]) == ("field.unknown", "by")
    problem(await post(client, b"{", path), 400)


async def test_an_id_with_nul_is_not_found(client: httpx.AsyncClient) -> None:
    assert problem(await client.get("/v1/things/a%00b"), 404)["code"] == "resourceNotFound"


async def test_an_unknown_address_is_not_found(client: httpx.AsyncClient) -> None:
    document = problem(await client.get("/nowhere"), 404)
    assert document["type"] == "urn:problem-type:belgif:resourceNotFound"


async def test_a_wrong_method_is_told_all_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/v1/things")
    assert problem(answer, 405)["allowed"] == ["GET", "POST"]
    assert answer.headers["allow"] == "GET, POST"


async def test_values_are_echoed_short_and_secrets_not_at_all(client: httpx.AsyncClient) -> None:
    assert len((await refused(client, enterpriseNumber="9" * 60))["value"]) == 60
    assert "value" not in await refused(client, email="ann@@example.org")
    assert "value" not in await refused(client, notes="x" * 30_000)
    assert len((await refused(client, year="y" * 500))["value"]) == 100
