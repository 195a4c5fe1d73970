"""The chapters of a dossier on one cohort: what the register holds, what sources say besides, and what neither says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain import agreement as agreements
from domain import consultation as consultations
from domain.dossier import CHAPTERS
from domain.dossier import Chapter as Key
from domain.labels import label
from domain.wording import (
    date_text,
    decimal_text,
    listed,
    money_text,
    on_instant,
    ordinal_text,
    period_text,
    share_text,
)
from events.catalogue.agreement import KpiAgreed
from service.dossier.content import Block, Chapter, Part, Row
from service.dossier.summary import Summary
from service.dossier.telling import Telling


@dataclass(frozen=True, slots=True)
class Writer(Telling):
    """Writes the part on one cohort."""

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
            Chapter(key, self.say(key), tuple(block for block in blocks if block.rows))
            for key in CHAPTERS
            for blocks in [[*(writers[key]() if key in writers else ()), self._said(key)]]
        ]
        cohort = self.around.cohort
        period = period_text(cohort.opened.runs_from, cohort.opened.runs_until, self.language)
        conflicts = Chapter("conflicts", self.say("conflicts"), tuple(self._conflicts()))
        told = (*(one for one in chapters if one.blocks), conflicts)
        tiles = Summary(self.around, self.topics, self.teller, self.texts, self.day, self.people).tiles()
        return Part(cohort.name, period, tuple(tiles), told)

    def _improvement(self) -> Sequence[Block]:
        points = [*self.points()]
        rows = [Row((said,), cites, note=note) for said, cites, note in points]
        if not rows:
            return [Block((self.unknown("unknown.points"),)), Block(tuple(self.claimed("improvement")))]
        found = [Block(tuple(rows), self.say("points"), "points")]
        missing = []
        if any(not one.reported_on for one in self.reported()):
            missing.append(self.unknown("unknown.pointDates"))
        done = [
            Row((self.say("findings", year=one.year), self.prose(one.findings)), self.cite(one))
            for one in self.around.cohort.evaluations
            if one.findings
        ]
        done += self.claimed("improvement")
        found.append(Block(tuple(done), self.say("measures")))
        missing.append(self.unknown("unknown.match" if done else "unknown.measures"))
        return [*found, Block(tuple(missing))]

    def _people(self) -> Sequence[Block]:
        managed = [one.partner for one in self.around.partners if one.partner.account_manager]
        total = len(self.around.partners)
        rows = []
        if managed:
            persons = {one.account_manager.person_id for one in managed if one.account_manager}
            cites = tuple(cite for one in managed for cite in self.cite(one.account_manager))
            count = self.say("managersCount", managers=len(persons), partners=len(managed))
            rows.append(Row((self.say("managers"), count), cites))
            rows += [
                Row((one.name, self.person(one.account_manager.person_id)), self.cite(one.account_manager))
                for one in managed
                if one.account_manager
            ]
        if not managed:
            rows.append(self.unknown("unknown.managers"))
        elif len(managed) < total:
            rows.append(self.unknown("unknown.managersOfSome", count=total - len(managed), total=total))
        return [Block(tuple(rows))]

    def _money(self) -> Sequence[Block]:
        rows = []
        shares = self.around.cohort.terms.co_financing
        if shares:
            said = listed(
                [
                    f"{label('party', one.party, self.language)} {share_text(one.share, self.language)}"
                    for one in shares
                ],
                self.language,
            )
            rows.append(Row((self.say("coFinancing"), said), self.cite(self.around.cohort.opened)))
        else:
            rows.append(self.unknown("unknown.coFinancing"))
        known = self.budgets()
        for one in known:
            if one.excess:
                said = self.say("excess.text", year=one.year, amount=money_text(one.excess, self.language))
                rows.append(Row((self.say("excess"), said), self.budget_cites(one.year), "warning"))
        if not self.budget_topics(self.day.year):
            rows.append(self.unknown("unknown.budget", year=self.day.year))
        rows.append(self.unknown("unknown.perPartner"))
        return [Block(tuple(rows))]

    def _kpis(self) -> Sequence[Block]:
        rows = [
            self._kpi(member.partner.name, kpi, member.agreement)
            for member in self.around.partners
            if member.agreement
            for kpi in member.agreement.kpis.values()
        ]
        if not rows:
            cites = tuple(cite for row in self.claimed("kpis") for cite in row.cites)
            return [Block((replace(self.unknown("unknown.kpiList"), cites=cites),))]
        columns = (self.say("partner"), self.say("kpi"), self.say("target"), self.say("latest"))
        return [Block(tuple(rows), self.say("agreed"), "table", columns)]

    def _adjustments(self) -> Sequence[Block]:
        if any(topic.chapter == "adjustments" for topic in self.topics):
            return []
        return [Block((self.unknown("unknown.adjustment"),))]

    def _consultations(self) -> Sequence[Block]:
        rows, unfixed = [], False
        for one in self.around.moments:
            planned = one.planned
            name = self.say("momentOf", ordinal=ordinal_text(planned.ordinal, self.language), year=planned.year)
            status = consultations.status(one)
            unfixed = unfixed or status == consultations.Status.TO_BE_FIXED
            when = self._when(one.held.held_on if one.held else None, one.starts_at, one.planned_on)
            happened = [
                planned,
                *one.moves,
                *([one.held] if one.held else []),
                *([one.cancellation] if one.cancellation else []),
            ]
            cites = tuple(cite for event in happened for cite in self.cite(event))
            rows.append(Row((name, when, label("consultationStatus", status, self.language)), cites))
        columns = (self.say("moment"), self.say("when"), self.say("status"))
        missing = [self.unknown("unknown.days")] if unfixed else []
        if not any(one.planned.year == self.day.year for one in self.around.moments):
            missing.append(self.unknown("unknown.moments", year=self.day.year))
        return [Block(tuple(rows), "", "table", columns), Block(tuple(missing))]

    def _evaluation(self) -> Sequence[Block]:
        rows = [
            Row((self.say("heldOn", year=one.year), date_text(one.held_on, self.language)), self.cite(one))
            for one in self.around.cohort.evaluations
        ]
        for member in self.around.partners:
            for held in member.agreement.evaluations.values() if member.agreement else ():
                name = f"{self.say('heldOn', year=held.year)} ({member.partner.name})"
                rows.append(Row((name, date_text(held.held_on, self.language)), self.cite(held)))
        if not rows:
            rows.append(self.unknown("unknown.evaluation", year=self.day.year))
        return [Block(tuple(rows))]

    def _partners(self) -> Sequence[Block]:
        announced, total = self.around.cohort.opened.announced_partner_count, len(self.around.members.agreements)
        counts = []
        opened = self.cite(self.around.cohort.opened)
        if announced is not None:
            counts.append(Row((self.say("announced"), str(announced)), opened))
        differs = announced not in {None, total}
        note = self.say("differs") if differs else ""
        counts.append(
            Row((self.say("listed"), str(total)), self.partner_cites(), "warning" if differs else "known", note)
        )
        rows, signatories = [], 0
        for member in self.around.partners:
            agreement = member.agreement
            if agreement is None:
                rows.append(Row((member.partner.name, self.say("notSigned"), "", ""), opened))
                continue
            signatories += bool(agreement.signed.signatories)
            status = label("agreementStatus", agreements.status(agreement, self.day), self.language)
            if not agreements.is_certain(agreement, self.day):
                status = self.say("unsure", status=status)
            term = period_text(str(agreement.period.runs_from), str(agreement.period.runs_until), self.language)
            signed = date_text(agreement.signed.signed_on, self.language)
            rows.append(Row((member.partner.name, signed, term, status), self.cite(agreement.signed)))
        missing = []
        if rows and signatories < len(rows):
            missing.append(self.unknown("unknown.signatories", count=len(rows) - signatories, total=len(rows)))
        columns = (self.say("partner"), self.say("signed"), self.say("term"), self.say("status"))
        return [Block(tuple(counts)), Block(tuple(rows), "", "table", columns), Block(tuple(missing))]

    def _conflicts(self) -> Sequence[Block]:
        conflicts = [topic for topic in self.topics if topic.conflict]
        still = tuple(self.teller.conflict(one) for one in conflicts if one.standing is None)
        settled = tuple(self.teller.conflict(one) for one in conflicts if one.standing)
        found = []
        if still:
            found.append(Block(still, self.say("open")))
        if settled:
            found.append(Block(settled, self.say("settled")))
        return found or [Block((Row((self.say("noConflicts"), self.say("whole"))),))]

    def _said(self, key: Key) -> Block:
        """What sources say, under its own heading; of improvement points it stands among what was done."""
        rows = [] if key == "improvement" else self.claimed(key)
        return Block(tuple(rows), "" if key == "other" else self.say("said"))

    def _kpi(self, partner: str, kpi: KpiAgreed, agreement: agreements.Agreement) -> Row:
        figures = [one for one in agreement.measurements if one.kpi_id == kpi.kpi_id]
        latest = figures[-1] if figures else None
        target = decimal_text(kpi.target, self.language) if kpi.target else self.say("unknown")
        figure = decimal_text(latest.value, self.language) if latest else self.say("unknown")
        cites = (*self.cite(kpi), *(self.cite(latest) if latest else ()))
        return Row((partner, f"{kpi.name} ({kpi.unit})" if kpi.unit else kpi.name, target, figure), cites)

    def _when(self, held_on: str | None, starts_at: str | None, planned_on: str | None) -> str:
        if held_on:
            return date_text(held_on, self.language)
        if starts_at:
            return on_instant(starts_at, self.language)
        return date_text(planned_on, self.language) if planned_on else self.say("unknown")
