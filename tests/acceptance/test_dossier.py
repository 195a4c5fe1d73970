"""The dossier of 28 February 2019, as question 200 of that day asks for it, and how far it can be relied on."""

import base64
import hashlib
import json
import re
import shutil
import zlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from events.store.schema import log_cosignatures
from service.auth.tokens import ROLES, Role
from service.dossier import pdf
from tests.acceptance.world import World, everything, example, open_world, refused, told, written
from tests.tlog.audit import check_proof
from tests.tlog.notes import Key, Wrong, believed

pytestmark = pytest.mark.asyncio(loop_scope="module")

DAY = "2019-02-28"
ASKED = f"/v1/dossiers?asOf={DAY}"


@dataclass
class Read(HTMLParser):
    """A dossier's text, its rows, its links, and the block with the proofs."""

    source: str
    words: list[str] = field(default_factory=list)
    rows: list[tuple[str, list[str], list[str]]] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    proofs: str = ""
    _inside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self, convert_charrefs=True)
        self.feed(self.source)
        self.close()
        assert not self._inside, self._inside

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        if "id" in of:
            self.ids.append(str(of["id"]))
        if tag == "tr":
            self.rows.append((str(of.get("class", "")), [], []))
        if tag in {"td", "th"} and self.rows:
            self.rows[-1][1].append("")
        if tag == "a":
            self.links.append(str(of["href"]))
            if self.rows:
                self.rows[-1][2].append(str(of["href"]))
        if tag not in {"br", "meta", "link"}:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._inside.pop() == tag, (tag, self.getpos())

    def handle_data(self, data: str) -> None:
        if self._inside[-1:] == ["script"]:
            self.proofs += data
        elif self._inside[-1:] != ["style"]:
            self.words.append(data)
            if {"td", "th"} & set(self._inside):
                self.rows[-1][1][-1] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def row(self, name: str) -> tuple[str, str]:
        """What a row says, and on what it rests: documents, lines, events."""
        return next((one[1], " ".join(one[2].split())) for _, one, _ in self.rows if one[0] == name)


async def read(client: httpx.AsyncClient, address: str = ASKED, **headers: str) -> Read:
    answer = await client.get(address, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return Read(answer.text)


@pytest.fixture(scope="module")
def kept() -> dict[str, Read]:
    return {}


async def english(reader: httpx.AsyncClient, kept: dict[str, Read]) -> Read:
    """Made once: it is the same each time."""
    if "en" not in kept:
        kept["en"] = await read(reader)
    return kept["en"]


class TestQuestion200:
    async def test_seventeen_partners_and_how_they_stood(
        self, reader: httpx.AsyncClient, kept: dict[str, Read]
    ) -> None:
        dossier = await english(reader, kept)
        stood = [cells for _, cells, _ in dossier.rows if len(cells) == 5 and cells[3] == "in force"]
        assert len(stood) == 17
        assert {"Voka", "Flanders.bio", "Startups.be", "Unizo"} <= {cells[0] for cells in stood}
        assert dossier.row("Announced number of partners")[0] == "17"
        assert dossier.row("Partners in the register")[0] == "17"

    async def test_fifteen_account_managers_are_claimed_and_nobody_is_invented(
        self, reader: httpx.AsyncClient, kept: dict[str, Read]
    ) -> None:
        dossier = await english(reader, kept)
        value, basis = dossier.row("Number of account managers")
        assert (value, "line 45" in basis) == ("15", True)
        assert dossier.row("Number of partners with an account manager")[0] == "17"
        assert dossier.row("Names and partners of the account managers")[0] == "not in the record"
        assert "Account managers in the register" not in dossier.text
        people = [row["body"]["name"] for row in example("demo.json")["rows"] if row["do"] == "addPerson"]
        assert [name for name in people if name in dossier.source] == []

    async def test_four_moments_known_to_the_month(self, reader: httpx.AsyncClient, kept: dict[str, Read]) -> None:
        dossier = await english(reader, kept)
        moments = [cells for _, cells, _ in dossier.rows if cells[0].endswith("consultation moment of 2019")]
        assert [cells[1] for cells in moments] == ["March 2019", "May 2019", "June 2019", "September 2019"]
        assert all("line 77, 78, 79" in cells[-1] for cells in moments)
        assert dossier.row("Days of the consultation moments")[0] == "not in the record"

    async def test_the_money_with_its_warning(self, reader: httpx.AsyncClient, kept: dict[str, Read]) -> None:
        dossier = await english(reader, kept)
        assert dossier.row("Commitment appropriation 2019")[0] == "EUR 905,000"
        assert dossier.row("Payment appropriation 2019")[0] == "EUR 1,000,000"
        [(tone, cells, links)] = [row for row in dossier.rows if row[1][0] == "Note: more than is committed"]
        assert tone == "warning"
        assert "may pass commitments by EUR 95,000" in cells[1]
        assert len([link for link in links if link.startswith("#e")]) == 2
        assert dossier.row("Amount per partner")[0] == "not in the record"

    async def test_two_improvement_points_and_what_was_done(
        self, reader: httpx.AsyncClient, kept: dict[str, Read]
    ) -> None:
        dossier = await english(reader, kept)
        chapter = dossier.text.partition("1. Improvement points and how they were handled")[2].partition("2. Tools")[0]
        for said in (
            "Er mag nog meer afstemming, communicatie en uitwisseling van informatie zijn tussen de partners en FIT.",
            "Ook de samenwerking tussen de partners onderling mag worden geïntensifieerd.",
            "Deze ideeën zijn geïmplementeerd in de werking van 2019.",
            "FIT stimuleert meer samenwerking tussen de partners onderling",
            "structurele partners vroeger betrokken bij het jaarlijkse actieprogramma",
            "Which measure answers which improvement point not in the record",
        ):
            assert said in chapter, said
        assert chapter.index("Er mag nog") < chapter.index("What was done") < chapter.index("FIT stimuleert")

    async def test_the_kpis_are_not_in_the_record(self, reader: httpx.AsyncClient, kept: dict[str, Read]) -> None:
        dossier = await english(reader, kept)
        [unknown] = [row for row in dossier.rows if row[0] == "unknown" and row[1][0] == "KPI list"]
        assert unknown[1][1] == "not in the record"
        assert "line 16, 73" in unknown[1][2]
        assert "KPI list: not in the record" in dossier.text
        assert "KPI-lijst: niet in het dossier" in (await read(reader, f"{ASKED}&language=nl")).text

    async def test_the_partner_day_and_the_tools(self, reader: httpx.AsyncClient, kept: dict[str, Read]) -> None:
        dossier = await english(reader, kept)
        assert dossier.row("First partner day")[0] == "18 September 2018"
        assert dossier.row("Evaluation for 2018")[0] == "18 September 2018"
        assert dossier.row("Tool: aftercare (retentiemanager)")[0] == "aangesteld"
        assert dossier.row("ERDF project: total price")[0] == "EUR 2,000,051.75"
        assert dossier.row("Fundamental adjustment needed")[0] == "nee"

    async def test_conflicts_open_and_resolved(self, reader: httpx.AsyncClient, kept: dict[str, Read]) -> None:
        dossier = await english(reader, kept)
        chapter = dossier.text.partition("10. Contradictions")[2].partition("What is not in the record")[0]
        still, settled = chapter.partition("Resolved")[::2]
        assert "Listed number of partners 17 / 15 Suggested by authority: 15." in still
        assert "Head of the agency at the signing (Fedustria)" in still
        assert "State of the signing" in settled
        assert "after the day of this dossier: alle 17 ondertekend." in settled
        chosen = [one["position"] for one in json.loads(dossier.proofs)["items"] if '"ClaimChosen"' in one["entry"]]
        assert len(chosen) == 3
        assert all(f"#{position}" in settled for position in chosen)

    async def test_it_and_the_claims_of_that_day_agree_on_what_is_resolved_before_and_after_it_was(
        self, reader: httpx.AsyncClient, kept: dict[str, Read]
    ) -> None:
        now = await english(reader, kept)
        chosen = [one for one in await everything(reader, f"/v1/claims?asOf={DAY}") if one["chosen"]]
        settled = {row for tone, row in stands(now) if tone == "settled"}
        assert {one["resolution"]["position"] for one in chosen} == {position for row in settled for position in row}
        first = min(one["resolution"]["position"] for one in chosen)
        before = told(await reader.get(f"/v1/events?after={first - 2}&limit=1"))["items"][0]["time"]
        then = await read(reader, f"{ASKED}&knownAt={before}")
        assert {tone for tone, _ in stands(then)} == {"conflict"}
        assert not any(one["chosen"] for one in await everything(reader, f"/v1/claims?asOf={DAY}&knownAt={before}"))

    async def test_what_came_out_later_is_left_out_and_what_is_not_dated_is_told_as_such(
        self, reader: httpx.AsyncClient, kept: dict[str, Read]
    ) -> None:
        dossier = await english(reader, kept)
        assert re.search(r"Claims from sources that came out later, left out: [1-9]\d*\.", dossier.text)
        assert "federatie voor de technologische industrie" not in dossier.source
        [page] = [
            cells for _, cells, _ in dossier.rows if cells[0] == "Listed number of partners" and "17" in cells[1]
        ][:1]
        assert page[1] == "17source without a date of publication"


def stands(dossier: Read) -> list[tuple[str, frozenset[int]]]:
    """How each contradiction stands, with the positions of the choices that it rests on."""
    choices = {one["position"] for one in json.loads(dossier.proofs)["items"] if '"ClaimChosen"' in one["entry"]}
    return [
        (tone, frozenset(choices & {int(link[2:]) for link in links if link.startswith("#e")}))
        for tone, cells, links in dossier.rows
        if tone in {"conflict", "settled"} and " / " in cells[1]
    ]


class TestHowFarItGoes:
    async def test_everything_that_is_said_rests_on_events_that_are_there(
        self, reader: httpx.AsyncClient, kept: dict[str, Read]
    ) -> None:
        dossier = await english(reader, kept)
        said = [row for row in dossier.rows if row[0] in {"known", "claimed", "warning", "conflict", "settled"}]
        assert len(said) > 60
        assert [cells for _, cells, links in said if not any(link.startswith("#e") for link in links)] == []
        assert {link.removeprefix("#") for link in dossier.links} <= set(dossier.ids)
        assert len(dossier.ids) == len(set(dossier.ids))
        shown = {int(one[1:]) for one in dossier.ids if re.fullmatch(r"e\d+", one)}
        assert shown == {one["position"] for one in json.loads(dossier.proofs)["items"]}

    async def test_its_proofs_hold_for_who_knows_the_specifications_and_the_key(
        self, demo: World, reader: httpx.AsyncClient, kept: dict[str, Read]
    ) -> None:
        proofs = json.loads((await english(reader, kept)).proofs)
        keys = [Key.parse(str(key)) for key in demo.house.audit.verifiers]
        assert proofs["verifierKeys"] == [str(key) for key in demo.house.audit.verifiers]
        checkpoint = believed(proofs["checkpoint"].encode(), keys)
        for one in proofs["items"]:
            found = check_proof(one["proof"].encode(), one["entry"].encode(), keys)
            assert found == (one["position"] - 1, checkpoint)
        spoilt = proofs["items"][0]["entry"].replace("2017", "2018").encode()
        assert spoilt != proofs["items"][0]["entry"].encode()
        with pytest.raises(Wrong, match="is not in the tree"):
            check_proof(proofs["items"][0]["proof"].encode(), spoilt, keys)

    async def test_it_may_be_shown_by_a_browser_and_do_nothing(self, reader: httpx.AsyncClient) -> None:
        answer = await reader.get(ASKED)
        [style] = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in answer.headers["content-security-policy"]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert re.findall(r"(?:src|href)=\"(?!#)", answer.text) == []
        assert answer.text.count("<script") == answer.text.count('<script type="application/json"') == 1

    @pytest.mark.parametrize("role", ROLES)
    async def test_who_exports_and_reads_the_log_may_have_one(self, demo: World, role: Role) -> None:
        client = await demo.client(role, **({"partner_id": "p"} if role == "partner" else {}))
        answer = await client.get(ASKED)
        assert answer.status_code == (200 if role in {"programmeManager", "auditor"} else 403)

    async def test_a_client_needs_both_scopes(self, demo: World) -> None:
        for scopes, status in ((["export"], 403), (["log:read"], 403), (["export", "log:read"], 200)):
            client = await demo.client("client", scopes=frozenset(scopes))
            assert (await client.get(ASKED)).status_code == status

    async def test_before_the_register_began_it_says_so(self, reader: httpx.AsyncClient) -> None:
        found = refused(await reader.get(f"{ASKED}&knownAt=2020-01-01T00:00:00Z"), 404, "register.notBegun")
        assert found["began"].startswith("2026-11-23T")

    async def test_an_unknown_cohort_is_not_found(self, reader: httpx.AsyncClient) -> None:
        refused(await reader.get(f"{ASKED}&cohortId=nobody"), 404, "cohort.unknown")
        refused(await reader.get(f"{ASKED}&format=docx"), 400)
        refused(await reader.get("/v1/dossiers?asOf=2019-02-30"), 400, "date.invalid")

    async def test_a_day_on_which_nothing_was_there_is_told_as_such(self, reader: httpx.AsyncClient) -> None:
        assert (
            "On this day the register knew of no cohort." in (await read(reader, "/v1/dossiers?asOf=2016-01-01")).text
        )

    async def test_another_day_tells_of_another_cohort(self, reader: httpx.AsyncClient) -> None:
        dossier = await read(reader, "/v1/dossiers?asOf=2023-06-01")
        assert dossier.row("Announced number of partners")[0] == "21"
        for nobody_said in ("account managers", "consultation moments in 2023", "improvement points", "KPI list"):
            assert f"not in the record {nobody_said}" in dossier.text
        assert "Structurele partners 2017-2021" not in dossier.text.partition("Sources")[0]
        first = (await everything(reader, "/v1/cohorts"))[0]
        chosen = await read(reader, f"/v1/dossiers?asOf=2023-06-01&cohortId={first['cohortId']}")
        assert chosen.row("Announced number of partners")[0] == "17"


class TestTheSameAgain:
    async def test_whenever_it_is_asked_for_and_whatever_came_after(self, copied: World) -> None:
        client = await copied.client()
        first = await client.get(ASKED)
        [known_at] = re.findall(r"--known-at (\S+)\.", first.text)
        pdf = await client.get(f"{ASKED}&knownAt={known_at}&format=pdf")
        cohort = (await everything(client, "/v1/cohorts"))[0]
        subject = {"type": "cohort", "id": cohort["cohortId"]}
        claim = {"subject": subject, "predicate": "budget2019Commitment", "value": "1.00", "source": "Gerucht"}
        written(await client.post("/v1/claims", json=claim))
        await copied.settled()
        now = await read(client)
        assert "EUR 905,000 / EUR 1 commitment appropriation 2019 sources contradict each other" in now.text
        assert "may pass commitments" not in now.text
        for address in (f"{ASKED}&knownAt={known_at}", f"{ASKED}&knownAt={known_at.replace('Z', '%2B00:00')}"):
            again = await client.get(address)
            assert again.content == first.content
            assert again.headers["etag"] == first.headers["etag"]
        assert (await client.get(f"{ASKED}&knownAt={known_at}&format=pdf")).content == pdf.content

    async def test_two_instants_of_knowledge_around_a_correction(self, copied: World) -> None:
        client = await copied.client()
        cohort = (await everything(client, "/v1/cohorts"))[0]
        opened = (await everything(client, f"{cohort['href']}/history"))[0]
        before = await read(client)
        [known_at] = re.findall(r"--known-at (\S+)\.", before.source)
        body = {"position": opened["position"], "reason": "verkeerd geteld", "data": {"announcedPartnerCount": 18}}
        written(await client.post(f"{cohort['href']}/corrections", json=body, headers={"If-Match": "*"}))
        await copied.settled()
        after = await read(client)
        assert after.row("Announced number of partners")[0] == "18"
        [listed] = [row for row in after.rows if row[1][0] == "Partners in the register"]
        assert (listed[0], "differs from what was announced" in listed[1][1]) == ("warning", True)
        assert (await read(client, f"{ASKED}&knownAt={known_at}")).source == before.source

    async def test_whichever_keys_sign_since(self, history: Path, tmp_path: Path) -> None:
        folder = tmp_path / "data"
        shutil.copytree(history, folder)
        async with open_world(folder) as world:
            first = (await (await world.client()).get(ASKED)).content
        key = folder / "log.key"
        key.write_text(f"{'0123456789abcdef' * 4}\n{key.read_text()}")
        async with open_world(folder) as world:
            assert len(world.house.audit.verifiers) == 2
            assert (await (await world.client()).get(ASKED)).content == first

    async def test_whoever_cosigns_since(self, copied: World) -> None:
        client, database = await copied.client(), copied.house.store.database
        first = await client.get(ASKED)
        [size] = {int(one) for one in re.findall(r"consistencyProofs\?from=(\d+)", first.text)}
        line = f"\N{EM DASH} witness.example {base64.b64encode(bytes(76)).decode()}\n"
        async with database.write() as connection:
            added = log_cosignatures.insert().values(size=size, name="witness.example", line=line)
            await connection.execute(added)
        sealed = await copied.house.audit.log.at(size)
        assert sealed is not None
        assert sealed.note.decode().endswith(line)
        assert (await client.get(ASKED)).content == first.content

    async def test_but_for_what_was_erased_which_is_said_to_be(self, copied: World) -> None:
        client, vault = await copied.client(), copied.house.vault
        before = await read(client)
        [point, _] = [
            one.event.text.text_id
            for one in await copied.house.store.read_category("cohort", 0, 100)
            if one.type == "ImprovementPointReported"
        ]
        async with vault.database.write() as connection:
            await connection.execute(vault.rows.delete().where(vault.rows.c.id == point))
        after = await read(client)
        assert ("Er mag nog meer afstemming" in before.text, "Er mag nog meer afstemming" in after.text) == (
            True,
            False,
        )
        assert "text erased" in after.text
        assert json.loads(after.proofs) == json.loads(before.proofs)


class TestPersons:
    async def test_they_go_by_name_only_where_that_is_asked_for_by_who_may_and_it_is_noted(self, copied: World) -> None:
        client = await copied.client()
        cohort = (await everything(client, "/v1/cohorts"))[0]["cohortId"]
        partner = (await everything(client, f"/v1/partners?cohortId={cohort}"))[0]
        person = written(await client.post("/v1/persons", json={"name": "An Voorbeeld"}))["personId"]
        assigned = {"personId": person, "effectiveOn": "2018-01-01"}
        written(await client.post(f"{partner['href']}/accountManagers", json=assigned))
        await copied.settled()
        plain = await read(client)
        assert "An Voorbeeld" not in plain.source
        assert f"person {person[:8]}" in plain.text
        assert plain.row("Account managers in the register")[0] == "1, for partners: 1"
        assert plain.row("Account manager of 16 of the 17 partners")[0] == "not in the record"
        before = told(await client.get("/v1/accessRecords"))["total"]
        named = await read(client, f"{ASKED}&persons=true")
        assert named.row(partner["name"])[0]
        assert "An Voorbeeld" in named.text
        assert "An Voorbeeld" not in named.proofs
        assert told(await client.get("/v1/accessRecords"))["total"] > before
        auditor = await copied.client("auditor")
        refused(await auditor.get(f"{ASKED}&persons=true"), 403)
        reason = {"Errera-Reason": "dossier 2027/12"}
        assert "An Voorbeeld" in (await read(auditor, f"{ASKED}&persons=true", **reason)).text


class TestPdf:
    async def test_without_typst_it_says_so(self, reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pdf, "AVAILABLE", False)
        refused(await reader.get(f"{ASKED}&format=pdf"), 400, "dossier.noPdf", "format")

    async def test_it_is_an_archive_with_the_same_proofs_inside(
        self, reader: httpx.AsyncClient, kept: dict[str, Read]
    ) -> None:
        answer = await reader.get(ASKED, headers={"Accept": "application/pdf"})
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        assert answer.content.startswith(b"%PDF-")
        [attached] = [one for one in streams(answer.content) if b"errera-dossier-proofs/1" in one]
        assert json.loads(attached) == json.loads((await english(reader, kept)).proofs)
        assert b"errera-proofs.json" in answer.content
        assert any(b"<pdfaid:part>3</pdfaid:part>" in one for one in [answer.content, *streams(answer.content)])


def streams(pdf: bytes) -> list[bytes]:
    """What lies compressed in a PDF."""
    found: list[Any] = []
    for match in re.finditer(rb"stream\r?\n", pdf):
        try:
            found.append(zlib.decompressobj().decompress(pdf[match.end() :]))
        except zlib.error:
            continue
    return found
