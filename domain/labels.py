"""The trade's words in Dutch and English, and dates, figures and offsets as people write them.

`docs/glossary.md` says what the words mean; a test keeps the two together. Labels start in lower case, but for those
of event types; who shows one by itself gives it a capital.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, Literal, NamedTuple, TypeAlias

from domain.field_labels import FIELDS
from domain.refusals import Refused
from domain.values import Offset, PartialDate, parse_instant

Language: TypeAlias = Literal["nl", "en"]
Group: TypeAlias = Literal[
    "term",
    "eventType",
    "partnerKind",
    "aliasKind",
    "successionKind",
    "agreementStatus",
    "consultationStatus",
    "reminderKind",
    "reminderStatus",
    "timing",
    "channel",
    "role",
    "party",
    "subject",
    "field",
    "streamCategory",
    "requestStage",
    "recordKind",
    "destination",
    "dispositionStage",
    "door",
    "precision",
    "sourceKind",
    "predicate",
    "language",
    "month",
]


class Words(NamedTuple):
    """The same in both languages."""

    nl: str
    en: str

    def of(self, language: Language) -> str:
        """The one for a reader of that language."""
        return self.nl if language == "nl" else self.en


TERMS: Final[Mapping[str, Words]] = {
    # the trade
    "agreement": Words("overeenkomst", "agreement"),
    "partner": Words("partner", "partner"),
    "agency": Words("agentschap", "agency"),
    "programme": Words("programma", "programme"),
    "cohort": Words("cohorte", "cohort"),
    "member": Words("lid", "member"),
    "term": Words("looptijd", "term"),
    "terms": Words("voorwaarden", "terms"),
    "coFinancing": Words("cofinanciering", "co-financing"),
    "share": Words("aandeel", "share"),
    "signatory": Words("ondertekenaar", "signatory"),
    "amendment": Words("wijziging", "amendment"),
    "termination": Words("beëindiging", "termination"),
    "renewal": Words("hernieuwing", "renewal"),
    "succession": Words("opvolging", "succession"),
    "alias": Words("andere naam", "alias"),
    "executingUnit": Words("uitvoerende eenheid", "executing unit"),
    "enterpriseNumber": Words("ondernemingsnummer", "enterprise number"),
    "accountManager": Words("accountmanager", "account manager"),
    "programmeManager": Words("programmamanager", "programme manager"),
    "consultationMoment": Words("overlegmoment", "consultation moment"),
    "evaluation": Words("evaluatie", "evaluation"),
    "finding": Words("bevinding", "finding"),
    "improvementPoint": Words("verbeterpunt", "improvement point"),
    "kpi": Words("KPI", "KPI"),
    "actionProgramme": Words("actieprogramma", "action programme"),
    "commitment": Words("vastlegging", "commitment"),
    "payment": Words("betaling", "payment"),
    "reminder": Words("herinnering", "reminder"),
    "obligation": Words("verplichting", "obligation"),
    "retention": Words("bewaring", "retention"),
    "disposition": Words("bestemming", "disposition"),
    "erasure": Words("wissing", "erasure"),
    "legalHold": Words("vernietigingsstop", "legal hold"),
    "legalGround": Words("rechtsgrond", "legal ground"),
    "selectionRule": Words("selectieregel", "selection rule"),
    "personalData": Words("persoonsgegevens", "personal data"),
    # event sourcing
    "register": Words("register", "register"),
    "event": Words("gebeurtenis", "event"),
    "stream": Words("stroom", "stream"),
    "log": Words("logboek", "log"),
    "entry": Words("logregel", "entry"),
    "position": Words("positie", "position"),
    "readModel": Words("leesmodel", "read model"),
    "replay": Words("herafspelen", "replay"),
    "correction": Words("rechtzetting", "correction"),
    "reservation": Words("voorbehoud", "reservation"),
    "source": Words("bron", "source"),
    "claim": Words("bewering", "claim"),
    "conflict": Words("tegenspraak", "conflict"),
    "resolution": Words("beslechting", "resolution"),
    "authorityOrder": Words("volgorde van gezag", "order of authority"),
    "dossier": Words("dossier", "dossier"),
    "legalDate": Words("rechtsdatum", "legal date"),
    "asOf": Words("toestand op", "as of"),
    "knownAt": Words("bekend op", "known at"),
    "vault": Words("kluis", "vault"),
    "keyEncryptionKey": Words("hoofdsleutel", "key-encryption key"),
    "accessLog": Words("inzagelogboek", "access log"),
    "erasureLedger": Words("wissingslijst", "erasure ledger"),
    "textCommitment": Words("verzegeling", "text commitment"),
    "checkpoint": Words("controlepunt", "checkpoint"),
    "inclusionProof": Words("opnamebewijs", "inclusion proof"),
    "consistencyProof": Words("samenhangbewijs", "consistency proof"),
    "witness": Words("getuige", "witness"),
}

EVENT_TYPES: Final[Mapping[str, Words]] = {
    "PartnerAdded": Words("Partner opgenomen", "Partner added"),
    "PartnerRenamed": Words("Partner hernoemd", "Partner renamed"),
    "PartnerAliasAdded": Words("Andere naam van partner opgenomen", "Partner alias added"),
    "ExecutingUnitAdded": Words("Uitvoerende eenheid van partner opgenomen", "Executing unit added"),
    "PartnerSucceeded": Words("Partner opgevolgd", "Partner succeeded"),
    "AccountManagerAssigned": Words("Accountmanager van partner aangewezen", "Account manager assigned"),
    "EnterpriseNumberReserved": Words("Ondernemingsnummer voorbehouden", "Enterprise number reserved"),
    "EnterpriseNumberReleased": Words("Ondernemingsnummer vrijgegeven", "Enterprise number released"),
    "PersonRegistered": Words("Persoon geregistreerd", "Person registered"),
    "ErasureWished": Words("Wissing van persoon gewenst", "Erasure of person wished"),
    "ErasureRequested": Words("Wissing van persoon gevraagd", "Erasure of person requested"),
    "ErasureDeclined": Words("Wissing van persoon afgewezen", "Erasure of person declined"),
    "LegalHoldPlaced": Words("Vernietigingsstop voor persoon ingesteld", "Legal hold on person placed"),
    "LegalHoldLifted": Words("Vernietigingsstop voor persoon opgeheven", "Legal hold on person lifted"),
    "PersonErased": Words("Persoon gewist", "Person erased"),
    "RetentionRuleSet": Words("Bewaring bepaald", "Retention set"),
    "DispositionProposed": Words("Bestemming voorgesteld", "Disposition proposed"),
    "DispositionDeferred": Words("Bestemming uitgesteld", "Disposition deferred"),
    "DispositionApproved": Words("Bestemming goedgekeurd", "Disposition approved"),
    "CohortOpened": Words("Cohorte geopend", "Cohort opened"),
    "CohortRenewed": Words("Cohorte hernieuwd", "Cohort renewed"),
    "CohortEvaluated": Words("Cohorte geëvalueerd", "Cohort evaluated"),
    "ImprovementPointReported": Words("Verbeterpunt voor cohorte gemeld", "Improvement point reported"),
    "PartnerJoinedCohort": Words("Partner toegetreden tot cohorte", "Partner joined cohort"),
    "PartnerStayedInCohort": Words("Partner gebleven in cohorte", "Partner stayed in cohort"),
    "PartnerLeftCohort": Words("Partner vertrokken uit cohorte", "Partner left cohort"),
    "MemberSigned": Words("Lid van cohorte heeft ondertekend", "Member signed"),
    "AgreementSigned": Words("Overeenkomst ondertekend", "Agreement signed"),
    "AgreementTermsFollowed": Words("Overeenkomst volgde de voorwaarden", "Agreement terms followed"),
    "AgreementAmended": Words("Overeenkomst gewijzigd", "Agreement amended"),
    "AgreementTerminated": Words("Overeenkomst beëindigd", "Agreement terminated"),
    "AgreementRenewed": Words("Overeenkomst hernieuwd", "Agreement renewed"),
    "AgreementNotRenewed": Words("Overeenkomst niet hernieuwd", "Agreement not renewed"),
    "EvaluationHeld": Words("Evaluatie van overeenkomst gehouden", "Evaluation held"),
    "KpiAgreed": Words("KPI in overeenkomst afgesproken", "KPI agreed"),
    "KpiMeasured": Words("KPI van overeenkomst gemeten", "KPI measured"),
    "AgreementCommenced": Words("Overeenkomst ingegaan", "Agreement commenced"),
    "AgreementExpired": Words("Overeenkomst afgelopen", "Agreement expired"),
    "ConsultationPlanned": Words("Overlegmoment gepland", "Consultation planned"),
    "ConsultationMoved": Words("Overlegmoment verplaatst", "Consultation moved"),
    "ConsultationHeld": Words("Overlegmoment gehouden", "Consultation held"),
    "ConsultationCancelled": Words("Overlegmoment geannuleerd", "Consultation cancelled"),
    "MomentReserved": Words("Nummer van overlegmoment voorbehouden", "Moment reserved"),
    "MomentReleased": Words("Nummer van overlegmoment vrijgegeven", "Moment released"),
    "ReminderRaised": Words("Herinnering opgemaakt", "Reminder raised"),
    "ReminderSuperseded": Words("Herinnering vervangen", "Reminder superseded"),
    "ReminderAcknowledged": Words("Herinnering bevestigd", "Reminder acknowledged"),
    "ReminderSnoozed": Words("Herinnering uitgesteld", "Reminder snoozed"),
    "ClaimStated": Words("Bewering opgetekend", "Claim stated"),
    "ClaimChosen": Words("Bewering aangenomen", "Claim chosen"),
    "SourceDescribed": Words("Bron beschreven", "Source described"),
    "AuthorityOrdered": Words("Gezag van bronnen geordend", "Authority of sources ordered"),
    "LogKeysReplaced": Words("Sleutels van het logboek vervangen", "Keys of the log replaced"),
    "LogBegunAnew": Words("Logboek opnieuw begonnen", "Log begun anew"),
    "EventCorrected": Words("Gebeurtenis rechtgezet", "Event corrected"),
}

LABELS: Final[Mapping[Group, Mapping[str, Words]]] = {
    "term": TERMS,
    "eventType": EVENT_TYPES,
    "field": {key: Words(*both) for key, both in FIELDS.items()},
    "streamCategory": {
        "partner": Words("partners", "partners"),
        "person": Words("personen", "persons"),
        "cohort": Words("cohortes", "cohorts"),
        "membership": Words("wie in een cohorte is", "who is in a cohort"),
        "agreement": Words("overeenkomsten", "agreements"),
        "milestone": Words("begin en einde van overeenkomsten", "start and end of agreements"),
        "consultation": Words("overlegmomenten", "consultation moments"),
        "moments": Words("nummers van overlegmomenten", "numbers of consultation moments"),
        "enterpriseNumber": Words("ondernemingsnummers", "enterprise numbers"),
        "claim": Words("beweringen", "claims"),
        "reminder": Words("herinneringen", "reminders"),
        "source": Words("bronnen", "sources"),
        "retentionRule": Words("regels van bewaring", "rules of retention"),
        "disposition": Words("bestemmingen", "dispositions"),
        "authorityOrder": Words("volgorde van gezag", "order of authority"),
        "log": Words("het logboek zelf", "the log itself"),
    },
    "partnerKind": {
        "businessOrganisation": Words("ondernemersorganisatie", "business organisation"),
        "employersOrganisation": Words("werkgeversorganisatie", "employers' organisation"),
        "sectorFederation": Words("sectorfederatie", "sector federation"),
        "federation": Words("federatie", "federation"),
        "professionalAssociation": Words("beroepsvereniging", "professional association"),
        "bilateralChamber": Words("bilaterale kamer van koophandel", "bilateral chamber of commerce"),
        "cluster": Words("cluster", "cluster"),
        "spearheadCluster": Words("speerpuntcluster", "spearhead cluster"),
        "researchCentre": Words("onderzoekscentrum", "research centre"),
        "incubator": Words("incubator", "incubator"),
        "businessNetwork": Words("ondernemersnetwerk", "business network"),
        "association": Words("vereniging", "association"),
    },
    "aliasKind": {
        "spelling": Words("schrijfwijze", "spelling"),
        "translation": Words("vertaling", "translation"),
        "acronym": Words("letterwoord", "acronym"),
        "former": Words("vroegere naam", "former name"),
        "label": Words("benaming", "label"),
    },
    "successionKind": {
        "merged": Words("fusie", "merger"),
        "absorbed": Words("overneming", "absorption"),
        "split": Words("splitsing", "split"),
    },
    "agreementStatus": {
        "signed": Words("ondertekend", "signed"),
        "inForce": Words("van kracht", "in force"),
        "terminated": Words("beëindigd", "terminated"),
        "expired": Words("afgelopen", "expired"),
        "renewed": Words("hernieuwd", "renewed"),
    },
    "consultationStatus": {
        "toBeFixed": Words("dag nog vast te leggen", "day to be fixed"),
        "planned": Words("gepland", "planned"),
        "held": Words("gehouden", "held"),
        "cancelled": Words("geannuleerd", "cancelled"),
    },
    "reminderKind": {
        "consultation": Words("overlegmoment", "consultation moment"),
        "fixDay": Words("dag van het overlegmoment vastleggen", "fixing the day of the consultation moment"),
        "evaluation": Words("evaluatie", "evaluation"),
        "kpiFigures": Words("KPI-cijfers", "KPI figures"),
        "improvementPoint": Words("verbeterpunt", "improvement point"),
        "payment": Words("betaling", "payment"),
        "agreementEnd": Words("einde van de overeenkomst", "end of the agreement"),
        "cohortEnd": Words("einde van de cohorte", "end of the cohort"),
        "accountManagerMissing": Words("ontbrekende accountmanager", "missing account manager"),
    },
    "reminderStatus": {
        "raised": Words("opgemaakt", "raised"),
        "acknowledged": Words("bevestigd", "acknowledged"),
        "snoozed": Words("uitgesteld", "snoozed"),
        "superseded": Words("vervangen", "superseded"),
        "closed": Words("afgesloten", "closed"),
    },
    "timing": {
        "upcoming": Words("op komst", "upcoming"),
        "overdue": Words("over tijd", "overdue"),
        "missed": Words("gemist", "missed"),
    },
    "channel": {
        "mail": Words("e-mail", "e-mail"),
        "webhook": Words("webhook", "webhook"),
        "calendar": Words("kalender", "calendar"),
    },
    "role": {
        "administrator": Words("beheerder", "administrator"),
        "programmeManager": Words("programmamanager", "programme manager"),
        "accountManager": Words("accountmanager", "account manager"),
        "partner": Words("partner", "partner"),
        "auditor": Words("auditor", "auditor"),
        "client": Words("toepassing", "client application"),
    },
    "party": {
        "agency": Words("agentschap", "agency"),
        "partner": Words("partner", "partner"),
    },
    "subject": {
        "programme": Words("programma", "programme"),
        "cohort": Words("cohorte", "cohort"),
        "partner": Words("partner", "partner"),
        "agreement": Words("overeenkomst", "agreement"),
        "consultation": Words("overlegmoment", "consultation moment"),
        "person": Words("persoon", "person"),
    },
    "recordKind": {
        "agreement": Words("teksten van een overeenkomst", "texts of an agreement"),
        "consultation": Words("teksten van een overlegmoment", "texts of a consultation moment"),
        "person": Words("een persoon", "a person"),
    },
    "destination": {
        "destroy": Words("vernietigen", "destroy"),
        "archive": Words("overbrengen naar het archief", "transfer to the archive"),
    },
    "dispositionStage": {
        "proposed": Words("voorgesteld", "proposed"),
        "deferred": Words("uitgesteld", "deferred"),
        "approved": Words("goedgekeurd", "approved"),
    },
    "requestStage": {
        "wished": Words("gewenst", "wished"),
        "takenUp": Words("opgenomen in een verzoek", "taken up"),
        "requested": Words("gevraagd", "requested"),
        "declined": Words("afgewezen", "declined"),
        "pending": Words("bezig", "pending"),
        "complete": Words("voltooid", "complete"),
    },
    "door": {
        "api": Words("toepassing", "application"),
        "page": Words("webpagina", "web page"),
        "commandLine": Words("opdrachtregel", "command line"),
    },
    "precision": {
        "day": Words("dag", "day"),
        "month": Words("maand", "month"),
        "year": Words("jaar", "year"),
    },
    "sourceKind": {
        "deed": Words("ondertekende akte", "signed deed"),
        "parliamentaryAnswer": Words("parlementair antwoord", "parliamentary answer"),
        "pressRelease": Words("persbericht van het agentschap", "the agency's press release"),
        "newsItem": Words("nieuwsbericht", "news item"),
        "partnerPage": Words("pagina van een partner", "a partner's page"),
        "other": Words("andere", "other"),
    },
    # What sources say of a subject. Others than these are shown as their own words: anyone may name one.
    "predicate": {
        "name": Words("naam", "name"),
        "nameNl": Words("Nederlandse naam", "Dutch name"),
        "nameEn": Words("Engelse naam", "English name"),
        "label": Words("benaming", "label"),
        "runsFrom": Words("begin van de looptijd", "start of the term"),
        "runsUntil": Words("einde van de looptijd", "end of the term"),
        "durationYears": Words("duur in jaren", "duration in years"),
        "signedOn": Words("datum van ondertekening", "date of signature"),
        "signingPlace": Words("plaats van ondertekening", "place of signature"),
        "signingStatus": Words("stand van de ondertekening", "state of the signing"),
        "announcedPartnerCount": Words("aangekondigd aantal partners", "announced number of partners"),
        "listedPartnerCount": Words("opgesomd aantal partners", "listed number of partners"),
        "agencyHeadAtSigning": Words(
            "hoofd van het agentschap bij de ondertekening", "head of the agency at the signing"
        ),
        "partnerCount": Words("aantal partners", "number of partners"),
        "agreementCount": Words("aantal overeenkomsten", "number of agreements"),
        "accountManagerCount": Words("aantal accountmanagers", "number of account managers"),
        "coFinancing": Words("cofinanciering", "co-financing"),
        "evaluationCadence": Words("ritme van de evaluatie", "evaluation cadence"),
        "annualBudget": Words("jaarlijks budget", "annual budget"),
        "coordinator": Words("coördinator", "coordinator"),
        "objective": Words("doelstelling", "objective"),
        "motto": Words("leuze", "motto"),
        "activityProgrammeCount": Words("aantal activiteitenprogramma's", "number of activity programmes"),
        "partnerLabelNl": Words("benaming van de partners, Nederlands", "label of the partners, Dutch"),
        "partnerLabelEn": Words("benaming van de partners, Engels", "label of the partners, English"),
        "partnerTypesNl": Words("soorten partners, Nederlands", "kinds of partners, Dutch"),
        "partnerTypesEn": Words("soorten partners, Engels", "kinds of partners, English"),
        "structural": Words("structureel karakter", "structural nature"),
        "financialSupport": Words("financiële steun", "financial support"),
        "negotiation": Words("onderhandeling", "negotiation"),
        "embeddedIn": Words("kadert in", "embedded in"),
        "measuredBy": Words("gemeten met", "measured by"),
        "kpisSetInAdvance": Words("KPI's vooraf bepaald", "KPIs set in advance"),
        "kpiList": Words("KPI-lijst", "KPI list"),
        "earlierQuestionNumber": Words("nummer van de eerdere vraag", "number of the earlier question"),
        "earlierQuestionDate": Words("datum van de eerdere vraag", "date of the earlier question"),
        "questionNumber": Words("nummer van de vraag", "number of the question"),
        "questionDate": Words("datum van de vraag", "date of the question"),
        "improvementPointsReportedIn": Words("verbeterpunten gemeld in", "improvement points reported in"),
        "accountManagedPartnerCount": Words(
            "aantal partners met een accountmanager", "number of partners with an account manager"
        ),
        "accountManagersPerPartner": Words("accountmanagers per partner", "account managers per partner"),
        "accountManagerTime": Words("tijd van de accountmanagers", "time of the account managers"),
        "accountManagerConsultation": Words("overleg met de accountmanager", "consultation with the account manager"),
        "firstPartnerDay": Words("eerste partnerdag", "first partner day"),
        "firstEvaluationHeldOn": Words("eerste evaluatie gehouden op", "first evaluation held on"),
        "firstEvaluationResult": Words("resultaat van de eerste evaluatie", "result of the first evaluation"),
        "budgetCommitment": Words("vastleggingsmachtiging", "commitment appropriation"),
        "budgetPayment": Words("uitbetalingsmachtiging", "payment appropriation"),
        "consultationsCount": Words("aantal overlegmomenten", "number of consultation moments"),
        "consultationsAttendance": Words("aanwezig op de overlegmomenten", "attendance at the consultation moments"),
        "fundamentalAdjustmentNeeded": Words("fundamentele bijsturing nodig", "fundamental adjustment needed"),
        "partnerCooperation": Words("samenwerking tussen de partners", "cooperation between the partners"),
        "actionProgrammeInvolvement": Words(
            "betrokkenheid bij het actieprogramma", "involvement in the action programme"
        ),
        "actionProgrammeWithPartnerActionsFrom": Words(
            "acties van partners in het actieprogramma vanaf", "actions of partners in the action programme from"
        ),
        "widerCircleSpearheadClusterCount": Words(
            "ruimere kring: aantal speerpuntclusters", "wider circle: number of spearhead clusters"
        ),
        "widerCircleResearchCentreCount": Words(
            "ruimere kring: aantal onderzoekscentra", "wider circle: number of research centres"
        ),
        "widerCircleSince": Words("ruimere kring sinds", "wider circle since"),
        "capacity": Words("capaciteit", "capacity"),
        "equality": Words("gelijkwaardigheid", "equality"),
        "jointActions": Words("gezamenlijke acties", "joint actions"),
        "describedAs": Words("omschreven als", "described as"),
        "leadingUnit": Words("leidende eenheid", "leading unit"),
        "spellingEn": Words("Engelse schrijfwijze", "English spelling"),
        "spellingsNl": Words("Nederlandse schrijfwijzen", "Dutch spellings"),
        "coordinatedSince": Words("gecoördineerd sinds", "coordinated since"),
        "updatedIn": Words("bijgewerkt in", "updated in"),
        "objectiveSupport": Words("doelstelling: ondersteunen", "objective: support"),
        "objectiveInvestments": Words("doelstelling: investeringen", "objective: investments"),
        "objectiveAgainstFragmentation": Words(
            "doelstelling: versnippering tegengaan", "objective: against fragmentation"
        ),
        "objectiveGrowth": Words("doelstelling: groei", "objective: growth"),
        "accelerationDomains": Words("versnellingen", "accelerations"),
        "coreDomains": Words("kerndomeinen", "core domains"),
        "toolsStatus": Words("stand van de instrumenten", "state of the tools"),
        "toolUse": Words("gebruik van de instrumenten", "use of the tools"),
        "toolRetentionManager": Words("instrument: retentiemanager", "tool: aftercare (retentiemanager)"),
        "toolWebPlatform": Words("instrument: webplatform", "tool: web platform"),
        "toolBrandingToolkit": Words("instrument: brandingtoolkit", "tool: branding toolkit"),
        "efroProjectStatus": Words("EFRO-project: stand", "ERDF project: state"),
        "efroProjectPartner": Words("EFRO-project: partner", "ERDF project: partner"),
        "efroProjectTotalPrice": Words("EFRO-project: totaalprijs", "ERDF project: total price"),
        "efroProjectShareEfro": Words("EFRO-project: aandeel EFRO", "ERDF project: share of the ERDF"),
        "efroProjectShareHermes": Words("EFRO-project: aandeel Hermes", "ERDF project: share of Hermes"),
        "efroProjectShareFitVlaio": Words("EFRO-project: aandeel FIT/VLAIO", "ERDF project: share of FIT/VLAIO"),
    },
    "language": {
        "nl": Words("Nederlands", "Dutch"),
        "fr": Words("Frans", "French"),
        "de": Words("Duits", "German"),
        "en": Words("Engels", "English"),
    },
    "month": {
        "1": Words("januari", "January"),
        "2": Words("februari", "February"),
        "3": Words("maart", "March"),
        "4": Words("april", "April"),
        "5": Words("mei", "May"),
        "6": Words("juni", "June"),
        "7": Words("juli", "July"),
        "8": Words("augustus", "August"),
        "9": Words("september", "September"),
        "10": Words("oktober", "October"),
        "11": Words("november", "November"),
        "12": Words("december", "December"),
    },
}
"""Subject -> key as in code -> Dutch and English."""

_UNITS: Final[Mapping[str, tuple[Words, Words]]] = {
    "D": (Words("dag", "day"), Words("dagen", "days")),
    "W": (Words("week", "week"), Words("weken", "weeks")),
    "M": (Words("maand", "month"), Words("maanden", "months")),
    "Y": (Words("jaar", "year"), Words("jaar", "years")),
}
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_YEAR: Final = re.compile(r"(?:19|20|21)\d\d")
_TEENS: Final = range(11, 14)


def label(group: Group, key: str, language: Language) -> str:
    """The word for a key, whatever the year in it; a key that nobody foresaw shows as its own words (`newIdea`)."""
    words = LABELS[group].get(key)
    if words:
        return words.of(language)
    year = _YEAR.search(key)
    if year and (of_any_year := LABELS[group].get(_YEAR.sub("", key))):
        return f"{of_any_year.of(language)} {year[0]}"
    return _CAMEL.sub(" ", key).lower()


def month(number: int, language: Language) -> str:
    """The name of a month, from 1."""
    return label("month", str(number), language)


def date_text(text: str, language: Language) -> str:
    """As precise as it is known: `3 oktober 2017`, `maart 2019`, `2026`."""
    known = PartialDate.parse(text)
    if known.month is None:
        return str(known.year)
    day = f"{known.day} " if known.day else ""
    return f"{day}{month(known.month, language)} {known.year}"


def on_date(text: str, language: Language) -> str:
    """`op 3 oktober 2017`, `in maart 2019`; `on 3 October 2017`, `in March 2019`."""
    shown = date_text(text, language)
    if not PartialDate.parse(text).is_day:
        return f"in {shown}"
    return Words(f"op {shown}", f"on {shown}").of(language)


def by_date(text: str, language: Language) -> str:
    """`ten laatste op 26 november 2021`, `by 26 November 2021`."""
    return Words(f"ten laatste {on_date(text, 'nl')}", f"by {date_text(text, 'en')}").of(language)


def from_date(text: str, language: Language) -> str:
    """`vanaf maart 2019`, `from March 2019`."""
    shown = date_text(text, language)
    return Words(f"vanaf {shown}", f"from {shown}").of(language)


def period_text(runs_from: str, runs_until: str, language: Language) -> str:
    """`van 2017 tot en met 2021`, `from 2017 to 2021`; both included."""
    first, last = date_text(runs_from, language), date_text(runs_until, language)
    return Words(f"van {first} tot en met {last}", f"from {first} to {last}").of(language)


def instant_text(text: str, language: Language) -> str:
    """In the wall time that it carries: `29 maart 2027 om 9.30 uur`, `29 March 2027 at 09:30`."""
    at = parse_instant(text)
    hour = f"{at.hour}.{at.minute:02}" if at.minute else f"{at.hour}"
    time = Words(f"om {hour} uur", f"at {at:%H:%M}").of(language)
    return f"{date_text(at.date().isoformat(), language)} {time}"


def on_instant(text: str, language: Language) -> str:
    """`op 29 maart 2027 om 9.30 uur`, `on 29 March 2027 at 09:30`."""
    shown = instant_text(text, language)
    return Words(f"op {shown}", f"on {shown}").of(language)


def offset_text(text: str, language: Language) -> str:
    """`P3M`: 3 maanden op voorhand, 3 months ahead. `-P7D`: 7 dagen na de datum, 7 days after the date."""
    offset = Offset.parse(text)
    if offset.count == 0:
        return Words("op de datum zelf", "on the date itself").of(language)
    singular, plural = _UNITS[offset.unit]
    length = f"{offset.count} {(singular if offset.count == 1 else plural).of(language)}"
    if offset.after:
        return Words(f"{length} na de datum", f"{length} after the date").of(language)
    return Words(f"{length} op voorhand", f"{length} ahead").of(language)


def ordinal_text(number: int, language: Language) -> str:
    """`2e`, `2nd`."""
    if language == "nl":
        return f"{number}e"
    ending = "th" if number % 100 in _TEENS else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def decimal_text(text: str, language: Language) -> str:
    """A decimal string with the language's decimal mark."""
    return text.replace(".", ",") if language == "nl" else text


def share_text(text: str, language: Language) -> str:
    """`50.00`: 50%. `12.50`: 12,5% in Dutch."""
    short = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{decimal_text(short, language)}%"


def money_text(text: str, language: Language) -> str:
    """`905000.00`: 905.000 euro, EUR 905,000; cents where there are any."""
    whole, _, cents = text.partition(".")
    grouped = f"{int(whole):,}"
    if language == "nl":
        shown = grouped.replace(",", ".")
        return f"{shown},{cents} euro" if cents.strip("0") else f"{shown} euro"
    return f"EUR {grouped}.{cents}" if cents.strip("0") else f"EUR {grouped}"


def enterprise_number_text(digits: str) -> str:
    """Ten digits in the form that people know: `0123.456.749`."""
    return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"


def listed(parts: Sequence[str], language: Language) -> str:
    """`a, b en c`, `a, b and c`."""
    if len(parts) < 2:  # noqa: PLR2004 - one has nothing to be joined to
        return "".join(parts)
    joint = Words("en", "and").of(language)
    return f"{', '.join(parts[:-1])} {joint} {parts[-1]}"


def claimed_value(value: str, precision: str | None, language: Language) -> str:
    """What a source says: a date where it has a precision, else its words as they stand."""
    if precision is None:
        return value
    try:
        return date_text(value, language)
    except Refused:
        return value  # the source's own way to write it
