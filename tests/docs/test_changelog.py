"""`CHANGELOG.md` tells of the release that this is, and what came after it."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
HEADINGS = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
RELEASE = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def test_the_first_release_it_tells_of_is_this_one() -> None:
    released = [heading for heading in HEADINGS if heading != "Unreleased"]
    assert released[0] == RELEASE
    assert HEADINGS[: len(HEADINGS) - len(released)] in ([], ["Unreleased"]), "what is not released stands on top"


def test_every_release_left_what_it_wrote() -> None:
    kept = {folder.name for folder in (ROOT / "tests" / "golden").iterdir() if (folder / "entries.json").is_file()}
    assert {heading for heading in HEADINGS if heading != "Unreleased"} == kept
