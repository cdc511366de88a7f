"""Drift of warehouses, read by the readers themselves: nothing after a deploy, and whatever anybody did by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from engine.errors import AccountError
from engine.grants.datashare.live import expected_shares
from engine.grants.datashare.reconciler import reconcilers
from engine.grants.datashare.things import KINDS
from engine.grants.drift import Drift, compare_standing, scope_of
from engine.live.accounts import Accounts
from engine.live.read import Read, read_standing
from engine.live.warehouses import read_warehouses
from engine.model.plan import Plan
from engine.model.standing import Standing, Thing
from engine.sources.deployment import Deployment
from tests.scenarios.facts import Facts, small_mesh
from tests.unit.answers import planned
from tests.unit.grants.warehouses import CONSUMER, LOANS, PRODUCER, SERVER, in_redshift, warehouse
from tests.unit.live.played import Played

REGION = "eu-west-1"
ROLE, USER = "mw__fraud_analyst__fraud_detection", "mw_user__fraud_analyst__fraud_detection"
DATABASE = f"{ROLE}__mortgage___loans"
SHARE, ON_CLUSTER, HERE = (f"{DATABASE}__{name}" for name in ("reading", "reading_cluster", "lending_dwh"))
STRANGER = "999999999999"
GOVERNANCE = "100000000001"
READER = "meshwarden-reader-producer"
ASSOCIATION = "datashare association"
NOT_THERE = ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "Function not found"}}, "Invoke")

SIBLING = in_redshift(
    {"lending-dwh": {"account": CONSUMER}, "reading": warehouse(1)},
    accounts={CONSUMER: {"roles": ["consumer", "producer"]}},
)
SIBLING["products"][LOANS] = {"server": SERVER | {"account": CONSUMER}}
"""A producer's warehouse beside the consumer's, in one account: the role reads in both."""


def play(facts: Facts | None = None) -> Played:
    """After a deploy."""
    mesh = small_mesh(facts or in_redshift())
    played = Played(mesh, planned(mesh))
    played.deploy()
    return played


@pytest.fixture(scope="module")
def deployed() -> Played:
    """Of which tests change nothing."""
    return play()


def read(played: Played) -> Standing:
    found: Standing = {}
    made = reconcilers(played.mesh.accounts, played.plan.warehouses)
    for account in played.mesh.accounts:
        found |= read_warehouses(played, [item for item in made if item.account == account.id])
    return found


def drifts(played: Played, plan: Plan | None = None) -> list[Drift]:
    held, found = plan or played.plan, read(played)
    return list(compare_standing(expected_shares(held), found, scope_of(held, GOVERNANCE, {}, found)))


def told(found: list[Drift]) -> set[tuple[str, str, str]]:
    return {(item.kind, item.thing.kind, item.thing.name) for item in found}


def test_nothing_differs_after_a_deploy(deployed: Played) -> None:
    kinds = {thing.kind for thing in expected_shares(deployed.plan)}
    assert kinds == KINDS - {"Redshift table"}
    assert drifts(deployed) == []


def test_nothing_differs_where_a_role_reads_beside_the_producer_and_each_side_is_asked_once() -> None:
    played = play(SIBLING)
    played.asked.clear()
    assert drifts(played) == []
    assert sorted(played.asked) == [
        f"{CONSUMER} meshwarden-reader-{side} read" for side in ("consumer", "consumer", "producer", "producer")
    ]


def test_what_is_over_is_in_excess_with_all_that_hangs_on_it(deployed: Played) -> None:
    over = planned(small_mesh(in_redshift() | {"agreements": {"loans-for-fraud": {"end": "2026-05-01T00:00:00Z"}}}))
    found = drifts(deployed, over)
    assert {item.thing for item in found} == expected_shares(deployed.plan).keys()
    assert {item.kind for item in found} == {"excess"}


EXPECTED: Standing = {
    thing: value
    for facts in (in_redshift(), SIBLING)
    for thing, value in expected_shares(planned(small_mesh(facts))).items()
}


@pytest.mark.parametrize("thing", EXPECTED, ids=str)
def test_each_thing_is_missed_and_told_when_it_is_otherwise(thing: Thing) -> None:
    scope = scope_of(planned(small_mesh()), GOVERNANCE, {}, {})
    less = {key: value for key, value in EXPECTED.items() if key != thing}
    (missing,) = compare_standing(EXPECTED, less, scope)
    (changed,) = compare_standing(EXPECTED, {**less, thing: {"touched": True}}, scope)
    (excess,) = compare_standing(less, EXPECTED, scope)
    assert {item.thing for item in (missing, changed, excess)} == {thing}
    assert [item.kind for item in (missing, changed, excess)] == ["missing", "changed", "excess"]
    assert ("settled invocation" in missing.mend) == (thing.kind != "datashare association")


BY_HAND: list[tuple[str, list[str], set[tuple[str, str, str]]]] = [
    (
        "lending-dwh",
        ["CREATE USER dba PASSWORD DISABLE", f"GRANT USAGE ON SCHEMA {SHARE} TO dba, PUBLIC"],
        {
            ("by others", "Redshift grant", f"user dba on schema {SHARE} of lending-dwh"),
            ("by others", "Redshift grant", f"public on schema {SHARE} of lending-dwh"),
        },
    ),
    (
        "lending-dwh",
        ["CREATE DATASHARE leak", f"ALTER DATASHARE leak ADD SCHEMA {SHARE}"],
        {("by others", "Redshift grant", f"role ds:leak on schema {SHARE} of lending-dwh")},
    ),
    (
        "lending-dwh",
        [f"CREATE ROLE {ROLE}", f"GRANT USAGE ON SCHEMA {SHARE} TO ROLE {ROLE}"],
        {
            ("excess", "Redshift grant", f"role {ROLE} on schema {SHARE} of lending-dwh"),
            ("excess", "Redshift role", f"{ROLE} of lending-dwh"),
        },
    ),
    (
        "lending-dwh",
        [f"CREATE TABLE {SHARE}.mine (id INTEGER)"],
        {("excess", "Redshift table", f"{SHARE}.mine of lending-dwh")},
    ),
    (
        "lending-dwh",
        [f"ALTER DATASHARE {SHARE} ADD SCHEMA src", f"ALTER DATASHARE {SHARE} ADD TABLE src.loan"],
        {
            ("excess", "datashare object", f"schema src in {SHARE} of lending-dwh"),
            ("excess", "datashare object", f"table src.loan in {SHARE} of lending-dwh"),
        },
    ),
    (
        "lending-dwh",
        [f"ALTER DATASHARE {ON_CLUSTER} REMOVE TABLE {ON_CLUSTER}.loan"],
        {
            ("missing", "datashare object", f"view {ON_CLUSTER}.loan in {ON_CLUSTER} of lending-dwh"),
            ("missing", "Redshift grant", f"role {ROLE} on view {DATABASE}.{ON_CLUSTER}.loan of reading-cluster"),
        },
    ),
    (
        "lending-dwh",
        [f"ALTER DATASHARE {SHARE} SET PUBLICACCESSIBLE TRUE"],
        {("changed", "datashare", f"{SHARE} of lending-dwh")},
    ),
    (
        "lending-dwh",
        [f"ALTER DATASHARE {SHARE} SET INCLUDENEW = TRUE FOR SCHEMA {SHARE}"],
        {("changed", "datashare object", f"schema {SHARE} in {SHARE} of lending-dwh")},
    ),
    (
        "lending-dwh",
        [f"GRANT USAGE ON DATASHARE {SHARE} TO ACCOUNT '{STRANGER}'"],
        {("by others", "datashare consumer", f"{STRANGER} on {SHARE} of lending-dwh")},
    ),
    (
        # the same names, and another column under one of them
        "lending-dwh",
        [f"CREATE OR REPLACE VIEW {ON_CLUSTER}.payment AS SELECT payer AS id, paid, payer FROM src.payment"],
        {("changed", "Redshift view", f"{ON_CLUSTER}.payment of lending-dwh")},
    ),
    (
        "reading",
        ["CREATE USER dba PASSWORD DISABLE", f"GRANT USAGE ON DATABASE {DATABASE} TO dba"],
        {("by others", "Redshift grant", f"user dba on database {DATABASE} of reading")},
    ),
    (
        "reading",
        [f"REVOKE SELECT ON {DATABASE}.{SHARE}.loan FROM ROLE {ROLE}"],
        {("missing", "Redshift grant", f"role {ROLE} on view {DATABASE}.{SHARE}.loan of reading")},
    ),
    (
        "reading",
        ["CREATE ROLE bi", f"GRANT ROLE {ROLE} TO ROLE bi", f"GRANT ROLE {ROLE} TO dba"],
        {
            ("by others", "Redshift grant", f"role bi on role {ROLE} of reading"),
            ("by others", "Redshift grant", f"user dba on role {ROLE} of reading"),
        },
    ),
    (
        "reading-cluster",
        [f"REVOKE ROLE {ROLE} FROM {USER}", f"DROP USER {USER}"],
        {
            ("missing", "Redshift user", f"{USER} of reading-cluster"),
            ("missing", "Redshift grant", f"user {USER} on role {ROLE} of reading-cluster"),
        },
    ),
    (
        # what the role's sessions read besides, so no difference of what is planned for it
        "reading",
        [
            "CREATE SCHEMA hr",
            "CREATE TABLE hr.pay (who INTEGER)",
            "CREATE ROLE hr_reader",
            f"GRANT USAGE ON SCHEMA hr TO ROLE {ROLE}",
            f"GRANT SELECT ON hr.pay TO ROLE {ROLE}",
            f"GRANT ROLE hr_reader TO ROLE {ROLE}",
        ],
        {
            ("excess", "Redshift grant", f"role {ROLE} on schema hr of reading"),
            ("excess", "Redshift grant", f"role {ROLE} on table hr.pay of reading"),
            ("excess", "Redshift grant", f"role {ROLE} on role hr_reader of reading"),
        },
    ),
    (
        "reading",
        ["CREATE ROLE mw__nobody", "CREATE USER mw_user__nobody PASSWORD DISABLE"],
        {
            ("excess", "Redshift role", "mw__nobody of reading"),
            ("excess", "Redshift user", "mw_user__nobody of reading"),
        },
    ),
]


def test_all_that_was_done_by_hand_is_told_and_nothing_else() -> None:
    played = play()
    for name, statements, _ in BY_HAND:
        played.admin(name, *statements)
    found = set().union(*(expected for _, _, expected in BY_HAND))
    assert told(drifts(played)) == found
    # reconcilers that are called again mend it; they take nothing from others, and drop nothing that is not theirs
    played.deploy()
    theirs = {item for item in found if item[0] == "by others" and item[1] == "Redshift grant"}
    unknown = {item for item in found if item[0] == "excess" and item[1] != "datashare object"}
    assert told(drifts(played)) == theirs | unknown


def test_what_a_user_of_ours_was_given_besides_is_told() -> None:
    played = play()
    given = (f"GRANT ROLE hr_reader TO {USER}", f"GRANT USAGE ON SCHEMA hr TO {USER}")
    played.admin("reading-cluster", "CREATE SCHEMA hr", "CREATE ROLE hr_reader", *given)
    assert told(drifts(played)) == {
        ("excess", "Redshift grant", f"user {USER} on role hr_reader of reading-cluster"),
        ("excess", "Redshift grant", f"user {USER} on schema hr of reading-cluster"),
    }


def test_a_database_or_a_view_that_somebody_else_made_is_his() -> None:
    """A database of his may be without WITH PERMISSIONS, and of a view he grants what he likes."""
    played = play()
    namespace = played.of("lending-dwh").namespace
    played.admin(
        "reading",
        f"DROP DATABASE {DATABASE}",
        f"CREATE DATABASE {DATABASE} FROM DATASHARE {SHARE} OF ACCOUNT '{PRODUCER}' NAMESPACE '{namespace}'",
    )
    place = f"{ON_CLUSTER}.loan"
    played.admin(
        "lending-dwh",
        f"ALTER DATASHARE {ON_CLUSTER} REMOVE TABLE {place}",
        f"DROP VIEW {place}",
        f"CREATE VIEW {place} AS SELECT amount, borrower, id FROM src.loan",
        f"ALTER DATASHARE {ON_CLUSTER} ADD TABLE {place}",
    )
    found = drifts(played)
    view = [item.found for item in found if item.thing.name == f"{place} of lending-dwh"]
    assert view == [{"owner": "admin", "of": "src.loan", "columns": ["amount", "borrower", "id"]}]
    # only who may use a database sees that it stands, so this one looks like none
    assert ("missing", "Redshift database", f"{DATABASE} of reading") in told(found)
    assert ("missing", "Redshift grant", f"role {ROLE} on database {DATABASE} of reading") in told(found)


def test_what_was_done_by_the_api_is_told() -> None:
    played = play()
    warehouses, first, second = played.warehouses, *(played.of("lending-dwh").share_arn(n) for n in (SHARE, ON_CLUSTER))
    own = warehouses.create(
        account=CONSUMER,
        region="eu-central-1",
        namespace="22222222-0000-0000-0000-000000000009",
        kind="cluster",
        compute="own",
        database="dev",
        encrypted=True,
    )
    warehouses.deauthorize(first, by=PRODUCER, consumer=CONSUMER)
    played.admin("lending-dwh", f"GRANT USAGE ON DATASHARE {ON_CLUSTER} TO ACCOUNT '{STRANGER}'")
    warehouses.authorize(second, by=PRODUCER, consumer=STRANGER)
    warehouses.associate(second, by=CONSUMER, namespace_arn=own.arn)
    associated = {played.of("reading").arn: first, own.arn: second}
    found = {item.thing: item for item in drifts(played) if item.thing.kind in {"datashare consumer", ASSOCIATION}}
    consumers = {
        (thing.account, thing.region, thing.name): (item.kind, item.found)
        for thing, item in found.items()
        if thing.kind != ASSOCIATION
    }
    assert consumers == {
        (PRODUCER, REGION, f"{CONSUMER} on {SHARE} of lending-dwh"): ("changed", {"usage": True, "authorized": False}),
        (PRODUCER, REGION, f"{STRANGER} on {ON_CLUSTER} of lending-dwh"): (
            "by others",
            {"usage": True, "authorized": True},
        ),
    }
    assert {(item.kind, thing) for thing, item in found.items() if thing.kind == ASSOCIATION} == {
        (kind, Thing(ASSOCIATION, CONSUMER, region, f"{arn} on {associated[arn]}"))
        for kind, region, arn in (
            ("missing", REGION, played.of("reading").arn),
            ("by others", "eu-central-1", own.arn),
        )
    }


# --- what cannot be seen is no absence --------------------------------------------------------------------------------


def standing(**changes: Any) -> dict[str, Any]:
    """An empty answer, which the reader gives of nothing."""
    whole: dict[str, Any] = {"user": "IAMR:r", "database": "dwh", "schemas": {}, "shares": {}}
    return {"standing": {**whole, "databases": {}, "roles": {}, "users": [], "given": [], **changes}}


SCHEMA = {"owner": "o", "relations": {}, "holders": []}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"<html>", "answered no JSON"),
        ({}, "`standing` should have user, database, schemas, shares, databases, roles, users, given"),
        ([], "`standing` should have user"),
        (standing(more=1), "`standing` should have user"),
        (standing(users={}), "`standing.users` should be a list"),
        (standing(users=[1]), r"`standing.users\[\]` should be a str"),
        (standing(schemas=[]), "`standing.schemas` should be an object"),
        (standing(schemas={"mw_s": {}}), "`standing.schemas.mw_s` should have owner, relations, holders"),
        (standing(schemas={"mw_s": SCHEMA | {"owner": None}}), "`standing.schemas.mw_s.owner` should be a str"),
        (standing(database="other"), "`standing.database` should be dwh"),
        (NOT_THERE, "ResourceNotFoundException"),
    ],
)
def test_an_answer_of_another_shape_is_an_error(deployed: Played, answer: Any, said: str) -> None:
    deployed.answers[PRODUCER, READER] = answer
    try:
        with pytest.raises(AccountError, match=f"account {PRODUCER}, {REGION}: .*{said}"):
            read(deployed)
    finally:
        del deployed.answers[PRODUCER, READER]


def test_the_shape_that_those_differ_from(deployed: Played) -> None:
    deployed.answers[PRODUCER, READER] = standing()
    try:
        assert ("missing", "datashare", f"{SHARE} of lending-dwh") in told(drifts(deployed))
    finally:
        del deployed.answers[PRODUCER, READER]


def test_a_reader_that_fails_is_an_error_with_its_words() -> None:
    """Nothing is deployed there: without the right to see, that would look the same."""
    mesh = small_mesh(in_redshift())
    played = Played(mesh, planned(mesh))
    assert {item.thing for item in drifts(played)} == expected_shares(played.plan).keys()
    played.admin("lending-dwh", f'REVOKE ROLE sys:monitor FROM "IAMR:meshwarden-reconciler-{REGION}-producer"')
    with pytest.raises(AccountError, match=f"account {PRODUCER}, {REGION}: {READER}: .*ACCESS SYSTEM TABLE"):
        read(played)


class _Lake:
    """Lake Formation of a governance account without a lake, for one who administers it."""

    def __init__(self, administrator: str) -> None:
        self.administrator = administrator

    def get_data_lake_settings(self, CatalogId: str) -> Any:
        assert CatalogId == GOVERNANCE
        return {"DataLakeSettings": {"DataLakeAdmins": [{"DataLakePrincipalIdentifier": self.administrator}]}}

    def list_lf_tags(self, CatalogId: str) -> Any:
        assert CatalogId == GOVERNANCE
        return {"LFTags": []}

    def list_permissions(self, CatalogId: str) -> Any:
        assert CatalogId == GOVERNANCE
        return {"PrincipalResourcePermissions": []}

    def list_resources(self) -> Any:
        return {}

    def list_lake_formation_opt_ins(self) -> Any:
        return {}


class _Whole(Accounts):
    """Accounts with a lake, and the warehouses of `played`."""

    def __init__(self, played: Played) -> None:
        super().__init__("meshwarden-plan", None)
        self.played = played

    def client(self, service: str, account: str, region: str) -> Any:
        if service == "lakeformation" and account == GOVERNANCE:
            return _Lake(self.role_arn(account))
        return self.played.client(service, account, region)


def test_an_account_that_cannot_be_seen_whole_is_left_out_with_the_reason(deployed: Played) -> None:
    def seen() -> Read:
        return read_standing(_Whole(deployed), deployed.mesh, deployed.plan, Deployment())

    deployed.down = {CONSUMER}
    try:
        read = seen()
        assert read.unseen == {CONSUMER: f"account {CONSUMER}: AssumeRole: AccessDenied: nobody"}
        assert {thing.account for thing in read.standing} == {GOVERNANCE, PRODUCER}
        assert Thing("datashare", PRODUCER, REGION, f"{SHARE} of lending-dwh") in read.standing
        deployed.answers[PRODUCER, READER] = NOT_THERE
        read = seen()
        assert "Invoke: ResourceNotFoundException" in read.unseen[PRODUCER]
        assert {thing.account for thing in read.standing} == {GOVERNANCE}
        del deployed.answers[PRODUCER, READER]
        deployed.down = {CONSUMER, PRODUCER}
        assert seen().unseen.keys() == {CONSUMER, PRODUCER}
    finally:
        deployed.down = set()
        deployed.answers.clear()


def test_a_producer_without_a_warehouse_is_nobody_to_be_asked(deployed: Played) -> None:
    deployed.down = {CONSUMER, PRODUCER}
    try:
        elsewhere = tuple(item for item in deployed.plan.warehouses if item.account != PRODUCER)
        plan = replace(deployed.plan, warehouses=elsewhere)
        read = read_standing(_Whole(deployed), deployed.mesh, plan, Deployment())
    finally:
        deployed.down = set()
    assert read.unseen.keys() == {CONSUMER}
