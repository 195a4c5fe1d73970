"""What sources had said by a day, by chapter, and where they contradict each other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain import claim as rules
from domain.dossier import Chapter, chapter_of, is_amount, words
from domain.labels import label
from domain.values import last_day
from domain.wording import claimed_value, money_text, on_date, share_text
from events.catalogue.claim import SourceDescribed, SourceKind
from service.dossier.content import Cite, Row, Tone
from service.dossier.words import text
from service.sources import Said
from service.texts import Language


@dataclass(frozen=True, slots=True)
class Topic:
    """All that sources had said on one subject and predicate. `standing` is the claim to go by, if one was chosen."""

    predicate: str
    subject: str
    said: tuple[Said, ...]
    standing: Said | None
    conflict: bool
    suggested: str | None

    @property
    def chapter(self) -> Chapter:
        """Where it is told."""
        return chapter_of(self.predicate)


def cite(one: Said) -> Cite:
    """A claim's event, and where its source says so."""
    stated = one.claim.stated
    return Cite(one.position, stated.source, (stated.line,) if stated.line else ())


def published(one: Said, described: Mapping[str, SourceDescribed]) -> str | None:
    """When its source came out, where that is known."""
    known = described.get(one.claim.stated.source)
    return one.claim.stated.published_on or (known.published_on if known else None)


def is_out(one: Said, day: str, described: Mapping[str, SourceDescribed]) -> bool:
    """Whether its source may have been out by that day: one that is not dated may."""
    on = published(one, described)
    return on is None or last_day(on) <= last_day(day)


def topics(
    said: Iterable[Said],
    described: Mapping[str, SourceDescribed],
    order: Sequence[SourceKind],
    names: Mapping[str, str],
) -> Sequence[Topic]:
    """Claims together by what they are about, in the order in which the register learned of them."""
    kinds = {document: one.kind for document, one in described.items()}
    together: dict[tuple[str, str], list[Said]] = {}
    for one in said:
        together.setdefault(one.claim.about, []).append(one)
    found = []
    for (subject, predicate), claims in together.items():
        states = [one.claim for one in claims]
        standing = rules.standing_of(states)
        conflict = rules.in_conflict(states)
        suggested = rules.suggested(states, kinds, order) if conflict else []
        found.append(
            Topic(
                predicate,
                names.get(subject, ""),
                tuple(claims),
                next((one for one in claims if one.claim is standing), None),
                conflict,
                suggested[0].stated.value if suggested else None,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Teller:
    """Topics as rows."""

    language: Language
    described: Mapping[str, SourceDescribed]
    texts: Mapping[str, str]
    day: str

    def rows(self, topic: Topic) -> Sequence[Row]:
        """One for each thing said, with all who said it; what contradicts each other stands under each other."""
        name = label("predicate", topic.predicate, self.language)
        name = f"{name} ({topic.subject})" if topic.subject else name
        by_value: dict[str, list[Said]] = {}
        for one in topic.said:
            by_value.setdefault(one.claim.stated.value.strip(), []).append(one)
        return [
            Row(
                (name, self.value(claims[0])),
                tuple(cite(one) for one in claims),
                self._tone(topic),
                self._note(topic, claims),
            )
            for claims in by_value.values()
        ]

    def value(self, one: Said) -> str:
        """What a claim says, as people write it."""
        stated = one.claim.stated
        if is_amount(stated.predicate, stated.value):
            return money_text(stated.value, self.language)
        if "share" in words(stated.predicate) and stated.value.replace(".", "").isdigit():
            return share_text(stated.value, self.language)
        return claimed_value(stated.value, stated.precision, self.language)

    def conflict(self, topic: Topic) -> Row:
        """What is said, and how it stands."""
        name = label("predicate", topic.predicate, self.language)
        name = f"{name} ({topic.subject})" if topic.subject else name
        values = list(dict.fromkeys(self.value(one) for one in topic.said))
        cites = tuple(cite(one) for one in topic.said)
        if topic.standing:
            cites += (Cite(topic.standing.claim.resolved_at),)
        return Row((name, " / ".join(values)), cites, "settled" if topic.standing else "conflict", self._stand(topic))

    def _stand(self, topic: Topic) -> str:
        if topic.standing is None or topic.standing.claim.chosen is None:
            if topic.suggested is None:
                return text("conflict.none", self.language)
            return text("conflict.suggested", self.language, value=topic.suggested)
        chosen = topic.standing.claim.chosen
        key = "conflict.later" if last_day(chosen.chosen_on) > last_day(self.day) else "conflict.settled"
        reason = self.texts.get(chosen.reason.text_id) or text("erased", self.language)
        value = self.value(topic.standing)
        return text(key, self.language, date=on_date(chosen.chosen_on, self.language), value=value, reason=reason)

    def _tone(self, topic: Topic) -> Tone:
        if not topic.conflict:
            return "claimed"
        return "settled" if topic.standing else "conflict"

    def _note(self, topic: Topic, claims: Sequence[Said]) -> str:
        notes = []
        if topic.conflict and topic.standing:
            taken = rules.agree(claims[0].claim.stated, topic.standing.claim.stated)
            notes.append(text("taken" if taken else "notTaken", self.language))
        if not any(published(one, self.described) for one in claims):
            notes.append(text("undated", self.language))
        return "; ".join(notes)
