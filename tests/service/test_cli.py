"""The command line without a service, and what the README says of it all."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer.main

from service import settings as settings_module
from service.app import create_app
from service.cli.commands import app
from service.cli.inprocess import InProcess
from service.house import open_house
from service.settings import Settings
from tests.service.served import ROOT, Told, environment, errera, quick

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_commands_work_without_a_service(folder: Path) -> None:
    token = quick("token", "create", "--role", "auditor", folder=folder).out.strip()
    assert token[:11] in quick("token", "list", folder=folder).out
    done = quick("import", str(ROOT / "examples" / "second-programme.json"), folder=folder)
    assert (done.code, "rows applied" in done.out) == (0, True)
    assert quick("export", folder=folder).out.count("\n") > 10
    assert quick("projections", "status", folder=folder).code == 0
    assert quick("projections", "verify", folder=folder).code == 0
    assert quick("reminders", "due", "--at", "2030-01-01T00:00:00Z", folder=folder).code == 0
    told = quick("doctor", folder=folder)
    assert (told.code, "service: does not run" in told.out) == (0, True), told.out


def test_the_doctor_makes_nothing(folder: Path) -> None:
    told = quick("doctor", folder=folder)
    assert (told.code, "none yet" in told.out) == (0, True)
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_the_doctor_sees_a_folder_that_cannot_be_written(folder: Path) -> None:
    folder.mkdir(mode=0o500)
    assert quick("doctor", folder=folder).code == 1


def test_the_doctor_names_what_is_wrong(folder: Path) -> None:
    assert quick("token", "list", folder=folder).code == 0
    folder.chmod(0o755)
    (folder / "vault.key").write_text("no key\n")
    told = quick("doctor", folder=folder)
    assert told.code == 1
    assert f"chmod 700 {folder}" in told.out
    assert "not ok   vault key" in told.out
    assert "not ok   database: the vault does not open" in told.out
    told = quick("doctor", folder=folder, ERRERA_TIME_ZONE="Mars")
    assert (told.code, "not ok   settings" in told.out) == (1, True)


@pytest.mark.parametrize("command", ["doctor", "list partners"])
@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "cannot be read (Is a directory)"), ("nl", "kan niet gelezen worden (Is a directory)")],
)
def test_a_folder_where_the_key_belongs_is_told_so(folder: Path, command: str, language: str, words: str) -> None:
    assert quick("token", "list", folder=folder).code == 0
    (folder / "vault.key").unlink()
    (folder / "vault.key").mkdir()
    told = quick(*command.split(), folder=folder, ERRERA_LANGUAGE=language)
    said = told.out + told.err
    assert (told.code, f"{folder / 'vault.key'} {words}" in said) == (1, True), said
    assert "ERRERA_DATABASE_URL" not in said


WHILE_IT_LOADS = """
import os, signal, sys
signal.signal(signal.SIGINT, getattr(signal, sys.argv.pop(1)))
class Finder:
    def find_spec(self, name, *_):
        if name == "events.log.verification.verifying":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from service.cli import main
main()
"""


def while_it_loads(handler: str, folder: Path, **more: str) -> Told:
    """The command, which is interrupted as it loads its own modules."""
    done = subprocess.run(
        [sys.executable, "-c", WHILE_IT_LOADS, handler, "log", "verify"],
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        check=False,
    )
    return Told(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(("language", "said"), [("nl", "errera: afgebroken\n"), ("en", "errera: interrupted\n")])
def test_whoever_interrupts_a_command_as_it_starts_is_answered_in_one_line(
    folder: Path, language: str, said: str
) -> None:
    assert while_it_loads("default_int_handler", folder, ERRERA_LANGUAGE=language) == Told(130, "", said)


def test_what_was_started_deaf_to_interruptions_stays_so(folder: Path) -> None:
    assert quick("token", "list", folder=folder).code == 0
    told = while_it_loads("SIG_IGN", folder)
    assert (told.code, told.out.startswith("Well: 0 events")) == (0, True), told


@pytest.mark.parametrize(
    ("command", "inside"), [("log verify", "log_verify.verify"), ("doctor", "doctor.load_settings")]
)
def test_whoever_interrupts_a_command_at_work_is_answered_in_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str, inside: str
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(f"service.cli.{inside}", interrupted)
    assert quick(*command.split(), folder=folder) == Told(130, "", "errera: interrupted\n")


def test_messages_are_dutch_or_english(folder: Path) -> None:
    def told(**more: str) -> str:
        return quick("import", "/nowhere", folder=folder, **more).err

    assert "niet leesbaar" in told(ERRERA_LANGUAGE="nl")
    assert "cannot be read" in told(ERRERA_LANGUAGE="en")
    assert "cannot be read" in told(ERRERA_LANGUAGE="", LANG="en_GB.UTF-8")
    assert "niet leesbaar" in told(ERRERA_LANGUAGE="", LANG="C.UTF-8")


def test_the_program_names_its_release(folder: Path) -> None:
    told = errera("version", folder=folder)
    assert (told.code, re.fullmatch(r"\d+\.\d+\.\d+\S*\n", told.out) is not None) == (0, True)
    assert not folder.exists()


async def test_an_answer_within_the_process_comes_as_it_is_made() -> None:
    """What a progress bar needs: the first line is there before the last is made."""
    made: list[int] = []

    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for number in range(3):
            made.append(number)
            await send({"type": "http.response.body", "body": b"%d\n" % number, "more_body": True})
            await asyncio_sleep()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async with (
        httpx.AsyncClient(transport=InProcess(application), base_url="http://errera") as client,
        client.stream("GET", "/") as response,
    ):
        assert [(line, len(made)) async for line in response.aiter_lines()] == [("0", 1), ("1", 2), ("2", 3)]


async def asyncio_sleep() -> None:
    import asyncio

    await asyncio.sleep(0.05)


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_readme_lists_every_setting() -> None:
    rows = re.findall(r"^\| `(ERRERA_\w+)` \| (.*?) \| (.*) \|$", section("Settings"), re.MULTILINE)
    wanted = {f"ERRERA_{name.upper()}": field.description for name, field in Settings.model_fields.items()}
    assert {name: told for name, _, told in rows} == wanted
    for name, default, _ in rows:
        value = Settings.model_fields[name.removeprefix("ERRERA_").lower()].default
        if value is None:
            assert default == ""
        else:
            assert str(value).endswith(default.strip("`"))
    assert settings_module.load().data_dir == Path("data")


def commands(command: Any, path: tuple[str, ...] = ("errera",)) -> Iterator[tuple[str, set[str]]]:
    if hasattr(command, "commands"):
        for name, one in command.commands.items():
            yield from commands(one, (*path, name))
    else:
        yield " ".join(path), {option for one in command.params for option in one.opts if option.startswith("--")}


def test_the_readme_lists_every_command_and_option() -> None:
    told = {
        re.split(r" (?=[\[A-Z-])", one)[0]: set(re.findall(r"--[\w-]+", one))
        for one in re.findall(
            r"`(errera [^`]+)`", "\n".join(re.findall(r"^\| (.*?) \|", section("Commands"), re.MULTILINE))
        )
    }
    assert told == dict(commands(typer.main.get_command(app)))


async def test_the_readme_lists_every_endpoint(tmp_path: Path) -> None:
    told = {
        (method, path)
        for methods, path in re.findall(r"`((?:[A-Z]+ )+)(/[^`\s]*)`", section("Endpoints"))
        for method in methods.split()
    }
    async with open_house(Settings(data_dir=tmp_path)) as house:
        paths = create_app(house).openapi()["paths"]
    there = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert there - told == set(), "in the API, not in the README"
    assert told - there == set(), "in the README, not in the API"


def test_what_the_readme_points_to_is_there() -> None:
    links = re.findall(r"\]\(((?!https?:)[^)#]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
