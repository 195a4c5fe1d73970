"""`errera log verify`: what it says, in which language, and how it ends."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from service.cli.faults import TEXTS
from tests.service.served import ROOT, Told, quick

pytestmark = pytest.mark.server  # one address of none is asked for

SECOND = ROOT / "examples" / "second-programme.json"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register whose log is sealed, what was exported of it, and a checkpoint that somebody kept."""
    made = tmp_path_factory.mktemp("verify")
    assert quick("import", str(SECOND), folder=made / "data").code == 0
    (made / "kept").write_text(quick("log", "checkpoint", folder=made / "data").out, encoding="utf-8")
    assert quick("export", str(made / "export"), "--format", "tiles", folder=made / "data").code == 0
    return made


@pytest.fixture
def folder(sealed: Path, tmp_path: Path) -> Path:
    shutil.copytree(sealed, tmp_path / "copy")
    return tmp_path / "copy"


def verified(folder: Path, *more: str, **settings: str) -> Told:
    return quick("log", "verify", *more, folder=folder / "data", **settings)


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "data" / "errera.sqlite", isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)


def test_a_log_that_is_well_is_told_so_and_what_that_does_not_prove(folder: Path) -> None:
    told = verified(folder)
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("Well: ")
    assert "Without a checkpoint from elsewhere" in told.out
    kept = verified(folder, "--checkpoint", str(folder / "kept"), ERRERA_LANGUAGE="nl")
    assert kept.code == 0
    assert re.fullmatch(r"In orde: \d+ gebeurtenissen, \d+ controlepunten \(1 van elders\), 0 \w+\.\n", kept.out)


def test_it_names_the_first_position_that_is_wrong(folder: Path) -> None:
    change(folder, "UPDATE events SET body = replace(body, '2', '3') WHERE position IN (7, 9)")
    told = verified(folder, "--checkpoint", str(folder / "kept"))
    assert told.code == 1
    assert "position 7: " in told.out
    found = json.loads(verified(folder, "--json").out)
    assert (found["ok"], found["firstBadPosition"]) == (False, 7)
    assert "positie 7: " in verified(folder, ERRERA_LANGUAGE="nl").out


def test_a_log_cut_short_and_sealed_again_is_found_by_what_was_kept(folder: Path) -> None:
    size = json.loads(verified(folder, "--json").out)["size"]
    for statement in (
        f"DELETE FROM events WHERE position = {size}",
        f"DELETE FROM commands WHERE first_position = {size}",
        "UPDATE head SET size = size - 1, recorded_at = (SELECT max(recorded_at) FROM commands)",
        "DELETE FROM log_checkpoints WHERE size > 0",
        "DELETE FROM log_tiles",
    ):
        change(folder, statement)
    told = verified(folder, "--checkpoint", str(folder / "kept"), "--json")
    assert (told.code, json.loads(told.out)["firstBadPosition"]) == (1, size)


def test_a_file_a_folder_and_an_address_are_places(folder: Path) -> None:
    file = folder / "data" / "errera.sqlite"
    for place in (str(file), f"sqlite:///{file}", str(folder / "export")):
        told = json.loads(verified(folder, place, "--json", "--deep").out)
        assert (told["ok"], told["place"]) == (True, place.removeprefix("sqlite:///"))


def test_an_exported_log_is_checked_with_the_readers_own_key(folder: Path) -> None:
    key = (folder / "export" / "publicKey").read_text(encoding="utf-8").strip()
    (folder / "keys").write_text(key, encoding="utf-8")
    (folder / "export" / "publicKey").unlink()
    assert verified(folder, str(folder / "export")).code == 1
    for given in (key, str(folder / "keys")):
        assert verified(folder, str(folder / "export"), "--key", given).code == 0


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (["--key", "none"], 2, "not a public key"),
        (["--checkpoint", "nowhere"], 2, "nowhere"),
        (["nowhere.sqlite"], 3, "there is no such file"),
        (["postgresql://127.0.0.1:9/none"], 3, "cannot be looked at"),
    ],
)
def test_what_cannot_be_looked_at_is_no_log_that_is_wrong(folder: Path, more: list[str], code: int, told: str) -> None:
    found = verified(folder, *more)
    assert (found.code, told in found.err) == (code, True), found.err


def test_every_fault_has_words() -> None:
    sources = (ROOT / "events" / "log" / "verification").glob("*.py")
    codes = {code for file in sources for code in re.findall(r'"([a-z]+(?:A-Z)?\w*\.[a-zA-Z]+)"', file.read_text())}
    assert codes == set(TEXTS)
