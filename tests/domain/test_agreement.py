from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import agreement
from domain.agreement import Agreement, Status, is_certain, milestones, sign, status
from domain.refusals import Refused
from domain.values import PartialDate
from events.catalogue.agreement import AgreementCommenced, AgreementExpired, AgreementNotRenewed, AgreementSigned
from events.catalogue.cohort import KpiResult
from events.catalogue.values import Event, KpiId
from tests.domain.facts import (
    AGREEMENT,
    COHORT,
    DAYS,
    MEMBERS,
    REASON,
    agreement_renewed,
    amended,
    cohort_renewed,
    evaluated,
    joined,
    kpi_agreed,
    kpi_measured,
    left,
    member_signed,
    opened,
    partial_dates,
    signed,
    terminated,
    terms_followed,
)
from tests.spec import made

TODAY = date(2026, 11, 22)
Decision = Callable[[Any], Iterable[Event]]


def signing(event: AgreementSigned, *cohort: Event) -> Decision:
    state = COHORT.given(*(cohort or [opened()])).state
    return lambda members: sign(state, members, event)


def amending(**said: Any) -> Decision:
    return lambda state: agreement.amend(state, amended(**said))


def terminating(on: str) -> Decision:
    return lambda state: agreement.terminate(state, terminated(on))


def evaluating(year: int, on: str | None = None, *, today: date = TODAY, **said: Any) -> Decision:
    return lambda state: agreement.hold_evaluation(state, evaluated(year, on, **said), today)


# Signing


def test_a_partner_of_a_cohort_signs() -> None:
    MEMBERS.given(joined("agoria")).when(signing(signed())).then(signed(), member_signed())


def test_a_first_signature_needs_no_membership() -> None:
    MEMBERS.given().when(signing(signed())).then(signed(), member_signed())


def test_a_partner_signs_once_in_a_cohort() -> None:
    MEMBERS.given(member_signed(agreement_id="a0")).when(signing(signed(signed_on="2017-10-04"))).then_refused(
        "agreement.alreadySigned", agreementId="a0"
    )


def test_nobody_signs_in_a_cohort_that_has_a_successor() -> None:
    MEMBERS.given().when(signing(signed(), opened(), cohort_renewed())).then_refused(
        "agreement.cohortClosed", successorId="c2"
    )


def test_signing_after_the_start_is_said_to_be_so() -> None:
    late = {"signed_on": "2018-03-01", "runs_from": "2018-01-01"}
    MEMBERS.given().when(signing(signed(**late))).then_refused("agreement.signedAfterStart")
    MEMBERS.given().when(signing(signed(**late, retroactive=True))).then(
        signed(**late, retroactive=True), member_signed(on="2018-03-01")
    )


def test_signing_within_a_start_known_to_the_year_is_not_late() -> None:
    MEMBERS.given().when(signing(signed(signed_on="2017-10-03", runs_from="2017"))).then(signed(), member_signed())


def test_nobody_signs_after_the_end() -> None:
    MEMBERS.given().when(signing(signed(signed_on="2022-01-01", retroactive=True))).then_refused(
        "agreement.outsideTerm"
    )


def test_a_term_ends_after_it_begins() -> None:
    MEMBERS.given().when(signing(signed(runs_until="2016"))).then_refused("period.endBeforeStart")


# What it is on a day


def on(day: str, *happened: Event) -> tuple[str, bool]:
    state: Agreement = AGREEMENT.given(*happened).state
    return str(status(state, date.fromisoformat(day))), is_certain(state, date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "what", "certain"),
    [
        ("2017-10-02", "signed", True),  # no precise date could have it in force before it was signed
        ("2017-10-03", "signed", False),
        ("2017-12-30", "signed", False),
        ("2017-12-31", "inForce", True),
        ("2019-06-30", "inForce", True),
        ("2026-01-01", "inForce", True),
        ("2026-01-02", "inForce", False),
        ("2026-12-31", "inForce", False),
        ("2027-01-01", "expired", True),
    ],
)
def test_a_term_known_to_the_year(day: str, what: str, certain: bool) -> None:
    assert on(day, signed(runs_from="2017", runs_until="2026")) == (what, certain)


def test_a_retroactive_agreement_is_in_force_from_its_signature() -> None:
    late = signed(signed_on="2018-03-01", runs_from="2018-01-01", retroactive=True)
    assert on("2018-02-28", late) == ("signed", True)
    assert on("2018-03-01", late) == ("inForce", True)


def test_an_end_that_was_renewed_is_called_so_from_the_day_after_it() -> None:
    assert on("2021-12-31", signed(), agreement_renewed()) == ("inForce", True)
    assert on("2022-01-01", signed(), agreement_renewed()) == ("renewed", True)
    assert on("2022-01-01", signed()) == ("expired", True)


def test_a_partner_that_did_not_go_on_lets_its_agreement_expire() -> None:
    no = made(AgreementNotRenewed, agreement_id="a1", partner_id="agoria", cohort_id="c1", decided_on="2021-11-26")
    assert on("2021-12-31", signed(), no) == ("inForce", True)
    assert on("2022-01-01", signed(), no) == ("expired", True)


def test_a_terminated_agreement_is_over_from_that_day_on() -> None:
    assert on("2019-06-29", signed(), terminated("2019-06-30")) == ("inForce", True)
    assert on("2019-06-30", signed(), terminated("2019-06-30")) == ("terminated", True)
    assert on("2050-01-01", signed(), terminated("2019-06-30")) == ("terminated", True)


ORDER = [Status.SIGNED, Status.IN_FORCE, Status.EXPIRED, Status.RENEWED, Status.TERMINATED]


@st.composite
def agreements(draw: st.DrawFn) -> Agreement:
    """Any that the rules allow to be signed, and some of what may follow."""
    event = signed(
        signed_on=draw(partial_dates(2015, 2019)),
        runs_from=draw(partial_dates(2015, 2018)),
        runs_until=draw(partial_dates(2017, 2022)),
        retroactive=True,
    )
    happened: list[Event] = [event]
    state = AGREEMENT.given(event).state if _allowed(event) else None
    if state is None:
        return AGREEMENT.given(signed()).state  # type: ignore[no-any-return]
    if draw(st.booleans()):
        happened.append(agreement_renewed())
    if draw(st.booleans()):
        happened.append(terminated(draw(st.dates(date(2015, 1, 1), date(2023, 1, 1))).isoformat()))
    return AGREEMENT.given(*happened).state  # type: ignore[no-any-return]


def _allowed(event: AgreementSigned) -> bool:
    try:
        agreement.signing(MEMBERS.given().state, event)
    except Refused:
        return False
    return True


@given(agreements(), DAYS, DAYS)
def test_a_status_is_one_of_five_and_never_goes_back(state: Agreement, one: date, other: date) -> None:
    earlier, later = sorted([one, other])
    assert status(state, earlier) in Status
    assert ORDER.index(status(state, earlier)) <= ORDER.index(status(state, later))


@given(
    partial_dates(2016, 2018),
    partial_dates(2016, 2018),
    partial_dates(2017, 2019),
    st.dates(date(2015, 6, 1), date(2020, 6, 1)),
)
def test_certain_means_that_every_precise_date_would_give_the_same_status(
    signed_on: str, runs_from: str, runs_until: str, day: date
) -> None:
    event = signed(signed_on=signed_on, runs_from=runs_from, runs_until=runs_until, retroactive=True)
    if not _allowed(event):
        return
    state: Agreement = AGREEMENT.given(event).state
    at, period = PartialDate.parse(signed_on), state.period
    answers = {
        "over" if day > until else "inForce" if day >= since and day >= hand else "signed"
        for hand in (at.first_day, at.last_day)
        for since in (period.runs_from.first_day, period.runs_from.last_day)
        for until in (period.runs_until.first_day, period.runs_until.last_day)
    }
    assert is_certain(state, day) == (len(answers) == 1)


# Changing and ending


def test_the_parties_amend_the_end() -> None:
    after = AGREEMENT.given(signed()).when(amending(runs_until="2022-06-30")).then(amended(runs_until="2022-06-30"))
    assert str(after.state.period.runs_until) == "2022-06-30"


def test_an_amendment_changes_something_within_the_term() -> None:
    given = AGREEMENT.given(signed())
    given.when(amending()).then_refused("agreement.nothingAmended")
    given.when(amending(runs_until="2016")).then_refused("period.endBeforeStart")
    given.when(amending(effective_on="2030-01-01", runs_until="2031")).then_refused("agreement.outsideTerm")


def test_terms_that_follow_the_cohort_leave_what_was_amended() -> None:
    change = amended(runs_until="2020-12-31")
    state: Agreement = AGREEMENT.given(
        signed(), change, terms_followed(runs_from="2017-01-01", runs_until="2021-12-31", evaluation="yearly")
    ).state
    assert (str(state.period.runs_from), str(state.period.runs_until)) == ("2017-01-01", "2020-12-31")
    assert (state.evaluation, state.amendments) == ("yearly", (change,))


def test_an_agreement_ends_early_and_its_partner_leaves() -> None:
    AGREEMENT.given(signed()).when(terminating("2019-06-30")).then(
        terminated("2019-06-30"), left("agoria", on="2019-06-30")
    )


def test_an_agreement_ends_once_on_a_day_within_its_term() -> None:
    ended = AGREEMENT.given(signed(), terminated("2019-06-30"))
    ended.when(terminating("2019-06-30")).then_nothing()
    ended.when(terminating("2019-07-01")).then_refused("agreement.alreadyTerminated", effectiveOn="2019-06-30")
    ended.when(amending(runs_until="2022")).then_refused("agreement.alreadyTerminated")
    AGREEMENT.given(signed()).when(terminating("2022-01-01")).then_refused("agreement.outsideTerm")
    AGREEMENT.given(signed()).when(terminating("2019-06")).then_refused("date.dayNeeded")


# Evaluations and figures


def test_an_evaluation_a_year() -> None:
    after = AGREEMENT.given(signed()).when(evaluating(2018)).then(evaluated(2018))
    after.when(evaluating(2018, "2018-12-02")).then_refused("evaluation.alreadyHeld", year=2018)
    after.when(evaluating(2019)).then(evaluated(2019))


def test_an_evaluation_outside_the_term_is_refused() -> None:
    AGREEMENT.given(signed(runs_from="2022-01-01", runs_until="2026-12-31")).when(
        evaluating(2027, today=date(2028, 1, 1))
    ).then_refused("evaluation.yearOutsideTerm", first=2022, last=2026)


def test_a_year_is_evaluated_in_that_year_or_later_but_not_in_the_future() -> None:
    given = AGREEMENT.given(signed())
    given.when(evaluating(2021, "2022-03")).then(evaluated(2021, "2022-03"))
    given.when(evaluating(2020, "2019-12-31")).then_refused("evaluation.beforeYear")
    given.when(evaluating(2019, "2019-12-01", today=date(2019, 11, 30))).then_refused("date.inFuture")


def test_an_evaluation_reports_figures_that_were_agreed_on() -> None:
    results: dict[str, Any] = {"kpi_results": (KpiResult(kpi_id=KpiId("k1"), value="12"),)}
    AGREEMENT.given(signed()).when(evaluating(2019, **results)).then_refused("kpi.unknown", kpiId="k1")
    AGREEMENT.given(signed(), kpi_agreed()).when(evaluating(2019, **results)).then(evaluated(2019, **results))


def test_a_figure_is_agreed_on_once_by_its_name_and_measured() -> None:
    after = AGREEMENT.given(signed()).when(lambda state: agreement.agree_kpi(state, kpi_agreed())).then(kpi_agreed())
    after.when(lambda state: agreement.agree_kpi(state, kpi_agreed("k2"))).then_refused("kpi.alreadyAgreed", kpiId="k1")
    after.when(lambda state: agreement.measure_kpi(state, kpi_measured())).then(kpi_measured())
    after.when(lambda state: agreement.measure_kpi(state, kpi_measured("k9"))).then_refused("kpi.unknown")


# Milestones: history, deciding nothing


def commenced() -> AgreementCommenced:
    return made(AgreementCommenced, agreement_id="a1", partner_id="agoria", cohort_id="c1", commenced_on="2017")


def expired() -> AgreementExpired:
    return made(AgreementExpired, agreement_id="a1", partner_id="agoria", cohort_id="c1", expired_on="2021-12-31")


def test_commencement_and_expiry_are_noted_once_each_when_they_have_come() -> None:
    state: Agreement = AGREEMENT.given(signed()).state
    assert milestones(state, [], date(2017, 12, 30)) == []
    assert milestones(state, [], date(2017, 12, 31)) == [commenced()]
    assert milestones(state, [commenced()], date(2021, 12, 31)) == []
    assert milestones(state, [], date(2022, 1, 1)) == [commenced(), expired()]
    assert milestones(state, [commenced(), expired()], date(2050, 1, 1)) == []


def test_what_was_terminated_does_not_expire_and_before_its_start_never_commenced() -> None:
    assert milestones(AGREEMENT.given(signed(), terminated("2019-06-30")).state, [], TODAY) == [commenced()]
    assert milestones(AGREEMENT.given(signed(), terminated("2017-11-01")).state, [], TODAY) == []


# Every decision, told twice


DECISIONS = st.one_of(
    st.builds(amending, effective_on=partial_dates(2016, 2023), runs_until=st.none() | partial_dates(2018, 2024), summary=st.sampled_from([None, REASON])),
    st.builds(terminating, partial_dates(2016, 2023)),
    st.builds(evaluating, st.integers(2016, 2023), partial_dates(2016, 2027)),
    st.builds(lambda name: lambda state: agreement.agree_kpi(state, kpi_agreed(f"k{name}", name)), st.sampled_from("123")),
    st.builds(lambda name: lambda state: agreement.measure_kpi(state, kpi_measured(f"k{name}")), st.sampled_from("123")),
)  # fmt: skip


@given(st.lists(DECISIONS, max_size=8))
def test_whatever_was_decided_gives_no_second_event_when_it_is_told_again(decisions: list[Decision]) -> None:
    given = AGREEMENT.given(signed())
    for decide in decisions:
        outcome = given.when(decide)
        if outcome.refused is None:
            given = outcome.then(*outcome.events)
