"""`errera log` and the sealed log's export: what a keeper of checkpoints and an auditor take away."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.service.served import ROOT, Service, errera, quick
from tests.tlog import tree
from tests.tlog.audit import Auditor, check_proof
from tests.tlog.notes import Key, believed

SECOND = ROOT / "examples" / "second-programme.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A register with a history, which nobody serves."""
    made = tmp_path_factory.mktemp("log") / "data"
    told = quick("import", str(SECOND), folder=made, ERRERA_LOG_ORIGIN="errera.example/log")
    assert told.code == 0, told.err
    return made


def exported(folder: Path, target: Path) -> Auditor:
    told = quick("export", str(target), "--format", "tiles", folder=folder)
    assert (told.code, told.err) == (0, "")
    keys = [Key.parse(line) for line in (target / "publicKey").read_text().splitlines()]
    return Auditor(lambda path: (target / path).read_bytes(), keys)


def test_a_checkpoint_covers_all_that_is_recorded(folder: Path) -> None:
    told = json.loads(quick("log", "checkpoint", "--json", folder=folder).out)
    plain = quick("log", "checkpoint", folder=folder).out
    assert (told["note"], told["origin"]) == (plain, "errera.example/log")
    found = believed(plain.encode(), [Key.parse(one) for one in told["publicKeys"]], "errera.example/log")
    lines = quick("export", folder=folder).out.splitlines()
    assert (found.size, told["size"]) == (len(lines), len(lines))
    assert base64.b64decode(told["root"]) == found.root
    assert told["signatures"] == ["errera.example/log"]


def test_an_exported_log_is_audited_from_its_files_alone(folder: Path, tmp_path: Path) -> None:
    auditor = exported(folder, tmp_path / "log")
    audited = auditor.audit(auditor.checkpoint("errera.example/log"))
    told = [json.loads(line) for line in quick("export", folder=folder).out.splitlines()]
    assert [json.loads(entry.split(b"\n", 3)[3])["eventId"] for entry in audited.entries] == [one["id"] for one in told]


def test_a_proof_of_an_event_is_checked_without_the_register(folder: Path, tmp_path: Path) -> None:
    auditor = exported(folder, tmp_path / "log")
    entries = auditor.audit(auditor.checkpoint()).entries
    out = tmp_path / "third.tlog-proof"
    assert quick("log", "prove", "3", "--out", str(out), folder=folder).code == 0
    index, checkpoint = check_proof(out.read_bytes(), entries[2], auditor.keys)
    assert (index, checkpoint.size) == (2, len(entries))
    assert quick("log", "prove", "3", folder=folder).out.encode() == out.read_bytes()


def test_growth_is_proved_as_a_witness_asks_for_it(folder: Path, tmp_path: Path) -> None:
    auditor = exported(folder, tmp_path / "log")
    audited = auditor.audit(auditor.checkpoint())
    head, _, note = quick("log", "prove", "--from", "5", folder=folder).out.partition("\n\n")
    old, *hashes = head.split("\n")
    found = believed(note.encode(), auditor.keys)
    assert (old, found) == ("old 5", audited.checkpoint)
    growth = [base64.b64decode(one) for one in hashes]
    tree.check_consistency(5, found.size, tree.root(audited.leaves[:5]), found.root, growth)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("prove",), 2),
        (("prove", "3", "--from", "2"), 2),
        (("prove", "3", "--to", "5"), 2),
        (("prove", "0"), 2),
        (("prove", "999999"), 1),
        (("prove", "--from", "999999"), 1),
        (("prove", "--from", "1", "--to", "2"), 1),
        (("prove", "3", "--out", "/nowhere/proof"), 1),
        (("accept-key", "--new"), 1),
    ],
)
def test_what_cannot_be_proved_or_accepted_is_said_in_words(
    folder: Path, arguments: tuple[str, ...], code: int
) -> None:
    told = quick("log", *arguments, folder=folder)
    assert (told.code, told.out) == (code, "")
    assert len(told.err) > 20


def test_tiles_are_exported_into_a_folder(folder: Path) -> None:
    told = quick("export", "--format", "tiles", folder=folder)
    assert (told.code, "in which folder" in told.err) == (2, True)


def test_a_lost_key_stops_the_register_until_another_one_is_accepted(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert quick("import", str(SECOND), folder=folder).code == 0
    first = json.loads(quick("log", "checkpoint", "--json", folder=folder).out)
    (folder / "log.key").unlink()
    told = quick("log", "checkpoint", folder=folder)
    assert (told.code, "accept-key --new" in told.err) == (1, True)

    accepted = quick("log", "accept-key", "--new", folder=folder)
    assert accepted.code == 0, accepted.err
    now = json.loads(quick("log", "checkpoint", "--json", folder=folder).out)
    assert now["publicKeys"] == accepted.out.splitlines() != first["publicKeys"]
    assert now["size"] == first["size"] + 1
    [*_, last] = [json.loads(line) for line in quick("export", folder=folder).out.splitlines()]
    assert last["type"] == "errera.LogKeysReplaced.v1"
    assert (last["data"]["retired"], last["data"]["introduced"]) == (first["publicKeys"], now["publicKeys"])

    assert quick("log", "accept-key", folder=folder).out == "the keys were right already\n"
    auditor = exported(folder, tmp_path / "log")
    assert auditor.audit(auditor.checkpoint()).checkpoint.size == now["size"]


def test_accepting_a_key_that_was_interrupted_is_finished_and_told_once(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert quick("import", str(SECOND), folder=folder).code == 0
    (folder / "log.key").write_text("07" * 32)
    with pytest.MonkeyPatch.context() as patch:

        async def killed(*_: object) -> None:
            raise KeyboardInterrupt

        patch.setattr("events.log.keys.LogKeys.replace", killed)
        assert quick("log", "accept-key", folder=folder).code == 130
    assert quick("log", "checkpoint", folder=folder).code == 1
    assert quick("log", "accept-key", folder=folder).code == 0
    types = [json.loads(line)["type"] for line in quick("export", folder=folder).out.splitlines()]
    assert types.count("errera.LogKeysReplaced.v1") == 1


# Beside a running service


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Service]:
    service = Service(folder)
    yield service
    assert service.stop() == 0


@pytest.mark.server
@pytest.mark.xdist_group("cli_log")
def test_all_of_it_works_while_the_service_runs(running: Service, tmp_path: Path) -> None:
    folder = running.folder
    with httpx.Client(base_url=running.address) as anybody:
        served = anybody.get("/v1/log/checkpoint").content
    auditor = exported(folder, tmp_path / "log")
    auditor.follows(believed(served, auditor.keys), auditor.checkpoint())
    assert believed(quick("log", "checkpoint", folder=folder).out.encode(), auditor.keys).size > 1
    proof = errera("log", "prove", "1", folder=folder).out.encode()
    assert check_proof(proof, auditor.audit(auditor.checkpoint()).entries[0], auditor.keys)[0] == 0
    told = quick("log", "accept-key", folder=folder)
    assert (told.code, "does the service run already?" in told.err) == (1, True)
