"""Brings the pure read models of the domain and the machinery that keeps them together."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, Final

from domain.read_models import (
    agenda,
    agreements,
    chains,
    claims,
    cohorts,
    consultations,
    dispositions,
    history,
    names,
    partners,
    persons,
    policies,
    reminders,
    sources,
    timelines,
)
from events.catalogue import EVENT_TYPES
from events.codec import Codec
from events.envelope import Recorded
from events.read_model import ReadModel


def _by_stream(recorded: Recorded[Any]) -> Sequence[str]:
    return [recorded.stream]


def _own_stream(key: str) -> Sequence[str]:
    return [key]


def _model(
    module: ModuleType,
    indexes: dict[str, type] | None = None,
    project: Callable[[Any, Any], Any] | None = None,
    **more: Any,
) -> ReadModel[Any]:
    key: Callable[[str], str] | None = getattr(module, "key", None)
    return ReadModel(
        name=module.NAME,
        version=module.VERSION,
        row=module.Row,
        categories=module.CATEGORIES,
        project=project or module.project,
        keys=(lambda recorded: [key(recorded.stream)]) if key else getattr(module, "keys", _by_stream),
        sources=more.pop("sources", None if hasattr(module, "keys") else getattr(module, "sources", _own_stream)),
        indexes=indexes or {},
        columns=getattr(module, "columns", None),
        group=getattr(module, "GROUP", None),
        **more,
    )


_CODEC: Final = Codec(EVENT_TYPES)


def _plain(event: object) -> tuple[str, int, dict[str, Any]]:
    return *_CODEC.name_of(event), _CODEC.plain(event)


PARTNERS: Final = _model(partners, {"first_position": int})
COHORTS: Final = _model(cohorts, {"first_position": int})
AGREEMENTS: Final = _model(agreements, {"first_position": int, "cohort_id": str, "partner_id": str})
CONSULTATIONS: Final = _model(consultations, {"first_position": int, "cohort_id": str, "year": int})
AGENDA: Final = _model(
    agenda,
    dict.fromkeys(
        ("due_from", "due_until", "next_milestone", "counts_from", "starts_at", "first_evaluation"),
        str,
    ),
)
REMINDERS: Final = _model(
    reminders,
    {
        "first_position": int, "known_from": int, "day_from": str, "obligation": str, "kind": str, "subject": str,
        "returns_at": str, "waits_from": str,
    },
)  # fmt: skip
POLICIES: Final = _model(policies)
CLAIMS: Final = _model(claims, {"first_position": int, "subject": str})
SOURCES: Final = _model(sources, {"first_position": int})
HISTORY: Final = _model(history)
NAMES: Final = _model(names)
CHAINS: Final = _model(chains)
TIMELINES: Final = _model(
    timelines,
    project=timelines.projection(_CODEC.revive, _plain),
    sources=_own_stream,
    entries=timelines.ENTRIES,
    entry_indexes=timelines.ENTRY_INDEXES,
    entered=timelines.entries,
    tells_corrections=True,
)
PERSONS: Final = _model(persons, {"asked": str})
DISPOSITIONS: Final = _model(dispositions)

OF_COHORTS: Final = (AGREEMENTS, CONSULTATIONS)
"""Those whose rows are subjects in a cohort, by `cohort_id`."""

ALL: Final[Sequence[ReadModel[Any]]] = (
    PARTNERS,
    COHORTS,
    AGREEMENTS,
    CONSULTATIONS,
    AGENDA,
    REMINDERS,
    POLICIES,
    CLAIMS,
    SOURCES,
    HISTORY,
    NAMES,
    TIMELINES,
    PERSONS,
    DISPOSITIONS,
    CHAINS,
)
