"""Where an event type must be known: whoever adds one to the catalogue reads here what is still missing, and where."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, get_args

import pytest

from domain import labels, sentences
from domain.read_models import history
from events.catalogue import (
    EVENT_TYPES,
    agreement,
    claim,
    cohort,
    consultation,
    correction,
    log,
    partner,
    person,
    policy,
    reminder,
    retention,
)
from events.catalogue.values import Event
from tests.golden.happened import CODEC, HAPPENED

ROOT: Final = Path(__file__).parents[1]
UNIONS: Final[dict[str, Any]] = {
    "partner": partner.PartnerEvent,
    "enterpriseNumber": partner.ReservationEvent,
    "person": person.PersonEvent,
    "cohort": cohort.CohortEvent,
    "membership": cohort.MembershipEvent,
    "agreement": agreement.AgreementEvent,
    "milestone": agreement.MilestoneEvent,
    "consultation": consultation.ConsultationEvent,
    "moments": consultation.MomentEvent,
    "reminder": reminder.ReminderEvent,
    "claim": claim.ClaimEvent,
    "source": claim.SourceEvent,
    "authorityOrder": claim.AuthorityEvent,
    "log": log.LogEvent,
    "retentionRule": retention.RetentionEvent,
    "disposition": retention.DispositionEvent,
    "reminderPolicy": policy.PolicyEvent,
    "agencyCalendar": policy.AgencyCalendarEvent,
    "programme": policy.ProgrammeEvent,
}
"""Stream category -> what may stand in its streams."""

NOT_HISTORIC: Final = {
    *(cls.__name__ for cls in get_args(person.PersonEvent)),
    "SourceDescribed",
    "AuthorityOrdered",
    *(cls.__name__ for cls in get_args(reminder.ReminderEvent) + get_args(claim.ClaimEvent)),
    *(cls.__name__ for cls in get_args(log.LogEvent)),
    "RetentionRuleSet",
    *(cls.__name__ for cls in get_args(retention.DispositionEvent)),
    "ReminderPolicySet",
    "AgencyCalendarSet",
    "ProgrammeManagersNamed",
}
"""They belong to nobody's history: persons, reminders and claims are shown where they are, and the log is no object."""

Place = Callable[[str, type[Event]], bool]


def members(union: Any) -> set[type]:
    return set(get_args(union)) or {union}


def example(cls: type[Event]) -> tuple[str, Any] | None:
    """The golden one, with its stream."""
    for stream, name, version, data in HAPPENED:
        if EVENT_TYPES.get((name, version)) is cls:
            return stream, CODEC.revive(name, version, data)
    return None


def has_a_union(_name: str, cls: type[Event]) -> bool:
    return any(cls in members(union) for union in UNIONS.values())


def stands_in_its_own_category(_name: str, cls: type[Event]) -> bool:
    found = example(cls)
    return found is None or cls in members(UNIONS.get(found[0].partition("-")[0], ()))


def has_a_golden_entry(_name: str, cls: type[Event]) -> bool:
    return example(cls) is not None


def has_sentences(_name: str, cls: type[Event]) -> bool:
    found = example(cls)
    if found is None:
        return True
    try:
        return all(sentences.sentence(found[1], language, {}) for language in ("nl", "en"))
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is not there
        return False


def is_considered_by_history(name: str, cls: type[Event]) -> bool:
    if name in NOT_HISTORIC:
        return cls not in members(history.Historic)
    found = example(cls)
    return found is None or (cls in members(history.Historic) and history.subjects(found[1], found[0]) is not None)


def has_labels(name: str, _cls: type[Event]) -> bool:
    return name in labels.EVENT_TYPES


def is_documented(name: str, _cls: type[Event]) -> bool:
    page = ROOT / "docs" / "events.md"
    return not page.exists() or name in page.read_text(encoding="utf-8")


PLACES: Final[dict[str, Place]] = {
    "the union of its stream category, in its file of events/catalogue/ (and in UNIONS here)": has_a_union,
    "streams of a category whose union holds it: events/catalogue/": stands_in_its_own_category,
    "an example whose bytes are fixed: tests/golden/happened.py": has_a_golden_entry,
    "a sentence in Dutch and English: domain/sentences/": has_sentences,
    "whose history tells it: domain/read_models/history.py (or NOT_HISTORIC here)": is_considered_by_history,
    "its name in Dutch and English: EVENT_TYPES in domain/labels.py": has_labels,
    "its description: docs/events.md": is_documented,
}


def missing_places(name: str, cls: type[Event]) -> list[str]:
    return [where for where, knows in PLACES.items() if not knows(name, cls)]


def test_every_event_type_is_known_in_every_place() -> None:
    missing = [f"{name}: {where}" for (name, _), cls in EVENT_TYPES.items() for where in missing_places(name, cls)]
    assert not missing, "\n".join(["an event type is not known everywhere yet:", *missing])


def test_a_new_event_type_would_be_told_every_place() -> None:
    class PartnerTeleported(Event, frozen=True, kw_only=True):
        partner_id: str

    told = missing_places("PartnerTeleported", PartnerTeleported)
    files = ("events/catalogue/", "tests/golden/happened.py", "domain/labels.py")
    assert all(any(file in where for where in told) for file in files)


def definitions() -> Iterator[type]:
    for module in (
        agreement,
        claim,
        cohort,
        consultation,
        correction,
        log,
        partner,
        person,
        policy,
        reminder,
        retention,
    ):
        for found in vars(module).values():
            if isinstance(found, type) and issubclass(found, Event) and found is not Event:
                yield found


def test_every_definition_is_registered_once_under_its_name() -> None:
    registered = list(EVENT_TYPES.values())
    assert len(registered) == len(set(registered))
    assert set(definitions()) == set(registered), "register it in events/catalogue/__init__.py"
    assert {name for name, _ in EVENT_TYPES} == {cls.__name__ for cls in registered}


def test_every_category_has_a_stream_in_the_golden_log() -> None:
    assert {stream.partition("-")[0] for stream, *_ in HAPPENED} == set(UNIONS)


def test_labels_name_no_event_that_is_not_there() -> None:
    assert set(labels.EVENT_TYPES) == {name for name, _ in EVENT_TYPES}


# Pure floors: import-linter sees what is imported, this sees what is called

IMPURE: Final = {
    "now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter", "uuid1", "uuid4", "uuid7",
    "urandom", "token_hex", "getrandbits", "random", "getenv", "open", "input", "print",
}  # fmt: skip
OWNERS: Final = {"datetime", "date", "time", "uuid", "os", "secrets", "random", "builtins"}


def impure_calls(source: str) -> list[str]:
    """Calls of the clock, of chance or of the outside, as `datetime.now` or `open`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(attr=name, value=ast.Name(id=owner)) if name in IMPURE and owner in OWNERS:
                found.append(f"{owner}.{name}")
            case ast.Attribute(attr=name, value=ast.Attribute(attr=owner)) if name in IMPURE and owner in OWNERS:
                found.append(f"{owner}.{name}")
            case ast.Name(id=name) if name in IMPURE - {"time"}:  # datetime.time makes a wall time
                found.append(name)
            case _:
                pass
    return found


@pytest.mark.parametrize(
    "path",
    sorted([*(ROOT / "domain").rglob("*.py"), *(ROOT / "events" / "catalogue").rglob("*.py")]),
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_rules_ask_no_clock_and_draw_nothing(path: Path) -> None:
    assert impure_calls(path.read_text(encoding="utf-8")) == [], "pass it in as an argument"


def test_a_rule_that_asks_the_clock_would_be_noticed() -> None:
    rule = "import datetime as dt, time\nx = datetime.now()\ny = time.time()\nz = uuid4()\nw = dt.datetime.now(UTC)\nv = date.today()"
    assert sorted(impure_calls(rule)) == ["date.today", "datetime.now", "datetime.now", "time.time", "uuid4"]
