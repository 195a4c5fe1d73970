"""The table of who may do what, word for word, against the code."""

from typing import Final

import pytest

from service.auth.policy import EVERYTHING, TABLE, UNDIVIDED, Action, Cell, Grant, judge
from service.auth.tokens import OPERATOR, ROLES, SCOPES, Caller, Role
from service.problems import Problem

INPUTS: Final = """
| | administrator | programme manager | account manager | partner | auditor | client system |
|---|---|---|---|---|---|---|
| Read agreements, cohorts, partners | - | A | A | O (cohorts: own) | A | S |
| Add, rename, succeed partners; assign account managers; persons | - | A | O (contacts) | - | - | S |
| Plan, move, hold, cancel consultations | - | A | O | - | - | S |
| The event feed | - | A | - | - | A | S |
| Others' budgets and evaluations | - | A | O | - | A | S |
| Sign, amend, end; open or renew a cohort | - | A | draft own | - | - | S (not cohorts) |
| Record evaluations, KPI figures | - | A | O | own KPI figures | - | S |
| Correct | - | A | propose | - | - | - |
| Acknowledge a reminder | - | A | O | O | - | S |
| Import; bulk export | - | A | - | - | export | S |
| Personal data in clear | - | A | O | O | with a reason, logged | S |
| Erase a person (two people) | execute | request | - | ask | see | - |
| Users, tokens, webhooks | A | - | - | - | see | - |
| Audit log; verify proofs | verify | A | O verify | O verify | A | S verify |
| Rebuild projections | A | - | - | - | - | - |
"""

ACTIONS: Final = {
    "Read agreements, cohorts, partners": [Action.READ_AGREEMENTS, Action.READ_PARTNERS, Action.READ_CONSULTATIONS],
    "Add, rename, succeed partners; assign account managers; persons": [Action.MANAGE_PARTNERS],
    "Plan, move, hold, cancel consultations": [Action.PLAN_CONSULTATIONS],
    "The event feed": [Action.READ_EVENT_FEED],
    "Others' budgets and evaluations": [Action.READ_EVALUATIONS],
    "Sign, amend, end; open or renew a cohort": [Action.SIGN_AGREEMENTS, Action.MANAGE_COHORTS],
    "Record evaluations, KPI figures": [Action.RECORD_EVALUATIONS],
    "Correct": [Action.CORRECT],
    "Acknowledge a reminder": [Action.ACKNOWLEDGE_REMINDER],
    "Import; bulk export": [Action.IMPORT_DATA, Action.EXPORT_DATA],
    "Personal data in clear": [Action.READ_PERSONS],
    "Erase a person (two people)": [Action.ERASE_PERSONS],
    "Users, tokens, webhooks": [Action.MANAGE_ACCESS],
    "Audit log; verify proofs": [Action.READ_AUDIT_LOG, Action.VERIFY_AUDIT],
    "Rebuild projections": [Action.REBUILD_PROJECTIONS],
}

NOT_IN_THE_TABLE: Final = {Action.READ_REMINDERS, Action.SET_REMINDERS, Action.READ_CLAIMS, Action.STATE_CLAIMS}

ALL: Final = ("all", None)
OWN: Final = ("own", None)
SCOPED: Final = ("scope", None)
NONE: Final = ("none", None)

WORDS: Final[dict[str, list[tuple[str, str | None]]]] = {
    "A": [ALL],
    "O": [OWN],
    "O (cohorts: own)": [OWN],
    "S": [SCOPED],
    "-": [NONE],
    "O (contacts)": [("own", "contacts")],
    "draft own": [("own", "draft")],
    "S (not cohorts)": [SCOPED, NONE],
    "own KPI figures": [("own", "kpiFigures")],
    "propose": [("all", "propose")],
    "export": [NONE, ALL],
    "with a reason, logged": [("all", "withReason")],
    "execute": [("all", "execute")],
    "request": [("all", "request")],
    "ask": [("own", "ask")],
    "see": [("all", "see")],
    "verify": [NONE, ALL],
    "O verify": [OWN, ALL],
    "S verify": [NONE, SCOPED],
}
"""What a cell's words mean, for each action of its row."""


def rows() -> list[tuple[str, list[str]]]:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in INPUTS.strip().splitlines()[2:]]
    return [(first, rest) for first, *rest in lines]


@pytest.mark.parametrize(("row", "cells"), rows())
def test_the_code_says_what_the_table_says(row: str, cells: list[str]) -> None:
    for role, words in zip(ROLES, cells, strict=True):
        meant = WORDS[words]
        for index, action in enumerate(ACTIONS[row]):
            cell = TABLE[action, role]
            assert (cell.reach, cell.part) == meant[min(index, len(meant) - 1)], (row, role)


def test_every_action_is_in_the_table_for_every_role() -> None:
    assert {(action, role) for action in Action for role in ROLES} == set(TABLE)
    assert {action for actions in ACTIONS.values() for action in actions} | NOT_IN_THE_TABLE == set(Action)


def test_only_clients_have_scopes_and_every_scope_opens_something() -> None:
    named = {cell.scope for cell in TABLE.values() if cell.scope}
    assert {role for (_, role), cell in TABLE.items() if cell.reach == "scope"} == {"client"}
    assert named | {"persons:write"} == set(SCOPES)


def someone(role: Role, *scopes: str, partner_id: str | None = None, person_id: str | None = None) -> Caller:
    return Caller(token_id="t", role=role, scopes=frozenset(scopes), partner_id=partner_id, person_id=person_id)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", Action)
def test_the_judge_follows_the_table(action: Action, role: Role) -> None:
    cell: Cell = TABLE[action, role]
    caller = someone(role, *SCOPES, partner_id="p" if role == "partner" else None, person_id="h")
    if cell.reach == "none":
        with pytest.raises(Problem) as refusal:
            judge(caller, action)
        assert (refusal.value.status, refusal.value.code) == (403, "missingPermission")
        return
    assert judge(caller, action, part=cell.part).everything == (cell.reach != "own")
    if cell.part is not None:
        with pytest.raises(Problem):
            judge(caller, action)
        with pytest.raises(Problem):
            judge(caller, action, part="another")


def test_own_is_the_partner_s_own() -> None:
    grant = judge(someone("partner", partner_id="p1"), Action.READ_AGREEMENTS)
    assert grant == Grant(everything=False, partner_id="p1")


def test_own_is_what_an_account_manager_looks_after() -> None:
    grant = judge(someone("accountManager", person_id="h1", partner_id="p1"), Action.PLAN_CONSULTATIONS)
    assert grant == Grant(everything=False, person_id="h1")


def test_a_client_needs_the_scope() -> None:
    assert judge(someone("client", "agreements:read"), Action.READ_AGREEMENTS) == EVERYTHING
    with pytest.raises(Problem) as refusal:
        judge(someone("client", "agreements:read"), Action.SIGN_AGREEMENTS)
    assert (refusal.value.status, refusal.value.code) == (403, "missingScope")
    assert refusal.value.facts == {"requiredScopes": ["agreements:write"]}


def test_a_client_of_one_partner_sees_that_partner() -> None:
    grant = judge(someone("client", "agreements:read", partner_id="p1"), Action.READ_AGREEMENTS)
    assert grant == Grant(everything=False, partner_id="p1")


@pytest.mark.parametrize("action", [action for action in Action if action in UNDIVIDED])
def test_a_client_of_one_partner_has_no_part_of_what_is_of_all(action: Action) -> None:
    assert judge(someone("client", *SCOPES), action) == EVERYTHING
    with pytest.raises(Problem) as refusal:
        judge(someone("client", *SCOPES, partner_id="p1"), action)
    assert (refusal.value.status, refusal.value.code) == (403, "missingPermission")


@pytest.mark.parametrize("action", Action)
def test_the_operator_may_all(action: Action) -> None:
    assert judge(OPERATOR, action) == EVERYTHING
