"""Mails through a real server: accepted, put off, refused, away, encrypted."""

import ssl
import subprocess
from email.message import EmailMessage
from pathlib import Path

import pytest

from events.vault.reading import Reader, reading
from schedulers.delivery.draining import TRIES
from tests.schedulers.delivery.post import ANN, BOB, Inbox, Post, mail_server
from tests.schedulers.registers import brussels

pytestmark = pytest.mark.server


def text(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    said: str = body.get_content()
    return said.replace("\r\n", "\n")


async def test_the_account_manager_is_told_what_when_and_why(either: Post, inbox: Inbox) -> None:
    ann = await either.person("Ann Ampère", ANN)
    await either.account_manager(ann)
    await either.an_agreement_that_ends()
    assert await either.send() == 1
    [(address, message)] = inbox.taken
    assert address == ANN
    assert message["From"] == "Errera <errera@agency.example>"
    assert message["To"].addresses[0].display_name == "Ann Ampère"
    assert message["Subject"].strip() == "Einde van de overeenkomst: Agoria & Co in 2017-2021, op 31 december 2026"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == brussels("2026-12-01 09:00")
    assert "Wanneer: op 31 december 2026" in text(message)
    assert "Waarom u dit krijgt: Einde van de overeenkomst op 31 december 2026; 30 dagen op voorhand" in text(message)
    assert "Agoria &amp; Co" in text(message, "html")
    row = await either.row()
    assert (row.state, row.reason) == ("sent", None)
    assert await either.send() == 0


async def test_in_the_recipient_s_language_with_the_place_escaped(post: Post, inbox: Inbox) -> None:
    await post.managers(await post.person("Bob", BOB, "en"), await post.person("Ann", ANN))
    await post.a_moment()
    assert await post.send() == 2
    said = dict(inbox.taken)
    assert text(said[BOB]).startswith("What: Consultation moment\n")
    assert "When: on 16 December 2026 at 09:00" in text(said[BOB])
    assert "Where: Errerahuis, <zaal 1>" in text(said[BOB])
    assert "Waar: Errerahuis, <zaal 1>" in text(said[ANN])
    assert "&lt;zaal 1&gt;" in text(said[ANN], "html")
    assert said[BOB]["Message-ID"] != said[ANN]["Message-ID"]


async def test_reading_the_address_stands_in_the_access_log(post: Post, inbox: Inbox) -> None:
    ann, bob = await post.person("Ann", ANN), await post.person("Bob", BOB)
    await post.account_manager(ann)
    await post.managers(bob)
    await post.an_agreement_that_ends()
    await post.send()
    assert inbox.to == [ANN]
    [record], _ = await post.access.page(limit=9)
    assert (record.ids, record.channel, record.actor) == ((ann,), "mail", "system:scheduler")


async def test_nothing_of_the_outbox_names_anybody(post: Post, inbox: Inbox) -> None:
    inbox.answers[ANN] = ["550 5.1.1 <ann@agency.example>: no Ann here"]
    await post.account_manager(await post.person("Ann", ANN))
    await post.an_agreement_that_ends()
    await post.send()
    assert [mail.code for mail in await post.mails()] == ["550 5.1.1"]
    assert "ann" not in post.register.database.path.read_bytes().decode("latin-1").lower().replace("planned", "")


async def test_put_off_it_comes_later_under_the_same_message_id(either: Post, inbox: Inbox) -> None:
    inbox.to_data = ["451 4.3.0 not now"]
    await either.account_manager(await either.person("Ann", ANN))
    await either.an_agreement_that_ends()
    assert await either.send() == 0
    row = await either.row()
    assert (row.state, row.reason, row.failures) == ("waiting", "451 4.3.0", 1)
    assert await either.send() == 0
    assert inbox.taken == []
    await either.later(minutes=1)
    assert await either.send() == 1
    assert (await either.row()).state == "sent"


async def test_put_off_too_often_it_is_a_dead_letter_that_can_be_replayed(post: Post, inbox: Inbox) -> None:
    inbox.answers[ANN] = ["450 4.2.1 mailbox busy"] * TRIES
    await post.account_manager(await post.person("Ann", ANN))
    await post.an_agreement_that_ends()
    for _ in range(TRIES):
        assert (await post.row() if await post.ids() else None) is None or (await post.row()).state == "waiting"
        await post.send()
        await post.later(hours=4)
    row = await post.row()
    assert (row.state, row.reason) == ("dead", "450 4.2.1")
    assert await post.send() == 0
    assert await post.rows.replay(row.id, row.next_at)
    assert not await post.rows.replay(row.id, row.next_at)
    assert await post.send() == 1
    assert inbox.to == [ANN]


async def test_promise_18_an_address_refused_for_good_is_marked_and_the_programme_managers_are_told(
    either: Post, inbox: Inbox
) -> None:
    inbox.answers[ANN] = ["550 5.1.1 no such mailbox"]
    ann = await either.person("Ann", ANN)
    await either.account_manager(ann)
    await either.managers(await either.person("Bob", BOB))
    await either.an_agreement_that_ends()
    assert await either.send() == 1
    assert inbox.to == [BOB]
    assert "Er is geen accountmanager die bereikt kan worden" in text(inbox.taken[0][1])
    row = await either.row()
    assert (row.state, row.reason) == ("dead", "550 5.1.1")
    assert await either.rows.refused_addresses([ann]) == {ann}
    assert await either.rows.replay(row.id, 0)
    assert await either.send() == 1
    assert inbox.to == [BOB, ANN]
    assert (await either.row()).state == "sent"


async def test_promise_18_mail_that_is_refused_for_what_it_says_marks_no_address(post: Post, inbox: Inbox) -> None:
    inbox.to_data = ["554 5.7.1 looks like spam"]
    ann = await post.person("Ann", ANN)
    await post.account_manager(ann)
    await post.an_agreement_that_ends()
    await post.send()
    assert ((await post.row()).state, (await post.row()).reason) == ("dead", "554 5.7.1")
    assert await post.rows.refused_addresses([ann]) == frozenset()


async def test_of_several_recipients_each_has_its_own_end(either: Post, inbox: Inbox) -> None:
    carl = "carl@agency.example"
    inbox.answers = {ANN: ["550 5.1.1 no"], BOB: ["450 4.2.1 busy"]}
    people = {
        name: await either.person(name, address) for name, address in (("Ann", ANN), ("Bob", BOB), ("Carl", carl))
    }
    await either.managers(*people.values())
    await either.a_moment()
    assert await either.send() == 1
    states = {mail.person_id: mail.state for mail in await either.mails()}
    assert [states[one] for one in people.values()] == ["dead", "later", "sent"]
    assert (await either.row()).state == "waiting"
    await either.later(minutes=1)
    assert await either.send() == 1
    assert inbox.to == [carl, BOB]
    assert ((await either.row()).state, (await either.row()).reason) == ("dead", "550 5.1.1")


async def test_a_server_that_is_away_costs_no_try_and_loses_nothing(post: Post, inbox: Inbox) -> None:
    async with mail_server(Inbox()) as gone:
        away = post.drain_of(port=gone)
    await post.account_manager(await post.person("Ann", ANN))
    await post.an_agreement_that_ends()
    assert await post.send(away) == 0
    assert away.failing
    assert ((await post.row()).state, (await post.row()).failures) == ("waiting", 0)
    assert await post.send() == 1
    assert inbox.to == [ANN]


async def test_nobody_to_tell_is_not_lost(post: Post, inbox: Inbox) -> None:
    await post.a_moment()
    assert await post.send() == 0
    assert ((await post.row()).state, (await post.row()).reason) == ("waiting", "noRecipient")
    await post.managers(await post.person("Bob", BOB))
    await post.later(hours=1)
    assert await post.send() == 1
    assert inbox.to == [BOB]


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Of this machine, and its key."""
    files = tmp_path / "server.crt", tmp_path / "server.key"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    written = ["-out", str(files[0]), "-keyout", str(files[1])]
    subprocess.run(["openssl", "req", "-x509", *kind, *subject, *written], check=True, capture_output=True)
    return files


async def test_over_starttls_to_a_server_whose_certificate_is_good_and_to_no_other(
    post: Post, certificate: tuple[Path, Path]
) -> None:
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(*certificate)
    trusted = ssl.create_default_context(cafile=certificate[0])
    inbox = Inbox()
    await post.account_manager(await post.person("Ann", ANN))
    await post.an_agreement_that_ends()
    async with mail_server(inbox, tls_context=offered, require_starttls=True) as port:
        assert await post.send(post.drain_of("required", port=port)) == 0
        assert await post.send(post.drain_of("required", trusted, port)) == 1
    assert inbox.encrypted == [True]


async def test_required_starttls_that_a_server_does_not_offer_sends_nothing(post: Post, inbox: Inbox) -> None:
    await post.account_manager(await post.person("Ann", ANN))
    await post.an_agreement_that_ends()
    drain = post.drain_of("required")
    assert await post.send(drain) == 0
    assert drain.failing
    assert inbox.taken == []


async def test_whoever_is_erased_gets_nothing(post: Post, inbox: Inbox) -> None:
    ann = await post.person("Ann", ANN)
    await post.account_manager(ann)
    await post.managers(await post.person("Bob", BOB))
    await post.an_agreement_that_ends()
    async with post.vault.database.write() as connection:
        await connection.execute(post.vault.rows.delete().where(post.vault.rows.c.id == ann))
    with reading(Reader(actor="tester")):
        assert await post.vault.get([ann]) == {}
    assert await post.send() == 1
    assert inbox.to == [BOB]
