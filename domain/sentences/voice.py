"""Speaking one language, with the names there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain import labels, wording
from domain.labels import Group, Language, Words
from domain.values import PartialDate
from events.catalogue.cohort import ImprovementPoint, KpiResult
from events.catalogue.values import TextRef


@dataclass(frozen=True, slots=True)
class Voice:
    """A language and the display names by id. Sentences never begin with a name: some are written in lower case."""

    language: Language
    names: Mapping[str, str]

    def say(self, nl: str, en: str) -> str:
        """One of the two."""
        return Words(nl, en).of(self.language)

    @staticmethod
    def finish(text: str) -> str:
        """A capital first and one full stop last."""
        return f"{text[0].upper()}{text[1:].removesuffix('.')}."

    def clauses(self, *parts: str) -> str:
        """What there is to say, empty parts left out."""
        return "; ".join(part for part in parts if part)

    # names

    def partner(self, partner_id: str) -> str:
        """`partner X`; `een partner` without a name."""
        return self._named(partner_id, ("partner", "partner"), ("een partner", "a partner"))

    def cohort(self, cohort_id: str) -> str:
        """`cohorte X`; `een cohorte` without a name."""
        return self._named(cohort_id, ("cohorte", "cohort"), ("een cohorte", "a cohort"))

    def consultation(self, consultation_id: str) -> str:
        """`overlegmoment 2019/2`; `een overlegmoment` without a name."""
        return self._named(
            consultation_id,
            ("overlegmoment", "consultation moment"),
            ("een overlegmoment", "a consultation moment"),
        )

    def kpi(self, kpi_id: str) -> str:
        """`KPI X`; `een KPI` without a name."""
        return self._named(kpi_id, ("KPI", "KPI"), ("een KPI", "a KPI"))

    def agreement(self, agreement_or_partner_id: str, cohort_id: str = "") -> str:
        """`de overeenkomst met X in cohorte Y`; `een overeenkomst` without names."""
        name, cohort = self.names.get(agreement_or_partner_id), self.names.get(cohort_id)
        within = self.say(f" in cohorte {cohort}", f" in cohort {cohort}") if cohort else ""
        if name is None:
            return self.say("een overeenkomst", "an agreement") + within
        return self.say(f"de overeenkomst met {name}", f"the agreement with {name}") + within

    def person(self, person_id: str) -> str:
        """A person's name; one that the reader may not see has an empty name, and an erased one has none."""
        name = self.names.get(person_id)
        if name is None:
            return self.say("een gewiste persoon", "an erased person")
        return name or self.say("een persoon", "a person")

    def subject(self, kind: str, subject_id: str) -> str:
        """What a reminder or a claim is about."""
        match kind:
            case "partner":
                return self.partner(subject_id)
            case "cohort":
                return self.cohort(subject_id)
            case "agreement":
                return self.agreement(subject_id)
            case "consultation":
                return self.consultation(subject_id)
            case "person":
                return self.person(subject_id)
            case "programme":
                return self.say("het programma", "the programme")
            case _:
                noun = self.label("subject", kind)
                return self._named(subject_id, (noun, noun), (noun, noun))

    def _named(self, key: str, noun: tuple[str, str], nameless: tuple[str, str]) -> str:
        name = self.names.get(key)
        return self.say(*nameless) if name is None else f"{self.say(*noun)} {name}"

    # words, dates and figures

    def label(self, group: Group, key: str) -> str:
        """The word for a key."""
        return labels.label(group, key, self.language)

    def on(self, text: str) -> str:
        """`op 3 oktober 2017`."""
        return wording.on_date(text, self.language)

    def by(self, text: str) -> str:
        """`ten laatste op 3 oktober 2017`."""
        return wording.by_date(text, self.language)

    def since(self, text: str) -> str:
        """`vanaf 3 oktober 2017`."""
        return wording.from_date(text, self.language)

    def period(self, runs_from: str, runs_until: str) -> str:
        """`van 2017 tot en met 2021`."""
        return wording.period_text(runs_from, runs_until, self.language)

    def decimal(self, text: str) -> str:
        """A figure."""
        return wording.decimal_text(text, self.language)

    def listed(self, parts: Sequence[str]) -> str:
        """`a, b en c`."""
        return wording.listed(parts, self.language)

    def date_or_month(self, planned_on: str | None, starts_at: str | None) -> str:
        """When a moment is; that its day is to be fixed where only the month is known."""
        if starts_at:
            return wording.on_instant(starts_at, self.language)
        if planned_on is None:
            return self.say("zonder datum", "without a date")
        fixed = PartialDate.parse(planned_on).is_day
        missing = "" if fixed else f" ({self.label('consultationStatus', 'toBeFixed')})"
        return self.on(planned_on) + missing

    # what the sentences share

    def reason(self, reason: TextRef | None) -> str:
        """That there is a reason, not which."""
        return self.say(" (reden in het dossier)", " (reason on file)") if reason else ""

    def place(self, place: str | None) -> str:
        """Where."""
        return self.say(f"plaats: {place}", f"place: {place}") if place else ""

    def yearly(self, evaluation: str | None) -> str:
        """The evaluation that the terms ask for."""
        return self.say("met jaarlijkse evaluatie", "with a yearly evaluation") if evaluation == "yearly" else ""

    def figures(self, results: Sequence[KpiResult]) -> str:
        """What the KPIs came to."""
        return self.listed([f"{self.kpi(result.kpi_id)}: {self.decimal(result.value)}" for result in results])

    def findings(self, findings: TextRef | None) -> str:
        """That there are findings, not which."""
        return self.say("met bevindingen in het dossier", "with findings on file") if findings else ""

    def improvements(self, points: Sequence[ImprovementPoint]) -> str:
        """How many points to improve, and by when."""
        if not points:
            return ""
        count = len(points)
        due = self.listed([self.by(day) for day in sorted({point.due_on for point in points if point.due_on})])
        when = f", {due}" if due else ""
        if count == 1:
            return self.say("met 1 verbeterpunt in het dossier", "with 1 improvement point on file") + when
        return self.say(f"met {count} verbeterpunten in het dossier", f"with {count} improvement points on file") + when
