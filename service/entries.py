"""What stands in one calendar: the moments and deadlines that its reader may see, as the record has them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from domain import agreement as agreements
from domain import calendar
from domain import cohort as cohorts
from domain import partner as partners
from domain.calendar import Obligation
from domain.ical import telling
from domain.ical.entries import Entry, deadlines, moment
from service.finding import Category
from service.queries import Queries
from service.reading import Stream
from service.texts import Language


class Gathering:
    """For one calendar, of one cohort or of all. `recorded_at`: when what was looked at was last recorded on."""

    def __init__(self, asked: Queries, cohort_id: str | None, language: Language) -> None:
        self._asked = asked
        self._house = asked.house
        self._cohort_id = cohort_id
        self._language = language
        self._found: dict[Category, Mapping[str, Stream]] = {}
        self.recorded_at: set[datetime] = set()

    async def moments(self) -> Sequence[Entry]:
        """Consultation moments, those that were held or cancelled too."""
        revive, zone = self._house.store.codec.revive, self._house.settings.zone
        streams = await self._streams("consultation")
        known = [moment(stream.recorded, revive, zone) for stream in streams.values()]
        titles = await self._asked.reader.texts([one.state.planned.title for one in known if one])
        named = await self._cohort_names()
        found = []
        for one in known:
            if one is not None:
                ref = one.state.planned.title
                title = titles.get(ref.text_id) if ref else None
                found.append(telling.of_moment(one, title, named[one.state.cohort_id], self._language))
        return found

    async def deadlines(self) -> Sequence[Entry]:
        """The ends of cohorts and agreements that nothing follows yet, and evaluations still to be held."""
        named = await self._cohort_names()
        found = [*await self._of_cohorts(named), *await self._of_agreements()]
        return [telling.of_deadline(one, named[one.cohort_id], self._language) for one in deadlines(found)]

    async def _of_cohorts(self, named: Mapping[str, str]) -> Sequence[tuple[Obligation, str, str, datetime, datetime]]:
        return [
            (one, cohort_id, named[cohort_id], *_dated(stream))
            for cohort_id, stream in (await self._streams("cohort")).items()
            for one in calendar.of_cohort(self._known(stream, cohorts.evolve))
            if one.kind == "cohortEnd"
        ]

    async def _of_agreements(self) -> Sequence[tuple[Obligation, str, str, datetime, datetime]]:
        """Whatever the day: what is terminated is due no more, what is past was."""
        streams = await self._streams("agreement")
        states = {one: self._known(stream, agreements.evolve) for one, stream in streams.items()}
        parties = await self._asked.reader.streams({f"partner-{state.partner_id}" for state in states.values()})
        self._note(parties)
        names = {name: stream.state(None, partners.evolve) for name, stream in parties.items()}
        return [
            (one, state.cohort_id, partner.name if partner else "", *_dated(streams[agreement_id]))
            for agreement_id, state in states.items()
            for partner in [names[f"partner-{state.partner_id}"]]
            for one in calendar.of_agreement(state, date.min)
            if one.kind == "agreementEnd" or (one.kind == "evaluation" and self._asked.sees_figures(state))
        ]

    async def _cohort_names(self) -> Mapping[str, str]:
        """As they are called today."""
        streams = await self._streams("cohort")
        states = {one: stream.state(None, cohorts.evolve) for one, stream in streams.items()}
        return {one: state.name for one, state in states.items() if state is not None}

    async def _streams(self, category: Category) -> Mapping[str, Stream]:
        if category not in self._found:
            self._found[category] = await self._asked.streams(category, self._cohort_id)
            self._note(self._found[category])
        return self._found[category]

    def _note(self, streams: Mapping[str, Stream]) -> None:
        self.recorded_at |= {_dated(stream)[1] for stream in streams.values() if stream.recorded}

    def _known(self, stream: Stream, evolve: Callable[[Any, Any], Any]) -> Any:
        """What all that is recorded makes, whatever the day it takes effect."""
        return self._house.folds.of(stream.recorded, None, evolve, self._house.store.codec.revive).state


def _dated(stream: Stream) -> tuple[datetime, datetime]:
    """When it was first and last recorded on."""
    return stream.recorded[0].recorded_at, stream.recorded[-1].recorded_at
