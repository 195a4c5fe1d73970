"""Collections as files, and differences of knowledge, on the command line."""

import json
from pathlib import Path

import openpyxl
import pytest

from tests.service.served import ROOT, quick


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("listed") / "data"
    assert quick("import", str(ROOT / "examples" / "second-programme.json"), folder=data).code == 0
    return data


def test_a_collection_goes_to_stdout_or_to_a_file(folder: Path, tmp_path: Path) -> None:
    told = quick("list", "partners", "--as-of", "2030-01-01", folder=folder)
    assert told.code == 0, told.err
    assert told.out.startswith("# errera: partners")
    assert "# asOf: 2030-01-01" in told.out
    book = tmp_path / "partners.xlsx"
    assert quick("list", "partners", str(book), "--format", "xlsx", folder=folder).code == 0
    rows = len([line for line in told.out.splitlines() if line.startswith("/v1/partners/")])
    assert openpyxl.load_workbook(book).worksheets[0].max_row == rows + 1
    assert quick("list", "partners", "--format", "xlsx", folder=folder).code == 2
    assert "2026-02-30" in quick("list", "partners", "--as-of", "2026-02-30", folder=folder).err


def test_the_difference_between_two_instants_is_a_table(folder: Path) -> None:
    told = quick("knowledge", "diff", "--from", "2020-01-01T00:00:00Z", "--json", folder=folder)
    found = json.loads(told.out)
    assert {one["change"] for one in found["items"]} == {"added"}
    assert "registerBegan" in found
    shown = quick("knowledge", "diff", "--from", "2020-01-01T00:00:00Z", folder=folder)
    assert shown.code == 0
    assert "The register began" in shown.out
    assert all(one["name"] in shown.out for one in found["items"] if one["subject"]["type"] == "partner")
    assert max(len(line) for line in shown.out.splitlines()) <= 130, "it fits where it is read"
    assert f"Differences: {found['total']}." in shown.out
    none = quick("knowledge", "diff", "--from", found["knownTo"], "--json", folder=folder)
    assert json.loads(none.out)["items"] == []


def test_the_difference_goes_to_a_file_with_whole_values(folder: Path, tmp_path: Path) -> None:
    asked = ("knowledge", "diff", "--from", "2020-01-01T00:00:00Z")
    found = json.loads(quick(*asked, "--json", folder=folder).out)
    told = quick(*asked, "--format", "csv", folder=folder)
    assert told.code == 0, told.err
    assert "# errera: knowledge" in told.out
    rows = sum(len(one["fields"]) for one in found["items"])
    book = tmp_path / "difference.xlsx"
    assert quick(*asked, str(book), "--format", "xlsx", folder=folder).code == 0
    assert openpyxl.load_workbook(book).worksheets[0].max_row == rows + 1
    assert quick(*asked, "--format", "xlsx", folder=folder).code == 2
