"""What readers ask: objects and collections, on a day, as known at an instant, for those who may see them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import sqlalchemy as sa

from domain import agreement as agreements
from domain import cohort as cohorts
from domain import consultation as consultations
from domain import partner as partners
from domain.agreement import Agreement
from domain.cohort import NO_MEMBERS, Cohort
from domain.consultation import Consultation
from domain.partner import Partner
from domain.values import Period
from events.catalogue.correction import EventCorrected
from events.read_model import ReadModel
from service import present, read_models, views
from service.house import Errera
from service.reading import Reader, Reading

V = TypeVar("V")

_OF_A_COHORT: Final = frozenset({"CohortEvaluated", "ImprovementPointReported"})
_OF_AN_AGREEMENT: Final = frozenset({"EvaluationHeld", "KpiAgreed", "KpiMeasured"})
"""Events whose content only those may see who see evaluations and figures."""


@dataclass(frozen=True, slots=True)
class Found(Generic[V]):
    """An object that a reader may see, and its version."""

    view: V
    version: int


class Queries:
    """Reads for one reader (None: all).

    `partners` are the ids that it may see, `figures` those whose evaluations, `contacts` those whose persons' names.
    """

    def __init__(
        self,
        house: Errera,
        reading: Reading,
        *,
        partners: frozenset[str] | None = None,
        figures: frozenset[str] | None = None,
        contacts: frozenset[str] | None = None,
    ) -> None:
        self.house = house
        self.reading = reading
        self.reader = Reader(house, reading)
        self._partners = partners
        self._figures = figures
        self._contacts = partners if contacts is None else contacts

    async def partners(self, *, cohort_id: str | None = None) -> Sequence[Found[views.PartnerView]]:
        """All partners, or those that are or were in a cohort."""
        ids = [row.partner_id for row in await self.rows(read_models.PARTNERS) if self._may_see(row.partner_id)]
        if cohort_id is not None:
            members = await self._members(cohort_id)
            ids = [one for one in ids if one in members]
        found = await self._partner_states(ids)
        texts = await self.reader.texts(state.succession for state, _ in found.values())
        return [
            Found(present.succession(present.partner(state), state, texts), version)
            for state, version in found.values()
        ]

    async def partner(self, partner_id: str) -> Found[views.PartnerView] | None:
        """One partner."""
        if not self._may_see(partner_id):
            return None
        found = await self._partner_states([partner_id])
        if partner_id not in found:
            return None
        state, version = found[partner_id]
        texts = await self.reader.texts([state.succession])
        return Found(present.succession(present.partner(state), state, texts), version)

    async def cohorts(self, *, partner_id: str | None = None) -> Sequence[Found[views.CohortView]]:
        """All cohorts, or those that a partner is or was in; a partner sees its own."""
        rows = await self.rows(read_models.COHORTS)
        found = [
            await self.cohort(row.cohort_id)
            for row in rows
            if partner_id is None or partner_id in await self._members(row.cohort_id)
        ]
        return [one for one in found if one is not None]

    async def cohort(self, cohort_id: str) -> Found[views.CohortView] | None:
        """One cohort."""
        streams = await self.reader.streams([f"cohort-{cohort_id}", f"membership-{cohort_id}"])
        state: Cohort | None = streams[f"cohort-{cohort_id}"].state(None, cohorts.evolve)
        if state is None:
            return None
        members = streams[f"membership-{cohort_id}"].state(NO_MEMBERS, cohorts.evolve_members)
        if self._partners is not None and not self._partners & members.agreements.keys():
            return None
        texts = await self.reader.texts([state.opened, state.evaluations, state.improvement_points])
        view = present.cohort(state, members, texts)
        if self._partners is not None:
            view = _own_part(view, self._partners)
        if self._figures is not None:
            view = view.model_copy(update={"evaluations": [], "improvement_points": []})
        return Found(view, streams[f"cohort-{cohort_id}"].version)

    async def agreements(
        self,
        *,
        cohort_id: str | None = None,
        partner_id: str | None = None,
        status: str | None = None,
        year: int | None = None,
    ) -> Sequence[Found[views.AgreementView]]:
        """Agreements, by cohort, partner, status, and a year that their term touches."""
        wanted = {"cohort_id": cohort_id, "partner_id": partner_id}
        rows = await self.rows(read_models.AGREEMENTS, wanted)
        ids = [row.agreement_id for row in rows if self._may_see(row.partner_id)]
        found = await self._agreement_views(ids)
        return [
            one
            for one in found
            if (status is None or one.view.status == status)
            and (year is None or year in Period.parse(one.view.runs_from, one.view.runs_until).years)
        ]

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
    ) -> Sequence[Found[views.ConsultationView]]:
        """Consultation moments, by cohort, a partner in it, year and status."""
        rows = await self.rows(read_models.CONSULTATIONS, {"cohort_id": cohort_id, "year": year})
        if partner_id is not None:
            rows = [row for row in rows if partner_id in await self._members(row.cohort_id)]
        found = await self._consultation_views([row.consultation_id for row in rows])
        return [one for one in found if status is None or one.view.status == status]

    async def consultation(self, consultation_id: str) -> Found[views.ConsultationView] | None:
        """One consultation moment."""
        found = await self._consultation_views([consultation_id])
        return found[0] if found else None

    async def persons(self) -> Sequence[Found[views.PersonView]]:
        """Persons of the vault: all, or those around the reader's own partners."""
        around = await self._persons_around()
        ids = await self.house.vault.ids("person")
        found = await self.house.vault.get(one for one in ids if around is None or one in around)
        return [Found(_person(person_id, content), 1) for person_id, content in found.items()]

    async def person(self, person_id: str) -> Found[views.PersonView] | None:
        """One person."""
        around = await self._persons_around()
        if around is not None and person_id not in around:
            return None
        content = (await self.house.vault.get([person_id])).get(person_id)
        return Found(_person(person_id, content), 1) if content and "name" in content else None

    async def names(self) -> Mapping[str, str]:
        """How sentences call things: partners and cohorts by their names under this reading, an agreement by its
        partner, a moment by its number, persons and KPIs by their names.
        """
        partner_rows = await self.rows(read_models.PARTNERS)
        cohort_rows = await self.rows(read_models.COHORTS)
        agreement_rows = await self.rows(read_models.AGREEMENTS)
        partner_states = await self._partner_states([row.partner_id for row in partner_rows])
        cohort_states = await self.reader.states([f"cohort-{row.cohort_id}" for row in cohort_rows], cohorts.evolve)
        named = {one: state.name for one, (state, _) in partner_states.items()}
        agreement_states = await self.reader.states(
            [f"agreement-{row.agreement_id}" for row in agreement_rows], agreements.evolve
        )
        return {
            **named,
            **{one: state.name for one, (state, _) in cohort_states.items()},
            **{row.agreement_id: named[row.partner_id] for row in agreement_rows if row.partner_id in named},
            **{row.consultation_id: f"{row.year}/{row.ordinal}" for row in await self.rows(read_models.CONSULTATIONS)},
            **{kpi.kpi_id: kpi.name for state, _ in agreement_states.values() for kpi in state.kpis.values()},
            **{one.view.person_id: one.view.name for one in await self.persons()},
        }

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

    async def _persons_around(self) -> Collection[str] | None:
        """Account managers and signatories of the partners whose persons the reader may see; None for all persons."""
        if self._contacts is None:
            return None
        states = (await self._partner_states(self._contacts)).values()
        rows = await self.rows(read_models.AGREEMENTS)
        signed = await self.reader.states(
            [f"agreement-{row.agreement_id}" for row in rows if row.partner_id in self._contacts], agreements.evolve
        )
        return {
            *(one.person_id for state, _ in states for one in state.account_managers),
            *(one.person_id for state, _ in signed.values() for one in state.signed.signatories),
        }

    async def _members(self, cohort_id: str) -> Collection[str]:
        stream = await self.reader.stream(f"membership-{cohort_id}")
        return stream.state(NO_MEMBERS, cohorts.evolve_members).agreements

    async def _partner_states(self, ids: Iterable[str]) -> Mapping[str, tuple[Partner, int]]:
        return await self.reader.states([f"partner-{one}" for one in ids], partners.evolve)

    async def _agreement_views(self, ids: Iterable[str]) -> Sequence[Found[views.AgreementView]]:
        found: Mapping[str, tuple[Agreement, int]] = await self.reader.states(
            [f"agreement-{one}" for one in ids], agreements.evolve
        )
        names = await self._partner_states({state.partner_id for state, _ in found.values()})
        texts = await self.reader.texts(
            [
                part
                for state, _ in found.values()
                for part in (
                    state.signed,
                    state.amendments,
                    state.termination,
                    tuple(state.evaluations.values()) if self._sees_figures(state) else (),
                )
            ]
        )
        return [
            Found(
                present.agreement(
                    state,
                    self.reading.day,
                    names[state.partner_id][0].name if state.partner_id in names else None,
                    texts,
                    evaluations=self._sees_figures(state),
                ),
                version,
            )
            for state, version in found.values()
        ]

    async def _consultation_views(self, ids: Iterable[str]) -> Sequence[Found[views.ConsultationView]]:
        found: Mapping[str, tuple[Consultation, int]] = await self.reader.states(
            [f"consultation-{one}" for one in ids], consultations.evolve
        )
        if self._partners is not None:
            seen = {one.view.cohort_id for one in await self.cohorts()}
            found = {one: pair for one, pair in found.items() if pair[0].cohort_id in seen}
        texts = await self.reader.texts(
            [part for state, _ in found.values() for part in (state.planned, state.moves, state.cancellation)]
        )
        return [Found(present.consultation(state, texts), version) for state, version in found.values()]

    def _sees_figures(self, state: Agreement) -> bool:
        return self._figures is None or state.partner_id in self._figures

    def _may_see(self, partner_id: str) -> bool:
        return self._partners is None or partner_id in self._partners


def _own_part(view: views.CohortView, own: frozenset[str]) -> views.CohortView:
    """A partner sees of a cohort that it is in it, not how the others fare."""
    return view.model_copy(
        update={
            "members": [member for member in view.members if member.partner_id in own],
            "stayed": [one for one in view.stayed if one in own],
            "joined": [one for one in view.joined if one in own],
            "left": [one for one in view.left if one.partner_id in own],
        }
    )


def _person(person_id: str, content: Mapping[str, Any]) -> views.PersonView:
    return views.PersonView(
        href=f"/v1/persons/{person_id}",
        person_id=person_id,
        name=content["name"],
        email=content.get("email"),
        role=content.get("role"),
    )
