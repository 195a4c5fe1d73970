"""The trade's words in Dutch and English.

`docs/glossary.md` says what the words mean; a test keeps the two together. Labels start in lower case, but for those
of event types; who shows one by itself gives it a capital.
"""

import re
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from domain.field_labels import FIELDS
from domain.predicate_labels import PREDICATES

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
    "shift",
    "policyScope",
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
    "reminderPolicy": Words("afspraken over herinneringen", "reminder policy"),
    "workingDay": Words("werkdag", "working day"),
    "closedDay": Words("sluitingsdag", "closed day"),
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
    "ReminderPolicySet": Words("Afspraken over herinneringen vastgelegd", "Reminder policy set"),
    "AgencyCalendarSet": Words("Sluitingsdagen vastgelegd", "Closed days set"),
    "ProgrammeManagersNamed": Words("Programmamanagers aangewezen", "Programme managers named"),
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
        "reminderPolicy": Words("afspraken over herinneringen", "reminder policies"),
        "agencyCalendar": Words("sluitingsdagen", "closed days"),
        "programme": Words("programma", "programme"),
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
    "shift": {
        "none": Words("niet verschoven", "not shifted"),
        "back": Words("naar de werkdag ervoor", "to the working day before"),
        "forward": Words("naar de werkdag erna", "to the working day after"),
    },
    "policyScope": {
        "programme": Words("programma", "programme"),
        "cohort": Words("cohorte", "cohort"),
        "agreement": Words("overeenkomst", "agreement"),
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
        "deputy": Words("vervanger van de accountmanager", "deputy account manager"),
        "partnerContact": Words("contactpersoon van de partner", "partner's contact"),
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
        "claim": Words("bewering", "claim"),
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
    "predicate": {key: Words(*both) for key, both in PREDICATES.items()},
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

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_YEAR: Final = re.compile(r"(?:19|20|21)\d\d")


def label(group: Group, key: str, language: Language) -> str:
    """The word for a key, whatever the year in it; a key that nobody foresaw shows as its own words (`newIdea`)."""
    words = LABELS[group].get(key)
    if words:
        return words.of(language)
    year = _YEAR.search(key)
    if year and (of_any_year := LABELS[group].get(_YEAR.sub("", key))):
        return f"{of_any_year.of(language)} {year[0]}"
    return _CAMEL.sub(" ", key).lower()
