"""The figures at the head of a dossier."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.dossier import budget_of
from service.dossier.content import Cite, Tile, Tone
from service.dossier.telling import Telling


@dataclass(frozen=True, slots=True)
class Summary(Telling):
    """The answer in eight figures."""

    def tiles(self) -> Sequence[Tile]:
        """Each with what it rests on."""
        conflicts = [topic for topic in self.topics if topic.conflict and topic.standing is None]
        cites = tuple(cite for topic in conflicts for cite in self.teller.conflict(topic).cites)
        moments = [one for one in self.around.moments if one.planned.year == self.day.year and not one.cancellation]
        kpis = [kpi for one in self.around.partners if one.agreement for kpi in one.agreement.kpis.values()]
        return [
            Tile(str(len(self.around.members.agreements)), self.say("tile.partners"), self.partner_cites()),
            self._managers_tile(),
            self._counted(self.say("tile.moments", year=self.day.year), [self.cite(one.planned) for one in moments]),
            self._counted(self.say("tile.points"), [cites for _, cites, _ in self.points()]),
            *self._budget_tiles(),
            Tile(str(len(kpis)), self.say("tile.kpis"), tuple(cite for one in kpis for cite in self.cite(one)))
            if kpis
            else Tile(
                self.say("unknown"),
                self.say("unknown.kpiList"),
                tuple(cite for row in self.claimed("kpis") for cite in row.cites),
                "unknown",
            ),
            Tile(str(len(conflicts)), self.say("tile.conflicts"), cites, "conflict" if conflicts else "known"),
        ]

    def _counted(self, name: str, each: Sequence[tuple[Cite, ...]]) -> Tile:
        """How many there are; where none is on record there may still be some."""
        if not each:
            return Tile(self.say("unknown"), name, tone="unknown")
        return Tile(str(len(each)), name, tuple(cite for cites in each for cite in cites))

    def _managers_tile(self) -> Tile:
        assigned = [one.partner.account_manager for one in self.around.partners if one.partner.account_manager]
        name = self.say("tile.managers")
        if assigned:
            persons = {one.person_id for one in assigned}
            return Tile(str(len(persons)), name, tuple(cite for one in assigned for cite in self.cite(one)))
        claimed = [
            row for topic in self.topics if topic.predicate == "accountManagerCount" for row in self.teller.rows(topic)
        ]
        if claimed:
            values = " / ".join(row.cells[1] for row in claimed)
            cites = tuple(cite for row in claimed for cite in row.cites)
            return Tile(values, name, cites, "claimed", self.say("according"))
        return Tile(self.say("unknown"), name, tone="unknown")

    def _budget_tiles(self) -> Sequence[Tile]:
        year, found = self.day.year, []
        excess = any(one.excess for one in self.budgets() if one.year == year)
        for topic in self.budget_topics(year):
            of = budget_of(topic.predicate)
            payment = of is not None and of[1] == "payment"
            rows = self.teller.rows(topic)
            told = [self.teller.value(topic.standing)] if topic.standing else [row.cells[1] for row in rows]
            tone: Tone = "warning" if excess and payment else "claimed"
            if topic.conflict and topic.standing is None:
                tone = "conflict"
            note = self.say("excess" if tone == "warning" else "contradicted" if tone == "conflict" else "according")
            name = self.say("tile.payment" if payment else "tile.commitment", year=year)
            found.append(Tile(" / ".join(told), name, self.budget_cites(year), tone, note))
        return found
