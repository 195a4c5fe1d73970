"""Every word of a dossier that is not the record's own, in Dutch and English. Facts stand in braces."""

from collections.abc import Mapping
from typing import Final

from domain.labels import Language, Words

TEXTS: Final[Mapping[str, Words]] = {
    "title": Words("Dossier partnerovereenkomsten", "Dossier on partnership agreements"),
    "subtitle": Words("Stand op {day}", "As of {day}"),
    "known": Words(
        "Zoals het register het wist {instant}, na gebeurtenis {position}.",
        "As the register knew it {instant}, after event {position}.",
    ),
    "glance": Words("In één oogopslag", "At a glance"),
    "contents": Words("Inhoud", "Contents"),
    "print": Words(
        "Druk af of bewaar als PDF met de afdrukfunctie van uw browser.", "Print or save with your browser."
    ),
    "none": Words("Op deze dag kende het register geen enkele cohorte.", "On this day the register knew of no cohort."),
    # chapters
    "improvement": Words("Verbeterpunten en hoe ze werden aangepakt", "Improvement points and how they were handled"),
    "people": Words("Instrumenten en mensen", "Tools and people"),
    "money": Words("Financiële middelen", "Money"),
    "kpis": Words("Kritieke prestatie-indicatoren", "Key performance indicators"),
    "adjustments": Words("Bijsturing", "Adjustments"),
    "consultations": Words("Overlegmomenten", "Consultation moments"),
    "evaluation": Words("Partnerdag en evaluatie", "Partner day and evaluation"),
    "partners": Words("Partners en overeenkomsten", "Partners and agreements"),
    "other": Words("Wat bronnen verder zeggen", "What sources say besides"),
    "conflicts": Words("Tegenspraken tussen bronnen", "Contradictions between sources"),
    "unknowns": Words("Wat niet in het dossier staat", "What is not in the record"),
    "documents": Words("Bronnen", "Sources"),
    "evidence": Words("Gebeurtenissen in het logboek", "Events in the log"),
    "verification": Words("Zelf nakijken", "Checking it yourself"),
    # what is not known
    "unknown": Words("niet in het dossier", "not in the record"),
    "unknown.kpiList": Words("KPI-lijst", "KPI list"),
    "unknown.managers": Words("Namen en partners van de accountmanagers", "Names and partners of the account managers"),
    "unknown.managersOfSome": Words(
        "Accountmanager van {count} van de {total} partners", "Account manager of {count} of the {total} partners"
    ),
    "unknown.days": Words("Dagen van de overlegmomenten", "Days of the consultation moments"),
    "unknown.moments": Words("Overlegmomenten in {year}", "Consultation moments in {year}"),
    "unknown.points": Words("Verbeterpunten", "Improvement points"),
    "unknown.pointDates": Words(
        "Datum waarop de verbeterpunten gemeld werden", "Date on which the points were reported"
    ),
    "unknown.match": Words(
        "Welke maatregel bij welk verbeterpunt hoort", "Which measure answers which improvement point"
    ),
    "unknown.measures": Words("Wat er met de verbeterpunten gebeurde", "What was done about the improvement points"),
    "unknown.budget": Words("Vastlegging en betaling in {year}", "Commitment and payment in {year}"),
    "unknown.perPartner": Words("Bedrag per partner", "Amount per partner"),
    "unknown.signatories": Words(
        "Ondertekenaars van {count} van de {total} overeenkomsten", "Signatories of {count} of the {total} agreements"
    ),
    "unknown.coFinancing": Words("Cofinanciering", "Co-financing"),
    "unknown.evaluation": Words("Evaluatie in {year}", "Evaluation in {year}"),
    "unknown.adjustment": Words("Bijsturing", "Adjustments"),
    # rows
    "points": Words("De verbeterpunten", "The improvement points"),
    "measures": Words("Wat er gebeurde", "What was done"),
    "ofEvaluation": Words("bij de evaluatie over {year}", "at the evaluation for {year}"),
    "reported": Words("gemeld {date}", "reported {date}"),
    "due": Words("tegen {date}", "due {date}"),
    "findings": Words("Bevindingen van de evaluatie over {year}", "Findings of the evaluation for {year}"),
    "heldOn": Words("Evaluatie over {year}", "Evaluation for {year}"),
    "erased": Words("tekst gewist", "text erased"),
    "managers": Words("Accountmanagers in het register", "Account managers in the register"),
    "managersCount": Words("{managers}, voor partners: {partners}", "{managers}, for partners: {partners}"),
    "person": Words("persoon {id}", "person {id}"),
    "said": Words("Wat bronnen zeggen", "What sources say"),
    "excess": Words("Let op: meer dan vastgelegd", "Note: more than is committed"),
    "excess.text": Words(
        "In {year} mag er {amount} meer betaald dan vastgelegd worden. Dat kan als er eerdere vastleggingen betaald "
        "worden; of dat zo is, staat niet in het dossier.",
        "In {year} payments may pass commitments by {amount}. That can be right where earlier commitments are paid; "
        "whether it is so is not in the record.",
    ),
    "coFinancing": Words("Cofinanciering in de overeenkomsten", "Co-financing in the agreements"),
    "agreed": Words("Afgesproken KPI's", "Agreed KPIs"),
    "target": Words("doel", "target"),
    "latest": Words("laatste cijfer", "latest figure"),
    "kpi": Words("KPI", "KPI"),
    "moment": Words("Overlegmoment", "Consultation moment"),
    "when": Words("Wanneer", "When"),
    "status": Words("Stand", "Status"),
    "momentOf": Words("{ordinal} overlegmoment van {year}", "{ordinal} consultation moment of {year}"),
    "partner": Words("Partner", "Partner"),
    "signed": Words("Ondertekend", "Signed"),
    "term": Words("Looptijd", "Term"),
    "notSigned": Words("nog niet", "not yet"),
    "unsure": Words("{status}, niet zeker", "{status}, not certain"),
    "announced": Words("Aangekondigd aantal partners", "Announced number of partners"),
    "listed": Words("Partners in het register", "Partners in the register"),
    "differs": Words("verschilt van wat er aangekondigd werd", "differs from what was announced"),
    "according": Words("volgens een bron", "according to a source"),
    "contradicted": Words("bronnen spreken elkaar tegen", "sources contradict each other"),
    "taken": Words("aangenomen", "taken as right"),
    "notTaken": Words("niet aangenomen", "not taken as right"),
    "undated": Words("bron zonder datum van publicatie", "source without a date of publication"),
    "conflict.suggested": Words("Voorstel volgens gezag: {value}.", "Suggested by authority: {value}."),
    "conflict.none": Words("Geen voorstel volgens gezag.", "Authority suggests nothing."),
    "conflict.settled": Words("Beslecht {date}: {value}. {reason}", "Resolved {date}: {value}. {reason}"),
    "conflict.later": Words(
        "Beslecht {date}, na de dag van dit dossier: {value}. {reason}",
        "Resolved {date}, after the day of this dossier: {value}. {reason}",
    ),
    "open": Words("Open", "Open"),
    "settled": Words("Beslecht", "Resolved"),
    "noConflicts": Words("Geen tegenspraak tussen bronnen", "No contradiction between sources"),
    "whole": Words("het hele dossier", "the whole record"),
    # tiles
    "tile.partners": Words("partners", "partners"),
    "tile.managers": Words("accountmanagers", "account managers"),
    "tile.moments": Words("overlegmomenten in {year}", "consultation moments in {year}"),
    "tile.points": Words("verbeterpunten", "improvement points"),
    "tile.commitment": Words("vastleggings\u00admachtiging {year}", "commitment appropriation {year}"),
    "tile.payment": Words("uitbetalings\u00admachtiging {year}", "payment appropriation {year}"),
    "tile.conflicts": Words("open tegenspraken", "open contradictions"),
    "tile.kpis": Words("KPI's afgesproken", "KPIs agreed"),
    # sources and evidence
    "source": Words("bron {number}", "source {number}"),
    "line": Words("regel {lines}", "line {lines}"),
    "event": Words("gebeurtenis {position}", "event {position}"),
    "column.number": Words("Nr.", "No."),
    "column.document": Words("Document", "Document"),
    "column.kind": Words("Soort", "Kind"),
    "column.published": Words("Gepubliceerd", "Published"),
    "column.statement": Words("Gegeven", "Subject"),
    "column.value": Words("Waarde", "Value"),
    "column.basis": Words("Steunt op", "Rests on"),
    "notDescribed": Words("niet beschreven", "not described"),
    "notDated": Words("niet gedateerd", "not dated"),
    "sha256": Words("SHA-256 van de tekst: {hash}", "SHA-256 of the text: {hash}"),
    "effective": Words("Rechtsdatum: {date}", "Legal date: {date}"),
    "recorded": Words("opgenomen {instant}", "recorded {instant}"),
    "by": Words("door {actor}", "by {actor}"),
    "unpublished": Words(
        "Beweringen uit bronnen die later verschenen, niet opgenomen: {count}.",
        "Claims from sources that came out later, left out: {count}.",
    ),
    "evidence.lead": Words(
        "Elk gegeven hierboven steunt op deze gebeurtenissen. Personen staan er met een kenmerk, niet met hun naam.",
        "Everything above rests on these events. Persons stand here by an id, not by name.",
    ),
    "evidence.named": Words(
        "Elk gegeven hierboven steunt op deze gebeurtenissen. Dit dossier noemt personen bij naam: geef het niet "
        "verder dan nodig is.",
        "Everything above rests on these events. This dossier names persons: pass it on no further than is needed.",
    ),
    # verification
    "check.rests": Words(
        "Dit dossier steunt op controlepunt {size} van het logboek {origin}. Al wie dat controlepunt kent, kan zonder "
        "ons nakijken dat elke gebeurtenis hierboven erin staat en dat er sindsdien niets aan veranderd is.",
        "This dossier rests on checkpoint {size} of the log {origin}. Whoever knows that checkpoint can check without "
        "us that each event above is in it, and that nothing of it was changed since.",
    ),
    "check.note": Words("Het controlepunt, ondertekend", "The checkpoint, signed"),
    "check.keys": Words("De publieke sleutel van het logboek", "The log's public key"),
    "check.key.lead": Words(
        "Vraag de sleutel ook langs een andere weg op (GET /v1/log/publicKey, of een getuige) en vergelijk.",
        "Ask for the key another way too (GET /v1/log/publicKey, or a witness), and compare.",
    ),
    "check.steps": Words("Stap voor stap", "Step by step"),
    "check.where.html": Words(
        "De bewijzen zitten in dit bestand zelf, in het blok script met id errera-proofs: JSON met voor elke "
        "gebeurtenis de positie (position), de logregel (entry) en het bewijs (proof).",
        "The proofs are in this file itself, in the script block with id errera-proofs: JSON with for each event its "
        "position, the log entry (entry) and the proof.",
    ),
    "check.where.pdf": Words(
        "De bewijzen zitten als bijlage in dit bestand: errera-proofs.json, met voor elke gebeurtenis de positie "
        "(position), de logregel (entry) en het bewijs (proof).",
        "The proofs are attached to this file: errera-proofs.json, with for each event its position, the log entry "
        "(entry) and the proof.",
    ),
    "check.1": Words(
        "Neem de logregel als UTF-8 en bereken het blad: SHA-256 van de byte 00 en de logregel.",
        "Take the entry as UTF-8 and compute the leaf: SHA-256 of the byte 00 and the entry.",
    ),
    "check.2": Words(
        "Het bewijs is van de vorm c2sp.org/tlog-proof: een index (positie - 1), hashes, en een controlepunt. Reken "
        "met de hashes van het blad naar de wortel (RFC 6962, 2.1.1: SHA-256 van de byte 01, links en rechts).",
        "The proof has the form of c2sp.org/tlog-proof: an index (position - 1), hashes, and a checkpoint. Compute "
        "with the hashes from the leaf to the root (RFC 6962, 2.1.1: SHA-256 of the byte 01, left and right).",
    ),
    "check.3": Words(
        "De wortel moet die van het controlepunt zijn: de derde regel. De tweede regel is het aantal gebeurtenissen.",
        "The root must be that of the checkpoint: its third line. The second line is the number of events.",
    ),
    "check.4": Words(
        "De handtekening onder het controlepunt (c2sp.org/signed-note, Ed25519) moet kloppen met de publieke sleutel.",
        "The signature under the checkpoint (c2sp.org/signed-note, Ed25519) must fit the public key.",
    ),
    "check.5": Words(
        "Is uw controlepunt later, vraag dan GET /v1/log/consistencyProofs?from={size}&to=… en kijk na dat het latere "
        "logboek met dit begint.",
        "If yours is a later checkpoint, ask GET /v1/log/consistencyProofs?from={size}&to=… and check that the later "
        "log begins with this one.",
    ),
    "check.again": Words(
        "Hetzelfde dossier opnieuw: errera dossier --as-of {as_of} --known-at {known_at}. Het is byte voor byte "
        "gelijk, tenzij er sindsdien iets gewist is.",
        "The same dossier again: errera dossier --as-of {as_of} --known-at {known_at}. It is the same byte for byte, "
        "unless something was erased since.",
    ),
    "page": Words("blz. {page} van {pages}", "page {page} of {pages}"),
}


def text(key: str, language: Language, **facts: object) -> str:
    """A text with its facts filled in."""
    return TEXTS[key].of(language).format(**facts)
