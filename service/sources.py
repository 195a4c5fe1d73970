"""What sources say, where they disagree, what authority suggests, and what is taken as right."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain import claim as rules
from domain.claim import Claim
from domain.streams import AUTHORITY, of_claim, of_source
from domain.values import last_day
from events.catalogue.claim import AuthorityOrdered, SourceDescribed, SourceKind
from events.catalogue.values import ClaimId, SourceId
from events.envelope import to_micros
from events.log.entry import recorded_at_text
from service import read_models, views
from service.house import Errera
from service.queries import Found, Queries
from service.reading import Reader, Reading


@dataclass(frozen=True, slots=True)
class Said:
    """A claim under a reading, with where its events stand in the log."""

    claim_id: str
    claim: Claim
    version: int
    position: int
    recorded_at: str
    actor: str | None = None
    """Who resolved, where somebody did."""


def source_id(document: str) -> SourceId:
    """The id of a document: it follows from how claims name it."""
    digest = hashlib.sha256(document.encode()).digest()
    return SourceId(base64.b32encode(digest[:15]).decode().lower())


class Sources:
    """Claims under a reading. What was recorded later than `knownAt` is absent, claims as well as resolutions. `asOf`
    changes nothing: what a source says, and which of them to go by, is knowledge of any day and takes effect on none.
    """

    def __init__(self, house: Errera, reading: Reading) -> None:
        self.house = house
        self.reading = reading
        self._queries = Queries(house, reading)
        self._reader = Reader(house, replace(reading, day=date.max, asked=False))

    async def claims(
        self,
        *,
        only_open: bool | None = None,
        subject: str | None = None,
        predicate: str | None = None,
        published_by: str | None = None,
    ) -> Sequence[Found[views.ClaimView]]:
        """What sources say: all of it, what they disagree on, or what they had said by a day.

        With `published_by` only what was surely out by then is there, also to disagree with.
        """
        rows = await self._queries.rows(read_models.CLAIMS)
        said = await self.said(row.claim_id for row in rows)
        views_of = await self.beheld(said, published_by=published_by)
        return [
            Found(view, one.version)
            for one, view in views_of
            if (only_open is None or view.open is only_open)
            and (subject is None or subject in (_subject_id(view), view.subject, _subject_type(view)))
            and (predicate is None or view.predicate == predicate)
        ]

    async def claim(self, claim_id: str) -> Found[views.ClaimView] | None:
        """One claim, among the others on its subject."""
        found = await self.said([claim_id])
        if not found:
            return None
        others = await self.said(await self.beside(found[0].claim, claim_id))
        for one, view in await self.beheld([*others, *found]):
            if one.claim_id == claim_id:
                return Found(view, one.version)
        return None

    async def beside(self, claim: Claim, claim_id: str) -> Sequence[str]:
        """The other claims on the same subject and predicate."""
        rows = await self._queries.rows(read_models.CLAIMS, {"subject": claim.about[0]})
        return [
            row.claim_id for row in rows if row.claim_id != claim_id and row.state and row.state.about == claim.about
        ]

    async def about(self, subject: str) -> Sequence[tuple[Said, views.ClaimView]]:
        """What sources say of one subject."""
        rows = await self._queries.rows(read_models.CLAIMS, {"subject": subject})
        return await self.beheld(await self.said(row.claim_id for row in rows))

    async def said(self, claim_ids: Iterable[str]) -> Sequence[Said]:
        """Those of these claims that were known."""
        found = []
        for name, stream in (await self._reader.streams([of_claim(ClaimId(one)) for one in claim_ids])).items():
            state: Claim | None = None
            recorded = {one.position: one for one in stream.recorded}
            facts = sorted(stream.facts(), key=lambda fact: fact.position)
            for fact in facts:
                state = rules.evolve(state, fact.event, fact.position)
            if state is None:
                continue
            first = recorded[facts[0].position]
            resolved = recorded.get(state.resolved_at)
            found.append(
                Said(
                    name.partition("-")[2],
                    state,
                    stream.version,
                    first.position,
                    recorded_at_text(to_micros(first.recorded_at)),
                    resolved.actor if resolved else None,
                )
            )
        return sorted(found, key=lambda one: one.position)

    async def beheld(
        self, said: Sequence[Said], *, published_by: str | None = None
    ) -> Sequence[tuple[Said, views.ClaimView]]:
        """Claims as readers see them, each beside the others on its subject and predicate."""
        order = await self.order()
        kinds = await self.kinds({one.claim.stated.source for one in said})
        texts = await self._reader.texts(one.claim.chosen for one in said)
        standing = {about: rules.standing_of(claims) for about, claims in _together(said).items()}
        shown = [one for one in said if published_by is None or _published_by(one, published_by)]
        conflicts = {about for about, claims in _together(shown).items() if rules.in_conflict(claims)}
        suggested = [
            claim
            for about, claims in _together(shown).items()
            if about in conflicts and standing[about] is None
            for claim in rules.suggested(claims, kinds, order)
        ]
        found = []
        for one in shown:
            about = one.claim.about
            is_open = about in conflicts and standing[about] is None
            chosen = standing[about] is one.claim
            view = _view(one, kinds, chosen=chosen, texts=texts)
            told = {"open": is_open, "suggested": any(one.claim is claim for claim in suggested) if is_open else None}
            found.append((one, view.model_copy(update=told)))
        return found

    async def order(self) -> Sequence[SourceKind]:
        """The kinds of sources that weigh, the weightiest first."""
        order: AuthorityOrdered | None = (await self._reader.stream(AUTHORITY)).state(None, rules.evolve_order)
        return order.kinds if order else rules.USUAL_ORDER

    async def authority_order(self) -> Found[views.AuthorityOrderView]:
        """Which kinds of sources weigh most, the weightiest first."""
        stream = await self._reader.stream(AUTHORITY)
        order: AuthorityOrdered | None = stream.state(None, rules.evolve_order)
        if order is None:
            usual = views.AuthorityOrderView(href="/v1/authorityOrder", kinds=list(rules.USUAL_ORDER), usual=True)
            return Found(usual, stream.version)
        texts = await self._reader.texts([order])
        view = views.AuthorityOrderView(
            href="/v1/authorityOrder",
            kinds=list(order.kinds),
            usual=False,
            ordered_on=order.ordered_on,
            reason=texts.get(order.reason.text_id) if order.reason else None,
        )
        return Found(view, stream.version)

    async def sources(self) -> Sequence[Found[views.DocumentView]]:
        """The documents that were described."""
        rows = await self._queries.rows(read_models.SOURCES)
        states = await self._reader.states([of_source(SourceId(row.source_id)) for row in rows], rules.evolve_source)
        known = [states[row.source_id] for row in rows if row.source_id in states]
        return [Found(_document(described), version) for described, version in known]

    async def source(self, identity: str) -> Found[views.DocumentView] | None:
        """One document."""
        stream = await self._reader.stream(of_source(SourceId(identity)))
        described: SourceDescribed | None = stream.state(None, rules.evolve_source)
        return Found(_document(described), stream.version) if described else None

    async def kinds(self, documents: Iterable[str]) -> Mapping[str, SourceKind]:
        """What kind of source each of these documents is, where that is known."""
        return {name: one.kind for name, one in (await self.described(documents)).items()}

    async def described(self, documents: Iterable[str]) -> Mapping[str, SourceDescribed]:
        """What is known of these documents."""
        named = {of_source(source_id(document)): document for document in documents}
        states = await self._reader.states(list(named), rules.evolve_source) if named else {}
        return {state.document: state for state, _ in states.values()}


def _together(said: Sequence[Said]) -> Mapping[tuple[str, str], Sequence[Claim]]:
    return rules.together(one.claim for one in said)


def _view(one: Said, kinds: Mapping[str, SourceKind], *, chosen: bool, texts: Mapping[str, str]) -> views.ClaimView:
    stated, choice = one.claim.stated, one.claim.chosen
    return views.ClaimView(
        href=f"/v1/claims/{one.claim_id}",
        claim_id=one.claim_id,
        subject=stated.subject
        if stated.subject_type is None
        else views.SubjectView(type=stated.subject_type, id=stated.subject or None),
        predicate=stated.predicate,
        value=stated.value,
        precision=stated.precision,
        source=stated.source,
        source_kind=kinds.get(stated.source),
        line=stated.line,
        published_on=stated.published_on,
        recorded_at=one.recorded_at,
        chosen=chosen,
        resolution=views.ResolutionView(
            chosen_on=choice.chosen_on,
            reason=texts.get(choice.reason.text_id),
            actor=one.actor or "",
            position=one.claim.resolved_at,
        )
        if chosen and choice
        else None,
        open=False,
    )


def _document(state: SourceDescribed) -> views.DocumentView:
    return views.DocumentView(
        href=f"/v1/sources/{state.source_id}",
        source_id=state.source_id,
        document=state.document,
        kind=state.kind,
        publisher=state.publisher,
        published_on=state.published_on,
        language=state.language,
        sha256=state.sha256,
    )


def _published_by(one: Said, day: str) -> bool:
    """Whether the source was surely out by then; one without a date of publication is not."""
    published_on = one.claim.stated.published_on
    return published_on is not None and last_day(published_on) <= last_day(day)


def _subject_id(view: views.ClaimView) -> str | None:
    return view.subject.id if isinstance(view.subject, views.SubjectView) else view.subject


def _subject_type(view: views.ClaimView) -> str | None:
    return view.subject.type if isinstance(view.subject, views.SubjectView) and view.subject.id is None else None
