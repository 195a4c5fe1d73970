"""What the tests need from the machine, and what happens where it is not there."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def missing(part: str, remedy: str) -> NoReturn:
    """Skip by name on a person's machine; fail where CI promises that everything is there."""
    sentence = f"{part} is missing: {remedy}"
    if os.environ.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The system's Chromium, for playwright's `launch(executable_path=…, args=chromium_arguments())`."""
    for name in CHROMIUM_NAMES:
        if found := shutil.which(name):
            return Path(found)
    missing("Chromium", "install it (Debian: apt-get install chromium)")


def chromium_arguments() -> list[str]:
    """Chromium refuses its sandbox to root, and only to root."""
    return ["--no-sandbox"] if os.geteuid() == 0 else []
