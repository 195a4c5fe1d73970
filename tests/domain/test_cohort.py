from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import cohort
from domain.cohort import Members, Renewal, Renewed, check_terms, renew
from domain.refusals import Refused
from events.catalogue.cohort import FinancingShare, PartnerJoinedCohort, Terms
from events.catalogue.values import Event, PartnerId, Share
from tests.domain.facts import (
    COHORT,
    MEMBERS,
    cohort_evaluated,
    cohort_renewed,
    joined,
    leaver,
    left,
    member_signed,
    opened,
    stayed,
)

TODAY = date(2021, 12, 1)
MEMBERS_OF_2017 = tuple(joined(partner) for partner in ("agoria", "unizo", "voka"))


def terms(**said: Any) -> Terms:
    return Terms(**said)


def financing(agency: str, partner: str) -> tuple[FinancingShare, ...]:
    return (
        FinancingShare(party="agency", share=Share(agency)),
        FinancingShare(party="partner", share=Share(partner)),
    )


def opening(**said: Any) -> Callable[[Any], Iterable[Event]]:
    return lambda _: cohort.open_cohort(opened(**said))


def evaluating(year: int, on: str | None = None, *, today: date = date(2026, 1, 1)) -> Callable[[Any], Iterable[Event]]:
    return lambda state: cohort.evaluate(state, cohort_evaluated(year, on), today)


# Opening


def test_a_cohort_opens_knowing_little() -> None:
    # "told again" has no meaning here: a second opening is another cohort
    assert cohort.open_cohort(opened()) == [opened()]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"runs_until": "2016"}, "period.endBeforeStart"),
        ({"opened_on": "2017-02-30"}, "date.invalid"),
        ({"terms": terms(co_financing=financing("50.00", "49.99"))}, "shares.notWhole"),
        ({"terms": terms(consultation_months=(3, 5, 13))}, "months.invalid"),
        ({"terms": terms(consultation_months=(3, 3))}, "months.invalid"),
        ({"terms": terms(reminder_offsets={"consultation": ("P30D", "soon")})}, "offset.invalid"),
        ({"terms": terms(reminder_offsets={"évaluation": ("P30D",)})}, "offset.invalid"),
    ],
)
def test_what_does_not_hold_together_is_refused(said: dict[str, Any], code: str) -> None:
    COHORT.given().when(opening(**said)).then_refused(code)


def test_terms_are_all_optional() -> None:
    check_terms(Terms())
    check_terms(
        terms(
            co_financing=financing("50.00", "50.00"),
            consultation_months=(3, 5, 6, 9),
            reminder_offsets={"consultation": ("P30D", "-P7D")},
        )
    )


# Evaluating


def test_a_cohort_is_evaluated_once_a_year_of_its_period() -> None:
    after = COHORT.given(opened()).when(evaluating(2019)).then(cohort_evaluated(2019))
    after.when(evaluating(2019, "2019-12-24")).then_refused("evaluation.alreadyHeld", year=2019)
    after.when(evaluating(2022)).then_refused("evaluation.yearOutsideTerm", first=2017, last=2021)
    after.when(evaluating(2021, "2020-12-31")).then_refused("evaluation.beforeYear")
    after.when(evaluating(2021, "2022-01", today=date(2021, 12, 31))).then_refused("date.inFuture")


# Renewing


def renewing(*happened: Event, today: date = TODAY, **said: Any) -> Renewed:
    usual: dict[str, Any] = {
        "successor_id": "c2",
        "name": "2022-2026",
        "runs_from": "2022",
        "runs_until": "2026",
        "stays": ("agoria", "unizo"),
        "joins": ("fedustria",),
        "leaves": (leaver("voka"),),
        "signed_on": "2021-11-26",
    }
    members = MEMBERS.given(*(happened or MEMBERS_OF_2017)).state
    return renew(COHORT.given(opened(**said.pop("cohort", {}))).state, members, Renewal(**{**usual, **said}), today)


def refused(*happened: Event, **said: Any) -> tuple[str, dict[str, Any]]:
    with pytest.raises(Refused) as caught:
        renewing(*happened, **said)
    return caught.value.code, caught.value.facts


def test_a_cohort_is_followed_by_another() -> None:
    renewed = renewing()
    assert renewed.predecessor == cohort_renewed()
    assert renewed.successor == opened(
        cohort_id="c2",
        name="2022-2026",
        runs_from="2022",
        runs_until="2026",
        opened_on="2021-11-26",
        predecessor_id="c1",
        stayed=("agoria", "unizo"),
        joined=("fedustria",),
        left=(leaver("voka"),),
    )
    assert renewed.members == [stayed("agoria"), stayed("unizo"), joined("fedustria", "2021-11-26", "c2")]
    assert [one.partner_id for one in renewed.left] == ["voka"]
    assert {one.left_on for one in renewed.left} == {"2021-12-31"}, "it is in the cohort until that ends"
    assert MEMBERS.given(*renewed.members).state.current == ["agoria", "unizo", "fedustria"]


def test_without_a_signature_it_is_renewed_today() -> None:
    assert renewing(signed_on=None).predecessor.renewed_on == "2021-12-01"


def test_stays_and_leaves_together_are_the_members() -> None:
    assert refused(leaves=()) == ("cohort.membersIncomplete", {"partnerIds": ["voka"]})
    assert refused(stays=("agoria", "unizo", "zenito")) == ("cohort.notAMember", {"partnerId": "zenito"})
    assert refused(leaves=(leaver("voka"), leaver("zenito"))) == ("cohort.notAMember", {"partnerId": "zenito"})


def test_who_joins_was_not_a_member() -> None:
    assert refused(joins=("fedustria",), stays=("agoria",), leaves=(leaver("voka"),))[0] == "cohort.membersIncomplete"
    happened = (*MEMBERS_OF_2017, joined("fedustria"))
    assert refused(*happened, leaves=(leaver("voka"),))[0] == "cohort.alreadyAMember"
    assert refused(*happened, joins=("fedustria",), leaves=(leaver("voka"), leaver("fedustria"))) == (
        "cohort.partnerTwice",
        {"partnerId": "fedustria"},
    )


@pytest.mark.parametrize(
    "said",
    [
        {"joins": ("agoria",)},
        {"leaves": (leaver("voka"), leaver("agoria"))},
        {"stays": ("agoria", "unizo", "agoria")},
        {"joins": ("fedustria", "fedustria")},
    ],
)
def test_nobody_is_named_twice(said: dict[str, Any]) -> None:
    assert refused(**said)[0] == "cohort.partnerTwice"


def test_who_left_early_need_not_be_named_and_cannot_stay() -> None:
    gone = (*MEMBERS_OF_2017, left("voka", "2019-06-30"))
    assert renewing(*gone, leaves=()).left == []
    assert renewing(*gone).left == [], "it left once"
    assert refused(*gone, stays=("agoria", "unizo", "voka"), leaves=())[0] == "cohort.notAMember"
    assert renewing(*gone, joins=("voka",), leaves=()).members[-1] == joined("voka", "2021-11-26", "c2")


def test_the_new_period_does_not_overlap_the_old_one() -> None:
    assert refused(runs_from="2021-12-31")[0] == "cohort.overlapsPredecessor"
    assert refused(runs_from="2020")[0] == "cohort.overlapsPredecessor"
    assert renewing(runs_from="2022-01-01").successor.runs_from == "2022-01-01"


def test_periods_known_to_the_year_may_share_one() -> None:
    assert renewing(runs_from="2021", cohort={"runs_until": "2021"}).successor.runs_from == "2021"


def test_a_cohort_is_renewed_once() -> None:
    state = COHORT.given(opened(), cohort_renewed()).state
    renewal = Renewal(
        successor_id="c3", name="x", runs_from="2022", runs_until="2026", stays=(), joins=(), leaves=()  # type: ignore[arg-type]
    )  # fmt: skip
    with pytest.raises(Refused, match=r"cohort\.alreadyRenewed"):
        renew(state, MEMBERS.given().state, renewal, TODAY)


def test_terms_are_new_or_inherited_but_never_assumed() -> None:
    old, new = terms(consultation_months=(3, 5, 6, 9)), terms(evaluation="yearly")
    assert renewing(cohort={"terms": old}).successor.terms == Terms()
    assert renewing(cohort={"terms": old}, inherit_terms=True).successor.terms == old
    assert renewing(cohort={"terms": old}, inherit_terms=True, terms=new).successor.terms == new


def test_new_terms_hold_together() -> None:
    assert refused(terms=terms(consultation_months=(0,)))[0] == "months.invalid"


def test_a_signature_dated_before_the_renewal_stays_with_its_member() -> None:
    by_date: Members = MEMBERS.given(member_signed("unizo", "a7", "2021-11-01", "c2"), stayed("unizo")).state
    assert by_date.agreements == {"unizo": "a7"}


PARTNERS = st.lists(st.sampled_from("abcdef").map(PartnerId), max_size=6)


@given(PARTNERS, PARTNERS, PARTNERS, PARTNERS)
def test_a_renewal_accounts_for_every_member_or_is_refused(
    members: list[PartnerId], stays: list[PartnerId], joins: list[PartnerId], leaves: list[PartnerId]
) -> None:
    before = list(dict.fromkeys(members)) or [PartnerId("z")]
    try:
        renewed = renewing(
            *(joined(partner) for partner in before),
            stays=tuple(stays),
            joins=tuple(joins),
            leaves=tuple(leaver(partner) for partner in leaves),
        )
    except Refused as no:
        assert no.status == 400  # noqa: PT017 - which rule said no is the other tests' matter
        return
    assert sorted([*stays, *leaves]) == sorted(before)
    assert not set(joins) & set(before)
    after = MEMBERS.given(*renewed.members).state
    assert after.current == [*stays, *joins]
    assert [event.partner_id for event in renewed.members if isinstance(event, PartnerJoinedCohort)] == joins
    assert [event.partner_id for event in renewed.left] == leaves
