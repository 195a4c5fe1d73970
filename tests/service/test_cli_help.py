"""The command line's help: everything is explained, in the reader's language."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import typer.main

from service.cli.commands import app
from service.cli.helping import DUTCH
from tests.service.served import quick


def tree(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, one in getattr(command, "commands", {}).items():
        yield from tree(one, (*path, name))


COMMANDS = dict(tree(typer.main.get_command(app)))


def test_every_command_and_option_is_explained_in_both_languages() -> None:
    explained = {
        " ".join([*path, *getattr(one, "opts", [])]): one.help
        for path, command in COMMANDS.items()
        for one in (command, *command.params)
    }
    assert [name for name, told in explained.items() if not told] == []
    assert set(explained.values()) == set(DUTCH), "Dutch for each of them, and for nothing else"
    assert all(told.endswith(".") for pair in DUTCH.items() for told in pair)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_speaks_one_language(path: tuple[str, ...], tmp_path: Path) -> None:
    dutch = quick(*path, "--help", folder=tmp_path, ERRERA_LANGUAGE="nl")
    assert (dutch.code, dutch.err) == (0, "")
    assert dutch.out.startswith("Gebruik: ")
    assert not re.search(r"\b(Usage|Options|Arguments|Commands|default|required|Show|the|and)\b", dutch.out)
    english = quick(*path, "--help", folder=tmp_path, ERRERA_LANGUAGE="en")
    assert english.out.startswith("Usage: ")
    assert not re.search(r"\b(Gebruik|Opties|Toon|het|een|wat)\b", english.out)


def test_a_group_without_a_command_explains_itself_in_the_readers_language(tmp_path: Path) -> None:
    told = quick("projections", folder=tmp_path, ERRERA_LANGUAGE="nl")
    assert told.err.startswith("Gebruik: ")
    assert "Projecties: wat uit het logboek berekend wordt." in told.err


@pytest.mark.parametrize("asked", ["version", "--version"])
def test_the_release_is_told_alone(asked: str, tmp_path: Path) -> None:
    told = quick(asked, folder=tmp_path)
    assert (told.code, told.out, told.err) == (0, f"{version('errera')}\n", "")
