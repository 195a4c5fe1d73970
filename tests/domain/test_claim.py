from collections.abc import Sequence
from typing import Final

import pytest

from domain.claim import USUAL_ORDER, Claim, choose, evolve, in_conflict, order_kinds, standing_of, suggested, together
from domain.refusals import Refused
from events.catalogue.claim import AuthorityOrdered, ClaimChosen, ClaimEvent, ClaimStated, SourceKind
from tests.domain.facts import REASON
from tests.spec import made


def said(value: str, claim_id: str = "k", predicate: str = "partnerCount", subject: str = "c1") -> ClaimStated:
    return made(ClaimStated, claim_id=claim_id, subject=subject, predicate=predicate, value=value, source="S0")


def chosen(claim_id: str = "k") -> ClaimChosen:
    return made(ClaimChosen, claim_id=claim_id, chosen_on="2026-11-22", reason=REASON)


def claim(*events: ClaimEvent) -> Claim:
    state = None
    for event in events:
        state = evolve(state, event)
    assert state is not None
    return state


ABOUT = ("c1", "partnerCount")


def open_conflicts(claims: Sequence[Claim]) -> set[tuple[str, str]]:
    """Where sources say different things and none was chosen."""
    return {about for about, some in together(claims).items() if standing_of(some) is None and in_conflict(some)}


def test_two_sources_that_say_different_things_are_in_conflict() -> None:
    assert open_conflicts([claim(said("15")), claim(said("16"))]) == {ABOUT}


def test_sources_that_agree_are_not() -> None:
    assert open_conflicts([claim(said("15")), claim(said("15"))]) == set()
    assert open_conflicts([]) == set()


def test_other_subjects_and_other_predicates_do_not_contradict() -> None:
    others = [claim(said("15")), claim(said("16", subject="c2")), claim(said("17", predicate="budget"))]
    assert open_conflicts(others) == set()


def test_a_choice_settles_it_also_for_what_is_said_later() -> None:
    settled = [claim(said("15"), chosen()), claim(said("16"))]
    assert open_conflicts(settled) == set()
    assert open_conflicts([*settled, claim(said("17"))]) == set()


def test_a_choice_without_a_claim_is_nothing() -> None:
    assert evolve(None, chosen()) is None


def dated(value: str, precision: str) -> ClaimStated:
    return made(
        ClaimStated, claim_id="k", subject="c1", predicate="partnerCount", value=value, precision=precision, source="S0"
    )


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        (dated("2017", "year"), dated("2017-10-03", "day"), False),
        (dated("2017-10", "month"), dated("2017-10-03", "day"), False),
        (dated("2017-10", "month"), dated("2017-11-03", "day"), True),
        (dated("2021", "year"), dated("2022", "year"), True),
        (dated("eind 2021", "year"), dated("2021", "year"), True),
        (said("905000"), said("905000.00"), False),
        (said("905000"), said("905000.01"), True),
        (said("ja "), said("ja"), False),
        (said("ja"), said("neen"), True),
    ],
)
def test_what_is_less_precise_does_not_contradict_what_is_within_it(
    one: ClaimStated, other: ClaimStated, conflict: bool
) -> None:
    assert (open_conflicts([claim(one), claim(other)]) == {ABOUT}) is conflict


def test_the_last_choice_stands_and_the_first_may_be_chosen_again() -> None:
    first, second = resolved(said("15", "a"), 8), resolved(said("16", "b"), 9)
    assert standing_of([first, second]) is second
    assert choose(second, [first], chosen("b")) == []
    assert choose(first, [second], chosen("a")) == [chosen("a")]


def resolved(stated: ClaimStated, position: int) -> Claim:
    state = evolve(evolve(None, stated), chosen(stated.claim_id), position)
    assert state is not None
    return state


def by(source: str, value: str) -> Claim:
    return claim(made(ClaimStated, claim_id=source, subject="c1", predicate="partnerCount", value=value, source=source))


KINDS: Final[dict[str, SourceKind]] = {
    "akte": "deed", "antwoord": "parliamentaryAnswer", "persbericht": "pressRelease", "pagina": "partnerPage",
    "andere pagina": "partnerPage", "blog": "other",
}  # fmt: skip


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ([by("pagina", "17"), by("persbericht", "15")], ["persbericht"]),
        ([by("pagina", "17"), by("persbericht", "15"), by("antwoord", "17")], ["pagina", "antwoord"]),
        ([by("pagina", "17"), by("andere pagina", "15")], []),
        ([by("blog", "17"), by("onbekend", "15")], []),
        ([by("blog", "17"), by("akte", "15")], ["akte"]),
    ],
)
def test_the_weightiest_source_is_suggested_unless_its_like_contradict_it(
    claims: list[Claim], expected: list[str]
) -> None:
    assert [one.stated.source for one in suggested(claims, KINDS, USUAL_ORDER)] == expected


def test_an_order_names_each_kind_once() -> None:
    order = made(AuthorityOrdered, kinds=("deed", "partnerPage"), ordered_on="2026-11-22")
    assert order_kinds(None, order) == [order]
    assert order_kinds(order, order) == []
    with pytest.raises(Refused, match=r"authority\.kindTwice"):
        order_kinds(None, made(AuthorityOrdered, kinds=("deed", "deed"), ordered_on="2026-11-22"))
