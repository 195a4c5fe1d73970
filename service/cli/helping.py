"""`--help` in the reader's language: in the code its texts are English, and here they are Dutch."""

import re
from collections.abc import Mapping
from typing import Any, Final

import typer.core

from service.cli import INTERRUPTED
from service.cli.words import Stop, language

DUTCH: Final[Mapping[str, str]] = {
    "Errera, a register of partnership agreements.": "Errera, een register van partnerovereenkomsten.",
    "Say which release this is, and nothing else.": "Zeg welke versie dit is, en niets anders.",
    "As JSON.": "Als JSON.",
    # serve
    "Run the service: the API, the pages and the scheduler.": "Start de dienst: de API, de bladzijden en de planner.",
    "Load the demonstration's history into an empty store, and make a token.": (
        "Laad de geschiedenis van de demonstratie in een leeg register, en maak een token."
    ),
    "The address to listen on.": "Het adres om op te luisteren.",
    "The port to listen on; 0 for any.": "De poort om op te luisteren; 0 voor een vrije.",
    "Start the clock here; in a demo only, and forward of what it holds.": (
        "Begin de klok hier; alleen in een demonstratie, en later dan wat er al in staat."
    ),
    # import, export, copy
    "Carry out a file of commands: all, or none (exit 1 if a row is refused, 2 if the file is unreadable).": (
        "Voer een bestand met opdrachten uit: alle, of geen enkele (eindigt met 1 als een rij geweigerd wordt, met 2 "
        "als het bestand niet leesbaar is)."
    ),
    "One JSON document; examples/README.md says what is in it.": (
        "Eén JSON-document; examples/README.md zegt wat erin staat."
    ),
    "Only say what would be done.": "Zeg alleen wat er zou gebeuren.",
    "A line of JSON for each row.": "Een regel JSON per rij.",
    "Write the whole log: events as CloudEvents, in the order of recording; or the sealed log, to verify elsewhere.": (
        "Schrijf het hele logboek: de gebeurtenissen als CloudEvents, in de volgorde waarin ze opgetekend zijn; of het "
        "verzegelde logboek, om elders na te gaan."
    ),
    "Where to write it: a file, or for tiles a folder. Without it, to stdout.": (
        "Waarheen: een bestand, of bij tiles een map. Zonder, naar stdout."
    ),
    "json: a line for each event. tiles: checkpoint, key, tiles and entries, as C2SP tlog-tiles has them.": (
        "json: een regel per gebeurtenis. tiles: controlepunt, sleutel, tegels en logregels zoals C2SP tlog-tiles."
    ),
    "Where to write it; without it, to stdout.": "Waarheen; zonder, naar stdout.",
    (
        "Move the register to another database, and compare every byte. Exits 0 only if they are the same.\n\n"
        "What an interrupted copy began is gone on with. Read models are not copied: the service computes them from "
        "the log."
    ): (
        "Verhuis het register naar een andere databank, en vergelijk elke byte. Eindigt alleen met 0 als ze gelijk "
        "zijn.\n\nWat een onderbroken kopie begon, wordt voortgezet. Leesmodellen gaan niet mee: de dienst berekent ze "
        "uit het logboek."
    ),
    "As ERRERA_DATABASE_URL; without FROM, from the settings' own.": (
        "Zoals ERRERA_DATABASE_URL; zonder FROM, van die uit de instellingen."
    ),
    "Make a copy: the register stays where it is.": "Maak een kopie: het register blijft waar het is.",
    # log
    "The log as evidence: checkpoints, proofs, keys; verifying it.": (
        "Het logboek als bewijs: controlepunten, bewijzen, sleutels; het nakijken."
    ),
    "The newest checkpoint, of all that is recorded until now: a signed note. Who keeps it can tell later.": (
        "Het jongste controlepunt, van alles wat tot nu opgetekend is: een getekend bericht. Wie het bewaart, kan het "
        "later nagaan."
    ),
    "Of the event: proves that it is in the log.": "Van de gebeurtenis: bewijst dat ze in het logboek staat.",
    "Proves that the log of this size begins it.": "Bewijst dat het met het logboek van deze grootte begint.",
    "That it begins the log of this size, not of now.": "Dat dat van deze grootte ermee begint, niet dat van nu.",
    "A proof that is checked without us: a tlog-proof for an event, or with --from hashes and checkpoint of growth.": (
        "Een bewijs dat zonder ons na te gaan is: een tlog-proof voor een gebeurtenis, of met --from hashes en "
        "controlepunt van wat erbij kwam."
    ),
    "Make a key file first, where there is none.": "Maak eerst een sleutelbestand, als er geen is.",
    "The keys that signed the log are lost: from now on those in the key file sign, and the log says so.": (
        "De sleutels die het logboek tekenden zijn verloren: van nu af tekenen die in het sleutelbestand, en het "
        "logboek zegt dat."
    ),
    # doctor, version
    "Look everything over. Exits 1 if something is wrong, with what to do about it.": (
        "Kijk alles na. Eindigt met 1 als er iets mis is, met wat eraan te doen."
    ),
    "Which release this is.": "Welke versie dit is.",
    # log
    (
        "Look at every byte of the log, and name the first position that is wrong. Writes nothing; the service may "
        "run.\n\nExits 0 only if all is well, 1 if something is wrong, 2 for wrong options, 3 if there was nothing to "
        "look at."
    ): (
        "Kijk elke byte van het logboek na, en noem de eerste positie die niet klopt. Er wordt niets geschreven; de "
        "dienst mag draaien.\n\nEindigt alleen met 0 als alles klopt, met 1 als er iets mis is, met 2 bij verkeerde "
        "opties, met 3 als er niets na te kijken was."
    ),
    (
        "A database (as ERRERA_DATABASE_URL, or a SQLite file) or a folder with an exported log; without it, the "
        "settings' own database."
    ): (
        "Een databank (zoals ERRERA_DATABASE_URL, of een SQLite-bestand) of een map met een uitgevoerd logboek; "
        "zonder, die uit de instellingen."
    ),
    "A checkpoint kept elsewhere, or a folder of them; can be given more than once.": (
        "Een controlepunt dat elders bewaard is, of een map ervan; kan meer dan eens."
    ),
    (
        "A public key (name+hash+base64) or a file with some, of the log or a witness; without it, those that lie "
        "beside the log. Can be given more than once."
    ): (
        "Een publieke sleutel (naam+hash+base64) of een bestand met sleutels, van het logboek of een getuige; zonder, "
        "die naast het logboek liggen. Kan meer dan eens."
    ),
    "Go on under another name, where the end of the log is lost. The log says which checkpoint it no longer has.": (
        "Ga verder onder een andere naam, als het einde van het logboek verloren is. Het logboek zegt welk "
        "controlepunt het niet meer heeft."
    ),
    "The newest checkpoint that was published; without it, the one in ERRERA_LOG_PUBLISH_DIR.": (
        "Het nieuwste controlepunt dat gepubliceerd is; zonder, dat in ERRERA_LOG_PUBLISH_DIR."
    ),
    "The public key that signed it (name+hash+base64), where this log does not know it.": (
        "De publieke sleutel die het tekende (naam+hash+base64), als dit logboek hem niet kent."
    ),
    "The new name; without it, the old one with a number after it.": (
        "De nieuwe naam; zonder, de oude met een nummer erachter."
    ),
    "Do it. Without this, only say what would be done.": "Doe het. Zonder dit wordt alleen gezegd wat er zou gebeuren.",
    "Also read the data of every event; takes about twice as long.": (
        "Lees ook de gegevens van elke gebeurtenis; duurt ongeveer dubbel zo lang."
    ),
    # list, knowledge
    "Write a whole collection to a file that says what it rests on.": (
        "Schrijf een hele verzameling naar een bestand dat zegt waarop het steunt."
    ),
    "What to list.": "Wat er opgesomd wordt.",
    "The file to write. Without it, to stdout.": "Het bestand om te schrijven. Zonder, naar stdout.",
    "Comma-separated, or a workbook.": "Met komma's gescheiden, of een werkmap.",
    "As it was on this day.": "Zoals het was op deze dag.",
    "As it was known at this instant.": "Zoals het bekend was op dit ogenblik.",
    "Knowledge: what the register knew, and when.": "Kennis: wat het register wist, en wanneer.",
    "What is known otherwise at two instants: which objects, which fields, because of what.": (
        "Wat op twee ogenblikken anders bekend is: welke zaken, welke velden, door wat."
    ),
    "The earlier instant, with its offset.": "Het vroegste ogenblik, met zijn tijdsverschil.",
    "The later instant; without it, now.": "Het latere ogenblik; zonder, nu.",
    # token
    "Tokens: who may call the service.": "Tokens: wie de dienst mag aanspreken.",
    "Make a token. It is printed alone, this once, and works at once.": (
        "Maak een token. Het wordt alleen getoond, deze ene keer, en werkt meteen."
    ),
    "What the token's owner is.": "Wat de eigenaar van het token is.",
    "Whose token it is, for the role partner.": "Van welke partner het token is, bij de rol partner.",
    "Who it is, for an account manager.": "Wie het is, bij een accountmanager.",
    "What a client may do; can be given more than once.": "Wat een toepassing mag; kan meer dan eens.",
    "Until when it opens anything.": "Tot wanneer het iets opent.",
    "Every token, by its first letters.": "Elk token, met zijn eerste letters.",
    "From now on it opens nothing.": "Van nu af opent het niets meer.",
    "As `token list` shows it.": "Zoals `token list` het toont.",
    # backup, restore
    (
        "Make a backup, while the service runs: the log, the vault and the tokens, as they are at one moment.\n\n"
        "The keys and the erasure ledger are not in it: keep copies of those elsewhere."
    ): (
        "Maak een reservekopie, terwijl de dienst draait: het logboek, de kluis en de tokens, zoals ze op één ogenblik "
        "zijn.\n\nDe sleutels en de wissingslijst zitten er niet in: bewaar daar elders kopieën van."
    ),
    "A new or empty folder.": "Een nieuwe of lege map.",
    "Put a backup back where the settings say and no register is; whoever was erased since is erased again.": (
        "Zet een reservekopie terug waar de instellingen naar wijzen, als daar geen register staat; wie intussen "
        "gewist werd, wordt opnieuw gewist."
    ),
    "What `errera backup` made.": "Wat `errera backup` maakte.",
    # vault, persons
    "The vault: its key, and who read what.": "De kluis: haar sleutel, en wie wat las.",
    "Give the vault a new key-encryption key; interrupted, it goes on. Contents stay as they are.": (
        "Geef de kluis een nieuwe hoofdsleutel; onderbroken gaat het verder. De inhoud blijft zoals hij is."
    ),
    "Who was shown personal data or prose, when, through which door and why; the latest first.": (
        "Wie persoonsgegevens of teksten te zien kreeg, wanneer, hoe en waarom; de laatste eerst."
    ),
    "Of this person or text only.": "Alleen van deze persoon of tekst.",
    "All of it, as CSV.": "Alles, als CSV.",
    "What is to become of records whose term is over; a programme manager decides.": (
        "Wat er gebeurt met wat lang genoeg bewaard is; een programmamanager beslist."
    ),
    "Persons: erasing them.": "Personen: ze wissen.",
    (
        "Carry out what a programme manager requested: nothing of this person is left but the declaration of it.\n\n"
        "Exits 0 when no byte is left, 3 while a reader of the database still holds some."
    ): (
        "Voer uit wat een programmamanager vroeg: van deze persoon blijft niets over dan de verklaring ervan.\n\n"
        "Eindigt met 0 als er geen byte meer is, met 3 zolang een lezer van de databank er nog vasthoudt."
    ),
    "The person's id.": "Het nummer van de persoon.",
    "The request to carry out; else the one that is open.": "Het verzoek om uit te voeren; anders het openstaande.",
    "What is asked about persons, and how far it is.": "Wat over personen gevraagd is, en hoever het staat.",
    # calendar
    "Consultation moments and deadlines as an iCalendar file: what a subscriber to that calendar gets now.": (
        "Overlegmomenten en termijnen als iCalendar-bestand: wat een abonnee op die kalender nu krijgt."
    ),
    "What is in it: all, or what concerns one cohort, partner or person.": (
        "Wat erin staat: alles, of wat één cohorte, partner of persoon aangaat."
    ),
    "Which, for the scope cohort.": "Welke, bij het bereik cohort.",
    "Which, for the scope partner.": "Welke, bij het bereik partner.",
    "Whose, for the scope person.": "Van wie, bij het bereik person.",
    # claims, dossier
    "What sources say, and which one to go by.": "Wat bronnen zeggen, en op welke men voortgaat.",
    "What sources say; with a suggestion by authority where they contradict each other.": (
        "Wat bronnen zeggen; waar ze elkaar tegenspreken met een voorstel volgens gezag."
    ),
    "Whole values, a row for each field: comma-separated, or a workbook.": (
        "Hele waarden, een rij per gegeven: met komma's gescheiden, of een werkmap."
    ),
    "Only where sources disagree and none was chosen.": "Alleen waar bronnen verschillen en er geen gekozen is.",
    "What sources had said by this day.": "Wat bronnen op deze dag al gezegd hadden.",
    "Changes nothing: a resolution counts once it is known.": (
        "Verandert niets: een beslechting telt zodra ze geweten is."
    ),
    "Go by this claim where sources disagree.": "Ga voort op deze bewering waar bronnen verschillen.",
    "The id of the claim to go by.": "Het kenmerk van de bewering waarop men voortgaat.",
    "Why this one.": "Waarom deze.",
    "Show which kinds of sources weigh most, or say so. It only suggests, and decides nothing.": (
        "Zie welke soorten bronnen het zwaarst wegen, of zeg het. Het stelt alleen voor, en beslist niets."
    ),
    "Kinds of sources, the weightiest first.": "Soorten bronnen, de gezaghebbendste eerst.",
    "Why in this order.": "Waarom in deze volgorde.",
    "The answer pack for a parliamentary question or an audit: all that the record says on a day, with its proofs.": (
        "Het antwoord op een parlementaire vraag of een audit: alles wat er op een dag opgetekend staat, met bewijzen."
    ),
    "The day that it is about.": "De dag waarover het gaat.",
    "As the register knew it then.": "Zoals het register het toen wist.",
    "Else those whose term covers the day.": "Anders die waarvan de looptijd de dag omvat.",
    "HTML, or PDF with the pdf extra.": "HTML, of PDF met de extra pdf.",
    "Else the command line's own.": "Anders die van de opdrachtregel.",
    "Persons by name; else by their ids.": "Personen bij naam; anders met hun kenmerk.",
    # reminders
    "Outbox: what is to be sent by mail.": "Postvak uit: wat per mail verstuurd moet worden.",
    "Only these.": "Alleen deze.",
    "The newest messages and how they are. Exits 1 where one of them is a dead letter.": (
        "De jongste berichten en hoe het ermee staat. Eindigt met 1 als er een onbestelbaar is."
    ),
    "Try a dead letter again, to those who did not get it.": (
        "Probeer een onbestelbaar bericht opnieuw, bij wie het niet kreeg."
    ),
    "As `outbox list` shows it.": "Zoals `outbox list` het toont.",
    "Reminders: what is due, and why.": "Herinneringen: wat er moet gebeuren, en waarom.",
    "What is raised by an instant, or would be, and still matters then. It writes nothing.": (
        "Wat er tegen een ogenblik opgemaakt is, of zou zijn, en dan nog van belang is. Er wordt niets geschreven."
    ),
    "By this instant, with its offset.": "Tegen dit ogenblik, met zijn tijdzone.",
    "Why a reminder was raised; or why not, or not yet. Exits 1 where no reminder has that key.": (
        "Waarom een herinnering opgemaakt is; of waarom niet, of nog niet. Eindigt met 1 als geen herinnering die "
        "sleutel heeft."
    ),
    "Show how reminders come, or change it: what is not given stays as it was.": (
        "Toon hoe herinneringen komen, of wijzig dat: wat niet gegeven is, blijft zoals het was."
    ),
    "`programme`, `cohort:ID` or `agreement:ID`.": "`programme`, `cohort:ID` of `agreement:ID`.",
    "How long ahead: `evaluation: P60D, P30D`.": "Hoe lang vooraf: `evaluation: P60D, P30D`.",
    "Where a reminder goes whose day is not worked.": (
        "Waar een herinnering heen gaat op een dag waarop niet gewerkt wordt."
    ),
    "Nothing is sent then: `20:00-07:00`.": "Dan wordt niets verstuurd: `20:00-07:00`.",
    "Nor is anything on days that are not worked.": "Ook niet op dagen waarop niet gewerkt wordt.",
    "Who is told too if nobody acknowledges: `P3D deputy`.": "Wie het ook hoort als niemand bevestigt: `P3D deputy`.",
    "Show which days are no working days, or set them: what is not given stays as it was.": (
        "Toon welke dagen geen werkdagen zijn, of leg ze vast: wat niet gegeven is, blijft zoals het was."
    ),
    "Of this year, each of them.": "Van dit jaar, elk ervan.",
    "Whose public holidays count, such as BE; `-` for nobody's.": (
        "Van welk land de feestdagen tellen, zoals BE; `-` voor geen."
    ),
    "The agency's own: `--07-11 Feestdag`, `2027-05-07 Brugdag`.": (
        "De eigen sluitingsdagen: `--07-11 Feestdag`, `2027-05-07 Brugdag`."
    ),
    "Show who is reminded as programme manager, or name them.": (
        "Toon wie herinnerd wordt als programmamanager, of wijs ze aan."
    ),
    "Their ids; none: show who they are.": "Hun id's; geen: toon wie het zijn.",
    "As `reminders due` and the API show it.": "Zoals `reminders due` en de API hem tonen.",
    # projections
    "Projections: what is computed from the log.": "Projecties: wat uit het logboek berekend wordt.",
    "How far each is. Exits 0 only if none lags behind or leaves something out.": (
        "Hoever elk staat. Eindigt alleen met 0 als er geen achterloopt of iets weglaat."
    ),
    "Make them anew from the log, beside the old ones, which serve until then.": (
        "Maak ze opnieuw uit het logboek, naast de oude, die tot dan dienst doen."
    ),
    "Which ones; without any, all.": "Welke; zonder, alle.",
    "Go back to the tables from before the last rebuild, brought up to date.": (
        "Ga terug naar de tabellen van voor de laatste herbouw, bijgewerkt."
    ),
    "Try streams again whose event could not be projected. Exits 0 only if none of them stays out.": (
        "Probeer streams opnieuw waarvan een gebeurtenis niet verwerkt kon worden. Eindigt alleen met 0 als er geen "
        "weggelaten blijft."
    ),
    "Of which projection; without it, of all.": "Van welke projectie; zonder, van alle.",
    "Which stream; without it, all.": "Welke stream; zonder, alle.",
    "Replay the log beside them and compare. Exits 0 only if there is no difference.": (
        "Speel het logboek ernaast opnieuw af en vergelijk. Eindigt alleen met 0 als er geen verschil is."
    ),
}
"""By the English of each command and option."""

_FRAME: Final = (
    (r"\AUsage:", "Gebruik:"),
    (r"\[OPTIONS\]", "[OPTIES]"),
    (r"\bCOMMAND \[ARGS\]\.\.\.", "OPDRACHT [ARGUMENTEN]..."),
    (r"^Options:$", "Opties:"),
    (r"^Arguments:$", "Argumenten:"),
    (r"^Commands:$", "Opdrachten:"),
    (r"Show this message and exit\.", "Toon deze uitleg."),
    (r"\[default:", "[standaard:"),
    (r"\[required\]", "[verplicht]"),
)
"""What stands around them, which is typer's."""


class Group(typer.core.TyperGroup):
    """The command with all commands."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run one of them."""
        if language() == "nl":
            _translate(self)
        return super().main(*args, **options)

    def invoke(self, ctx: Any) -> Any:
        """Carry one out, until it is done or somebody interrupts it."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise Stop("afgebroken", "interrupted", code=INTERRUPTED) from None


def _translate(command: Any) -> None:
    for one in (command, *command.params):
        if told := getattr(one, "help", None):
            one.help = DUTCH.get(told, told)
    help_of = command.get_help
    command.get_help = lambda context: _framed(help_of(context))
    for one in getattr(command, "commands", {}).values():
        _translate(one)


def _framed(text: str) -> str:
    for english, dutch in _FRAME:
        text = re.sub(english, dutch, text, flags=re.MULTILINE)
    return text
