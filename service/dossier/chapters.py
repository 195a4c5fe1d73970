"""The chapters of a dossier on one cohort: what the register holds, what sources say besides, and what neither says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain import agreement as agreements
from domain import consultation as consultations
from domain.dossier import CHAPTERS, Budget, budgets
from domain.dossier import Chapter as Key
from domain.labels import (
    by_date,
    date_text,
    decimal_text,
    label,
    listed,
    money_text,
    on_date,
    on_instant,
    ordinal_text,
    period_text,
    share_text,
)
from events.catalogue.agreement import EvaluationHeld, KpiAgreed
from events.catalogue.cohort import CohortEvaluated, ImprovementPointReported
from events.catalogue.values import TextRef
from service.dossier.claims import Teller, Topic
from service.dossier.content import Block, Chapter, Cite, Part, Row, Tile
from service.dossier.subjects import Around
from service.dossier.words import text
from service.texts import Language


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the part on one cohort. `people` are the names to show for persons; others go by their ids."""

    around: Around
    topics: Sequence[Topic]
    teller: Teller
    texts: Mapping[str, str]
    day: date
    people: Mapping[str, str]

    def part(self) -> Part:
        """All of it."""
        writers: Mapping[Key, Callable[[], Sequence[Block]]] = {
            "improvement": self._improvement,
            "people": self._people,
            "money": self._money,
            "kpis": self._kpis,
            "adjustments": self._adjustments,
            "consultations": self._consultations,
            "evaluation": self._evaluation,
            "partners": self._partners,
        }
        chapters = [
            Chapter(key, self._say(key), tuple(block for block in blocks if block.rows))
            for key in CHAPTERS
            for blocks in [[*(writers[key]() if key in writers else ()), self._said(key)]]
        ]
        cohort = self.around.cohort
        period = period_text(cohort.opened.runs_from, cohort.opened.runs_until, self._language)
        conflicts = Chapter("conflicts", self._say("conflicts"), tuple(self._conflicts()))
        told = (*(one for one in chapters if one.blocks), conflicts)
        return Part(cohort.name, period, tuple(self._tiles()), told)

    # the chapters

    def _improvement(self) -> Sequence[Block]:
        points = [*self._points()]
        rows = [Row((said,), cites, note=note) for said, cites, note in points]
        if not rows:
            return [Block((self._unknown("unknown.points"),)), Block(tuple(self._claimed("improvement")))]
        found = [Block(tuple(rows), self._say("points"), "points")]
        missing = []
        if any(not one.reported_on for one in self._reported()):
            missing.append(self._unknown("unknown.pointDates"))
        done = [
            Row((self._say("findings", year=one.year), self._prose(one.findings)), self._cite(one))
            for one in self.around.cohort.evaluations
            if one.findings
        ]
        done += self._claimed("improvement")
        found.append(Block(tuple(done), self._say("measures")))
        missing.append(self._unknown("unknown.match" if done else "unknown.measures"))
        return [*found, Block(tuple(missing))]

    def _people(self) -> Sequence[Block]:
        managed = [one.partner for one in self.around.partners if one.partner.account_manager]
        total = len(self.around.partners)
        rows = []
        if managed:
            persons = {one.account_manager.person_id for one in managed if one.account_manager}
            cites = tuple(cite for one in managed for cite in self._cite(one.account_manager))
            count = self._say("managersCount", managers=len(persons), partners=len(managed))
            rows.append(Row((self._say("managers"), count), cites))
            rows += [
                Row((one.name, self._person(one.account_manager.person_id)), self._cite(one.account_manager))
                for one in managed
                if one.account_manager
            ]
        if not managed:
            rows.append(self._unknown("unknown.managers"))
        elif len(managed) < total:
            rows.append(self._unknown("unknown.managersOfSome", count=total - len(managed), total=total))
        return [Block(tuple(rows))]

    def _money(self) -> Sequence[Block]:
        rows = []
        shares = self.around.cohort.terms.co_financing
        if shares:
            said = listed(
                [
                    f"{label('party', one.party, self._language)} {share_text(one.share, self._language)}"
                    for one in shares
                ],
                self._language,
            )
            rows.append(Row((self._say("coFinancing"), said), self._cite(self.around.cohort.opened)))
        else:
            rows.append(self._unknown("unknown.coFinancing"))
        known = self._budgets()
        for one in known:
            if one.excess:
                said = self._say("excess.text", year=one.year, amount=money_text(one.excess, self._language))
                rows.append(Row((self._say("excess"), said), self._budget_cites(one.year), "warning"))
        if not any(one.year == self.day.year for one in known):
            rows.append(self._unknown("unknown.budget", year=self.day.year))
        rows.append(self._unknown("unknown.perPartner"))
        return [Block(tuple(rows))]

    def _kpis(self) -> Sequence[Block]:
        rows = [
            self._kpi(member.partner.name, kpi, member.agreement)
            for member in self.around.partners
            if member.agreement
            for kpi in member.agreement.kpis.values()
        ]
        if not rows:
            cites = tuple(cite for row in self._claimed("kpis") for cite in row.cites)
            return [Block((replace(self._unknown("unknown.kpiList"), cites=cites),))]
        columns = (self._say("partner"), self._say("kpi"), self._say("target"), self._say("latest"))
        return [Block(tuple(rows), self._say("agreed"), "table", columns)]

    def _adjustments(self) -> Sequence[Block]:
        if any(topic.chapter == "adjustments" for topic in self.topics):
            return []
        return [Block((self._unknown("unknown.adjustment"),))]

    def _consultations(self) -> Sequence[Block]:
        rows, unfixed = [], False
        for one in self.around.moments:
            planned = one.planned
            name = self._say("momentOf", ordinal=ordinal_text(planned.ordinal, self._language), year=planned.year)
            status = consultations.status(one)
            unfixed = unfixed or status == consultations.Status.TO_BE_FIXED
            when = self._when(one.held.held_on if one.held else None, one.starts_at, one.planned_on)
            happened = [
                planned,
                *one.moves,
                *([one.held] if one.held else []),
                *([one.cancellation] if one.cancellation else []),
            ]
            cites = tuple(cite for event in happened for cite in self._cite(event))
            rows.append(Row((name, when, label("consultationStatus", status, self._language)), cites))
        columns = (self._say("moment"), self._say("when"), self._say("status"))
        missing = [self._unknown("unknown.days")] if unfixed else []
        if not any(one.planned.year == self.day.year for one in self.around.moments):
            missing.append(self._unknown("unknown.moments", year=self.day.year))
        return [Block(tuple(rows), "", "table", columns), Block(tuple(missing))]

    def _evaluation(self) -> Sequence[Block]:
        rows = [
            Row((self._say("heldOn", year=one.year), date_text(one.held_on, self._language)), self._cite(one))
            for one in self.around.cohort.evaluations
        ]
        for member in self.around.partners:
            for held in member.agreement.evaluations.values() if member.agreement else ():
                name = f"{self._say('heldOn', year=held.year)} ({member.partner.name})"
                rows.append(Row((name, date_text(held.held_on, self._language)), self._cite(held)))
        if not rows:
            rows.append(self._unknown("unknown.evaluation", year=self.day.year))
        return [Block(tuple(rows))]

    def _partners(self) -> Sequence[Block]:
        announced, total = self.around.cohort.opened.announced_partner_count, len(self.around.members.agreements)
        counts = []
        opened = self._cite(self.around.cohort.opened)
        if announced is not None:
            counts.append(Row((self._say("announced"), str(announced)), opened))
        differs = announced not in {None, total}
        note = self._say("differs") if differs else ""
        counts.append(
            Row((self._say("listed"), str(total)), self._partner_cites(), "warning" if differs else "known", note)
        )
        rows, signatories = [], 0
        for member in self.around.partners:
            agreement = member.agreement
            if agreement is None:
                rows.append(Row((member.partner.name, self._say("notSigned"), "", ""), opened))
                continue
            signatories += bool(agreement.signed.signatories)
            status = label("agreementStatus", agreements.status(agreement, self.day), self._language)
            if not agreements.is_certain(agreement, self.day):
                status = self._say("unsure", status=status)
            term = period_text(str(agreement.period.runs_from), str(agreement.period.runs_until), self._language)
            signed = date_text(agreement.signed.signed_on, self._language)
            rows.append(Row((member.partner.name, signed, term, status), self._cite(agreement.signed)))
        missing = []
        if rows and signatories < len(rows):
            missing.append(self._unknown("unknown.signatories", count=len(rows) - signatories, total=len(rows)))
        columns = (self._say("partner"), self._say("signed"), self._say("term"), self._say("status"))
        return [Block(tuple(counts)), Block(tuple(rows), "", "table", columns), Block(tuple(missing))]

    def _conflicts(self) -> Sequence[Block]:
        conflicts = [topic for topic in self.topics if topic.conflict]
        still = tuple(self.teller.conflict(one) for one in conflicts if one.standing is None)
        settled = tuple(self.teller.conflict(one) for one in conflicts if one.standing)
        found = []
        if still:
            found.append(Block(still, self._say("open")))
        if settled:
            found.append(Block(settled, self._say("settled")))
        return found or [Block((Row((self._say("noConflicts"), self._say("whole"))),))]

    def _said(self, key: Key) -> Block:
        """What sources say, under its own heading; of improvement points it stands among what was done."""
        rows = [] if key == "improvement" else self._claimed(key)
        return Block(tuple(rows), "" if key == "other" else self._say("said"))

    def _claimed(self, key: Key) -> Sequence[Row]:
        return [row for topic in self.topics if topic.chapter == key for row in self.teller.rows(topic)]

    # the summary

    def _tiles(self) -> Sequence[Tile]:
        conflicts = [topic for topic in self.topics if topic.conflict and topic.standing is None]
        cites = tuple(cite for topic in conflicts for cite in self.teller.conflict(topic).cites)
        moments = [one for one in self.around.moments if one.planned.year == self.day.year and not one.cancellation]
        kpis = [kpi for one in self.around.partners if one.agreement for kpi in one.agreement.kpis.values()]
        points = [*self._points()]
        return [
            Tile(str(len(self.around.members.agreements)), self._say("tile.partners"), self._partner_cites()),
            self._managers_tile(),
            Tile(
                str(len(moments)),
                self._say("tile.moments", year=self.day.year),
                tuple(cite for one in moments for cite in self._cite(one.planned)),
            ),
            Tile(str(len(points)), self._say("tile.points"), tuple(cite for _, one, _ in points for cite in one)),
            *self._budget_tiles(),
            Tile(str(len(kpis)), self._say("tile.kpis"), tuple(cite for one in kpis for cite in self._cite(one)))
            if kpis
            else Tile(
                self._say("unknown"),
                self._say("unknown.kpiList"),
                tuple(cite for row in self._claimed("kpis") for cite in row.cites),
                "unknown",
            ),
            Tile(str(len(conflicts)), self._say("tile.conflicts"), cites, "conflict" if conflicts else "known"),
        ]

    def _managers_tile(self) -> Tile:
        assigned = [one.partner.account_manager for one in self.around.partners if one.partner.account_manager]
        name = self._say("tile.managers")
        if assigned:
            persons = {one.person_id for one in assigned}
            return Tile(str(len(persons)), name, tuple(cite for one in assigned for cite in self._cite(one)))
        claimed = [
            row for topic in self.topics if topic.predicate == "accountManagerCount" for row in self.teller.rows(topic)
        ]
        if claimed:
            values = " / ".join(row.cells[1] for row in claimed)
            cites = tuple(cite for row in claimed for cite in row.cites)
            return Tile(values, name, cites, "claimed", self._say("according"))
        return Tile(self._say("unknown"), name, tone="unknown")

    def _budget_tiles(self) -> Sequence[Tile]:
        found = []
        for one in self._budgets():
            if one.year != self.day.year:
                continue
            cites, note = self._budget_cites(one.year), self._say("according")
            for key, amount in (("tile.commitment", one.commitment), ("tile.payment", one.payment)):
                if amount:
                    tone = "warning" if one.excess and key == "tile.payment" else "claimed"
                    shown = money_text(amount, self._language)
                    found.append(Tile(shown, self._say(key, year=one.year), cites, tone, note))  # type: ignore[arg-type]
        return found

    # what they share

    @property
    def _language(self) -> Language:
        return self.teller.language

    def _say(self, key: str, **facts: object) -> str:
        return text(key, self.teller.language, **facts)

    def _unknown(self, key: str, **facts: object) -> Row:
        return Row((self._say(key, **facts), self._say("unknown")), (), "unknown")

    def _cite(self, event: object) -> tuple[Cite, ...]:
        return self.around.trail.cite(event)

    def _prose(self, ref: TextRef | None) -> str:
        return (self.texts.get(ref.text_id) if ref else None) or self._say("erased")

    def _person(self, person_id: str) -> str:
        return self.people.get(person_id) or self._say("person", id=person_id[:8])

    def _reported(self) -> Sequence[ImprovementPointReported]:
        return self.around.cohort.improvement_points

    def _points(self) -> Sequence[tuple[str, tuple[Cite, ...], str]]:
        found = []
        for reported in self._reported():
            on = (
                self._say("reported", date=on_date(reported.reported_on, self._language))
                if reported.reported_on
                else ""
            )
            found.append((self._prose(reported.text), self._cite(reported), self._noted(on, reported.due_on)))
        held: Sequence[CohortEvaluated | EvaluationHeld] = [
            *self.around.cohort.evaluations,
            *(two for one in self.around.partners if one.agreement for two in one.agreement.evaluations.values()),
        ]
        for one in held:
            found += [
                (
                    self._prose(point.text),
                    self._cite(one),
                    self._noted(self._say("ofEvaluation", year=one.year), point.due_on),
                )
                for point in one.improvement_points
            ]
        return found

    def _noted(self, first: str, due_on: str | None) -> str:
        due = self._say("due", date=by_date(due_on, self._language)) if due_on else ""
        return ", ".join(part for part in (first, due) if part)

    def _kpi(self, partner: str, kpi: KpiAgreed, agreement: agreements.Agreement) -> Row:
        figures = [one for one in agreement.measurements if one.kpi_id == kpi.kpi_id]
        latest = figures[-1] if figures else None
        target = decimal_text(kpi.target, self._language) if kpi.target else self._say("unknown")
        figure = decimal_text(latest.value, self._language) if latest else self._say("unknown")
        cites = (*self._cite(kpi), *(self._cite(latest) if latest else ()))
        return Row((partner, f"{kpi.name} ({kpi.unit})" if kpi.unit else kpi.name, target, figure), cites)

    def _when(self, held_on: str | None, starts_at: str | None, planned_on: str | None) -> str:
        if held_on:
            return date_text(held_on, self._language)
        if starts_at:
            return on_instant(starts_at, self._language)
        return date_text(planned_on, self._language) if planned_on else self._say("unknown")

    def _partner_cites(self) -> tuple[Cite, ...]:
        return tuple(cite for one in self.around.partners if one.agreement for cite in self._cite(one.agreement.signed))

    def _budgets(self) -> Sequence[Budget]:
        return budgets(
            (topic.predicate, one.claim.stated.value)
            for topic in self.topics
            for one in ([topic.standing] if topic.standing else topic.said)
        )

    def _budget_cites(self, year: int) -> tuple[Cite, ...]:
        rows = [
            row
            for topic in self.topics
            if budgets((topic.predicate, one.claim.stated.value) for one in topic.said)[:1]
            and str(year) in topic.predicate
            for row in self.teller.rows(topic)
        ]
        return tuple(cite for row in rows for cite in row.cites)
