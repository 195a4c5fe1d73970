"""What the chapters of a dossier and its summary share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from domain.dossier import Budget, budget_of, budgets
from domain.dossier import Chapter as Key
from domain.wording import by_date, on_date
from events.catalogue.agreement import EvaluationHeld
from events.catalogue.cohort import CohortEvaluated, ImprovementPointReported
from events.catalogue.values import TextRef
from service.dossier.claims import Teller, Topic
from service.dossier.content import Cite, Row
from service.dossier.subjects import Around
from service.dossier.words import text
from service.texts import Language


@dataclass(frozen=True, slots=True)
class Telling:
    """What there is to tell of one cohort. `people` are the names to show for persons; others go by their ids."""

    around: Around
    topics: Sequence[Topic]
    teller: Teller
    texts: Mapping[str, str]
    day: date
    people: Mapping[str, str]

    @property
    def language(self) -> Language:
        """Of the reader."""
        return self.teller.language

    def say(self, key: str, **facts: object) -> str:
        """A text of the dossier."""
        return text(key, self.teller.language, **facts)

    def unknown(self, key: str, **facts: object) -> Row:
        """A row that says that the record does not say it."""
        return Row((self.say(key, **facts), self.say("unknown")), (), "unknown")

    def cite(self, event: object) -> tuple[Cite, ...]:
        """Where an event stands."""
        return self.around.trail.cite(event)

    def prose(self, ref: TextRef | None) -> str:
        """A text from the vault."""
        return (self.texts.get(ref.text_id) if ref else None) or self.say("erased")

    def person(self, person_id: str) -> str:
        """Somebody, by name where that is asked for."""
        return self.people.get(person_id) or self.say("person", id=person_id[:8])

    def reported(self) -> Sequence[ImprovementPointReported]:
        """Points to improve that no evaluation names."""
        return self.around.cohort.improvement_points

    def points(self) -> Sequence[tuple[str, tuple[Cite, ...], str]]:
        """All points to improve: the text, where it stands, and what is known of when."""
        found = []
        for reported in self.reported():
            on = self.say("reported", date=on_date(reported.reported_on, self.language)) if reported.reported_on else ""
            found.append((self.prose(reported.text), self.cite(reported), self.noted(on, reported.due_on)))
        held: Sequence[CohortEvaluated | EvaluationHeld] = [
            *self.around.cohort.evaluations,
            *(two for one in self.around.partners if one.agreement for two in one.agreement.evaluations.values()),
        ]
        for one in held:
            found += [
                (
                    self.prose(point.text),
                    self.cite(one),
                    self.noted(self.say("ofEvaluation", year=one.year), point.due_on),
                )
                for point in one.improvement_points
            ]
        return found

    def noted(self, first: str, due_on: str | None) -> str:
        """What there is to note, in one line."""
        due = self.say("due", date=by_date(due_on, self.language)) if due_on else ""
        return ", ".join(part for part in (first, due) if part)

    def partner_cites(self) -> tuple[Cite, ...]:
        """The partners' signatures."""
        return tuple(cite for one in self.around.partners if one.agreement for cite in self.cite(one.agreement.signed))

    def budgets(self) -> Sequence[Budget]:
        """What sources agree on, or what was taken as right."""
        return budgets(
            (topic.predicate, one.claim.stated.value)
            for topic in self.topics
            if topic.standing or not topic.conflict
            for one in ([topic.standing] if topic.standing else topic.said)
        )

    def budget_topics(self, year: int) -> Sequence[Topic]:
        """What sources say of a year's money, whether or not they agree."""
        named = ((topic, budget_of(topic.predicate)) for topic in self.topics)
        return [topic for topic, of in named if of is not None and of[0] == year]

    def budget_cites(self, year: int) -> tuple[Cite, ...]:
        """Where they say so."""
        rows = [row for topic in self.budget_topics(year) for row in self.teller.rows(topic)]
        return tuple(cite for row in rows for cite in row.cites)

    def claimed(self, key: Key) -> Sequence[Row]:
        """What sources say in a chapter."""
        return [row for topic in self.topics if topic.chapter == key for row in self.teller.rows(topic)]
