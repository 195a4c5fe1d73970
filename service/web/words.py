# ruff: noqa: RUF001 - typographic quotation marks and apostrophes are right in prose
"""Every word on the pages, in Dutch and in English; the trade's own words come from `domain.labels`.

A text names facts in braces, the same in both languages; `{count:dag|dagen}` is one word or the other
(`service.texts`).
"""

from collections.abc import Mapping
from typing import Final

from domain.labels import Language, Words
from service.texts import filled

WORDS: Final[Mapping[str, Words]] = {
    # around every page
    "site.name": Words("Partnerovereenkomsten", "Partnership agreements"),
    "site.skip": Words("Naar de inhoud", "Skip to content"),
    "site.nav": Words("Hoofdmenu", "Main menu"),
    "site.trail": Words("Kruimelpad", "Breadcrumb"),
    "site.footer": Words("Errera, register van overeenkomsten", "Errera, register of agreements"),
    "site.otherLanguage": Words("English", "Nederlands"),
    "nav.overview": Words("Overzicht", "Overview"),
    "nav.agreements": Words("Overeenkomsten", "Agreements"),
    "nav.partners": Words("Partners", "Partners"),
    "nav.agenda": Words("Agenda", "Agenda"),
    "nav.reminders": Words("Herinneringen", "Reminders"),
    "nav.claims": Words("Bronnen", "Sources"),
    "nav.logout": Words("Afmelden", "Sign out"),
    "nav.role": Words("Aangemeld als {role}", "Signed in as {role}"),
    # the two axes
    "reading.title": Words("Stand en kennis", "Date and knowledge"),
    "reading.open": Words("Andere dag", "Another day"),
    "reading.asOf": Words("Stand op", "As of"),
    "reading.knownAt": Words("Zoals geweten op", "As known at"),
    "reading.show": Words("Toon", "Show"),
    "reading.today": Words("Terug naar vandaag", "Back to today"),
    "reading.now": Words("Stand op {day}.", "As of {day}."),
    "reading.was": Words("U ziet de stand op {day}.", "You see {day}."),
    "reading.wasKnown": Words(
        "U ziet de stand op {day}, zoals het register die kende {instant}.",
        "You see {day}, as the register knew it {instant}.",
    ),
    "reading.beforeRegister": Words(
        "Het register leerde zijn eerste gebeurtenis {instant}. Op het gekozen tijdstip wist het nog niets.",
        "The register learned its first event {instant}. At the chosen instant it knew nothing yet.",
    ),
    "reading.registerEmpty": Words(
        "Het register bevat nog geen enkele gebeurtenis.", "The register does not hold a single event yet."
    ),
    "reading.nothingYet": Words(
        "Op {day} bestond er niets waarvan het register weet. Het vroegste is van {earliest}.",
        "On {day} nothing existed that the register knows of. The earliest is of {earliest}.",
    ),
    "reading.error.asOf": Words(
        "‘{value}’ is geen bestaande dag. Kies een dag, zoals 28 februari 2019 (2019-02-28).",
        "‘{value}’ is not an existing day. Choose a day, such as 28 February 2019 (2019-02-28).",
    ),
    "reading.error.knownAt": Words(
        "‘{value}’ is geen bestaand tijdstip. Kies een dag en een uur, zoals 2019-02-28T14:30.",
        "‘{value}’ is not an existing instant. Choose a day and an hour, such as 2019-02-28T14:30.",
    ),
    # personal data
    "nav.persons": Words("Personen", "Persons"),
    "privacy.title": Words("Persoonsgegevens", "Personal data"),
    "privacy.lead": Words(
        "Wie er in de kluis staat. Wat u hier ziet, wordt bijgehouden in het inzagelogboek.",
        "Who is in the vault. What you see here is kept in the access log.",
    ),
    "privacy.persons": Words("Personen", "Persons"),
    "privacy.erasures": Words("Wissingen", "Erasures"),
    "privacy.access": Words("Inzagelogboek", "Access log"),
    "privacy.reason": Words("Waarom leest u persoonsgegevens?", "Why do you read personal data?"),
    "privacy.reasonNeeded": Words(
        "Met uw rol ziet u namen nadat u zegt waarom. De reden wordt bewaard bij alles wat u daarna leest.",
        "With your role you see names once you say why. The reason is kept with everything that you read after that.",
    ),
    "privacy.reasonGiven": Words(
        "U gaf een reden op: namen worden getoond, en elke inzage wordt ermee bewaard. Een leeg veld neemt ze terug.",
        "You gave a reason: names are shown, and every reading is kept with it. An empty field takes it back.",
    ),
    "privacy.giveReason": Words("Bewaar de reden", "Keep the reason"),
    "privacy.retention": Words("Bewaring", "Retention"),
    "retention.lead": Words(
        "Hoe lang de kluis iets bewaart. Is die tijd voorbij, dan stelt de planner iets voor en beslist een mens.",
        "How long the vault keeps things. When that is over the scheduler proposes something, and a person decides.",
    ),
    "retention.noneOpen": Words("Er is niets te beslissen.", "There is nothing to decide."),
    "retention.due": Words("Voorbij {date}, geteld {from}", "Over {date}, counted {from}"),
    "retention.archivedAs": Words("Kenmerk in het archief", "Reference in the archive"),
    "retention.approve": Words("Keur goed", "Approve"),
    "retention.until": Words("Bewaar nog tot", "Keep until"),
    "retention.reason": Words("Waarom?", "Why?"),
    "retention.defer": Words("Stel uit", "Defer"),
    "retention.rules": Words("Regels", "Rules"),
    "retention.noRules": Words(
        "Er zijn nog geen regels: alles blijft bewaard.", "There are no rules yet: everything is kept."
    ),
    "retention.years": Words("{count} {count:jaar|jaar}", "{count} {count:year|years}"),
    "retention.kind": Words("Soort", "Kind"),
    "retention.term": Words("Aantal jaren", "Number of years"),
    "retention.set": Words("Bepaal de bewaring", "Set the retention"),
    "retention.decided": Words("Beslist", "Decided"),
    "retention.texts": Words("vernietigde teksten: {count}", "texts destroyed: {count}"),
    "persons.person": Words("Persoon", "Person"),
    "persons.role": Words("Functie", "Role"),
    "persons.email": Words("E-mail", "E-mail"),
    "persons.id": Words("Nummer", "Id"),
    "persons.known": Words("Wat het register weet", "What the register knows"),
    "persons.connections": Words("Verbonden met", "Connected with"),
    "persons.manages": Words("accountmanager", "account manager"),
    "persons.signed": Words("ondertekende de overeenkomst", "signed the agreement"),
    "persons.none": Words("Er zijn geen personen om te tonen.", "There are no persons to show."),
    "persons.erased": Words("gewiste persoon", "erased person"),
    "persons.erasedNotice": Words(
        "Deze persoon werd gewist {date}. De gebeurtenissen blijven, zonder naam.",
        "This person was erased {date}. The events stay, without a name.",
    ),
    "persons.wrong": Words("Dat kan niet", "That cannot be"),
    "persons.noGround": Words("nog te beoordelen", "to be judged"),
    "persons.askedOn": Words("Gevraagd {date}", "Asked {date}"),
    "persons.erasedOn": Words("Gewist {date}", "Erased {date}"),
    "persons.declinedOn": Words("Afgewezen {date}", "Declined {date}"),
    "persons.placedOn": Words("ingesteld {date}", "placed {date}"),
    "persons.liftedOn": Words("opgeheven {date}: {ground}", "lifted {date}: {ground}"),
    "persons.noHolds": Words("Er is geen vernietigingsstop.", "There is no legal hold."),
    "persons.noRequests": Words("Niemand vroeg om deze persoon te wissen.", "Nobody asked to erase this person."),
    "persons.holdGround": Words("Grond, zoals een rolnummer", "Ground, such as a case number"),
    "persons.hold": Words("Stel een vernietigingsstop in", "Place a legal hold"),
    "persons.liftGround": Words("Waarom is ze voorbij?", "Why is it over?"),
    "persons.lift": Words("Hef de vernietigingsstop op", "Lift the legal hold"),
    "persons.ruleOptional": Words("Selectieregel (als die er is)", "Selection rule (if there is one)"),
    "persons.request": Words("Vraag de wissing", "Request the erasure"),
    "persons.lasting": Words(
        "Deze teksten blijven voor altijd in het logboek: noem er niemand in.",
        "These texts stay in the log for ever: name nobody in them.",
    ),
    "persons.wish": Words("Vraag om deze persoon te wissen", "Ask that this person be erased"),
    "persons.erase": Words("Wis deze persoon", "Erase this person"),
    "persons.eraseWarning": Words(
        "Wissen is onomkeerbaar: naam, functie en e-mail worden vernietigd, de gebeurtenissen blijven zonder naam.",
        "Erasing cannot be undone: name, role and e-mail are destroyed, the events stay without a name.",
    ),
    "persons.heldWarning": Words(
        "Een vernietigingsstop houdt de wissing tegen.", "A legal hold keeps this from being carried out."
    ),
    "persons.secondPerson": Words(
        "Een beheerder, en niet wie het vroeg, voert dit uit.",
        "An administrator carries this out, and not whoever requested it.",
    ),
    "erasures.lead": Words(
        "Wissen doen twee mensen: een programmamanager vraagt het met een rechtsgrond, een beheerder voert het uit.",
        "Erasing takes two people: a programme manager requests it on a legal ground, an administrator carries it out.",
    ),
    "erasures.open": Words("Te doen", "To do"),
    "erasures.noneOpen": Words("Er staat niets open.", "Nothing is open."),
    "erasures.holds": Words("Vernietigingsstops", "Legal holds"),
    "erasures.past": Words("Voorbij", "Past"),
    "access.lead": Words(
        "Wie wat uit de kluis te zien kreeg. Opgetekend: {count}. Niemand kan er iets uit weghalen.",
        "Who was shown what of the vault. On record: {count}. Nobody can take anything from it.",
    ),
    "access.records": Words("Inzagen", "Readings"),
    "access.who": Words("Wie", "Who"),
    "access.what": Words("Wat", "What"),
    "access.why": Words("Waarom", "Why"),
    "access.count": Words("{count} {count:nummer|nummers}", "{count} {count:id|ids}"),
    "access.none": Words("Nog niemand las iets uit de kluis.", "Nobody has read anything of the vault yet."),
    "access.older": Words("Oudere", "Older"),
    "access.newest": Words("Nieuwste", "Newest"),
    "access.csv": Words("Alles als CSV", "All of it as CSV"),
    # signing in and what goes wrong
    "login.title": Words("Aanmelden", "Sign in"),
    "login.lead": Words(
        "Meld u aan met uw toegangstoken. U kreeg het van een beheerder; het begint met ‘errera_’.",
        "Sign in with your access token. An administrator gave it to you; it starts with ‘errera_’.",
    ),
    "login.token": Words("Toegangstoken", "Access token"),
    "login.submit": Words("Aanmelden", "Sign in"),
    "login.errorTitle": Words("Aanmelden is niet gelukt", "Signing in failed"),
    "login.wrong": Words(
        "Dit token is onbekend of ingetrokken. Kijk na of u het volledig hebt overgenomen.",
        "This token is unknown or revoked. Check that you copied all of it.",
    ),
    "login.expired": Words(
        "Dit token is verlopen. Vraag een beheerder om een nieuw.",
        "This token has expired. Ask an administrator for a new one.",
    ),
    "login.missing": Words("Vul uw toegangstoken in.", "Fill in your access token."),
    "error.title": Words("{status}: {title}", "{status}: {title}"),
    "error.home": Words("Naar het overzicht", "To the overview"),
    "error.number": Words("Nummer van deze melding: {number}", "Number of this report: {number}"),
    "error.400": Words("Er klopt iets niet aan deze vraag", "Something about this request is not right"),
    "error.401": Words("U bent niet aangemeld", "You are not signed in"),
    "error.403": Words("Dit is niet voor u te zien", "This is not for you to see"),
    "error.404": Words("Hier is niets te vinden", "There is nothing here"),
    "error.405": Words("Dat kan hier niet", "That cannot be done here"),
    "error.413": Words("Dit is te groot", "This is too large"),
    "error.500": Words("Er ging iets mis bij ons", "Something went wrong on our side"),
    "error.503": Words("Even niet beschikbaar", "Unavailable for a moment"),
    "error.other": Words("Dit is niet gelukt", "This did not work"),
    "error.403.detail": Words(
        "De rol {role} ziet deze pagina niet. Vraag het aan iemand met een rol die dat wel mag.",
        "The role {role} does not see this page. Ask someone whose role does.",
    ),
    "error.404.detail": Words(
        "Dit adres bestaat niet, of wat er staat is niet van u.",
        "This address does not exist, or what is there is not yours.",
    ),
    "error.500.detail": Words(
        "Er is niets verloren. Probeer het later opnieuw en geef bij een melding het nummer door.",
        "Nothing is lost. Try again later, and quote the number when you report this.",
    ),
    # overview
    "overview.title": Words("Overzicht", "Overview"),
    "overview.leftOut": Words(
        "Deze bladzijden zijn niet volledig: van {count} {count:stream|streams} konden gebeurtenissen niet verwerkt "
        "worden. Een beheerder ziet waarom met: errera projections status.",
        "These pages are not complete: of {count} {count:stream|streams} events could not be processed. An "
        "administrator sees why with: errera projections status.",
    ),
    "overview.leftOutFrom": Words("vanaf gebeurtenis {position}", "from event {position} on"),
    "overview.leftOutMore": Words("en nog {count}", "and another {count}"),
    "overview.statuses": Words("Overeenkomsten op deze dag", "Agreements on this day"),
    "overview.withStatus": Words(
        "{count:overeenkomst|overeenkomsten} {status}", "{count:agreement|agreements} {status}"
    ),
    "overview.conflictCount": Words(
        "open {count:tegenspraak|tegenspraken} tussen bronnen",
        "open {count:contradiction|contradictions} between sources",
    ),
    "overview.cohorts": Words("Cohortes", "Cohorts"),
    "overview.noCohorts": Words("Er zijn geen cohortes.", "There are no cohorts."),
    "overview.announced": Words("Aangekondigd", "Announced"),
    "overview.listed": Words("Ondertekend", "Signed"),
    "overview.countDiffers": Words("Aangekondigd en ondertekend verschillen.", "Announced and signed differ."),
    "overview.upcoming": Words("Op komst: de volgende twaalf maanden", "Coming up: the next twelve months"),
    "overview.nothingUpcoming": Words(
        "Er staat niets op de agenda voor de volgende twaalf maanden.",
        "Nothing is on the agenda for the next twelve months.",
    ),
    "overview.overdue": Words(
        "{count:verplichting|verplichtingen} over tijd", "{count:obligation|obligations} overdue"
    ),
    "overview.wholeAgenda": Words("Naar de agenda", "To the agenda"),
    "overview.conflicts": Words("Bronnen spreken elkaar tegen", "Sources contradict each other"),
    "overview.noConflicts": Words("Geen open tegenspraak tussen bronnen.", "No open contradiction between sources."),
    "overview.unknowns": Words("Wat het register niet weet", "What the register does not know"),
    "running.yes": Words("lopend", "running"),
    "running.no": Words("afgelopen", "ended"),
    "running.later": Words("nog niet begonnen", "not yet begun"),
    # unknown terms
    "unknown.coFinancing": Words(
        "Wie welk deel van de cofinanciering betaalt, is niet bekend.",
        "Who pays which part of the co-financing is not known.",
    ),
    "unknown.consultationMonths": Words(
        "In welke maanden er overlegd wordt, is niet bekend.",
        "In which months there are consultations is not known.",
    ),
    "unknown.evaluation": Words(
        "Of en wanneer er geëvalueerd wordt, is niet bekend; daarom wordt er geen evaluatie aangekondigd.",
        "Whether and when there are evaluations is not known; so none is announced.",
    ),
    "unknown.consultations": Words(
        "Er is voor {year} geen enkel overlegmoment opgetekend.",
        "Not a single consultation moment is recorded for {year}.",
    ),
    "unknown.runsFrom": Words("De begindag is niet bekend, alleen {date}.", "The first day is not known, only {date}."),
    "unknown.runsUntil": Words("De einddag is niet bekend, alleen {date}.", "The last day is not known, only {date}."),
    "unknown.accountManager": Words(
        "{count} {count:partner heeft|partners hebben} geen accountmanager in het register.",
        "{count} {count:partner has|partners have} no account manager in the register.",
    ),
    "unknown": Words("niet bekend", "not known"),
    # cohorts
    "cohort.members": Words("Partners in deze cohorte", "Partners in this cohort"),
    "cohort.terms": Words("Voorwaarden", "Terms"),
    "cohort.term": Words("Looptijd", "Term"),
    "cohort.openedOn": Words("Geopend", "Opened"),
    "cohort.coFinancing": Words("Cofinanciering", "Co-financing"),
    "cohort.months": Words("Maanden van overleg", "Months of consultation"),
    "cohort.evaluation": Words("Evaluatie", "Evaluation"),
    "cohort.offsets": Words("Herinneringen", "Reminders"),
    "cohort.predecessor": Words("Volgt op", "Follows"),
    "cohort.successor": Words("Gevolgd door", "Followed by"),
    "cohort.none": Words("geen", "none"),
    "cohort.moves": Words("Gebleven, toegetreden, vertrokken", "Stayed, joined, left"),
    "cohort.stayed": Words("Gebleven ({count})", "Stayed ({count})"),
    "cohort.joined": Words("Toegetreden ({count})", "Joined ({count})"),
    "cohort.left": Words("Niet meegegaan ({count})", "Did not go on ({count})"),
    "cohort.noReason": Words("reden niet bekend", "reason not known"),
    "cohort.stayedOne": Words("gebleven", "stayed"),
    "cohort.joinedOne": Words("toegetreden", "joined"),
    "cohort.notGoneOn": Words("niet meegegaan", "did not go on"),
    "cohort.notSigned": Words("nog niet ondertekend", "not signed yet"),
    "cohort.evaluations": Words("Evaluaties", "Evaluations"),
    "cohort.noEvaluations": Words("Er is geen evaluatie opgetekend.", "No evaluation is recorded."),
    "cohort.points": Words("Verbeterpunten", "Improvement points"),
    "cohort.noPoints": Words("Er zijn geen verbeterpunten opgetekend.", "No improvement points are recorded."),
    "cohort.pointDue": Words("tegen {date}", "by {date}"),
    "cohort.pointReported": Words("gemeld {date}", "reported {date}"),
    "cohort.consultations": Words("Overlegmomenten", "Consultation moments"),
    "cohort.noConsultations": Words("Er is geen overlegmoment opgetekend.", "No consultation moment is recorded."),
    "erased": Words("tekst gewist", "text erased"),
    "yearly": Words("jaarlijks", "yearly"),
    # partners
    "partners.title": Words("Partners", "Partners"),
    "partners.none": Words("Er zijn geen partners.", "There are no partners."),
    "partners.count": Words("{count} {count:partner|partners}", "{count} {count:partner|partners}"),
    "partners.caption": Words(
        "Partners met hun soort en hun lopende overeenkomst", "Partners with their kind and current agreement"
    ),
    "partner.names": Words("Namen door de tijd", "Names over time"),
    "partner.sinceUnknown": Words("Niet bekend sinds wanneer", "Not known since when"),
    "partner.inRegister": Words("Zo opgenomen {date}", "Added so {date}"),
    "partner.from": Words("vanaf {date}", "from {date}"),
    "partner.aliases": Words("Andere schrijfwijzen en namen", "Other spellings and names"),
    "partner.units": Words("Uitvoerende eenheden", "Executing units"),
    "partner.succession": Words("Opvolging", "Succession"),
    "partner.succeeded": Words("{kind}: opgevolgd door", "{kind}: succeeded by"),
    "partner.managers": Words("Accountmanagers", "Account managers"),
    "partner.noManager": Words("Geen accountmanager in het register.", "No account manager in the register."),
    "partner.facts": Words("Gegevens", "Facts"),
    "partner.addedOn": Words("In het register sinds", "In the register since"),
    "partner.agreements": Words("Overeenkomsten", "Agreements"),
    "partner.noAgreements": Words("Geen overeenkomsten op deze dag.", "No agreements on this day."),
    # agreements
    "agreements.title": Words("Overeenkomsten", "Agreements"),
    "agreements.allCohorts": Words("Alle cohortes", "All cohorts"),
    "agreements.allStatuses": Words("Alle", "All"),
    "agreements.count": Words("{count} {count:overeenkomst|overeenkomsten}", "{count} {count:agreement|agreements}"),
    "agreements.none": Words("Geen overeenkomsten voldoen hieraan.", "No agreements match this."),
    "agreement.title": Words("Overeenkomst met {partner}", "Agreement with {partner}"),
    "agreement.asOf": Words("stand op {day}", "as of {day}"),
    "agreement.partnerPage": Words("naar de partner", "to the partner"),
    "agreement.uncertain": Words("onzeker", "uncertain"),
    "agreement.certainWhy": Words(
        "De stand is zeker: ze hangt van geen enkele dag af die onbekend is.",
        "The status is certain: it hangs on no day that is unknown.",
    ),
    "agreement.uncertainWhy": Words(
        "De stand is onzeker: de looptijd is {period}, en dat is niet op de dag bekend. Een onbekend begin telt vanaf "
        "de laatste mogelijke dag, een onbekend einde tot en met de laatste mogelijke dag.",
        "The status is uncertain: the term runs {period}, and that is not known to the day. An unknown start counts "
        "from its last possible day, an unknown end until its last possible day.",
    ),
    "agreement.daysLeft": Words("{count} {count:dag|dagen}", "{count} {count:day|days}"),
    "agreement.lastDay": Words("laatste dag", "last day"),
    "agreement.untilEnd": Words("tot het einde ({date})", "until the end ({date})"),
    "agreement.untilEndBy": Words("tot het einde, ten laatste {date}", "until the end, at the latest {date}"),
    "agreement.untilStart": Words("tot het begin ({date})", "until the start ({date})"),
    "agreement.ranUntil": Words("liep tot {date}", "ran until {date}"),
    "agreement.evaluationsDone": Words(
        "{count:evaluatie|evaluaties} van deze overeenkomst opgetekend",
        "{count:evaluation|evaluations} of this agreement recorded",
    ),
    "agreement.evaluationsHidden": Words("evaluaties ziet u hier niet", "evaluations are not for you to see"),
    "agreement.evaluationsUnknown": Words(
        "{count:evaluatie|evaluaties}: ritme niet bekend", "{count:evaluation|evaluations}: cadence not known"
    ),
    "agreement.consultationsHeld": Words(
        "{count:overlegmoment|overlegmomenten} van de cohorte gehouden",
        "consultation {count:moment|moments} of the cohort held",
    ),
    "agreement.noConsultations": Words("overlegmomenten opgetekend", "consultation moments recorded"),
    "agreement.coFinancingUnknown": Words("cofinanciering niet bekend", "co-financing not known"),
    "agreement.life": Words("Levensloop van de overeenkomst", "Life of the agreement"),
    "agreement.lifeRead": Words(
        "Tijdlijn van {first} tot {last}: looptijd {period}.", "Timeline from {first} to {last}: term {period}."
    ),
    "agreement.asTable": Words("Toon als tabel", "Show as a table"),
    "agreement.signing": Words("Ondertekening", "Signing"),
    "agreement.signedOn": Words("Ondertekend", "Signed"),
    "agreement.place": Words("Plaats", "Place"),
    "agreement.term": Words("Looptijd", "Term"),
    "agreement.ownTerm": Words("eigen looptijd", "own term"),
    "agreement.cohortTerm": Words("die van de cohorte", "the cohort's"),
    "agreement.retroactive": Words("met terugwerkende kracht", "with retroactive effect"),
    "agreement.signatories": Words("Ondertekenaars", "Signatories"),
    "agreement.noSignatories": Words("Geen ondertekenaars opgetekend.", "No signatories recorded."),
    "agreement.forParty": Words("voor {party}", "for {party}"),
    "agreement.hiddenPerson": Words("naam niet voor u te zien", "name not for you to see"),
    "agreement.terminated": Words("Beëindigd", "Terminated"),
    "agreement.renewedIn": Words("Hernieuwd in", "Renewed in"),
    "agreement.amendments": Words("Wijzigingen", "Amendments"),
    "agreement.evaluations": Words("Evaluaties", "Evaluations"),
    "agreement.noEvaluations": Words(
        "Er is geen evaluatie van deze overeenkomst opgetekend.", "No evaluation of this agreement is recorded."
    ),
    "agreement.kpis": Words("KPI’s", "KPIs"),
    "agreement.noKpis": Words("Er zijn geen KPI’s opgetekend.", "No KPIs are recorded."),
    "agreement.target": Words("Doel", "Target"),
    "agreement.lastMeasured": Words("Laatste meting", "Last measured"),
    "agreement.notMeasured": Words("nog niet gemeten", "not measured yet"),
    # the timeline
    "line.signed": Words("ondertekend", "signed"),
    "line.mayEnd": Words("einddag niet bekend", "last day not known"),
    "line.mayStart": Words("begindag niet bekend", "first day not known"),
    "line.daysUnknown": Words("begin- en einddag niet bekend", "first and last day not known"),
    "line.evaluation": Words("evaluatie", "evaluation"),
    "line.evaluationDue": Words("evaluatie voorzien", "evaluation due"),
    "line.evaluationOf": Words("Evaluatie {year}", "Evaluation {year}"),
    "line.cohortEvaluation": Words("evaluatie van de cohorte", "evaluation of the cohort"),
    "line.cohortEvaluationOf": Words("Evaluatie cohorte {year}", "Cohort evaluation {year}"),
    "line.amendment": Words("wijziging", "amendment"),
    "line.amendmentNumber": Words("Wijziging {number}", "Amendment {number}"),
    "line.terminated": Words("beëindigd", "terminated"),
    "line.consultationHeld": Words("overlegmoment gehouden", "consultation held"),
    "line.consultationPlanned": Words("gepland", "planned"),
    "line.consultation": Words("{ordinal} overlegmoment van {year}", "{ordinal} consultation moment of {year}"),
    "line.today": Words("vandaag", "today"),
    "line.day": Words("gekozen dag", "chosen day"),
    "line.begins": Words("begin van de looptijd", "start of the term"),
    "line.ends": Words("einde van de looptijd", "end of the term"),
    # agenda
    "agenda.title": Words("Agenda", "Agenda"),
    "agenda.overdue": Words("Over tijd", "Overdue"),
    "agenda.upcoming": Words("De volgende twaalf maanden", "The next twelve months"),
    "agenda.later": Words("Later", "Later"),
    "agenda.before": Words("Van vóór het register", "From before the register"),
    "agenda.beforeWhy": Words(
        "Deze data waren voorbij toen het register begon. Het weet niet of het gebeurd is en herinnert er niet aan.",
        "These dates had passed when the register began. It does not know whether they happened and does not remind.",
    ),
    "agenda.nothingOverdue": Words("Niets is over tijd.", "Nothing is overdue."),
    "agenda.nothing": Words("Niets op de agenda.", "Nothing on the agenda."),
    "agenda.consultations": Words("Overlegmomenten", "Consultation moments"),
    "agenda.reminded": Words("herinnerd", "reminded"),
    "agenda.kind.evaluation": Words("Evaluatie {year}", "Evaluation {year}"),
    "agenda.moment": Words(
        "{ordinal} overlegmoment van {year}: {what}", "{ordinal} consultation moment of {year}: {what}"
    ),
    "agenda.daysAgo": Words("{count} {count:dag|dagen} geleden", "{count} {count:day|days} ago"),
    "agenda.inDays": Words("over {count} {count:dag|dagen}", "in {count} {count:day|days}"),
    "agenda.tomorrow": Words("morgen", "tomorrow"),
    "agenda.yesterday": Words("gisteren", "yesterday"),
    "agenda.thisMonth": Words("deze maand", "this month"),
    "agenda.today": Words("vandaag", "today"),
    # reminders
    "reminders.title": Words("Herinneringen", "Reminders"),
    "reminders.none": Words("Er zijn geen herinneringen.", "There are no reminders."),
    "reminders.open": Words("Open herinneringen", "Open reminders"),
    "reminders.noneOpen": Words("Er is geen open herinnering.", "There is no open reminder."),
    "reminders.past": Words("Vervangen of afgesloten", "Superseded or closed"),
    "reminders.raisedAt": Words("Opgemaakt {instant}", "Raised {instant}"),
    "reminders.snoozedUntil": Words("Uitgesteld tot {instant}", "Snoozed until {instant}"),
    "reminders.statusNow": Words(
        "Het gekozen tijdstip bepaalt welke herinneringen er al waren; hun stand is die van nu.",
        "The chosen instant decides which reminders there were; their status is today's.",
    ),
    "reminders.stands": Words("In de plaats van: {offsets}", "Instead of: {offsets}"),
    # history and sources
    "history.title": Words("Geschiedenis", "History"),
    "history.none": Words("Geen gebeurtenissen.", "No events."),
    "history.effective": Words("Geldt {date}", "Effective {date}"),
    "history.noEffective": Words("Zonder rechtsdatum", "No legal date"),
    "history.recorded": Words("Opgetekend {instant}", "Recorded {instant}"),
    "history.by": Words("door {actor}", "by {actor}"),
    "history.source": Words("Bron: {document}", "Source: {document}"),
    "history.lines": Words("{count:regel|regels} {lines}", "{count:line|lines} {lines}"),
    "history.position": Words("gebeurtenis {position}", "event {position}"),
    "history.all": Words(
        "Toon alle {count} {count:gebeurtenis|gebeurtenissen}", "Show all {count} {count:event|events}"
    ),
    "history.corrected": Words("rechtgezet door gebeurtenis {position}", "corrected by event {position}"),
    "actor.scheduler": Words("de planner", "the scheduler"),
    "actor.local": Words("de beheerder van de server", "the server’s operator"),
    "actor.token": Words("toegang {id}", "access {id}"),
    "actor.person": Words("een persoon", "a person"),
    "claims.title": Words("Wat bronnen zeggen", "What sources say"),
    "claims.show": Words("Toon wat bronnen zeggen ({count})", "Show what sources say ({count})"),
    "claims.caption": Words("Beweringen per onderwerp, met hun bron", "Claims by subject, with their source"),
    "claims.open": Words("tegenspraak", "contradiction"),
    "claims.chosen": Words("aangenomen", "chosen"),
    "claims.line": Words("regel {line}", "line {line}"),
    "claims.published": Words("gepubliceerd {date}", "published {date}"),
    "claims.suggested": Words("voorgesteld", "suggested"),
    "claims.resolved": Words(
        "Beslecht {date} door {actor} (gebeurtenis {position}):", "Resolved {date} by {actor} (event {position}):"
    ),
    # dossiers
    "dossier.title": Words("Dossier", "Dossier"),
    "dossier.lead": Words(
        "Alles wat het register zegt op een dag, met de gebeurtenissen waarop het steunt en hun bewijzen: voor een "
        "parlementaire vraag of een audit.",
        "All that the register says on a day, with the events that it rests on and their proofs: for a parliamentary "
        "question or an audit.",
    ),
    "dossier.running": Words("Wat op die dag loopt", "What runs on that day"),
    "dossier.format": Words("Vorm", "Form"),
    "dossier.hint": Words(
        "Zonder tijdstip: zoals het register het nu weet. Hetzelfde dossier opnieuw vragen geeft hetzelfde bestand.",
        "Without an instant: as the register knows it now. Asking for the same dossier again gives the same file.",
    ),
    "dossier.persons": Words("Personen", "Persons"),
    "dossier.byId": Words("met een kenmerk", "by an id"),
    "dossier.byName": Words("met hun naam; dat wordt genoteerd", "by name; that is noted"),
    "dossier.make": Words("Maak het dossier", "Make the dossier"),
    "dossier.open": Words("Maak een dossier van deze stand", "Make a dossier of this"),
    # the work list of contradictions
    "conflicts.title": Words("Bronnen en tegenspraken", "Sources and contradictions"),
    "conflicts.lead": Words("Beweringen van bronnen: {count}", "Claims by sources: {count}"),
    "conflicts.publishedBy": Words("Wat bronnen al gezegd hadden op", "What sources had said by"),
    "conflicts.authority": Words("Volgorde van gezag", "Order of authority"),
    "conflicts.usual": Words(
        "De gebruikelijke volgorde; niemand heeft er een andere gekozen.", "The usual order; nobody has chosen another."
    ),
    "conflicts.ordered": Words("Gekozen {date}.", "Chosen {date}."),
    "conflicts.suggestion": Words(
        "De volgorde stelt alleen voor. Een tegenspraak blijft open tot iemand ze met een reden beslecht: errera "
        "claims resolve.",
        "The order only suggests. A contradiction stays open until somebody resolves it with a reason: errera "
        "claims resolve.",
    ),
    "conflicts.counts": Words("Aantal partners, aangekondigd en opgesomd", "Number of partners, announced and listed"),
    "conflicts.listed": Words("In het register", "In the register"),
    "conflicts.differs": Words("verschillen", "differ"),
    "conflicts.said": Words("{what}: {value} volgens {source}", "{what}: {value} according to {source}"),
    "conflicts.resolved": Words("Beslechte tegenspraken", "Resolved contradictions"),
    # columns
    "column.partner": Words("Partner", "Partner"),
    "column.agreement": Words("Overeenkomst", "Agreement"),
    "column.cohort": Words("Cohorte", "Cohort"),
    "column.status": Words("Stand", "Status"),
    "column.term": Words("Looptijd", "Term"),
    "column.signedOn": Words("Ondertekend", "Signed"),
    "column.when": Words("Wanneer", "When"),
    "column.what": Words("Wat", "What"),
    "column.moment": Words("Overlegmoment", "Consultation moment"),
    "column.claim": Words("Gegeven", "Subject"),
    "column.value": Words("Wat de bron zegt", "What the source says"),
    "column.kpi": Words("KPI", "KPI"),
    "column.remark": Words("Opmerking", "Remark"),
}


def word(key: str, language: Language, **facts: object) -> str:
    """A text of the pages. Raises KeyError for a key or a fact that is missing."""
    return filled(WORDS[key].of(language), **facts)
