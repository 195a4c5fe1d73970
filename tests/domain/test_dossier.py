import pytest

from domain.dossier import Budget, budget_of, budgets, chapter_of, is_amount


@pytest.mark.parametrize(
    ("predicate", "chapter"),
    [
        ("budget2019Commitment", "money"),
        ("efroProjectShareHermes", "money"),
        ("kpiList", "kpis"),
        ("accountManagerCount", "people"),
        ("toolWebPlatform", "people"),
        ("accountManagerConsultation", "people"),
        ("partnerCooperation", "improvement"),
        ("actionProgrammeInvolvement", "improvement"),
        ("fundamentalAdjustmentNeeded", "adjustments"),
        ("consultations2019Count", "consultations"),
        ("firstPartnerDay", "evaluation"),
        ("announcedPartnerCount", "partners"),
        ("motto", "other"),
        ("x", "other"),
    ],
)
def test_a_claim_is_told_where_its_words_belong(predicate: str, chapter: str) -> None:
    assert chapter_of(predicate) == chapter


@pytest.mark.parametrize(
    ("predicate", "value", "amount"),
    [
        ("budget2019Payment", "1000000.00", True),
        ("efroProjectShareEfro", "40.00", False),
        ("budget2019Payment", "een miljoen", False),
        ("listedPartnerCount", "17.00", False),
    ],
)
def test_money_is_told_as_money(predicate: str, value: str, amount: bool) -> None:
    assert is_amount(predicate, value) is amount


def test_a_years_commitment_and_payment_belong_together() -> None:
    said = [
        ("budget2019Commitment", "905000.00"),
        ("budget2019Payment", "1000000.00"),
        ("budget2020Payment", "5.00"),
        ("motto", "1"),
    ]
    assert budgets(said) == [Budget(2019, "905000.00", "1000000.00"), Budget(2020, None, "5.00")]
    assert [one.excess for one in budgets(said)] == ["95000.00", None]
    assert budget_of("budget2019Commitment") == (2019, "commitment")
    assert budget_of("annualBudget") is None


def test_as_much_or_less_than_was_committed_deserves_no_warning() -> None:
    assert Budget(2019, "5.00", "5.00").excess is None
    assert Budget(2019, "5.00", "4.99").excess is None


def test_what_is_no_figure_is_no_budget() -> None:
    assert budgets([("budget2019Commitment", "onbekend")]) == []
