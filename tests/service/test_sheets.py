"""Collections and histories as files: all of it under the same filters, saying what it rests on, and nothing that a
spreadsheet would carry out.
"""

import csv
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from domain.field_labels import FIELDS
from domain.labels import LABELS
from service.sheet_words import _GROUPS, flat
from service.sheets import _NAMES, Sheet, _columns, as_csv, as_xlsx, guarded
from tests.acceptance.world import World, open_world, refused, told, written

DANGEROUS = ["=1+1", "+1 234", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")']
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path / "data") as opened:
        await opened.load("second-programme.json")
        yield opened


def read(answer: httpx.Response) -> tuple[dict[str, str], list[dict[str, str]]]:
    """What it rests on, and its rows."""
    assert answer.status_code == 200, answer.text
    text = answer.content.decode("utf-8-sig")
    assert answer.content.startswith(b"\xef\xbb\xbf"), "so that Excel reads it as UTF-8"
    lines = text.split("\r\n")
    about = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
    return about, list(csv.DictReader(io.StringIO("\r\n".join(line for line in lines if not line.startswith("# ")))))


def cells(content: bytes, sheet: int = 0) -> list[list[Any]]:
    book = openpyxl.load_workbook(io.BytesIO(content))
    return [list(row) for row in book.worksheets[sheet].iter_rows(values_only=True)]


@pytest.mark.parametrize("kind", ["partners", "cohorts", "agreements", "consultations"])
async def test_a_file_holds_all_that_the_collection_holds(world: World, kind: str) -> None:
    client = await world.client()
    items = told(await client.get(f"/v1/{kind}?pageSize=1000"))["items"]
    assert items
    answer = await client.get(f"/v1/{kind}?format=csv&pageSize=1")
    assert answer.headers["content-type"].startswith("text/csv")
    about, rows = read(answer)
    identity = f"{kind[:-1]}Id"
    assert [row[identity] for row in rows] == [one[identity] for one in items]
    assert {name: row for name, row in rows[0].items() if row and name in items[0]}.keys() >= {"href", identity}
    size = await world.size()
    assert (about["errera"], about["position"]) == (kind, str(size))
    assert about["checkpoint"] == "-" or int(about["checkpoint"].split()[1]) >= size


async def test_the_same_filters_and_both_axes_of_time(world: World) -> None:
    client = await world.client()
    [partner, *_] = told(await client.get("/v1/partners"))["items"]
    about, rows = read(await client.get(f"/v1/agreements?partnerId={partner['partnerId']}&asOf=2030-01-01&format=csv"))
    assert {row["partnerId"] for row in rows} == {partner["partnerId"]}
    assert about["asOf"] == "2030-01-01"
    early, none = read(await client.get("/v1/partners?knownAt=2020-01-01T00:00:00Z&format=csv"))
    assert (none, early["knownAt"]) == ([], "2020-01-01T00:00:00.000000Z")
    again = f"/v1/partners?knownAt={about['knownAt']}&format=csv"
    before = read(await client.get(again))[1]
    written(await client.post("/v1/partners", json={"name": "Later"}))
    assert read(await client.get(again))[1] == before, "what a file says it holds can be asked again"


async def test_a_workbook_is_in_the_reader_s_words_and_csv_in_codes(world: World) -> None:
    client = await world.client()
    for kind, column in (("agreements", "status"), ("partners", "kind")):
        _, rows = read(await client.get(f"/v1/{kind}?format=csv"))
        answer = await client.get(f"/v1/{kind}?format=xlsx", headers={"Accept-Language": "nl"})
        [head, *body] = cells(answer.content)
        place = head.index(FIELDS[column][0].capitalize())
        codes, words = [row[column] for row in rows], [row[place] or "" for row in body]
        group = LABELS[_GROUPS[kind, column]]
        assert words == [group[code].of("nl") if code else "" for code in codes]
        assert words != codes
    [head, *body] = cells((await client.get("/v1/agreements?format=xlsx")).content)
    assert {row[head.index(FIELDS["certain"][1].capitalize())] for row in body} <= {"yes", "no"}


async def test_what_a_claim_is_about_stands_in_two_columns(world: World) -> None:
    client = await world.client()
    await world.load("demo.json")
    items = told(await client.get("/v1/claims?pageSize=1000"))["items"]
    assert items
    _, rows = read(await client.get("/v1/claims?format=csv"))
    assert "subject" not in rows[0]
    about = [one["subject"] if isinstance(one["subject"], dict) else {"id": one["subject"]} for one in items]
    told_of = [
        {name: one[f"subject{name.title()}"] for name in ("type", "id") if one[f"subject{name.title()}"]}
        for one in rows
    ]
    assert told_of == about
    answer = await client.get("/v1/claims?format=xlsx", headers={"Accept-Language": "nl"})
    [head, *body] = cells(answer.content)
    assert {row[head.index("Soort onderwerp")] or "" for row in body} <= {
        *(LABELS["subject"][one["type"]].of("nl") for one in about if "type" in one),
        "",
    }


def test_every_column_with_words_is_a_column() -> None:
    there = {(name, column) for view, name in _NAMES.items() for column in _columns(view)}
    assert there >= _GROUPS.keys()


async def test_a_formula_is_text(world: World) -> None:
    client = await world.client()
    for name in ("=1+1", "+32 2", "@SUM(A1)", "-cmd"):
        written(await client.post("/v1/partners", json={"name": name}))
    _, rows = read(await client.get("/v1/partners?format=csv"))
    assert {"'=1+1", "'+32 2", "'@SUM(A1)", "'-cmd"} <= {row["name"] for row in rows}

    answer = await client.get("/v1/partners?format=xlsx", headers={"Accept-Language": "nl"})
    assert answer.headers["content-type"] == XLSX
    assert 'filename="errera-partners-' in answer.headers["content-disposition"]
    [head, *body] = cells(answer.content)
    assert head[:3] == ["Adres", "Id van de partner", "Naam"]
    assert {"=1+1", "+32 2"} <= {row[2] for row in body}
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    risky = [cell for row in book.worksheets[0].iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert [(cell.data_type, cell.quotePrefix) for cell in risky] == [("s", True)]
    about = {row[0]: row[1] for row in cells(answer.content, 1)}
    assert about["positie"] == str(await world.size())


async def test_a_history_in_a_file_names_event_and_proof(world: World) -> None:
    client = await world.client()
    [agreement, *_] = told(await client.get("/v1/agreements"))["items"]
    history = told(await client.get(f"{agreement['href']}/history"))["items"]
    _, rows = read(await client.get(f"{agreement['href']}/history?format=csv"))
    assert [(row["position"], row["sentence"]) for row in rows] == [
        (str(one["position"]), one["sentence"]) for one in history
    ]
    assert rows[0]["inclusionProof"] == f"/v1/log/inclusionProofs?position={history[0]['position']}"


async def test_much_at_once_is_for_whom_it_is_for(world: World) -> None:
    partner = told(await (await world.client()).get("/v1/partners"))["items"][0]
    own = await world.client("partner", partner_id=partner["partnerId"])
    refused(await own.get("/v1/partners?format=csv"), 403)
    assert (await own.get(f"{partner['href']}/history?format=csv")).status_code == 200
    assert (await (await world.client("auditor")).get("/v1/partners?format=xlsx")).status_code == 200
    refused(await (await world.client()).get("/v1/partners?format=pdf"), 400)
    refused(await (await world.client()).get("/v1/persons?format=csv"), 400)


@given(st.text(max_size=20) | st.sampled_from(DANGEROUS))
def test_no_cell_of_a_file_begins_as_a_formula_does(text: str) -> None:
    shown = guarded(text)
    assert not shown.startswith(("=", "+", "@", "\t", "\r"))
    assert shown in (text, f"'{text}")


def test_a_figure_stays_a_figure_and_parts_are_written_out() -> None:
    assert [guarded(one) for one in ("-12", "-3.5", "-3.5e9", "-")] == ["-12", "-3.5", "'-3.5e9", "'-"]
    assert flat([{"name": "U", "kind": "acronym"}, {"name": "V"}]) == "name: U, kind: acronym; name: V"
    assert [flat(one) for one in (None, True, 3, "x")] == ["", "true", "3", "x"]


def test_no_character_of_a_text_spoils_a_workbook() -> None:
    sheet = Sheet("partners", ["name"], [["a\x00b\x0bc"], ["x" * 40_000]], {})
    [_, first, second] = cells(as_xlsx(sheet, "en"))
    assert first == ["abc"]
    assert len(second[0]) == 32_767
    assert as_csv(sheet).count(b"\r\n") == 4


def test_every_column_has_a_name_in_both_languages() -> None:
    assert {column for view in _NAMES for column in _columns(view)} <= FIELDS.keys()
