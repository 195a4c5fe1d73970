"""A register that moved: whoever comes to where it was is told where it is, in its language."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.service.served import ROOT, Told, errera, quick

FIRST = ROOT / "examples" / "second-programme.json"
LATER = """{
    "format": "errera-import/1",
    "sources": {},
    "rows": [{"do": "addPartner", "body": {"name": "Te laat"}}]
}"""


@dataclass
class Moved:
    """Where it was, and where it is."""

    folder: Path
    place: Path

    def there(self, *arguments: str, **more: str) -> Told:
        """A command where it is."""
        return quick(*arguments, folder=self.folder, ERRERA_DATABASE_URL=f"sqlite:///{self.place}", **more)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Moved:
    base = tmp_path_factory.mktemp("moved")
    register = Moved(base / "data", base / "new" / "errera.sqlite")
    assert quick("import", str(FIRST), folder=register.folder).code == 0
    assert quick("copy", f"sqlite:///{register.place}", folder=register.folder).code == 0
    return register


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", "errera: dit register is verhuisd naar {place}. Geef de ERRERA_DATABASE_URL van daar.\n"),
        ("en", "errera: this register has moved to {place}. Give the ERRERA_DATABASE_URL of that place.\n"),
    ],
)
def test_it_is_not_served_from_where_it_was(moved: Moved, language: str, said: str) -> None:
    told = quick("serve", "--port", "0", folder=moved.folder, ERRERA_LANGUAGE=language)
    assert (told.code, told.out, told.err) == (1, "", said.format(place=moved.place))


@pytest.mark.parametrize(
    ("language", "finding", "remedy"),
    [
        ("nl", "niet ok  logboek: dit register is verhuisd naar {place}", "geef ERRERA_DATABASE_URL van daar"),
        ("en", "not ok   log: this register has moved to {place}", "give the ERRERA_DATABASE_URL of that place"),
    ],
)
def test_the_doctor_says_where_it_is(moved: Moved, language: str, finding: str, remedy: str) -> None:
    told = quick("doctor", folder=moved.folder, ERRERA_LANGUAGE=language)
    assert told.code == 1
    assert f"{finding.format(place=moved.place)}\n         -> {remedy}\n" in told.out


def test_the_doctor_finds_it_well_where_it_is(moved: Moved) -> None:
    told = moved.there("doctor")
    assert (told.code, "not ok" in told.out) == (0, False), told.out


@pytest.mark.parametrize(
    ("language", "said"), [("nl", "neemt geen wijzigingen aan"), ("en", "The register takes no changes")]
)
def test_an_import_is_taken_where_it_is_and_not_where_it_was(
    moved: Moved, tmp_path: Path, language: str, said: str
) -> None:
    file = tmp_path / "later.json"
    file.write_text(LATER, encoding="utf-8")
    late = quick("import", str(file), folder=moved.folder, ERRERA_LANGUAGE=language)
    assert late.code != 0
    assert said in late.out + late.err
    there = moved.there("import", str(file), "--dry-run", ERRERA_LANGUAGE=language)
    assert there.code == 0


@pytest.fixture
def careless() -> Iterator[None]:
    """A shell whose new files anybody may read."""
    mask = os.umask(0)
    yield
    os.umask(mask)


@pytest.mark.usefixtures("careless")
def test_what_a_command_writes_is_its_owners_alone(tmp_path: Path) -> None:
    """In a process of its own, because a command sets the mask of its process."""
    folder = tmp_path / "data"
    exported, copy = tmp_path / "log.jsonl", tmp_path / "copy" / "errera.sqlite"
    assert errera("import", str(FIRST), folder=folder).code == 0
    assert errera("export", str(exported), folder=folder).code == 0
    assert errera("copy", "--keep", f"sqlite:///{copy}", folder=folder).code == 0
    written = [exported, *folder.iterdir(), *copy.parent.iterdir()]
    assert len(written) > 6
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in written} == {file.name: "0o600" for file in written}
    assert {oct(one.stat().st_mode & 0o777) for one in (folder, copy.parent)} == {"0o700"}
