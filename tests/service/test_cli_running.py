"""The command line beside a running demonstration, all of it on one."""

import json
import re
import stat
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.service.served import ROOT, Service, environment, errera, quick
from tests.system import missing

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("cli_running")]

SECOND = ROOT / "examples" / "second-programme.json"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(tmp_path_factory.mktemp("demo") / "data", "--demo")
    yield service
    assert service.stop() == 0
    assert "Traceback" not in service.errors.read_text()


def test_the_demonstration_is_served_with_a_token(demo: Service) -> None:
    assert demo.get("/v1/partners")["total"] == 25
    assert demo.get("/v1/agreements")["total"] == 38
    assert "loaded" in demo.said


def test_a_token_is_the_only_line_and_works_at_once(demo: Service) -> None:
    told = errera("token", "create", "--role", "auditor", folder=demo.folder)
    assert (told.code, told.err) == (0, "")
    assert re.fullmatch(r"errera_[\w-]{43}\n", told.out)
    with demo.client(told.out.strip()) as auditor:
        assert auditor.get("/v1/events?limit=1").status_code == 200
        assert auditor.post("/v1/partners", json={"name": "x"}).status_code == 403


def test_a_token_is_made_as_it_was_asked_for(demo: Service) -> None:
    partner = demo.get("/v1/partners")["items"][0]["partnerId"]
    token = quick("token", "create", "--role", "partner", "--partner", partner, folder=demo.folder).out.strip()
    with demo.client(token) as own:
        assert [one["partnerId"] for one in own.get("/v1/partners").json()["items"]] == [partner]
    token = quick(
        "token", "create", "--role", "client", "--scope", "log:read", "--scope", "agreements:read",
        "--expires", "2099-01-01T00:00:00Z", folder=demo.folder,
    ).out.strip()  # fmt: skip
    with demo.client(token) as client:
        paths = ("/v1/events", "/v1/agreements", "/v1/persons")
        assert [client.get(path).status_code for path in paths] == [200, 200, 403]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--role", "king"),
        ("--role", "partner"),
        ("--role", "auditor", "--scope", "log:read"),
        ("--role", "client", "--scope", "everything"),
        ("--role", "auditor", "--expires", "2020-01-01T00:00:00Z"),
        ("--role", "auditor", "--expires", "2030-01-01T00:00:00"),
    ],
)
def test_a_wrong_token_is_refused_in_words(demo: Service, arguments: tuple[str, ...]) -> None:
    told = quick("token", "create", *arguments, folder=demo.folder)
    assert told.code in {1, 2}
    assert told.out == ""
    assert len(told.err) > 20


def test_a_revoked_token_opens_nothing(demo: Service) -> None:
    token = quick("token", "create", "--role", "auditor", folder=demo.folder).out.strip()
    [row] = [line for line in quick("token", "list", folder=demo.folder).out.splitlines() if token[:11] in line]
    assert token not in row
    assert quick("token", "revoke", row.split()[0], folder=demo.folder).code == 0
    with demo.client(token) as client:
        assert client.get("/v1/partners").status_code == 401
    assert quick("token", "revoke", "nobody", folder=demo.folder).code == 1


def test_a_second_service_on_the_same_data_is_refused(demo: Service) -> None:
    told = errera("serve", "--port", "0", folder=demo.folder)
    assert told.code == 1
    assert "does the service run already?" in told.err
    assert demo.get("/health")["status"] == "UP"


def test_the_local_socket_is_its_owners_and_tcp_never_passes_for_it(demo: Service) -> None:
    path = demo.folder / "errera.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://errera") as local:
        assert local.get("/v1/tokens").status_code == 200
    forged = {
        "Host": str(path),
        "X-Forwarded-For": str(path),
        "X-Forwarded-Host": str(path),
        "Forwarded": f"host={path}",
    }
    with httpx.Client(base_url=demo.address) as stranger:
        assert stranger.get("/v1/tokens", headers=forged).status_code == 401


def acts(demo: Service) -> int:
    """How many events people made; the scheduler goes on meanwhile."""
    return sum(1 for one in demo.get("/v1/events", limit=1000)["items"] if one["actor"] != "system:scheduler")


def test_an_import_says_first_and_does_then_and_not_twice(demo: Service) -> None:
    before = acts(demo)
    would = quick("import", str(SECOND), "--dry-run", folder=demo.folder)
    assert (would.code, "would be applied" in would.out) == (0, True)
    assert acts(demo) == before
    done = quick("import", str(SECOND), "--json", folder=demo.folder)
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert (done.code, {row["outcome"] for row in rows}) == (0, {"done"})
    assert len(rows) == len(json.loads(SECOND.read_text())["rows"])
    again = quick("import", str(SECOND), folder=demo.folder)
    assert (again.code, again.out.count("done before")) == (0, len(rows))


def test_an_import_with_a_wrong_row_applies_nothing(demo: Service, tmp_path: Path) -> None:
    before = acts(demo)
    rows = [
        {"do": "addPartner", "body": {"name": "Zuivere Lucht"}},
        {"do": "addPartner", "body": {"name": "Zuivere Grond", "addedOn": "2026-02-29"}},
    ]
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps({"format": "errera-import/1", "title": "t", "sources": {}, "rows": rows}))
    told = quick("import", str(file), folder=demo.folder)
    assert told.code == 1
    assert "REFUSED" in told.out
    assert "addedOn: '2026-02-29'" in told.out
    assert "nothing was applied" in told.out
    assert acts(demo) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SECOND.read_bytes()[:1000], "not valid JSON"),
        (b'{"format": "errera-import/1", "format": "x", "rows": []}', "format"),
        (b'{"format": "another/1", "rows": []}', "errera-import/1"),
        (b"[]", ""),
        (b"\xff\xfe", "UTF-8"),
        (b"", "not valid JSON"),
    ],
)
def test_an_unreadable_import_says_so(demo: Service, tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "unreadable.json"
    file.write_bytes(content)
    told = quick("import", str(file), folder=demo.folder)
    assert told.code == 2
    assert said in told.err


def test_what_is_due_at_the_end_of_the_cohort(demo: Service) -> None:
    found = due(demo, "2026-11-22T12:00:00Z")
    kinds = Counter(one["kind"] for one in found if one["dueOn"] == "2026-12-31")
    assert (kinds["agreementEnd"], kinds["cohortEnd"]) == (21, 1)
    [end] = [one for one in found if one["kind"] == "cohortEnd"]
    assert end.keys() - {"beforeRegister", "supersedes"} == {
        "key", "kind", "subject", "dueOn", "raiseAt", "offset", "timing", "recipient", "reason",
    }  # fmt: skip
    assert (end["offset"], end["supersedes"]) == ("P3M", ["P12M", "P6M"])
    assert end["raiseAt"].startswith("2026-09-30T00:00:00+02:00")
    assert end["reason"].endswith(".")


def test_what_would_have_been_due_before_the_register(demo: Service) -> None:
    found = due(demo, "2019-01-15T12:00:00Z")
    assert Counter(one["dueOn"] for one in found if one["kind"] == "fixDay") == {
        "2019-03": 1, "2019-05": 1, "2019-06": 1, "2019-09": 1,
    }  # fmt: skip
    assert all(one["beforeRegister"] is True for one in found)
    before = acts(demo)
    assert "before the register" in quick("reminders", "due", "--at", "2019-01-15T12:00:00Z", folder=demo.folder).out
    assert acts(demo) == before


def test_a_reminder_is_explained_raised_or_not(demo: Service) -> None:
    raised = demo.get("/v1/reminders", status="raised", kind="cohortEnd")["items"][0]["key"]
    explained = quick("reminders", "explain", raised, folder=demo.folder)
    assert (explained.code, "raisedAt: " in explained.out) == (0, True)
    cases = {
        raised.replace(".P3M.", ".P30D."): "Not yet",
        raised.replace(".r1.", ".r7."): "moved",
        due(demo, "2019-01-15T12:00:00Z")[-1]["key"]: "before the register",
    }
    for key, said in cases.items():
        told = quick("reminders", "explain", key, folder=demo.folder)
        assert (told.code, said in told.out) == (0, True), told
    assert quick("reminders", "explain", "cohortEnd.nobody.2026", folder=demo.folder).code == 1
    assert quick("reminders", "explain", "a/b", folder=demo.folder).code == 1


def test_projections_are_looked_at_and_made_anew(demo: Service) -> None:
    status = quick("projections", "status", "--json", folder=demo.folder)
    assert {one["behind"] for one in json.loads(status.out)["items"]} == {0}
    assert quick("projections", "rebuild", folder=demo.folder).code == 0
    assert quick("projections", "rebuild", "partners", "cohorts", folder=demo.folder).code == 0
    assert quick("projections", "rebuild", "nothing", folder=demo.folder).code == 1
    verified = quick("projections", "verify", folder=demo.folder)
    assert (verified.code, verified.out) == (0, "Everything agrees with the log.\n")


def test_the_whole_log_is_exported(demo: Service, tmp_path: Path) -> None:
    size = demo.get("/v1/projections")["logSize"]
    assert quick("export", str(tmp_path / "log.jsonl"), folder=demo.folder).code == 0
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["position"] for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) >= size
    assert quick("export", folder=demo.folder).out.splitlines()[: len(lines)] == lines
    assert "nowhere" in quick("export", str(tmp_path / "nowhere" / "x"), folder=demo.folder).err


def test_the_doctor_looks_everything_over(demo: Service) -> None:
    told = quick("doctor", folder=demo.folder)
    assert (told.code, "not ok" in told.out) == (0, False), told.out
    assert "service: runs" in told.out
    assert "SQLite 3." in told.out
    (demo.folder / "vault.key").chmod(0o644)
    try:
        told = quick("doctor", folder=demo.folder)
    finally:
        (demo.folder / "vault.key").chmod(0o600)
    assert (told.code, "chmod 600" in told.out) == (1, True)


def test_the_tour_in_the_readme_can_be_taken(demo: Service, tmp_path: Path) -> None:
    """Each example as it stands there, against the demonstration."""
    if subprocess.run(["sh", "-c", "command -v curl"], check=False, capture_output=True).returncode:
        missing("curl", "install it (Debian: apt-get install curl)")
    tour = (ROOT / "README.md").read_text().partition("## A first tour")[2].partition("\n## ")[0]
    [calls, commands] = re.findall(r"```sh\n(.*?)```", tour, re.DOTALL)
    script = calls.replace("TOKEN=errera_…", f"TOKEN={demo.token}").replace("http://127.0.0.1:8000/", demo.address)
    script = script.replace("http://127.0.0.1:8000$", f"{demo.address.rstrip('/')}$")
    assert "8000" not in script
    done = subprocess.run(
        ["sh", "-euc", script],
        env=environment(demo.folder),
        cwd=tmp_path,  # it keeps a file
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert '"urn:problem-type:belgif:badRequest"' in done.stdout
    for line in commands.splitlines():
        program, *arguments = line.split()
        assert program.endswith("/errera")
        told = quick(*[str(ROOT / one) if one.endswith(".json") else one for one in arguments], folder=demo.folder)
        assert told.code == 0, (line, told)


def due(demo: Service, at: str) -> list[dict[str, Any]]:
    told = quick("reminders", "due", "--at", at, "--json", folder=demo.folder)
    assert told.code == 0
    items: list[dict[str, Any]] = json.loads(told.out)["items"]
    return items


def test_a_dossier_is_written_and_is_the_same_again(demo: Service, tmp_path: Path) -> None:
    asked = ("dossier", "--as-of", "2019-02-28", "--language", "nl")
    told = quick(*asked, "--out", str(tmp_path / "een.html"), folder=demo.folder)
    assert (told.code, told.out, told.err) == (0, "", "")
    first = (tmp_path / "een.html").read_text(encoding="utf-8")
    assert "KPI-lijst: niet in het dossier" in first
    [known_at] = re.findall(r"--known-at (\S+)\.", first)
    assert quick(*asked, "--known-at", known_at, folder=demo.folder).out == first
    told = quick(*asked, "--format", "pdf", "--out", str(tmp_path / "een.pdf"), folder=demo.folder)
    assert (told.code, (tmp_path / "een.pdf").read_bytes()[:5]) == (0, b"%PDF-")
    before = quick(*asked, "--known-at", "2020-01-01T00:00:00Z", folder=demo.folder, ERRERA_LANGUAGE="en")
    assert (before.code, before.out, "began at" in before.err) == (1, "", True)


def test_claims_are_listed_weighed_and_resolved(demo: Service) -> None:
    found = json.loads(quick("claims", "list", "--open", "--json", folder=demo.folder).out)["items"]
    assert {one["value"] for one in found if one["suggested"]} == {"15", "was aanwezig bij de ondertekening"}
    assert quick("claims", "list", "--published-by", "2017-12-31", folder=demo.folder).out.count("\n") > 10
    order = quick("claims", "order", folder=demo.folder, ERRERA_LANGUAGE="en").out
    assert order.splitlines()[0] == "1. deed: signed deed"
    ordered = quick("claims", "order", "partnerPage", "pressRelease", "--reason", "proef", folder=demo.folder)
    assert (ordered.code, ordered.out.splitlines()[0].startswith("1. partnerPage")) == (0, True)
    assert quick("claims", "order", "rumour", folder=demo.folder).code == 1
    [listed] = [one for one in found if one["value"] == "17"]
    told = quick("claims", "resolve", listed["claimId"], "--reason", "S2 laat twee plaatsen leeg", folder=demo.folder)
    assert (told.code, "17" in told.out) == (0, True)
    left = json.loads(quick("claims", "list", "--open", "--json", folder=demo.folder).out)["items"]
    assert {one["predicate"] for one in left} == {"agencyHeadAtSigning"}


def test_a_person_is_erased_and_looked_up_from_the_command_line(demo: Service) -> None:
    with demo.client(demo.token) as client:
        person = client.post("v1/persons", json={"name": "Iemand Tijdelijk"}).raise_for_status().json()["personId"]
        refused = quick("persons", "erase", person, folder=demo.folder, ERRERA_LANGUAGE="en")
        assert (refused.code, "nothing is requested" in refused.err) == (1, True)
        ground = {"legalGround": "AVG, artikel 17"}
        request = client.post(f"v1/persons/{person}/erasureRequests", json=ground).raise_for_status().json()
    asked = json.loads(quick("persons", "requests", "--json", folder=demo.folder).out)["items"]
    assert [one["requestId"] for one in asked if one["personId"] == person] == [request["requestId"]]
    erased = quick("persons", "erase", person, "--json", folder=demo.folder)
    done = json.loads(erased.out)
    assert (erased.code, done["state"]) in {(0, "complete"), (3, "pending")}
    assert json.loads(quick("vault", "access", "--about", person, "--json", folder=demo.folder).out)["items"]
    told = quick("vault", "access", "--about", person, "--csv", folder=demo.folder).out.splitlines()
    assert told[0] == "at,actor,role,channel,purpose,reason,ids"
    assert all(person in line for line in told[1:])
    assert json.loads(quick("vault", "dispositions", "--json", folder=demo.folder).out)["items"] == []
