"""What readers ask: objects and collections, on a day, as known at an instant, for those who may see them."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa

from domain import agreement as agreements
from domain import cohort as cohorts
from domain import consultation as consultations
from domain import partner as partners
from domain.agreement import Agreement
from domain.cohort import NO_MEMBERS, Cohort, Members
from domain.consultation import Consultation
from domain.partner import Partner
from domain.streams import identity
from events.catalogue.correction import EventCorrected
from events.read_model import ReadModel
from service import present, read_models, views
from service.counting import partner_counts
from service.erasures import Erasures
from service.finding import CATEGORIES, Category, Page, Wanted, count, find, told_at
from service.house import Errera
from service.names import Names
from service.reading import Reader, Reading, Stream

V = TypeVar("V")

_OF_A_COHORT: Final = frozenset({"CohortEvaluated", "ImprovementPointReported"})
_OF_AN_AGREEMENT: Final = frozenset({"EvaluationHeld", "KpiAgreed", "KpiMeasured"})
"""Events whose content only those may see who see evaluations and figures."""


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """An object that a reader may see, and its version."""

    view: V
    version: int


class Several(list[Found[V]]):
    """A page of a collection, or all of it; `total` counts all."""

    def __init__(self, found: Iterable[Found[V]], total: int) -> None:
        super().__init__(found)
        self.total = total


class Queries:
    """Reads for one reader (None: all).

    `partners` are the ids that it may see, `figures` those whose evaluations, `contacts` those whose persons' names;
    `claims`: whether it may read what sources say.
    """

    def __init__(
        self,
        house: Errera,
        reading: Reading,
        *,
        partners: frozenset[str] | None = None,
        figures: frozenset[str] | None = None,
        contacts: frozenset[str] | None = None,
        claims: bool = True,
    ) -> None:
        self.house = house
        self.reading = reading
        self.reader = Reader(house, reading)
        self._partners = partners
        self._figures = figures
        self._contacts = partners if contacts is None else contacts
        self._claims = claims

    @property
    def partners_seen(self) -> frozenset[str] | None:
        """The partners that the reader may see; None for all."""
        return self._partners

    @property
    def sees(self) -> Hashable:
        """What the reader may see: who sees the same is shown the same."""
        return (self._partners, self._figures, self._contacts, self._claims)

    def under(self, reading: Reading) -> "Queries":
        """The same reader's, under another reading."""
        return Queries(
            self.house,
            reading,
            partners=self._partners,
            figures=self._figures,
            contacts=self._contacts,
            claims=self._claims,
        )

    async def some(self, category: Category, ids: Sequence[str]) -> Sequence[Found[Any]]:
        """Those of these objects that are there and that the reader may see."""
        match category:
            case "partner":
                return await self._partner_views([one for one in ids if self._may_see(one)])
            case "cohort":
                return await self._cohort_views(ids)
            case "agreement":
                return [one for one in await self._agreement_views(ids) if self._may_see(one.view.partner_id)]
            case "consultation":
                return [one for one in [await self.consultation(each) for each in ids] if one is not None]

    async def partners(self, *, cohort_id: str | None = None, page: Page | None = None) -> Several[views.PartnerView]:
        """All partners, or those that are or were in a cohort."""
        members = None if cohort_id is None else await self._members(cohort_id)
        seen = self._seen(members)
        return await self._several(Wanted(category="partner", ids=seen), self._partner_views, page)

    async def partner(self, partner_id: str) -> Found[views.PartnerView] | None:
        """One partner."""
        found = await self._partner_views([partner_id]) if self._may_see(partner_id) else []
        return found[0] if found else None

    async def cohorts(self, *, partner_id: str | None = None, page: Page | None = None) -> Several[views.CohortView]:
        """All cohorts, or those that a partner is or was in; a partner sees its own."""
        within = None if partner_id is None else await self._cohorts_of([partner_id])
        return await self._several(await self._own_cohorts(within), self._cohort_views, page)

    async def cohort_outlines(self) -> Sequence[views.CohortView]:
        """All cohorts for lists and cards: without who is in them, and without prose."""
        ids = (await find(self.house, self.reading, await self._own_cohorts(None))).page
        found: Mapping[str, tuple[Cohort, int]] = await self._states("cohort", ids, cohorts.evolve)
        views_of = [present.cohort(state, NO_MEMBERS, {}) for state, _ in found.values()]
        hidden: dict[str, Any] = {"evaluations": [], "improvement_points": []}
        outlines = [one.model_copy(update=hidden) for one in views_of]
        return outlines if self._partners is None else [present.own_part(one, self._partners) for one in outlines]

    async def cohort(self, cohort_id: str) -> Found[views.CohortView] | None:
        """One cohort."""
        found = await self._cohort_views([cohort_id])
        return found[0] if found else None

    async def agreements(
        self,
        *,
        cohort_id: str | None = None,
        partner_id: str | None = None,
        status: str | None = None,
        year: int | None = None,
        page: Page | None = None,
    ) -> Several[views.AgreementView]:
        """Agreements, by cohort, partner, status, and a year that their term touches."""
        wanted = Wanted(
            category="agreement",
            cohort_ids=_only(cohort_id),
            partner_ids=_only(partner_id),
            statuses=_only(status),
            year_from=year,
            year_until=year,
        )
        return await self.agreements_that(wanted, page)

    async def agreements_that(self, wanted: Wanted, page: Page | None = None) -> Several[views.AgreementView]:
        """Agreements that are so, of those that the reader may see."""
        wanted = replace(wanted, partner_ids=self._seen(wanted.partner_ids))
        return await self._several(wanted, self._agreement_views, page)

    async def agreement_counts(self) -> Mapping[tuple[str, str], int]:
        """How many agreements there are, by cohort and status."""
        return await count(self.house, self.reading, Wanted(category="agreement", partner_ids=self._partners))

    async def agreement(self, agreement_id: str) -> Found[views.AgreementView] | None:
        """One agreement."""
        found = await self._agreement_views([agreement_id])
        return found[0] if found and self._may_see(found[0].view.partner_id) else None

    async def consultations(
        self,
        *,
        cohort_id: str | None = None,
        partner_id: str | None = None,
        year: int | None = None,
        status: str | None = None,
        page: Page | None = None,
    ) -> Several[views.ConsultationView]:
        """Consultation moments, by cohort, a partner in it, year and status."""
        within = None if cohort_id is None else frozenset({cohort_id})
        if partner_id is not None:
            theirs = await self._cohorts_of([partner_id])
            within = theirs if within is None else within & theirs
        wanted = Wanted(
            category="consultation", cohort_ids=within, statuses=_only(status), year_from=year, year_until=year
        )
        return await self.consultations_that(wanted, page)

    async def consultations_that(self, wanted: Wanted, page: Page | None = None) -> Several[views.ConsultationView]:
        """Consultation moments that are so, of those that the reader may see."""
        if self._partners is not None:
            own = await self._cohorts_of(self._partners)
            within = own if wanted.cohort_ids is None else own & set(wanted.cohort_ids)
            wanted = replace(wanted, cohort_ids=within)
        return await self._several(wanted, self._consultation_views, page)

    async def streams(self, category: Category, cohort_id: str | None = None) -> Mapping[str, Stream]:
        """All there is of a category, or all of a cohort, that the reader may see, unfolded: id -> its stream."""
        found = await find(self.house, self.reading, await self._all(category, cohort_id))
        streams = await self.reader.streams([f"{category}-{one}" for one in found.page])
        return {identity(name): stream for name, stream in streams.items()}

    async def consultation(self, consultation_id: str) -> Found[views.ConsultationView] | None:
        """One consultation moment."""
        found = await self._consultation_views([consultation_id])
        if not found or (self._partners is not None and await self.cohort(found[0].view.cohort_id) is None):
            return None
        return found[0]

    async def persons(self) -> Sequence[Found[views.PersonView]]:
        """Persons of the vault: all, or those around the reader's own partners."""
        ids, _ = await self._seen_and_hidden()
        found = await self.house.vault.get(ids)
        return [Found(present.person(person_id, content), 1) for person_id, content in found.items()]

    async def person(self, person_id: str) -> Found[views.PersonView] | None:
        """One person."""
        around = await self.persons_around()
        if around is not None and person_id not in around:
            return None
        content = (await self.house.vault.get([person_id])).get(person_id)
        return Found(present.person(person_id, content), 1) if content and "name" in content else None

    async def people(self) -> Names:
        """The names of persons, each shown where it is looked up."""
        seen, hidden = await self._seen_and_hidden()
        return Names({}, await self.house.vault.unveil(seen), hidden)

    async def _seen_and_hidden(self) -> tuple[Sequence[str], frozenset[str]]:
        """The persons of the vault whose names the reader may see, and the others."""
        around, ids = await self.persons_around(), await self.house.vault.ids("person")
        if around is None:
            return ids, frozenset()
        return [one for one in ids if one in around], frozenset(ids) - frozenset(around)

    async def names(self, ids: Collection[str] | None = None) -> Mapping[str, str]:
        """How sentences call things: partners and cohorts by their names under this reading, an agreement by its
        partner (and its KPIs by theirs), a moment by its number, persons by their names. All there are, or only these.
        """
        if ids is None:
            ids = [*await self.house.vault.ids("person"), *await self._everything()]
        agreed: Mapping[str, tuple[Agreement, int]] = await self._states("agreement", ids, agreements.evolve)
        wanted = {*ids, *(state.partner_id for state, _ in agreed.values())}
        named = {one: state.name for one, (state, _) in (await self._partner_states(wanted)).items()}
        cohort_states: Mapping[str, tuple[Cohort, int]] = await self._states("cohort", ids, cohorts.evolve)
        moments: Mapping[str, tuple[Consultation, int]] = await self._states("consultation", ids, consultations.evolve)
        plain: dict[str, str] = {
            **named,
            **{one: state.name for one, (state, _) in cohort_states.items()},
            **{one: named[state.partner_id] for one, (state, _) in agreed.items() if state.partner_id in named},
            **{one: f"{state.planned.year}/{state.planned.ordinal}" for one, (state, _) in moments.items()},
            **{kpi.kpi_id: kpi.name for state, _ in agreed.values() for kpi in state.kpis.values()},
        }
        seen, hidden = await self._seen_and_hidden()
        return Names(plain, await self.house.vault.unveil(set(seen) & set(ids)), hidden & set(ids))

    def may_tell(self, subject: str, event: Any, owner: str | None) -> bool:
        """Whether an event in the history of a subject is for this reader; `owner` is the partner of an agreement."""
        kind = event.corrected_type if isinstance(event, EventCorrected) else type(event).__name__
        if kind in _OF_A_COHORT and self._figures is not None:
            return False
        if kind in _OF_AN_AGREEMENT and self._figures is not None and owner not in self._figures:
            return False
        if self._partners is None or not subject.startswith("cohort-"):
            return True
        return getattr(event, "partner_id", None) in {None, *self._partners}

    async def rows(self, model: ReadModel[Any], where: Mapping[str, object] | None = None) -> Sequence[Any]:
        """A read model's rows, in the order in which the register learned of them."""
        table = model.table()
        conditions = [table.c[name] == value for name, value in (where or {}).items() if value is not None]
        async with self.house.store.database.read() as connection:
            found = await connection.execute(sa.select(table.c.row).where(*conditions).order_by(table.c.first_position))
            return [model.decode(row) for (row,) in found]

    async def persons_around(self) -> Collection[str] | None:
        """Account managers and signatories of the partners whose persons the reader may see; None for all persons."""
        if self._contacts is None:
            return None
        states = (await self._partner_states(self._contacts)).values()
        wanted = Wanted(category="agreement", partner_ids=self._contacts)
        signed: Mapping[str, tuple[Agreement, int]] = await self._states(
            "agreement", (await find(self.house, self.reading, wanted)).page, agreements.evolve
        )
        return {
            *(one.person_id for state, _ in states for one in state.account_managers),
            *(one.person_id for state, _ in signed.values() for one in state.signed.signatories),
        }

    async def _everything(self) -> Sequence[str]:
        return [
            one
            for category in CATEGORIES
            for one in (await find(self.house, self.reading, Wanted(category=category))).page
        ]

    async def _all(self, category: Category, cohort_id: str | None) -> Wanted:
        within = None if cohort_id is None else frozenset({cohort_id})
        if category == "partner":
            return Wanted(category=category, ids=self._partners)
        if category == "agreement":
            return Wanted(category=category, cohort_ids=within, partner_ids=self._partners)
        own = await self._own_cohorts(within)
        return own if category == "cohort" else Wanted(category=category, cohort_ids=own.ids)

    async def _several(
        self, wanted: Wanted, views_of: Callable[[Sequence[str]], Awaitable[Sequence[Found[V]]]], page: Page | None
    ) -> Several[V]:
        ids = await find(self.house, self.reading, wanted, page)
        return Several(await views_of(ids.page), ids.total)

    async def _own_cohorts(self, within: frozenset[str] | None) -> Wanted:
        if self._partners is not None:
            own = await self._cohorts_of(self._partners)
            within = own if within is None else within & own
        return Wanted(category="cohort", ids=within)

    async def _members(self, cohort_id: str) -> Collection[str]:
        stream = await self.reader.stream(f"membership-{cohort_id}")
        return stream.state(NO_MEMBERS, cohorts.evolve_members).agreements

    async def _cohorts_of(self, partner_ids: Collection[str]) -> frozenset[str]:
        """The cohorts that one of these partners is or was in: among those that its history tells of."""
        positions = await told_at(self.house, [f"partner-{one}" for one in partner_ids])
        told = {getattr(one.event, "cohort_id", None) for one in await self.house.store.read_at(positions)}
        members: Mapping[str, Stream] = await self.reader.streams([f"membership-{one}" for one in told if one])
        return frozenset(
            identity(name)
            for name, stream in members.items()
            if set(partner_ids) & stream.state(NO_MEMBERS, cohorts.evolve_members).agreements.keys()
        )

    async def _states(self, category: str, ids: Iterable[str], evolve: Callable[[Any, Any], Any]) -> Mapping[str, Any]:
        return await self.reader.states([f"{category}-{one}" for one in ids], evolve)

    async def _partner_states(self, ids: Iterable[str]) -> Mapping[str, tuple[Partner, int]]:
        return await self._states("partner", ids, partners.evolve)

    async def _partner_views(self, ids: Iterable[str]) -> Sequence[Found[views.PartnerView]]:
        found = await self._partner_states(ids)
        texts = await self.reader.texts(state.succession for state, _ in found.values())
        erased = await Erasures(self.house).erased(
            one.person_id for state, _ in found.values() for one in state.account_managers
        )
        return [
            Found(present.succession(present.partner(state, erased), state, texts), version)
            for state, version in found.values()
        ]

    async def _cohort_views(self, ids: Sequence[str]) -> Sequence[Found[views.CohortView]]:
        found: Mapping[str, tuple[Cohort, int]] = await self._states("cohort", ids, cohorts.evolve)
        streams = await self.reader.streams([f"membership-{one}" for one in found])
        members = {one: streams[f"membership-{one}"].state(NO_MEMBERS, cohorts.evolve_members) for one in found}
        if self._partners is not None:
            found = {one: pair for one, pair in found.items() if self._partners & members[one].agreements.keys()}
        texts = await self.reader.texts(
            part for state, _ in found.values() for part in (state.opened, state.evaluations, state.improvement_points)
        )
        return [
            Found(await self._shown(state, members[one], texts), version) for one, (state, version) in found.items()
        ]

    async def _shown(self, state: Cohort, members: Members, texts: Mapping[str, str]) -> views.CohortView:
        """What the reader may see of it."""
        view = present.cohort(state, members, texts)
        if self._partners is not None:
            view = present.own_part(view, self._partners)
        else:
            claims = await self.rows(read_models.CLAIMS, {"subject": state.cohort_id}) if self._claims else None
            counts = partner_counts(state, members, claims, self.reading.known_at)
            view = view.model_copy(update={"partner_counts": counts})
        if self._figures is not None:
            view = view.model_copy(update={"evaluations": [], "improvement_points": []})
        return view

    async def _agreement_views(self, ids: Iterable[str]) -> Sequence[Found[views.AgreementView]]:
        found: Mapping[str, tuple[Agreement, int]] = await self._states("agreement", ids, agreements.evolve)
        names = await self._partner_states({state.partner_id for state, _ in found.values()})
        texts = await self.reader.texts(
            [
                part
                for state, _ in found.values()
                for part in (
                    state.signed,
                    state.amendments,
                    state.termination,
                    tuple(state.evaluations.values()) if self.sees_figures(state) else (),
                )
            ]
        )
        erased = await Erasures(self.house).erased(
            one.person_id for state, _ in found.values() for one in state.signed.signatories
        )
        return [
            Found(
                present.agreement(
                    state,
                    self.reading.day,
                    names[state.partner_id][0].name if state.partner_id in names else None,
                    texts,
                    erased,
                    evaluations=self.sees_figures(state),
                ),
                version,
            )
            for state, version in found.values()
        ]

    async def _consultation_views(self, ids: Iterable[str]) -> Sequence[Found[views.ConsultationView]]:
        found: Mapping[str, tuple[Consultation, int]] = await self._states("consultation", ids, consultations.evolve)
        texts = await self.reader.texts(
            [part for state, _ in found.values() for part in (state.planned, state.moves, state.cancellation)]
        )
        return [Found(present.consultation(state, texts), version) for state, version in found.values()]

    def sees_figures(self, state: Agreement) -> bool:
        """Whether its evaluations and figures are for this reader."""
        return self._figures is None or state.partner_id in self._figures

    def _seen(self, ids: Collection[str] | None) -> Collection[str] | None:
        """Those of these partners that the reader may see; None where it is all there are."""
        if self._partners is None or ids is None:
            return self._partners if ids is None else ids
        return self._partners & set(ids)

    def _may_see(self, partner_id: str) -> bool:
        return self._partners is None or partner_id in self._partners


def _only(one: str | None) -> Collection[str] | None:
    """Of any kind, where none is said."""
    return None if one is None else [one]
