"""What a dossier is made of: its chapters, which of them a claim belongs in, and amounts that belong together."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, TypeAlias, get_args

from domain.refusals import Refused
from domain.values import parse_decimal

Chapter: TypeAlias = Literal[
    "improvement", "people", "money", "kpis", "adjustments", "consultations", "evaluation", "partners", "other"
]
CHAPTERS: Final[tuple[Chapter, ...]] = get_args(Chapter)

_WORDS: Final[Sequence[tuple[Chapter, frozenset[str]]]] = (
    ("money", frozenset({"budget", "price", "share", "amount", "financing", "financial", "commitment", "payment"})),
    ("kpis", frozenset({"kpi", "kpis", "measured"})),
    ("people", frozenset({"account", "manager", "tool", "tools", "circle", "project"})),
    ("improvement", frozenset({"improvement", "cooperation", "action"})),
    ("adjustments", frozenset({"adjustment"})),
    ("consultations", frozenset({"consultation", "consultations"})),
    ("evaluation", frozenset({"evaluation", "day"})),
    ("partners", frozenset({"partner", "partners", "agreement", "agreements", "signing", "signed", "runs", "years"})),
)
"""The trade's words in what a claim is about; the first chapter that one of them belongs to."""

_WORD: Final = re.compile(r"[A-Za-z][a-z]*")
_BUDGET: Final = re.compile(r"([A-Za-z]+?)(\d{4})(Commitment|Payment)")
_AMOUNT: Final = re.compile(r"\d{1,15}\.\d{2}")


def words(predicate: str) -> Sequence[str]:
    """`budget2019Commitment`: budget, commitment."""
    return [word.lower() for word in _WORD.findall(predicate)]


def chapter_of(predicate: str) -> Chapter:
    """Where a claim is told. None is left out: what nobody foresaw comes last."""
    said = set(words(predicate))
    return next((chapter for chapter, known in _WORDS if known & said), "other")


def is_amount(predicate: str, value: str) -> bool:
    """Whether a claim's value is a sum of money."""
    return chapter_of(predicate) == "money" and "share" not in words(predicate) and bool(_AMOUNT.fullmatch(value))


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be committed in a year, and what may be paid."""

    year: int
    commitment: str | None = None
    payment: str | None = None

    @property
    def excess(self) -> str | None:
        """By how much payments may pass commitments; it can be right, where earlier commitments are settled."""
        if self.commitment is None or self.payment is None:
            return None
        difference = Decimal(self.payment) - Decimal(self.commitment)
        return f"{difference:.2f}" if difference > 0 else None


def budget_of(predicate: str) -> tuple[int, Literal["commitment", "payment"]] | None:
    """`budget2019Commitment`: the year, and which of the two."""
    match = _BUDGET.fullmatch(predicate)
    if match is None:
        return None
    return int(match[2]), "commitment" if match[3] == "Commitment" else "payment"


def budgets(claimed: Iterable[tuple[str, str]]) -> Sequence[Budget]:
    """From predicates such as `budget2019Commitment` and their values, one a year; what is no figure is left out."""
    found: dict[int, dict[str, str]] = {}
    for predicate, value in claimed:
        named = budget_of(predicate)
        if named and _is_figure(value):
            found.setdefault(named[0], {}).setdefault(named[1], value)
    return [Budget(year, kinds.get("commitment"), kinds.get("payment")) for year, kinds in sorted(found.items())]


def _is_figure(value: str) -> bool:
    try:
        parse_decimal(value)
    except Refused:
        return False
    return True
