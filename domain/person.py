"""A person as the log knows one: an id, what was asked about it, what holds it, and whether it was erased."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from domain.refusals import Refused
from events.catalogue.person import (
    ErasureDeclined,
    ErasureRequested,
    ErasureWished,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonErased,
    PersonEvent,
    PersonRegistered,
)
from events.catalogue.values import IsoDate, PersonId

Stage = Literal["wished", "takenUp", "requested", "declined", "erased"]

_SHORTEST: Final = 4
"""Letters of a part of a name that is one by itself: shorter ones are words as well."""


@dataclass(frozen=True, slots=True)
class Request:
    """A wish or a request to erase, and how far it is. `legal_ground` is absent from a wish."""

    request_id: str
    stage: Stage
    asked_by: str
    asked_on: str
    legal_ground: str | None = None
    selection_rule: str | None = None
    closed_on: str | None = None
    executed_by: str | None = None
    reason: str | None = None
    """The id of the text that says why it was declined."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a person may not be erased, and until when that was."""

    hold_id: str
    ground: str
    placed_by: str
    placed_on: str
    lifted_by: str | None = None
    lifted_on: str | None = None
    lifted_ground: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """What happened to it so far."""

    person_id: str
    requests: Mapping[str, Request] = field(default_factory=dict)
    holds: Mapping[str, Hold] = field(default_factory=dict)
    erased_on: str | None = None

    @property
    def next_request_id(self) -> str:
        """For a wish or a request; it begins with the person's id."""
        return f"{self.person_id}.{len(self.requests) + 1}"

    @property
    def next_hold_id(self) -> str:
        """For a hold; it begins with the person's id."""
        return f"{self.person_id}.h{len(self.holds) + 1}"

    @property
    def held(self) -> Sequence[Hold]:
        """The holds that stand."""
        return [hold for hold in self.holds.values() if hold.lifted_on is None]

    def at(self, *stages: Stage) -> Sequence[Request]:
        """The requests that are that far."""
        return [request for request in self.requests.values() if request.stage in stages]


def evolve(state: Person | None, event: PersonEvent) -> Person | None:
    """The person after one more event."""
    match event:
        case PersonRegistered():
            return Person(event.person_id)
        case ErasureWished():
            return state and _with(state, Request(event.request_id, "wished", event.wished_by, event.wished_on))
        case ErasureRequested():
            return state and _with(
                _moved(state, "wished", "takenUp"),
                Request(
                    event.request_id,
                    "requested",
                    event.requested_by,
                    event.requested_on,
                    event.legal_ground,
                    event.selection_rule,
                ),
            )
        case ErasureDeclined():
            found = state and state.requests.get(event.request_id)
            declined = found and replace(
                found, stage="declined", closed_on=event.declined_on, reason=event.reason.text_id
            )
            return state and (_with(state, declined) if declined else state)
        case LegalHoldPlaced():
            hold = Hold(event.hold_id, event.ground, event.placed_by, event.placed_on)
            return state and replace(state, holds={**state.holds, event.hold_id: hold})
        case LegalHoldLifted():
            return state and _lifted(state, event)
        case PersonErased():
            return state and replace(_with(state, _executed(event)), erased_on=event.erased_on)


def _with(state: Person, request: Request) -> Person:
    return replace(state, requests={**state.requests, request.request_id: request})


def _moved(state: Person, before: Stage, after: Stage) -> Person:
    for request in state.at(before):
        state = _with(state, replace(request, stage=after))
    return state


def _lifted(state: Person, event: LegalHoldLifted) -> Person:
    hold = state.holds.get(event.hold_id)
    if hold is None:
        return state
    over = replace(hold, lifted_by=event.lifted_by, lifted_on=event.lifted_on, lifted_ground=event.ground)
    return replace(state, holds={**state.holds, event.hold_id: over})


def _executed(event: PersonErased) -> Request:
    """The request as the declaration has it: where a backup was put back, the log may know of no request."""
    return Request(
        event.request_id,
        "erased",
        event.requested_by,
        event.requested_on,
        event.legal_ground,
        event.selection_rule,
        closed_on=event.erased_on,
        executed_by=event.executed_by,
    )


def wish(person: Person, event: ErasureWished) -> Sequence[PersonEvent]:
    """Asked once is enough."""
    _check_there(person)
    return [] if person.at("wished", "requested") else [event]


def request(person: Person, event: ErasureRequested) -> Sequence[PersonEvent]:
    """One request at a time; the same one told twice happened once."""
    _check_there(person)
    for one in person.at("requested"):
        if (one.legal_ground, one.selection_rule) == (event.legal_ground, event.selection_rule):
            return []
        raise Refused("erasure.alreadyRequested", requestId=one.request_id)
    return [event]


def decline(person: Person, event: ErasureDeclined) -> Sequence[PersonEvent]:
    """A wish or a request that is open."""
    found = person.requests.get(event.request_id)
    if found is None:
        raise Refused("erasureRequest.notKnown", field="requestId", requestId=event.request_id)
    if found.stage not in {"wished", "requested"}:
        raise Refused("erasure.notOpen", requestId=event.request_id)
    return [event]


def place_hold(person: Person, event: LegalHoldPlaced) -> Sequence[PersonEvent]:
    """For one ground, once."""
    _check_there(person)
    return [] if any(hold.ground == event.ground for hold in person.held) else [event]


def lift_hold(person: Person, event: LegalHoldLifted) -> Sequence[PersonEvent]:
    """One that stands."""
    hold = person.holds.get(event.hold_id)
    if hold is None:
        raise Refused("legalHold.notKnown", field="holdId", holdId=event.hold_id)
    return [] if hold.lifted_on else [event]


def erase(person: Person, request_id: str, executed_by: str, day: str) -> Sequence[PersonEvent]:
    """What was requested, by somebody else than who requested it, and unless a hold stands."""
    found = person.requests.get(request_id)
    if found is None:
        raise Refused("erasureRequest.notKnown", field="requestId", requestId=request_id)
    if found.stage == "erased":
        return []  # told twice, happened once
    _check_there(person)
    if found.stage != "requested":
        raise Refused("erasure.notOpen", requestId=request_id)
    if found.asked_by == executed_by:
        raise Refused("erasure.samePerson", requestId=request_id)
    if person.held:
        raise Refused("erasure.onHold", holds=[hold.hold_id for hold in person.held])
    return [
        PersonErased(
            person_id=PersonId(person.person_id),
            request_id=request_id,
            legal_ground=found.legal_ground or "",
            selection_rule=found.selection_rule,
            requested_by=found.asked_by,
            requested_on=IsoDate(found.asked_on),
            executed_by=executed_by,
            erased_on=IsoDate(day),
        )
    ]


def check_names_nobody(text: str | None, content: Mapping[str, str], field_name: str) -> None:
    """What stays in the log for ever must not name whom it is about."""
    if names(text or "", content, in_part=True):
        raise Refused("erasure.namesPerson", field=field_name)


def names(text: str, content: Mapping[str, str], *, in_part: bool) -> bool:
    """Whether a text holds somebody's name or e-mail address; `in_part`: or a part of the name."""
    said = text.casefold()
    name, email = content.get("name", "").casefold(), content.get("email", "").casefold()
    if (name and name in said) or (email and email in said):
        return True
    parts = {part for part in re.findall(r"\w+", name) if len(part) >= _SHORTEST}
    return in_part and not parts.isdisjoint(re.findall(r"\w+", said))


def check_not_erased(events: Iterable[PersonEvent]) -> None:
    """Nothing new is recorded of who was erased: nothing would ever erase that."""
    for event in events:
        if isinstance(event, PersonErased):
            raise Refused("person.erased", erasedOn=event.erased_on)


def _check_there(person: Person) -> None:
    if person.erased_on is not None:
        raise Refused("person.erased", erasedOn=person.erased_on)
