from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain import partner
from domain.partner import reserve_number
from events.catalogue.partner import (
    AccountManagerAssigned,
    EnterpriseNumberReleased,
    EnterpriseNumberReserved,
    ExecutingUnitAdded,
    PartnerAliasAdded,
    PartnerSucceeded,
    ReservationEvent,
)
from events.catalogue.values import Event
from tests.domain.facts import PARTNER, added, partial_dates, renamed
from tests.spec import Spec, made

Decision = Callable[[Any], Iterable[Event]]


def _reserve(state: tuple[Any, ...], event: Any) -> tuple[Any, ...]:
    return (*state, event)


NUMBER = Spec[tuple[Any, ...]]((), _reserve, ReservationEvent)


def renaming(name: str, on: str = "2021-11-26", **said: Any) -> Decision:
    return lambda state: partner.rename(state, renamed(name, on, **said))


def aliasing(name: str, **said: Any) -> Decision:
    return lambda state: partner.add_alias(state, alias(name, **said))


def alias(name: str, **said: Any) -> PartnerAliasAdded:
    return made(PartnerAliasAdded, **{"partner_id": "unizo", "name": name, **said})


def unit(name: str, on: str | None = None) -> ExecutingUnitAdded:
    return made(ExecutingUnitAdded, partner_id="unizo", name=name, effective_on=on)


def manager(person: str, on: str) -> AccountManagerAssigned:
    return made(AccountManagerAssigned, partner_id="unizo", person_id=person, effective_on=on)


def succeeded(by: str = "boerenbond", on: str = "2020", kind: Any = "merged") -> PartnerSucceeded:
    return made(PartnerSucceeded, partner_id="unizo", successor_id=by, kind=kind, effective_on=on)


def succeeding(**said: Any) -> Decision:
    event = succeeded(**said)
    successor = PARTNER.given(added(partner_id=event.successor_id)).state
    return lambda state: partner.succeed(state, successor, event)


def reserved(of: str) -> EnterpriseNumberReserved:
    return made(EnterpriseNumberReserved, enterprise_number="0403170701", partner_id=of)


def released(of: str) -> EnterpriseNumberReleased:
    return made(EnterpriseNumberReleased, enterprise_number="0403170701", partner_id=of)


def test_a_partner_takes_another_name() -> None:
    after = (
        PARTNER.given(added())
        .when(renaming("UNIZO Internationaal", effective_on_kind="by"))
        .then(renamed("UNIZO Internationaal", "2021-11-26", effective_on_kind="by"))
    )
    assert after.state.name == "UNIZO Internationaal"


def test_a_name_that_it_has_is_no_new_name() -> None:
    PARTNER.given(added()).when(renaming("Unizo")).then_refused("partner.nameUnchanged", name="Unizo")


def test_a_partner_may_take_its_old_name_back() -> None:
    PARTNER.given(added(), renamed("U", "2021")).when(renaming("Unizo", "2022")).then(renamed("Unizo", "2022"))


def test_a_name_by_a_day_says_so_in_the_event() -> None:
    assert renamed("U", "2021-11-26", effective_on_kind="by").legal_date_kind() == "by"
    assert renamed("U", "2021-11-26", effective_on_kind="on").legal_date_kind() is None
    assert renamed("U", "2021-11-26").legal_date() == "2021-11-26"


def test_other_spellings_and_units_are_noted_once() -> None:
    given = PARTNER.given(added())
    given.when(aliasing("UNIZO", kind="spelling")).then(alias("UNIZO", kind="spelling"))
    given.when(lambda state: partner.add_executing_unit(state, unit("Export"))).then(unit("Export"))
    PARTNER.given(added(), unit("Export")).when(
        lambda state: partner.add_executing_unit(state, unit("Export", "2020"))
    ).then_nothing()


def test_account_managers_follow_each_other() -> None:
    first, second = manager("p1", "2018"), manager("p2", "2020-09-01")
    after = PARTNER.given(added(), first).when(lambda state: partner.assign_account_manager(state, second)).then(second)
    assert after.state.account_manager == second
    after.when(lambda state: partner.assign_account_manager(state, first)).then_nothing()


def test_a_partner_has_one_successor_which_is_another() -> None:
    after = PARTNER.given(added()).when(succeeding()).then(succeeded())
    after.when(succeeding(by="agoria")).then_refused("partner.succeeded", successorId="boerenbond")
    PARTNER.given(added()).when(succeeding(by="unizo")).then_refused("partner.ownSuccessor")


def test_an_enterprise_number_is_one_partner_s() -> None:
    def reserve(of: str) -> Decision:
        return lambda state: reserve_number(state, reserved(of))

    NUMBER.given().when(reserve("unizo")).then(reserved("unizo"))
    NUMBER.given(reserved("unizo")).when(reserve("agoria")).then_refused(
        "partner.enterpriseNumberTaken", partnerId="unizo"
    )
    NUMBER.given(reserved("unizo"), released("unizo")).when(reserve("agoria")).then(reserved("agoria"))


NAMES = st.sampled_from(["Unizo", "UNIZO", "Unizo Internationaal"])
DECISIONS = st.one_of(
    st.builds(renaming, NAMES, partial_dates()),
    st.builds(aliasing, NAMES, kind=st.sampled_from([None, "spelling"])),
    st.builds(lambda name: lambda state: partner.add_executing_unit(state, unit(name)), NAMES),
    st.builds(lambda who, on: lambda state: partner.assign_account_manager(state, manager(who, on)), NAMES, partial_dates()),
    st.builds(succeeding, by=st.sampled_from(["agoria", "unizo"]), on=partial_dates(), kind=st.sampled_from(["merged", "split"])),
)  # fmt: skip


@given(st.lists(DECISIONS, max_size=8))
def test_whatever_was_decided_gives_no_second_event_when_it_is_told_again(decisions: list[Decision]) -> None:
    given = PARTNER.given(added())
    for decide in decisions:
        outcome = given.when(decide)
        if outcome.refused is None:
            given = outcome.then(*outcome.events)
