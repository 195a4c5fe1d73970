from domain.claim import Claim, evolve, open_conflicts
from events.catalogue.claim import ClaimChosen, ClaimEvent, ClaimStated
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
