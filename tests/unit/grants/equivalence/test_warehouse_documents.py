"""A role's ways into a warehouse broken by hand: which document lets in too much, or too little."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from engine.errors import EquivalenceError
from engine.grants.equivalence import compare
from tests.scenarios.facts import small_mesh
from tests.unit.answers import planned
from tests.unit.grants.equivalence.breaks import (
    ACCESS,
    ROLE,
    SESSION,
    Break,
    Found,
    Statement,
    assert_found,
    both,
    identity,
    session,
    statement,
)
from tests.unit.grants.warehouses import OF_CLUSTER, WORKGROUP, in_redshift

USER, DATABASE = "dbuser:compute-2/mw_user__fraud_analyst__fraud_detection", "dbname:compute-2/dev"


def without(*actions: str) -> Callable[[list[Statement]], object]:
    def change(statements: list[Statement]) -> None:
        for item in statements:
            item["Action"] = [action for action in item["Action"] if action not in actions] or ["glue:GetTable"]

    return change


def on(place: str, resource: str) -> Callable[[list[Statement]], object]:
    """Another resource in the place of one."""

    def change(statements: list[Statement]) -> None:
        for item in statements:
            item["Resource"] = [resource if name == place else name for name in item["Resource"]]

    return change


def named(resource: str, action: str) -> Callable[[list[Statement]], object]:
    """One resource more where an action is allowed."""
    return lambda statements: [item["Resource"].append(resource) for item in statements if action in item["Action"]]


def unconditioned(statements: list[Statement]) -> None:
    for item in statements:
        item["Condition"].pop("StringEquals", None)


def until(instant: str) -> Callable[[list[Statement]], object]:
    return lambda all: [item["Condition"].update(DateLessThan={"aws:CurrentTime": instant}) for item in all]


ANOTHER = WORKGROUP.replace("000000000001", "000000000009")
LACKS = {(ROLE, "missing", ".", fault) for fault in (ACCESS, SESSION)}
LACKS_NAME = {(ROLE, "missing", ".", fault) for fault in ("", SESSION)}

DOCUMENTS: dict[str, tuple[Break, set[Found]]] = {
    "no credentials of a workgroup": (identity(without("redshift-serverless:GetCredentials")), LACKS),
    "no credentials of a cluster": (
        identity(without("redshift:GetClusterCredentials")),
        LACKS | {(ROLE, "excess", ".", ACCESS)},
    ),
    "no statements": (identity(without("redshift-data:ExecuteStatement")), LACKS),
    "no results": (identity(without("redshift-data:GetStatementResult")), LACKS),
    "the workgroup is another": (
        identity(on(WORKGROUP, ANOTHER)),
        LACKS_NAME | {(ROLE, "excess", ".", ACCESS)},
    ),
    "the user is another": (
        identity(on(OF_CLUSTER + USER, OF_CLUSTER + "dbuser:compute-2/admin")),
        LACKS_NAME | {(ROLE, "excess", ".", ACCESS)},
    ),
    "the database is not named": (
        identity(on(OF_CLUSTER + DATABASE, OF_CLUSTER + USER)),
        LACKS_NAME,
    ),
    "any user": (
        identity(named(OF_CLUSTER + "dbuser:compute-2/*", "redshift:GetClusterCredentials")),
        {(ROLE, "excess", ".", ACCESS)},
    ),
    "one user more": (
        identity(named(OF_CLUSTER + "dbuser:compute-2/admin", "redshift:GetClusterCredentials")),
        {(ROLE, "excess", ".", ACCESS)},
    ),
    "any workgroup": (identity(named("*", "redshift-serverless:GetCredentials")), {(ROLE, "excess", ".", ACCESS)}),
    "results of anybody": (identity(unconditioned), {(ROLE, "excess", ".", ACCESS)}),
    "results of nobody": (
        identity(lambda all: all.pop(0)),
        LACKS_NAME,
    ),
    "data of the lake": (
        both(
            *(
                to(lambda all: all.append(statement(["lakeformation:GetDataAccess"], ["*"])))
                for to in (identity, session)
            )
        ),
        {(ROLE, "excess", ".", fault) for fault in (ACCESS, SESSION)},
    ),
    "all end too early": (identity(until("2026-06-01T00:00:01Z")), LACKS),
    "a session lacks the workgroup": (session(on(WORKGROUP, ANOTHER)), {(ROLE, "missing", ".", SESSION)}),
    "all end too late": (
        both(identity(until("2027-01-01T00:00:01Z")), session(until("2027-01-01T00:00:01Z"))),
        {(ROLE, "excess", ".", fault) for fault in (ACCESS, SESSION)},
    ),
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_a_broken_document_is_found_out(case: str) -> None:
    assert_found(in_redshift(), *DOCUMENTS[case])


def test_an_action_that_nobody_knows_stops_the_run() -> None:
    plan = planned(small_mesh(in_redshift()))
    wider = identity(lambda all: all.append(statement(["redshift:GetClusterCredentialsWithIAM"], [WORKGROUP])))
    with pytest.raises(EquivalenceError, match="`redshift:getclustercredentialswithiam`, which cannot be evaluated"):
        compare(wider(plan))


@pytest.mark.parametrize(
    "change",
    [
        lambda item: item["Condition"].update(StringEquals={"redshift-data:statement-owner-iam-userid": "AROA:ada"}),
        lambda item: item["Condition"].update(StringLike=item["Condition"].pop("StringEquals")),
        lambda item: item.update(Effect="Deny"),
        lambda item: item.update(Resource=[WORKGROUP]),
    ],
)
def test_a_condition_on_results_that_cannot_be_evaluated_stops_the_run(change: Callable[[Statement], object]) -> None:
    with pytest.raises(EquivalenceError, match="cannot be evaluated"):
        compare(identity(lambda all: change(all[0]))(planned(small_mesh(in_redshift()))))
